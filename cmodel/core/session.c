/* SPDX-License-Identifier: Apache-2.0
 *
 * A host around a clocked core: AXI4-Lite accesses for the driver, streams beside them.
 */
#include "teq/session.h"

#include <inttypes.h>
#include <string.h>

enum { ANSWER = 1000 }; /* cycles after which an access counts as unanswered */

/* --- a cycle ------------------------------------------------------------------------------ */

static void offer_image(teq_session *s)
{
    s->in.s_axis_p_tvalid = s->image_at < s->image_n;
    if (s->in.s_axis_p_tvalid)
        s->in.s_axis_p = (teq_axis_beat){.data = s->image[s->image_at], .keep = 15, .last = s->image_at + 1 == s->image_n};
}

static void offer_input(teq_session *s)
{
    s->in.s_axis_x_tvalid = s->input_at < s->input_n;
    if (!s->in.s_axis_x_tvalid)
        return;
    const uint8_t *b = s->input + 4 * s->input_at;
    const uint32_t left = s->line_len - s->line_at;
    s->in.s_axis_x = (teq_axis_beat){.data = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24,
                                     .keep = (uint8_t)(left >= 4 ? 15 : (1u << left) - 1u),
                                     .last = s->input_at + 1 == s->input_n};
}

static void edge(teq_session *s)
{
    offer_image(s);
    offer_input(s);
    s->in.m_axis_y_tready = s->output_at < s->output_n;
    if (s->in.s_axis_p_tvalid && s->out.s_axis_p_tready)
        s->image_at++;
    if (s->in.s_axis_x_tvalid && s->out.s_axis_x_tready) {
        s->input_at++;
        s->line_at = s->line_at + 4 >= s->line_len ? 0 : s->line_at + 4;
    }
    if (s->in.m_axis_y_tready && s->out.m_axis_y_tvalid)
        s->output[s->output_at++] = s->out.m_axis_y.data;
    s->clock.cycle(s->clock.context, &s->in, &s->out);
    s->cycles++;
}

/* --- register accesses ---------------------------------------------------------------------- */

static void write_register(void *context, uint32_t offset, uint32_t value)
{
    teq_session *s = context;
    s->in.s_axil_awaddr = (uint8_t)offset;
    s->in.s_axil_wdata = value;
    s->in.s_axil_wstrb = 15;
    s->in.s_axil_awvalid = s->in.s_axil_wvalid = true;
    s->in.s_axil_bready = true;
    for (int i = 0; i < ANSWER; i++) {
        const bool aw = s->in.s_axil_awvalid && s->out.s_axil_awready, w = s->in.s_axil_wvalid && s->out.s_axil_wready;
        const bool done = s->out.s_axil_bvalid;
        if (done)
            s->failed = s->failed || s->out.s_axil_bresp != 0;
        edge(s);
        s->in.s_axil_awvalid = s->in.s_axil_awvalid && !aw;
        s->in.s_axil_wvalid = s->in.s_axil_wvalid && !w;
        if (done) {
            s->in.s_axil_bready = false;
            return;
        }
    }
    s->failed = true;
}

static uint32_t read_register(void *context, uint32_t offset)
{
    teq_session *s = context;
    s->in.s_axil_araddr = (uint8_t)offset;
    s->in.s_axil_arvalid = true;
    s->in.s_axil_rready = true;
    for (int i = 0; i < ANSWER; i++) {
        const bool ar = s->in.s_axil_arvalid && s->out.s_axil_arready, done = s->out.s_axil_rvalid;
        const uint32_t data = s->out.s_axil_rdata;
        if (done)
            s->failed = s->failed || s->out.s_axil_rresp != 0;
        edge(s);
        s->in.s_axil_arvalid = s->in.s_axil_arvalid && !ar;
        if (done) {
            s->in.s_axil_rready = false;
            return data;
        }
    }
    s->failed = true;
    return 0;
}

/* Between polls: sleep until the interrupt, if it is used. */
static void idle(void *context)
{
    teq_session *s = context;
    for (int i = 0; i < (s->use_irq ? 1 << 20 : 16) && !(s->use_irq && s->out.irq_o); i++)
        edge(s);
}

static bool check(teq_session *s, teq_driver_status status, const char *what, teq_error *err)
{
    if (s->failed)
        return teq_fail(err, TEQ_ERR_VALUE, "core: %s: a register access got no answer, or SLVERR", what);
    if (status == TEQ_DRIVER_CORE)
        return teq_fail(err, TEQ_ERR_VALUE, "core: %s: error %s, descriptor %" PRIu32 ", info 0x%08" PRIx32, what,
                        teq_driver_cause_name(s->driver.cause), s->driver.layer, s->driver.info);
    return status == TEQ_DRIVER_OK || teq_fail(err, TEQ_ERR_VALUE, "core: %s: %s", what, teq_driver_status_text(status));
}

/* --- work ------------------------------------------------------------------------------------- */

bool teq_session_begin(teq_session *s, const teq_session_clock *clock, teq_error *err)
{
    *s = (teq_session){.clock = *clock};
    s->driver = (teq_driver){.read = read_register, .write = write_register, .context = s, .idle = idle, .patience = 1u << 24};
    for (int i = 0; i < 3; i++)
        edge(s);
    s->in.rst_ni = true;
    edge(s);
    return check(s, teq_driver_open(&s->driver), "open", err);
}

bool teq_session_load(teq_session *s, const teq_compiled *c, bool by_port, teq_error *err)
{
    uint32_t config[TEQ_CORE_CONFIGS];
    teq_core_config(&c->core, config);
    for (int i = 0; i < TEQ_CORE_CONFIGS; i++)
        if (config[i] != s->driver.config[i])
            return teq_fail(err, TEQ_ERR_UNSUPPORTED, "%s: made for another core: CONFIG%d is 0x%08" PRIx32 ", the core's is 0x%08" PRIx32,
                            c->name, i, config[i], s->driver.config[i]);
    if (by_port)
        return check(s, teq_driver_load(&s->driver, c->beat, c->n_beats), "image", err);
    s->image = c->beat;
    s->image_at = 0;
    s->image_n = c->n_beats;
    while (s->image_at < s->image_n && !s->failed) {
        const size_t before = s->image_at;
        for (int i = 0; i < ANSWER && s->image_at < s->image_n; i++)
            edge(s);
        if (s->image_at == before)
            return teq_fail(err, TEQ_ERR_VALUE, "core: image: beat %zu is not taken", before);
    }
    return check(s, teq_driver_wait_image(&s->driver), "image", err);
}

static bool run_streams(teq_session *s, teq_error *err)
{
    for (int i = 0; i < 4; i++) /* the first beats wait in the core's buffer */
        edge(s);
    teq_driver_status status = teq_driver_start(&s->driver);
    if (s->on_start)
        s->on_start(s->clock.context);
    if (status == TEQ_DRIVER_OK)
        status = teq_driver_wait(&s->driver);
    for (int i = 0; i < ANSWER && s->output_at < s->output_n; i++)
        edge(s);
    if (!check(s, status, "run", err))
        return false;
    if (s->output_at < s->output_n || s->input_at < s->input_n)
        return teq_fail(err, TEQ_ERR_VALUE, "core: run: %zu of %zu input beats taken, %zu of %zu output beats given", s->input_at,
                        s->input_n, s->output_at, s->output_n);
    return true;
}

/* The input's bytes as words for the data port. */
static bool run_ports(teq_session *s, const teq_compiled *c, const uint8_t *bytes, uint32_t *beats, teq_error *err)
{
    const size_t n = teq_compiled_input_size(c) / 4;
    uint32_t word[256];
    teq_driver *d = &s->driver;
    teq_driver_status status = teq_driver_start(d);
    for (size_t i = 0; i < n && status == TEQ_DRIVER_OK;) {
        size_t k = 0;
        for (; k < 255 && i + k < n; k++) {
            const uint8_t *b = bytes + 4 * (i + k);
            word[k] = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
        }
        i += k;
        status = i == n ? teq_driver_input(d, word, k) : teq_driver_input_part(d, word, k);
    }
    if (status == TEQ_DRIVER_OK)
        status = teq_driver_output(d, beats, c->n_out_beats);
    if (status == TEQ_DRIVER_OK)
        status = teq_driver_wait(d);
    return check(s, status, "run by data ports", err);
}

bool teq_session_run(teq_session *s, const teq_compiled *c, const uint8_t *bytes, bool by_port, uint32_t *beats,
                     teq_driver_counters *count, teq_error *err)
{
    if (s->use_irq)
        teq_driver_irq_enable(&s->driver, TEQ_IRQ_ENABLE_DONE_MASK | TEQ_IRQ_ENABLE_ERROR_MASK);
    s->output_at = s->output_n = 0;
    bool ok;
    if (by_port) {
        ok = run_ports(s, c, bytes, beats, err);
    } else {
        s->input = bytes;
        s->input_at = 0;
        s->input_n = teq_compiled_input_size(c) / 4;
        s->line_len = c->line_len;
        s->line_at = 0;
        s->output = beats;
        s->output_n = c->n_out_beats;
        ok = run_streams(s, err);
    }
    if (ok && s->use_irq && !(teq_driver_irq_take(&s->driver) & TEQ_IRQ_STATUS_DONE_MASK))
        return teq_fail(err, TEQ_ERR_VALUE, "core: run: ended without its interrupt");
    if (ok)
        teq_driver_count(&s->driver, count);
    return ok && check(s, TEQ_DRIVER_OK, "counters", err);
}
