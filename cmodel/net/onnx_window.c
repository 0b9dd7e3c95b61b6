/* SPDX-License-Identifier: Apache-2.0
 *
 * Windows: kernel_shape, strides, dilations, and the three ways ONNX has of saying how
 * much padding there is. Equations: ONNX operator specification, Conv and AveragePool.
 */
#include "onnx_import.h"

#include <string.h>

/* A window this large is no window of a network, and keeps sums inside int. */
#define LARGEST 65536

static bool read_list(teq_importer *im, const char *name, int64_t least, int n, int64_t *list)
{
    if (!teq_attr_ints(im, name, list, n, n, NULL))
        return false;
    for (int i = 0; i < n; i++)
        if (list[i] < least || list[i] > LARGEST)
            return teq_node_fail(im, TEQ_ERR_VALUE, "attribute \"%s\": value %d is %lld, expected %lld..%d",
                                 name, i, (long long)list[i], (long long)least, LARGEST);
    return true;
}

/* NOTSET, VALID, SAME_UPPER or SAME_LOWER as 'N', 'V', 'U', 'L'. */
static bool read_auto_pad(teq_importer *im, char *mode)
{
    static const char *const names[] = {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"};
    const Onnx__AttributeProto *a = teq_attr(im, "auto_pad");
    *mode = 'N';
    if (a == NULL || a->s.len == 0)
        return true;
    for (int i = 0; i < 4; i++)
        if (a->s.len == strlen(names[i]) && memcmp(a->s.data, names[i], a->s.len) == 0) {
            *mode = "NVUL"[i];
            return true;
        }
    return teq_node_fail(im, TEQ_ERR_FORMAT, "attribute \"auto_pad\" is \"%.*s\"", (int)(a->s.len < 40 ? a->s.len : 40),
                         (const char *)a->s.data);
}

/* Pads and outputs along one axis. */
static bool one_axis(teq_importer *im, teq_window *w, int axis, size_t size, char mode, bool ceil_mode)
{
    const int64_t in = (int64_t)size, stride = w->stride[axis];
    const int64_t span = (int64_t)(w->kernel[axis] - 1) * w->dilation[axis] + 1;
    int64_t out;
    if (span > LARGEST)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "a window of %lld, expected at most %d",
                             (long long)span, LARGEST);
    if (mode == 'U' || mode == 'L') {
        out = (in + stride - 1) / stride;
        int64_t pad = (out - 1) * stride + span - in;
        pad = pad > 0 ? pad : 0;
        w->before[axis] = (int)(mode == 'U' ? pad / 2 : pad - pad / 2);
        w->after[axis] = (int)(pad - w->before[axis]);
    } else {
        int64_t room = in + w->before[axis] + w->after[axis] - span;
        if (room < 0)
            return teq_node_fail(im, TEQ_ERR_SHAPE,
                                 "a window of %lld does not fit an input of %lld with pads %d, %d",
                                 (long long)span, (long long)in, w->before[axis], w->after[axis]);
        out = room / stride + 1;
        /* Rounded up, the last window must still start on the input or its first pads. */
        if (ceil_mode && room % stride != 0 && out * stride < in + w->before[axis]) {
            w->after[axis] += (int)(out * stride - room);
            out++;
        }
    }
    if (w->before[axis] >= span || w->after[axis] >= span)
        return teq_node_fail(im, TEQ_ERR_UNSUPPORTED, "pads %d, %d are not smaller than the window, %lld",
                             w->before[axis], w->after[axis], (long long)span);
    w->out[axis] = (size_t)out;
    return true;
}

bool teq_window_read(teq_importer *im, int spatial, const size_t *in, const size_t *kernel,
                     teq_window *win)
{
    int64_t k[2] = {0, 0}, stride[2] = {1, 1}, dilation[2] = {1, 1}, pads[4] = {0, 0, 0, 0};
    int64_t ceil_mode = 0;
    char mode;
    if (kernel == NULL && teq_attr(im, "kernel_shape") == NULL)
        return teq_node_fail(im, TEQ_ERR_FORMAT, "attribute \"kernel_shape\" is missing");
    for (int i = 0; kernel != NULL && i < spatial; i++)
        k[i] = (int64_t)kernel[i];
    if (!read_list(im, "kernel_shape", 1, spatial, k) || !read_list(im, "strides", 1, spatial, stride) ||
        !read_list(im, "dilations", 1, spatial, dilation) || !read_list(im, "pads", 0, 2 * spatial, pads) ||
        !read_auto_pad(im, &mode) || !teq_attr_int(im, "ceil_mode", &ceil_mode))
        return false;
    for (int i = 0; kernel != NULL && i < spatial; i++)
        if (k[i] != (int64_t)kernel[i])
            return teq_node_fail(im, TEQ_ERR_SHAPE, "attribute \"kernel_shape\": value %d is %lld, the weights have %zu",
                                 i, (long long)k[i], kernel[i]);
    for (int i = 0; mode != 'N' && i < 2 * spatial; i++) {
        if (pads[i] != 0)
            return teq_node_fail(im, TEQ_ERR_FORMAT, "both \"auto_pad\" and \"pads\" are set");
    }
    *win = (teq_window){{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}, {1, 1}};
    for (int i = 0; i < spatial; i++) {
        int axis = 2 - spatial + i; /* one axis: x */
        win->kernel[axis] = (int)k[i];
        win->stride[axis] = (int)stride[i];
        win->dilation[axis] = (int)dilation[i];
        win->before[axis] = (int)pads[i];
        win->after[axis] = (int)pads[spatial + i];
        if (!one_axis(im, win, axis, in[i], mode, ceil_mode != 0))
            return false;
    }
    return true;
}

void teq_window_put(const teq_window *win, teq_node *node)
{
    node->kh = win->kernel[0];
    node->kw = win->kernel[1];
    node->sh = win->stride[0];
    node->sw = win->stride[1];
    node->dh = win->dilation[0];
    node->dw = win->dilation[1];
    node->pt = win->before[0];
    node->pl = win->before[1];
    node->pb = win->after[0];
    node->pr = win->after[1];
}
