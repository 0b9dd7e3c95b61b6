/* SPDX-License-Identifier: Apache-2.0
 *
 * check_order NET.img: net_order of the header that teq compile wrote (net.h) against
 * teq_compiled_input of its image, on codes that are all different where they can be.
 */
#include "net.h"
#include "teq/compile.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    teq_error err = {0};
    teq_compiled *c = argc == 2 ? teq_compiled_read(argv[1], &err) : NULL;
    if (!c || teq_compiled_input_size(c) != NET_INPUT_BYTES || c->c != NET_C || c->h != NET_H || c->w != NET_W)
        return fprintf(stderr, "check_order: %s\n", c ? "net.h is of another network" : err.message), 1;
    static uint8_t code[NET_C * NET_H * NET_W], byte[NET_C * NET_H * NET_W], got[NET_INPUT_BYTES], want[NET_INPUT_BYTES];
    for (unsigned i = 0; i < sizeof code; i++) {
        const unsigned m = i * 7u & ((1u << c->n) - 1u), s = c->is_signed ? i / 3 % 2 : 0;
        code[i] = (uint8_t)(s << c->n | m);
        byte[i] = (uint8_t)(s << 7 | m); /* as firmware has them */
    }
    teq_compiled_input(c, code, want);
    net_order(byte, got);
    for (unsigned i = 0; i < NET_INPUT_BYTES; i++)
        if (got[i] != want[i])
            return fprintf(stderr, "check_order: byte %u: expected 0x%02x, got 0x%02x\n", i, want[i], got[i]), 1;
    printf("%d bytes, %d taps\n", NET_INPUT_BYTES, (int)NET_TAPS);
    teq_compiled_free(c);
    return 0;
}
