/* SPDX-License-Identifier: Apache-2.0
 *
 * Images on teq_board: what tb/core_run.c does on the core, with the bare-metal driver at the
 * other end of the serial line. Takes the same TEQ_RUN_IMAGE, TEQ_RUN_INPUT and
 * TEQ_RUN_OUTPUT, so it is a simulator for `teq run --backend rtl --simulator`.
 */
#include "bench.h"
#include "teq/compile.h"
#include "teq/driver.h"
#include "uart_line.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct host {
    bench *b;
    dut_port *rst, *rx, *tx;
    unsigned div;
    uart_line out, in;
    uint8_t got[8];
    unsigned n_got;
    bool is_broken; /* no answer, or a refusal: reported once */
    FILE *input, *output;
} host;

/* --- the line --------------------------------------------------------------------------------- */

static void tick(host *h)
{
    unsigned frame;
    dut_set_u64(h->rx, uart_line_send(&h->out, h->div));
    bench_tick(h->b);
    if (!uart_line_receive(&h->in, (unsigned)dut_get_u64(h->tx), h->div, &frame))
        return;
    if (bench_check(h->b, uart_frame_is_good(frame) && h->n_got < sizeof h->got, "tx_o: frame 0x%03x, byte %u of the answer", frame,
                    h->n_got))
        h->got[h->n_got++] = (uint8_t)(frame >> 1);
}

/* Sends a command and waits for its answer of n bytes, the last of them RESP. */
static bool ask(host *h, const uint8_t *command, unsigned n_command, unsigned n)
{
    h->n_got = 0;
    for (unsigned i = 0; i < n_command && !h->is_broken; i++) {
        uart_line_start(&h->out, command[i], h->div);
        while (h->out.left)
            tick(h);
    }
    for (unsigned wait = 0; h->n_got < n && !h->is_broken; wait++) {
        tick(h);
        h->is_broken = !bench_check(h->b, wait < 1000 * h->div, "no answer to command %c 0x%02x", command[0], command[1]);
    }
    while (h->in.left && !h->is_broken)
        tick(h);
    if (!h->is_broken)
        h->is_broken = !bench_check(h->b, h->got[n - 1] == 0, "command %c 0x%02x: RESP %u", command[0], command[1], h->got[n - 1]);
    return !h->is_broken;
}

static uint32_t read_register(void *context, uint32_t offset)
{
    host *h = context;
    const uint8_t command[] = {'R', (uint8_t)offset};
    if (!ask(h, command, sizeof command, 5))
        return 0;
    return (uint32_t)h->got[0] | (uint32_t)h->got[1] << 8 | (uint32_t)h->got[2] << 16 | (uint32_t)h->got[3] << 24;
}

static void write_register(void *context, uint32_t offset, uint32_t v)
{
    const uint8_t command[] = {'W', (uint8_t)offset, (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};
    ask(context, command, sizeof command, 1);
}

/* --- samples ---------------------------------------------------------------------------------- */

static bool put64(FILE *f, uint64_t v, unsigned bytes)
{
    uint8_t b[8];
    for (unsigned i = 0; i < bytes; i++)
        b[i] = (uint8_t)(v >> 8 * i);
    return fwrite(b, bytes, 1, f) == 1;
}

static bool put_result(host *h, teq_driver *d, const teq_compiled *c, const uint32_t *beats)
{
    teq_driver_counters n;
    teq_driver_count(d, &n);
    const uint64_t v[] = {n.cycles, n.vectors, n.stalls, n.row_ops, n.zero_skips};
    bool ok = true;
    for (unsigned i = 0; i < 5; i++)
        ok &= put64(h->output, v[i], 8);
    for (uint32_t i = 0; i < c->n_out_beats; i++)
        ok &= put64(h->output, beats[i], 4);
    return bench_check(h->b, ok, "TEQ_RUN_OUTPUT: not written");
}

static bool good(host *h, const teq_driver *d, teq_driver_status status)
{
    return bench_check(h->b, status == TEQ_DRIVER_OK && !h->is_broken, "driver: %s, cause %s", teq_driver_status_text(status),
                       teq_driver_cause_name(d->cause));
}

static bool is_for_it(host *h, const teq_driver *d, const teq_compiled *c)
{
    uint32_t config[TEQ_CORE_CONFIGS];
    teq_core_config(&c->core, config);
    bool same = true;
    for (int i = 0; i < TEQ_CORE_CONFIGS; i++)
        same &= bench_check(h->b, config[i] == d->config[i], "%s is made for another core: CONFIG%d 0x%08" PRIx32 ", the board's is 0x%08" PRIx32,
                            c->name, i, config[i], d->config[i]);
    return same;
}

static void run(host *h, const teq_compiled *c)
{
    teq_driver d = {.read = read_register, .write = write_register, .context = h, .patience = 100000};
    const size_t size = teq_compiled_input_size(c);
    uint8_t *bytes = malloc(size);
    uint32_t *words = malloc(size), *beats = calloc(c->n_out_beats, sizeof *beats);
    unsigned n = 0;
    bool ok = bench_check(h->b, bytes && words && beats, "out of memory") && good(h, &d, teq_driver_open(&d)) && is_for_it(h, &d, c) &&
              good(h, &d, teq_driver_load(&d, c->beat, c->n_beats));
    for (; ok && fread(bytes, size, 1, h->input) == 1; n++) {
        for (size_t i = 0; i < size / 4; i++)
            words[i] = (uint32_t)bytes[4 * i] | (uint32_t)bytes[4 * i + 1] << 8 | (uint32_t)bytes[4 * i + 2] << 16 |
                       (uint32_t)bytes[4 * i + 3] << 24;
        ok = good(h, &d, teq_driver_infer(&d, words, size / 4, beats, c->n_out_beats)) && put_result(h, &d, c, beats);
    }
    bench_check(h->b, !ok || n > 0, "TEQ_RUN_INPUT: no sample of %zu bytes", size);
    free(bytes);
    free(words);
    free(beats);
}

void bench_run(bench *b)
{
    host h = {.b = b, .div = (unsigned)bench_param(b, "DIV")};
    teq_error err = {0};
    const char *image = getenv("TEQ_RUN_IMAGE"), *input = getenv("TEQ_RUN_INPUT"), *output = getenv("TEQ_RUN_OUTPUT");
    if (!bench_check(b, image && input && output, "TEQ_RUN_IMAGE, TEQ_RUN_INPUT and TEQ_RUN_OUTPUT say what to run: use teq run"))
        return;
    h.rst = bench_port(b, "rst_ni"), h.rx = bench_port(b, "rx_i"), h.tx = bench_port(b, "tx_o");
    bench_ignore(b, h.tx, "each frame is judged");
    bench_ignore(b, bench_port(b, "irq_o"), "the driver polls");
    dut_set_u64(h.rx, 1);
    bench_reset(b, 4);
    teq_compiled *c = teq_compiled_read(image, &err);
    h.input = fopen(input, "rb");
    h.output = fopen(output, "wb");
    if (bench_check(b, c && h.input && h.output, "%s", c ? "TEQ_RUN_INPUT or TEQ_RUN_OUTPUT cannot be opened" : err.message))
        run(&h, c);
    if (h.input)
        fclose(h.input);
    if (h.output)
        bench_check(b, fclose(h.output) == 0, "TEQ_RUN_OUTPUT: not written whole");
    teq_compiled_free(c);
}
