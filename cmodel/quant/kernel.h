/* SPDX-License-Identifier: Apache-2.0
 *
 * The inner loops of the integer executor. One input channel's products with each
 * weight code are made once, as a plane; an output is then a sum of shifted planes.
 * Additions only, sixteen or more a machine instruction, whatever the product is.
 */
#ifndef TEQ_QUANT_KERNEL_H
#define TEQ_QUANT_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* The compiler makes one version with AVX2 and one without; the program takes what the
 * processor has. The numbers are the same (no contraction, no reordering of sums). */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define TEQ_SIMD __attribute__((target_clones("avx2", "default")))
#else
#define TEQ_SIMD
#endif

/* One use of a plane: acc[out] += or -= plane[code][offset ...]. For INT, code is the
 * signed weight and the plane holds the activations. */
typedef struct teq_use {
    int32_t out;
    int32_t offset;
    int16_t code;
    int16_t negative;
} teq_use;

/* acc: rows of acc_stride values; planes: rows of plane_stride values. */
void teq_kernel_sum16(uint16_t *acc, size_t acc_stride, const uint16_t *planes, size_t plane_stride,
                      const teq_use *use, size_t n_uses, size_t length);
void teq_kernel_sum32(uint32_t *acc, size_t acc_stride, const uint32_t *planes, size_t plane_stride,
                      const teq_use *use, size_t n_uses, size_t length);
void teq_kernel_mul32(uint32_t *acc, size_t acc_stride, const uint32_t *plane, const teq_use *use,
                      size_t n_uses, size_t length);

#endif
