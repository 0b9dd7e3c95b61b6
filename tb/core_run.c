/* SPDX-License-Identifier: Apache-2.0
 *
 * Images on the Verilog core, for `teq run --backend rtl|gates` and for the networks of
 * `make nets-rtl`: the bare-metal driver works the registers, the streams run at full rate.
 * What to do comes in the environment:
 *
 *   TEQ_RUN_IMAGE      the image file of teq compile
 *   TEQ_RUN_INPUT      samples one after the other, as teq_compiled_input gives them
 *   TEQ_RUN_OUTPUT     written: for each sample five counters (64 bits each) and the beats
 *   TEQ_RUN_PORTS      1: by the data ports alone, registers and nothing else
 *   TEQ_RUN_IRQ        1: wait for the interrupt
 *   TEQ_RUN_COMPARE    1: the cycle model runs beside it, every output of every cycle compared
 *   TEQ_RUN_FROM, _TO  window of waves, in cycles of the first sample's run
 */
#include "bench.h"
#include "core_ports.h"
#include "teq/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct host {
    bench *b;
    core_ports ports;
    teq_core *model; /* NULL: not compared */
    bool has_window, is_started;
    uint64_t from, to;
    FILE *input, *output;
} host;

static bool flag(const char *name)
{
    const char *v = getenv(name);
    return v && strcmp(v, "1") == 0;
}

/* --- the device's clock -------------------------------------------------------------------- */

static void get_outputs(const core_ports *p, teq_core_out *out)
{
    *out = (teq_core_out){
        .s_axil_awready = dut_get_u64(p->awready) & 1, .s_axil_wready = dut_get_u64(p->wready) & 1,
        .s_axil_bvalid = dut_get_u64(p->bvalid) & 1, .s_axil_arready = dut_get_u64(p->arready) & 1,
        .s_axil_rvalid = dut_get_u64(p->rvalid) & 1, .s_axil_bresp = (uint8_t)dut_get_u64(p->bresp),
        .s_axil_rresp = (uint8_t)dut_get_u64(p->rresp), .s_axil_rdata = (uint32_t)dut_get_u64(p->rdata),
        .s_axis_p_tready = dut_get_u64(p->p.tready) & 1, .s_axis_x_tready = dut_get_u64(p->x.tready) & 1,
        .m_axis_y_tvalid = dut_get_u64(p->y.tvalid) & 1, .irq_o = dut_get_u64(p->irq) & 1,
        .m_axis_y = {.data = (uint32_t)dut_get_u64(p->y.tdata), .keep = (uint8_t)dut_get_u64(p->y.tkeep),
                     .last = dut_get_u64(p->y.tlast) & 1}};
}

static void cycle(void *context, const teq_core_in *in, teq_core_out *out)
{
    host *h = context;
    core_ports_drive(h->b, &h->ports, in);
    bench_tick(h->b);
    if (h->model) {
        teq_core_step(h->model, in);
        if (in->rst_ni) {
            teq_core_out want;
            teq_core_outputs(h->model, &want);
            core_ports_compare(h->b, &h->ports, &want);
        }
    }
    get_outputs(&h->ports, out);
}

static void on_start(void *context)
{
    host *h = context;
    if (h->has_window && !h->is_started)
        dut_trace_window(dut_cycle() + h->from, dut_cycle() + h->to);
    h->is_started = true;
}

/* --- samples ---------------------------------------------------------------------------------- */

static bool put_result(FILE *f, const teq_driver_counters *n, const uint32_t *beats, size_t n_beats)
{
    const uint64_t v[5] = {n->cycles, n->vectors, n->stalls, n->row_ops, n->zero_skips};
    uint8_t bytes[sizeof v];
    for (size_t i = 0; i < sizeof v; i++)
        bytes[i] = (uint8_t)(v[i / 8] >> 8 * (i % 8));
    bool ok = fwrite(bytes, sizeof bytes, 1, f) == 1;
    for (size_t i = 0; i < n_beats; i++) {
        const uint8_t w[4] = {(uint8_t)beats[i], (uint8_t)(beats[i] >> 8), (uint8_t)(beats[i] >> 16), (uint8_t)(beats[i] >> 24)};
        ok = ok && fwrite(w, sizeof w, 1, f) == 1;
    }
    return ok;
}

static bool samples(host *h, teq_session *s, const teq_compiled *c, teq_error *err)
{
    const size_t size = teq_compiled_input_size(c);
    uint8_t *bytes = malloc(size);
    uint32_t *beats = calloc(c->n_out_beats, sizeof *beats);
    bool ok = bytes && beats;
    size_t n = 0;
    for (; ok && fread(bytes, size, 1, h->input) == 1; n++) {
        teq_driver_counters count;
        ok = teq_session_run(s, c, bytes, flag("TEQ_RUN_PORTS"), beats, &count, err) &&
             (put_result(h->output, &count, beats, c->n_out_beats) || teq_fail(err, TEQ_ERR_IO, "TEQ_RUN_OUTPUT: not written"));
    }
    free(bytes);
    free(beats);
    return ok && (n > 0 || teq_fail(err, TEQ_ERR_IO, "TEQ_RUN_INPUT: no sample of %zu bytes", size));
}

static void run(host *h, const teq_compiled *c, const teq_core_params *p)
{
    teq_error err = {0};
    teq_session s;
    const teq_session_clock clock = {cycle, h};
    if (flag("TEQ_RUN_COMPARE"))
        h->model = teq_core_new(p, &err);
    bool ok = !flag("TEQ_RUN_COMPARE") || h->model;
    ok = ok && teq_session_begin(&s, &clock, &err);
    if (ok) {
        s.use_irq = flag("TEQ_RUN_IRQ");
        s.on_start = on_start;
        ok = teq_session_load(&s, c, flag("TEQ_RUN_PORTS"), &err) && samples(h, &s, c, &err);
    }
    bench_check(h->b, ok, "%s", err.message);
    teq_core_free(h->model);
}

static void ignore(host *h)
{
    const core_ports *p = &h->ports;
    dut_port *const all[] = {p->awready, p->wready, p->bresp, p->bvalid, p->arready, p->rdata, p->rresp, p->rvalid,
                             p->p.tready, p->x.tready, p->y.tvalid, p->y.tdata, p->y.tkeep, p->y.tlast, p->irq};
    for (size_t i = 0; i < sizeof all / sizeof *all && !flag("TEQ_RUN_COMPARE"); i++)
        bench_ignore(h->b, all[i], "the host looks at it; teq run compares the words");
}

void bench_run(bench *b)
{
    host h = {.b = b};
    teq_error err = {0};
    teq_core_params p;
    const char *image = getenv("TEQ_RUN_IMAGE"), *input = getenv("TEQ_RUN_INPUT"), *output = getenv("TEQ_RUN_OUTPUT");
    const char *from = getenv("TEQ_RUN_FROM"), *to = getenv("TEQ_RUN_TO");
    if (!bench_check(b, image && input && output, "TEQ_RUN_IMAGE, TEQ_RUN_INPUT and TEQ_RUN_OUTPUT say what to run: use teq run") ||
        !core_params(b, &p))
        return;
    core_ports_find(b, &h.ports);
    ignore(&h);
    h.has_window = from && to;
    if (h.has_window) {
        h.from = strtoull(from, NULL, 0);
        h.to = strtoull(to, NULL, 0);
        dut_trace_window(UINT64_MAX - 1, UINT64_MAX);
    }
    teq_compiled *c = teq_compiled_read(image, &err);
    h.input = fopen(input, "rb");
    h.output = fopen(output, "wb");
    if (bench_check(b, c && h.input && h.output, "%s", c ? "TEQ_RUN_INPUT or TEQ_RUN_OUTPUT cannot be opened" : err.message))
        run(&h, c, &p);
    if (h.input)
        fclose(h.input);
    if (h.output)
        bench_check(b, fclose(h.output) == 0, "TEQ_RUN_OUTPUT: not written whole");
    teq_compiled_free(c);
}
