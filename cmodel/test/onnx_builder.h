/* SPDX-License-Identifier: Apache-2.0
 *
 * ONNX models for tests, in a few lines each:
 *
 *     onnx_builder *b = onnx_begin(13);
 *     onnx_input(b, "x", "1,3,8,8");                  0 stands for a symbolic size
 *     onnx_random(b, "w", "4,3,3,3", 0.5);
 *     onnx_node(b, "Conv", "conv", "x w", "y", "strides=[2,2] auto_pad=SAME_UPPER");
 *     onnx_output(b, "y");
 *     bytes = onnx_end(b, &size);
 *
 * Attributes: name=3 integer, name=0.5 float, name=[1,2] integers, name=[1.0,2.0]
 * floats, name=TEXT string. Names are separated by blanks; "-" is an input left out.
 */
#ifndef TEQ_TEST_ONNX_BUILDER_H
#define TEQ_TEST_ONNX_BUILDER_H

#include "onnx.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct onnx_builder {
    Onnx__ModelProto *model;
    uint64_t random; /* state of onnx_random */
} onnx_builder;

onnx_builder *onnx_begin(int opset);
void onnx_input(onnx_builder *b, const char *name, const char *dims);
void onnx_output(onnx_builder *b, const char *name);

/* Initializers; the TensorProto may be changed further. */
Onnx__TensorProto *onnx_floats(onnx_builder *b, const char *name, const char *dims, const float *v);
Onnx__TensorProto *onnx_ints(onnx_builder *b, const char *name, const char *values);
Onnx__TensorProto *onnx_random(onnx_builder *b, const char *name, const char *dims, double range);

/* All values the same. */
Onnx__TensorProto *onnx_full(onnx_builder *b, const char *name, const char *dims, double value);

Onnx__NodeProto *onnx_node(onnx_builder *b, const char *op, const char *name, const char *in,
                           const char *out, const char *attributes);

/* A Constant node with a tensor that is an initializer so far. */
void onnx_make_constant(onnx_builder *b, const char *initializer);

/* The model's bytes; the builder is freed by onnx_free. */
uint8_t *onnx_pack(const onnx_builder *b, size_t *size);
void onnx_free(onnx_builder *b);

/* Uniform in [-1, 1). */
double onnx_uniform(uint64_t *state);

#endif
