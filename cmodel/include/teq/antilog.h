/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/antilog.h -- the one table of constants (docs/number_format.md, section 2).
 *
 *     A[i] = round(2^20 2^(-i/48)), i = 0..47
 *
 * cmodel/num/gen/gen_tables.c writes it here and as rtl/teq_antilog.vh; a test
 * makes both again and compares. All supported K divide 48, so every exponent
 * that a row head forms is a whole number of 48ths of an octave.
 */
#ifndef TEQ_ANTILOG_H
#define TEQ_ANTILOG_H

#include <stdint.h>

#define TEQ_ANTILOG_STEPS 48 /* steps an octave            */
#define TEQ_MB_MIN 4         /* bits of the row head value */
#define TEQ_MB_MAX 10
#define TEQ_ANTILOG_BITS_MAX (TEQ_MB_MAX + 1) /* a head has one bit more before it rounds */

extern const uint32_t teq_antilog_table[TEQ_ANTILOG_STEPS];

/* round((2^mb - 1) 2^(-i/48)), half up; i = 0..95, mb = TEQ_MB_MIN..TEQ_ANTILOG_BITS_MAX. */
static inline uint32_t teq_antilog(unsigned i, unsigned mb)
{
    uint32_t top = (1u << mb) - 1u;
    return i < TEQ_ANTILOG_STEPS
               ? (top * teq_antilog_table[i] + (1u << 19)) >> 20
               : (top * teq_antilog_table[i - TEQ_ANTILOG_STEPS] + (1u << 20)) >> 21;
}

#endif
