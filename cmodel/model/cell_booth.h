/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEQ_CELL_BOOTH_H
#define TEQ_CELL_BOOTH_H

/* Digit i of the b-bit weight w, radix 4: bit 2i+1 counts -2, bits 2i and 2i-1 count 1. */
int teq_booth_digit(unsigned b, unsigned w, unsigned i);

#endif
