/* SPDX-License-Identifier: Apache-2.0
 *
 * A second opinion: runs an ONNX graph as it is written, node after node, in double,
 * moving the data of every Transpose and Reshape. It is written from the ONNX operator
 * specification, shares nothing with the importer, folds nothing, and is slow.
 */
#ifndef TEQ_TEST_ONNX_REF_H
#define TEQ_TEST_ONNX_REF_H

#include "onnx.pb-c.h"

#include <stddef.h>

/* The output's values for one input (in the layout that the model declares, symbolic
 * sizes taken as 1). The caller frees. Aborts on what it does not know. */
double *onnx_reference(const Onnx__ModelProto *model, const float *input, size_t *count);

#endif
