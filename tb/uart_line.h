/* SPDX-License-Identifier: Apache-2.0
 *
 * A serial line as a bench sees it: one byte on its way, a cycle at a time; 8 bits, lowest
 * first, one start and one stop bit, `div` cycles a bit.
 */
#ifndef TB_UART_LINE_H
#define TB_UART_LINE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct uart_line {
    unsigned bits, left, wait;
} uart_line;

static inline void uart_line_start(uart_line *l, uint8_t byte, unsigned div)
{
    *l = (uart_line){.bits = (0x100u | byte) << 1, .left = 10, .wait = div};
}

/* The level in this cycle; high while nothing is sent. */
static inline unsigned uart_line_send(uart_line *l, unsigned div)
{
    if (l->left == 0)
        return 1;
    const unsigned bit = l->bits & 1;
    if (--l->wait == 0) {
        l->bits >>= 1;
        l->left--;
        l->wait = div;
    }
    return bit;
}

/* Takes the level of a cycle; sampled in the middle of each bit. True when a frame is
 * complete: start bit, 8 data bits and stop bit in bits 0 to 9 of *frame. */
static inline bool uart_line_receive(uart_line *l, unsigned bit, unsigned div, unsigned *frame)
{
    if (l->left == 0) {
        if (bit)
            return false;
        *l = (uart_line){.left = 10, .wait = div / 2};
    }
    if (l->wait-- > 0)
        return false;
    l->wait = div - 1;
    l->bits = l->bits >> 1 | bit << 9;
    *frame = l->bits;
    return --l->left == 0;
}

static inline bool uart_frame_is_good(unsigned frame) { return (frame & 0x201) == 0x200; }

#endif
