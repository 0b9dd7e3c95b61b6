/* SPDX-License-Identifier: Apache-2.0
 *
 * waves DIR: timing diagrams of the interfaces, DIR/wave_*.svg. What they show is what the
 * cycle models do, and those are compared with the Verilog on every cycle. A 4 x 4 core runs a
 * program of one layer: 16 codes come in, four vectors meet the identity matrix, words go out.
 */
#include "svg.h"

#include "teq/model_core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool fail(const char *what, const teq_error *err)
{
    fprintf(stderr, "waves: %s: %s\n", what, err->message);
    return false;
}

/* --- the core ---------------------------------------------------------------------- */

static teq_core_params core_params(void)
{
    teq_core_params p = TEQ_CORE_DEFAULT;
    p.array.rows = p.array.cols = p.array.n_requant = 4;
    p.array.load_cols = 4;
    p.array.psum_depth = 4;
    p.act_words = p.wgt_words = 16;
    p.prg_words = 64;
    return p;
}

/* INPUT of a line of 16 codes; DOT of four vectors; END. S and M make a word the sum itself. */
static bool make_image(const teq_core_params *p, teq_image *im, teq_error *err)
{
    enum { TILE = 3 * TEQ_DESCRIPTOR_WORDS, CFG = TILE + 1, WORDS = CFG + 3 };
    uint64_t prg[WORDS] = {0};
    const teq_descriptor input = {.op = TEQ_OP_INPUT, .n_lines = 1, .line_len = 16};
    const teq_descriptor dot = {
        .op = TEQ_OP_DOT, .stream = 1, .a_n = 5, .w_n = 4, .n_pass_cfg = 3, .cfg_addr = CFG, .tile_addr = TILE,
        .n_tiles = 1, .n_pass = 1, .u_len = 16, .h = 1, .u_ox = 4, .oh = 1, .ow = 4, .group_rows = 1, .n_ty = 1,
        .n_tx = 1, .lanes = 4, .lanes_x = 4, .lanes_pass = 4};
    const teq_descriptor end = {.op = TEQ_OP_END};
    const teq_tile_entry tile = {.lanes = 4, .reload = 1};
    const teq_config_entry all[3] = {{.sel = 0, .index = 0x80}, {.sel = 1, .index = 0x80, .data = 15u << 16 | 1u << 15},
                                     {.sel = 2, .index = 0x80}};
    uint8_t slots[16];
    memset(slots, 15, sizeof slots); /* zero weights, but for 1 on the diagonal */
    for (int i = 0; i < 4; i++)
        slots[i * 4 + i] = 0;
    bool ok = teq_descriptor_pack(&input, prg, err) && teq_descriptor_pack(&dot, prg + TEQ_DESCRIPTOR_WORDS, err) &&
              teq_descriptor_pack(&end, prg + 2 * TEQ_DESCRIPTOR_WORDS, err) && teq_tile_entry_pack(&tile, &prg[TILE], err);
    for (int i = 0; i < 3; i++)
        ok = ok && teq_config_entry_pack(&all[i], &prg[CFG + i], err);
    return ok && teq_image_begin(im, p, err) && teq_image_prg(im, 0, prg, WORDS, err) &&
           teq_image_wgt(im, p, 0, slots, 1, err) && teq_image_end(im, err);
}

typedef struct host {
    teq_core *core;
    teq_core_in in;
    teq_core_out out;
    wave axil, image, input, output;
} host;

static void look(host *h)
{
    const teq_core_in *i = &h->in;
    const teq_core_out *o = &h->out;
    wave *w = &h->axil;
    wave_bit(w, "s_axil_awvalid", i->s_axil_awvalid);
    wave_bit(w, "s_axil_awready", o->s_axil_awready);
    wave_bus(w, "s_axil_awaddr", i->s_axil_awvalid, i->s_axil_awaddr);
    wave_bit(w, "s_axil_wvalid", i->s_axil_wvalid);
    wave_bit(w, "s_axil_wready", o->s_axil_wready);
    wave_bus(w, "s_axil_wdata", i->s_axil_wvalid, i->s_axil_wdata);
    wave_bit(w, "s_axil_bvalid", o->s_axil_bvalid);
    wave_bit(w, "s_axil_bready", i->s_axil_bready);
    wave_bit(w, "s_axil_arvalid", i->s_axil_arvalid);
    wave_bit(w, "s_axil_arready", o->s_axil_arready);
    wave_bus(w, "s_axil_araddr", i->s_axil_arvalid, i->s_axil_araddr);
    wave_bit(w, "s_axil_rvalid", o->s_axil_rvalid);
    wave_bit(w, "s_axil_rready", i->s_axil_rready);
    wave_bus(w, "s_axil_rdata", o->s_axil_rvalid, o->s_axil_rdata);
    w = &h->image;
    wave_bit(w, "s_axis_p_tvalid", i->s_axis_p_tvalid);
    wave_bit(w, "s_axis_p_tready", o->s_axis_p_tready);
    wave_bus(w, "s_axis_p_tdata", i->s_axis_p_tvalid, i->s_axis_p.data);
    wave_bit(w, "s_axis_p_tlast", i->s_axis_p_tvalid && i->s_axis_p.last);
    w = &h->input;
    wave_bit(w, "s_axis_x_tvalid", i->s_axis_x_tvalid);
    wave_bit(w, "s_axis_x_tready", o->s_axis_x_tready);
    wave_bus(w, "s_axis_x_tdata", i->s_axis_x_tvalid, i->s_axis_x.data);
    wave_bus(w, "s_axis_x_tkeep", i->s_axis_x_tvalid, i->s_axis_x.keep);
    wave_bit(w, "s_axis_x_tlast", i->s_axis_x_tvalid && i->s_axis_x.last);
    w = &h->output;
    wave_bit(w, "m_axis_y_tvalid", o->m_axis_y_tvalid);
    wave_bit(w, "m_axis_y_tready", i->m_axis_y_tready);
    wave_bus(w, "m_axis_y_tdata", o->m_axis_y_tvalid, o->m_axis_y.data);
    wave_bus(w, "m_axis_y_tkeep", o->m_axis_y_tvalid, o->m_axis_y.keep);
    wave_bit(w, "m_axis_y_tlast", o->m_axis_y_tvalid && o->m_axis_y.last);
    wave_bit(w, "irq_o", o->irq_o);
}

/* One cycle, the next one on the diagram `draw` (NULL: on none). */
static void cycle(host *h, wave *draw)
{
    look(h);
    if (draw)
        wave_edge(draw);
    teq_core_step(h->core, &h->in);
    teq_core_outputs(h->core, &h->out);
}

/* A write: address and data together, until both are taken; then the answer. */
static void store(host *h, uint8_t address, uint32_t data, wave *draw)
{
    h->in.s_axil_awvalid = h->in.s_axil_wvalid = h->in.s_axil_bready = true;
    h->in.s_axil_awaddr = address;
    h->in.s_axil_wdata = data;
    h->in.s_axil_wstrb = 15;
    cycle(h, draw);
    h->in.s_axil_awvalid = h->in.s_axil_wvalid = false;
    while (!h->out.s_axil_bvalid)
        cycle(h, draw);
    cycle(h, draw);
    h->in.s_axil_bready = false;
}

static void load(host *h, uint8_t address, wave *draw)
{
    h->in.s_axil_arvalid = h->in.s_axil_rready = true;
    h->in.s_axil_araddr = address;
    cycle(h, draw);
    h->in.s_axil_arvalid = false;
    while (!h->out.s_axil_rvalid)
        cycle(h, draw);
    cycle(h, draw);
    h->in.s_axil_rready = false;
}

static void send_image(host *h, const teq_image *im)
{
    for (size_t i = 0; i < im->n_beats;) {
        const bool show = i < 8 || i + 5 > im->n_beats;
        h->in.s_axis_p_tvalid = true;
        h->in.s_axis_p = (teq_axis_beat){.data = im->beat[i], .keep = 15, .last = i + 1 == im->n_beats};
        const bool taken = h->out.s_axis_p_tready;
        cycle(h, show ? &h->image : NULL);
        i += taken;
    }
    h->in.s_axis_p_tvalid = false;
    for (int i = 0; i < 4; i++)
        cycle(h, i < 1 ? &h->image : NULL);
}

/* 16 codes in four beats, with a pause after the second. */
static void send_input(host *h)
{
    for (uint32_t beat = 0, pause = 2; beat < 4;) {
        const bool now = beat != 2 || pause == 0;
        pause -= !now;
        h->in.s_axis_x_tvalid = now;
        h->in.s_axis_x = (teq_axis_beat){.data = 0x03020100u + 0x04040404u * beat, .keep = 15, .last = beat == 3};
        const bool taken = now && h->out.s_axis_x_tready;
        cycle(h, &h->input);
        beat += taken;
    }
    h->in.s_axis_x_tvalid = false;
    for (int i = 0; i < 2; i++)
        cycle(h, &h->input);
}

/* The answer, with the taker stalling twice; irq at the end. */
static void take_output(host *h)
{
    while (!h->out.m_axis_y_tvalid)
        cycle(h, NULL);
    for (int n = 0, stalled = 0; n < 8 && stalled < 1000; stalled++) {
        h->in.m_axis_y_tready = stalled != 1 && stalled != 2;
        n += h->in.m_axis_y_tready && h->out.m_axis_y_tvalid;
        cycle(h, &h->output);
    }
    h->in.m_axis_y_tready = false;
    for (int i = 0; i < 40 && !h->out.irq_o; i++)
        cycle(h, NULL);
    for (int i = 0; i < 2; i++)
        cycle(h, &h->output);
}

static bool draw_core(const char *dir)
{
    const teq_core_params p = core_params();
    teq_error err = {0};
    teq_image im = {0};
    static host h = {.axil = {.title = "AXI4-Lite: CONTROL.START is written, STATUS is read"},
                     .image = {.title = "s_axis_p: the first eight beats of an image and its last four"},
                     .input = {.title = "s_axis_x: sixteen codes, the host pauses for two cycles"},
                     .output = {.title = "m_axis_y: sixteen words, two a beat; the host stalls for two cycles; then irq_o"}};
    if (!make_image(&p, &im, &err) || !(h.core = teq_core_new(&p, &err)))
        return fail("core", &err);
    teq_core_outputs(h.core, &h.out);
    for (int i = 0; i < 2; i++)
        cycle(&h, NULL); /* in reset */
    h.in.rst_ni = true;
    cycle(&h, NULL);
    send_image(&h, &im);
    store(&h, TEQ_REG_IRQ_ENABLE, TEQ_IRQ_ENABLE_DONE_MASK, NULL);
    store(&h, TEQ_REG_CONTROL, TEQ_CONTROL_START_MASK, &h.axil);
    load(&h, TEQ_REG_STATUS, &h.axil);
    send_input(&h);
    take_output(&h);
    const bool done = h.out.irq_o;
    teq_core_free(h.core);
    teq_image_free(&im);
    if (!done) {
        fprintf(stderr, "waves: expected irq_o when the program ends, got none within 40 cycles of the last word\n");
        return false;
    }
    const struct {
        const wave *w;
        const char *name;
    } all[] = {{&h.axil, "axil"}, {&h.image, "image"}, {&h.input, "input"}, {&h.output, "output"}};
    bool ok = true;
    for (int i = 0; i < 4 && ok; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/wave_%s.svg", dir, all[i].name);
        ok = wave_write(all[i].w, path);
    }
    return ok;
}

/* --- the array ---------------------------------------------------------------------- */

/* Two tiles of 4 x 4 weights, four vectors each: the second tile loads while the first
 * streams; sums of both are added up, so that words come with the second. */
static bool draw_array(const char *dir)
{
    teq_array_params p = core_params().array;
    p.load_cols = 1;
    static teq_array a;
    static teq_array_in in = {.m_axis_y_tready = true};
    static wave w = {.title = "teq_array: two tiles of four beats, four vectors on each; the second tile loads behind the first"};
    teq_array_out out;
    teq_error err = {0};
    if (!teq_array_init(&a, &p, &err))
        return fail("array", &err);
    in.rst_ni = true;
    in.cfg_we_i = true; /* S and M of y = sum, all columns of bank 0 */
    for (uint8_t sel = 0; sel < 3; sel++) {
        in.cfg_sel_i = sel;
        in.cfg_index_i = 0x80;
        in.cfg_data_i = sel == 1 ? 15u << 16 | 1u << 15 : 0;
        teq_array_step(&a, &in);
    }
    in.cfg_we_i = false;
    for (unsigned n = 0, weights = 0, vectors = 0; n < 26; n++) {
        teq_array_outputs(&a, &out);
        in.s_axis_w_tvalid = weights < 8;
        in.s_axis_w_tlast = weights % 4 == 3;
        in.s_axis_w_tuser = 4; /* w_n = 4 */
        in.s_axis_a_tvalid = vectors < 8;
        in.s_axis_a_tlast = vectors % 4 == 3;
        memset(in.s_axis_a_tdata, (int)(4 * (vectors % 4)), 4);
        in.s_axis_a_tuser = (teq_array_user){.addr = (uint16_t)(vectors % 4), .first = vectors < 4, .final = vectors >= 4, .a_n = 5};
        wave_bit(&w, "s_axis_w_tvalid", in.s_axis_w_tvalid);
        wave_bit(&w, "s_axis_w_tready", out.s_axis_w_tready);
        wave_bit(&w, "s_axis_w_tlast", in.s_axis_w_tvalid && in.s_axis_w_tlast);
        wave_bit(&w, "s_axis_a_tvalid", in.s_axis_a_tvalid);
        wave_bit(&w, "s_axis_a_tready", out.s_axis_a_tready);
        wave_bus(&w, "tuser: addr", in.s_axis_a_tvalid, in.s_axis_a_tuser.addr);
        wave_bit(&w, "tuser: first", in.s_axis_a_tvalid && in.s_axis_a_tuser.first);
        wave_bit(&w, "tuser: final", in.s_axis_a_tvalid && in.s_axis_a_tuser.final);
        wave_bit(&w, "s_axis_a_tlast", in.s_axis_a_tvalid && in.s_axis_a_tlast);
        wave_bit(&w, "m_axis_y_tvalid", out.m_axis_y_tvalid);
        wave_bus(&w, "m_axis_y: word 0", out.m_axis_y_tvalid, out.m_axis_y_tvalid ? (uint16_t)out.m_axis_y->word[0] : 0);
        wave_edge(&w);
        weights += in.s_axis_w_tvalid && out.s_axis_w_tready;
        vectors += in.s_axis_a_tvalid && out.s_axis_a_tready;
        teq_array_step(&a, &in);
    }
    teq_array_free(&a);
    char path[512];
    snprintf(path, sizeof path, "%s/wave_array.svg", dir);
    return wave_write(&w, path);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: waves DIR\n");
        return 2;
    }
    return draw_core(argv[1]) && draw_array(argv[1]) ? 0 : 1;
}
