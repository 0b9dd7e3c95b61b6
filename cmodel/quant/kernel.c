/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel.h"

TEQ_SIMD void teq_kernel_sum16(uint16_t *acc, size_t acc_stride, const uint16_t *planes, size_t plane_stride,
                               const teq_use *use, size_t n_uses, size_t length)
{
    for (size_t i = 0; i < n_uses; i++) {
        uint16_t *restrict a = acc + (size_t)use[i].out * acc_stride;
        const uint16_t *restrict p = planes + (size_t)use[i].code * plane_stride + use[i].offset;
        if (use[i].negative)
            for (size_t j = 0; j < length; j++)
                a[j] = (uint16_t)(a[j] - p[j]);
        else
            for (size_t j = 0; j < length; j++)
                a[j] = (uint16_t)(a[j] + p[j]);
    }
}

TEQ_SIMD void teq_kernel_sum32(uint32_t *acc, size_t acc_stride, const uint32_t *planes, size_t plane_stride,
                               const teq_use *use, size_t n_uses, size_t length)
{
    for (size_t i = 0; i < n_uses; i++) {
        uint32_t *restrict a = acc + (size_t)use[i].out * acc_stride;
        const uint32_t *restrict p = planes + (size_t)use[i].code * plane_stride + use[i].offset;
        if (use[i].negative)
            for (size_t j = 0; j < length; j++)
                a[j] -= p[j];
        else
            for (size_t j = 0; j < length; j++)
                a[j] += p[j];
    }
}

TEQ_SIMD void teq_kernel_mul32(uint32_t *acc, size_t acc_stride, const uint32_t *plane, const teq_use *use,
                               size_t n_uses, size_t length)
{
    for (size_t i = 0; i < n_uses; i++) {
        uint32_t *restrict a = acc + (size_t)use[i].out * acc_stride;
        const uint32_t *restrict p = plane + use[i].offset;
        uint32_t w = (uint32_t)(int32_t)use[i].code;
        for (size_t j = 0; j < length; j++)
            a[j] += w * p[j];
    }
}
