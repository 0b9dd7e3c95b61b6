/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEQ_QUANT_FIT_SQNR_H
#define TEQ_QUANT_FIT_SQNR_H

#include "teq/fit.h"

/* Fill the SQNR tables of fit from n sorted magnitudes > 0; false without memory. */
bool teq_fit_sqnr(const double *sorted, size_t n, teq_fit *fit);

#endif
