/* SPDX-License-Identifier: Apache-2.0
 *
 * What the quantizer's tests share: the embedded network and its samples.
 */
#ifndef TEQ_TEST_QUANT_CHECK_H
#define TEQ_TEST_QUANT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "teq/exec.h"
#include "teq/onnx.h"
#include "teq/quant.h"

#define DIGITS "cmodel/digits/data/digits"

#define ok_or_fail(call, err)                          \
    do {                                               \
        if (!(call))                                   \
            fail_msg("%s: %s", #call, (err).message);  \
    } while (0)

static inline float *quant_check_samples(const teq_graph *g, const char *path, size_t *n)
{
    teq_error err = {0};
    teq_ndarray a;
    ok_or_fail(teq_npy_read(path, &a, &err), err);
    float *x = teq_graph_samples(g, &a, 0.125, 8, n, &err);
    ok_or_fail(x != NULL, err);
    teq_ndarray_free(&a);
    return x;
}

#endif
