/* SPDX-License-Identifier: Apache-2.0
 *
 * The importer's own structures. It walks the nodes of an ONNX graph in order and
 * keeps a value for every name: a constant, or a view of a tensor of the new graph.
 *
 * A view says how the ONNX value lies in the tensor: a list of atoms (size, stride),
 * slowest first, whose product is the tensor's size. Sizes of 1 have no atom. Each
 * axis of the ONNX shape is a whole number of consecutive atoms. So Transpose,
 * Reshape, Flatten, Squeeze and Unsqueeze only change the view; no node is made for
 * them, and a channels-last graph becomes channels-first without any transpose.
 * An operator that cannot work through the view it gets is an error.
 */
#ifndef TEQ_NET_ONNX_IMPORT_H
#define TEQ_NET_ONNX_IMPORT_H

#include "graph_build.h"
#include "onnx.pb-c.h"
#include "teq/onnx.h"

#define TEQ_ONNX_RANK 8   /* axes of a value           */
#define TEQ_ONNX_ATOMS 16 /* atoms of a view           */
#define TEQ_ONNX_NODES 16384

/* Strings that a file leaves out are NULL to protobuf-c; here they are empty. */
static inline const char *teq_text(const char *s)
{
    return s != NULL ? s : "";
}

typedef struct teq_atom {
    size_t size, stride;
} teq_atom;

typedef struct teq_value {
    const char *name;
    int rank;
    size_t dim[TEQ_ONNX_RANK];
    size_t count; /* product of dim */
    /* A constant if data is not NULL. Integers are exact up to 2^53. */
    double *data;
    bool is_int;
    /* A view otherwise. */
    int tensor;
    int n_atoms;
    teq_atom atom[TEQ_ONNX_ATOMS];
} teq_value;

typedef struct teq_importer {
    const char *file;  /* in messages                                             */
    const char *path;  /* of the file, for those beside it; NULL: from memory     */
    teq_error *err;
    teq_graph *g;
    int64_t opset;
    size_t batch; /* as declared; shapes are worked out for a batch of 1 */
    const Onnx__NodeProto *node;
    /* Values by name: a hash table of indices into value, and its next links. */
    size_t n_values, room;
    teq_value *value;
    size_t *next;
    size_t bucket[1024];
    const char *external_location; /* the last file beside the model, NULL: none */
    uint8_t *external;
    size_t external_size;
    size_t n_const; /* constant values made at import, see TEQ_TENSOR_MAX */
} teq_importer;

/* --- onnx_value.c: values by name, constants ------------------------------------------ */

/* The value of that name, or NULL. The pointer is good until a value is added. */
teq_value *teq_value_find(teq_importer *im, const char *name);

/* Add a value; a second one of the same name is an error. Takes over v->data, also
 * when it fails. */
bool teq_value_add(teq_importer *im, const char *name, teq_value *v);

/* A constant of v's shape (rank and dim set), all zero, into v. */
bool teq_value_alloc(teq_importer *im, teq_value *v);

/* The contents of a TensorProto. */
bool teq_value_from_proto(teq_importer *im, const Onnx__TensorProto *t, const char *name,
                          teq_value *v);

void teq_values_free(teq_importer *im);

/* The bytes of a tensor that is kept in another file (onnx_external.c); good until the next call. */
bool teq_external_data(teq_importer *im, const Onnx__TensorProto *t, const char *name, const uint8_t **bytes, size_t *size);

/* --- onnx_node.c: a node's inputs and attributes --------------------------------------- */

/* Fail with "file: node "name" (Op): ..."; returns false. */
bool teq_node_fail(teq_importer *im, teq_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Input i of the current node; NULL if it is left out. */
teq_value *teq_input(teq_importer *im, size_t i);

/* Input i, which must be there and be a tensor (not a constant); else an error. */
teq_value *teq_input_view(teq_importer *im, size_t i);

/* Input i as a constant; an error if it is missing or is none. */
teq_value *teq_input_const(teq_importer *im, size_t i);

/* The same for weights: all finite and within float32. */
teq_value *teq_input_weights(teq_importer *im, size_t i);

const Onnx__AttributeProto *teq_attr(teq_importer *im, const char *name);

/* Attributes by type; a missing one leaves *value as it is; a wrong type fails. */
bool teq_attr_int(teq_importer *im, const char *name, int64_t *value);
bool teq_attr_float(teq_importer *im, const char *name, double *value);

/* List of exactly n (n < 0: any number up to `room`, the count into *got) integers. */
bool teq_attr_ints(teq_importer *im, const char *name, int64_t *list, int n, int room, int *got);

/* Integers from attribute `name` or, if it is absent, from constant input i; *got is -1
 * if both are absent. */
bool teq_ints_of(teq_importer *im, const char *name, size_t i, int64_t *list, int room, int *got);

/* axis from -rank..rank-1 into 0..rank-1. */
bool teq_axis(teq_importer *im, int64_t axis, int rank, int *out);

/* --- onnx_view.c: views ------------------------------------------------------------------ */

/* Role of an axis: which of the tensor's own axes it is, alone and whole. */
typedef enum teq_role { TEQ_ROLE_ONE, TEQ_ROLE_C, TEQ_ROLE_H, TEQ_ROLE_W, TEQ_ROLE_MIXED } teq_role;

/* A value in plain order: the tensor's values from first to last. */
bool teq_view_is_plain(const teq_value *v);

/* The plain view of a tensor, with the shape of v (rank and dim set). */
void teq_view_plain(teq_value *v, int tensor);

/* Give v (a view or a constant) another shape of the same count. */
bool teq_view_reshape(teq_importer *im, teq_value *v, const size_t *dim, int rank);

/* Axis i of the result is axis perm[i] of v. Views only. */
bool teq_view_transpose(teq_importer *im, teq_value *v, const int *perm);

/* Role of every axis; sizes of 1 get the roles that are left, in the order of N,C,H,W
 * or N,H,W,C, whichever the others are in. */
void teq_view_roles(const teq_importer *im, const teq_value *v, teq_role *role);

/* A view of `tensor` with v's shape whose axes have these roles. */
bool teq_view_from_roles(teq_importer *im, teq_value *v, int tensor, const teq_role *role);

/* The tensor of a plain value as (c, h, w), through a RESHAPE if need be; -1 fails. */
int teq_view_as(teq_importer *im, const teq_value *v, size_t c, size_t h, size_t w);

/* Distance in the tensor of element `index` of axis `axis`. */
size_t teq_view_offset(const teq_value *v, int axis, size_t index);

/* The other way: index along `axis` of the tensor's value at `offset`. */
size_t teq_view_index(const teq_value *v, int axis, size_t offset);

/* --- onnx_*.c: operators ------------------------------------------------------------------ */

typedef bool teq_importer_op(teq_importer *im);

/* Make the current node's output; checks the size of (c, h, w) and adds the node. The
 * graph's node, or NULL. */
teq_node *teq_emit(teq_importer *im, teq_op op, const int *in, int n_in, size_t c, size_t h,
                   size_t w);

/* Give the current node's first output the value v. */
bool teq_output(teq_importer *im, teq_value *v);

/* onnx_layers.c */
bool teq_import_conv(teq_importer *im);
bool teq_import_gemm(teq_importer *im);
bool teq_import_matmul(teq_importer *im);
bool teq_import_batchnorm(teq_importer *im);
bool teq_import_softmax(teq_importer *im);
/* onnx_elementwise.c */
bool teq_import_relu(teq_importer *im);
bool teq_import_clip(teq_importer *im);
bool teq_import_leaky(teq_importer *im);
bool teq_import_binary(teq_importer *im); /* Add, Sum, Sub, Mul, Div, Min, Max */
/* onnx_pool.c */
bool teq_import_pool(teq_importer *im); /* AveragePool, MaxPool */
bool teq_import_global_pool(teq_importer *im);
bool teq_import_reduce_mean(teq_importer *im);
bool teq_import_pad(teq_importer *im);
/* onnx_shape.c */
bool teq_import_identity(teq_importer *im); /* Identity, Dropout, Cast */
bool teq_import_reshape(teq_importer *im);
bool teq_import_flatten(teq_importer *im);
bool teq_import_squeeze(teq_importer *im);
bool teq_import_unsqueeze(teq_importer *im);
bool teq_import_transpose(teq_importer *im);
bool teq_import_concat(teq_importer *im);
/* onnx_const.c: results known at import */
bool teq_import_constant(teq_importer *im);
bool teq_import_constant_of_shape(teq_importer *im);
bool teq_import_shape(teq_importer *im);
bool teq_import_gather(teq_importer *im);
bool teq_import_slice(teq_importer *im);
bool teq_const_binary(teq_importer *im, const char *op, const teq_value *a, const teq_value *b);
bool teq_const_transpose(teq_importer *im, const teq_value *a, const int *perm, teq_value *out);
bool teq_const_concat(teq_importer *im, int axis);

/* --- onnx_window.c: windows of convolutions and pools -------------------------------------- */

typedef struct teq_window {
    int kernel[2], stride[2], dilation[2];
    int before[2], after[2]; /* pads: y, x */
    size_t out[2];           /* output pixels */
} teq_window;

/* Read kernel_shape, strides, dilations, pads, auto_pad, ceil_mode of the current node
 * for an input of `spatial` (1 or 2) axes of size in[]; kernel is given for Conv. */
bool teq_window_read(teq_importer *im, int spatial, const size_t *in, const size_t *kernel,
                     teq_window *win);
void teq_window_put(const teq_window *win, teq_node *node);

/* --- onnx_fold.c: what becomes part of a layer --------------------------------------------- */

bool teq_graph_fold(teq_graph *g, teq_error *err);

#endif
