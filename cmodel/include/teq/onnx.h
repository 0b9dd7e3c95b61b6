/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/onnx.h -- ONNX files into graphs.
 *
 * Operators, opsets 9 to 23: Conv, Gemm, MatMul, BatchNormalization, Relu, Clip,
 * LeakyRelu, Add, Sum, Sub, Mul, Div, Min, Max (of two tensors: Add and Sum only),
 * AveragePool, GlobalAveragePool, ReduceMean over the pixels, MaxPool, Flatten, Reshape,
 * Transpose, Squeeze, Unsqueeze, Pad, Constant, Identity, Dropout, Cast, Concat,
 * Softmax; and Shape, Gather, Slice, ConstantOfShape where their result is known
 * at import. Weights: float32, float64, float16; raw, typed, or in files beside
 * the model (teq_onnx_load alone). One input, one output. docs/importer.md says what happens to each.
 *
 * Everything else is an error that names the node and the operator. Shapes are
 * worked out here from the input's shape: value_info is not read. A symbolic or
 * unknown batch is taken as 1; any other unknown dimension is an error. NaN and
 * infinity in a weight are errors that name the initializer. Cut or damaged
 * files are errors that name the byte and the field. Sizes claimed by a file are
 * checked against its length, and shapes against TEQ_TENSOR_MAX, before any
 * memory is asked for.
 */
#ifndef TEQ_ONNX_H
#define TEQ_ONNX_H

#include "teq/graph.h"

/* The graph of a file, or NULL. Free with teq_graph_free. */
teq_graph *teq_onnx_load(const char *path, teq_error *err);

/* The same from memory; `name` stands for the path in messages. */
teq_graph *teq_onnx_parse(const void *bytes, size_t size, const char *name, teq_error *err);

#endif
