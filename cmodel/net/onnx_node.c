/* SPDX-License-Identifier: Apache-2.0 */
#include "onnx_import.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool teq_node_fail(teq_importer *im, teq_status status, const char *format, ...)
{
    char text[320];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const Onnx__NodeProto *n = im->node;
    const char *name = teq_text(n->name)[0] != 0 ? n->name : n->n_output > 0 ? n->output[0] : "";
    return teq_fail(im->err, status, "%.80s: node \"%.60s\" (%.40s): %s", im->file, name,
                    teq_text(n->op_type), text);
}

teq_value *teq_input(teq_importer *im, size_t i)
{
    if (i >= im->node->n_input || im->node->input[i][0] == 0)
        return NULL;
    return teq_value_find(im, im->node->input[i]);
}

teq_value *teq_input_view(teq_importer *im, size_t i)
{
    teq_value *v = teq_input(im, i);
    if (v == NULL)
        teq_node_fail(im, TEQ_ERR_FORMAT, "input %zu is missing", i);
    else if (v->data != NULL) {
        teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "input \"%s\" is a constant, expected a tensor",
                      v->name);
        v = NULL;
    }
    return v;
}

teq_value *teq_input_const(teq_importer *im, size_t i)
{
    teq_value *v = teq_input(im, i);
    if (v == NULL)
        teq_node_fail(im, TEQ_ERR_FORMAT, "input %zu is missing", i);
    else if (v->data == NULL) {
        teq_node_fail(im, TEQ_ERR_UNSUPPORTED,
                      "input \"%s\" depends on the network's input, expected a constant", v->name);
        v = NULL;
    }
    return v;
}

teq_value *teq_input_weights(teq_importer *im, size_t i)
{
    teq_value *v = teq_input_const(im, i);
    for (size_t k = 0; v != NULL && k < v->count; k++)
        if (!(fabs(v->data[k]) <= (double)FLT_MAX)) {
            teq_node_fail(im, TEQ_ERR_VALUE, "weights \"%s\": value %zu is %g, expected finite float32",
                          v->name, k, v->data[k]);
            v = NULL;
        }
    return v;
}

const Onnx__AttributeProto *teq_attr(teq_importer *im, const char *name)
{
    for (size_t i = 0; i < im->node->n_attribute; i++)
        if (strcmp(teq_text(im->node->attribute[i]->name), name) == 0)
            return im->node->attribute[i];
    return NULL;
}

bool teq_attr_int(teq_importer *im, const char *name, int64_t *value)
{
    const Onnx__AttributeProto *a = teq_attr(im, name);
    if (a == NULL)
        return true;
    if (!a->has_i && a->has_type && a->type != ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "attribute \"%s\" is not an integer", name);
    *value = a->i;
    return true;
}

bool teq_attr_float(teq_importer *im, const char *name, double *value)
{
    const Onnx__AttributeProto *a = teq_attr(im, name);
    if (a == NULL)
        return true;
    if (!a->has_f && a->has_type && a->type != ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "attribute \"%s\" is not a float", name);
    if (!isfinite(a->f))
        return teq_node_fail(im, TEQ_ERR_VALUE, "attribute \"%s\" is %g, expected finite", name,
                             (double)a->f);
    *value = (double)a->f;
    return true;
}

bool teq_attr_ints(teq_importer *im, const char *name, int64_t *list, int n, int room, int *got)
{
    const Onnx__AttributeProto *a = teq_attr(im, name);
    if (got != NULL)
        *got = -1;
    if (a == NULL)
        return true;
    if (a->n_ints > (size_t)room || (n >= 0 && a->n_ints != (size_t)n))
        return teq_node_fail(im, TEQ_ERR_FORMAT, "attribute \"%s\" has %zu values, expected %s%d",
                             name, a->n_ints, n >= 0 ? "" : "at most ", n >= 0 ? n : room);
    for (size_t i = 0; i < a->n_ints; i++)
        list[i] = a->ints[i];
    if (got != NULL)
        *got = (int)a->n_ints;
    return true;
}

bool teq_ints_of(teq_importer *im, const char *name, size_t i, int64_t *list, int room, int *got)
{
    if (teq_attr(im, name) != NULL)
        return teq_attr_ints(im, name, list, -1, room, got);
    *got = -1;
    if (teq_input(im, i) == NULL)
        return true;
    const teq_value *v = teq_input_const(im, i);
    if (v == NULL)
        return false;
    if (!v->is_int || v->rank > 1 || v->count > (size_t)room)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "input \"%s\" is not a list of at most %d integers",
                             v->name, room);
    for (size_t k = 0; k < v->count; k++)
        list[k] = v->data[k] >= 9e18 ? INT64_MAX : v->data[k] <= -9e18 ? INT64_MIN : (int64_t)v->data[k];
    *got = (int)v->count;
    return true;
}

bool teq_axis(teq_importer *im, int64_t axis, int rank, int *out)
{
    if (axis < -rank || axis >= rank)
        return teq_node_fail(im, TEQ_ERR_SHAPE, "axis %lld, expected %d..%d", (long long)axis, -rank,
                             rank - 1);
    *out = (int)(axis < 0 ? axis + rank : axis);
    return true;
}
