/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_file.h -- the trained network as an ONNX file.
 *
 * Opset 13, IR version 8, batch 1, float32, NCHW, weights as raw_data, producer
 * "teq-digits", shapes of all tensors in value_info. Operators: Conv, Relu, Add,
 * Flatten, Gemm (transB = 1). Input "input" 1x1x8x8, output "logits" 1x10.
 * Nothing in the file depends on the time, the place or the machine.
 */
#ifndef DIGITS_ONNX_FILE_H
#define DIGITS_ONNX_FILE_H

#include "teq/error.h"

/* parameters[DIGITS_PARAMETERS] must already be float32 values. Written aside
 * and renamed. */
bool digits_onnx_write(const char *path, const double *parameters, teq_error *err);

/* The small network of net.h: Conv, Relu, Flatten, Gemm; parameters[SMALL_PARAMETERS]. */
bool small_onnx_write(const char *path, const double *parameters, teq_error *err);

#endif
