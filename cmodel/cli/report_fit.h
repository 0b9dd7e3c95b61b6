/* SPDX-License-Identifier: Apache-2.0
 *
 * The report's pictures of distributions.
 */
#ifndef TEQ_CLI_REPORT_FIT_H
#define TEQ_CLI_REPORT_FIT_H

#include "teq/graph.h"

#include <stdio.h>

/* An SVG for the weights and the inputs of each layer: histogram and fits. x: n samples. */
bool report_fits(FILE *f, const teq_graph *g, const float *x, size_t n, int threads, teq_error *err);

#endif
