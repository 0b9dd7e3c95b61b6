/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_core_regs: requests of every kind and to no register at all, responses taken late, while
 * all that the registers show and all events come at random.
 */
#include "block.h"

enum {
    POR, AWADDR, AWVALID, AWREADY, WDATA, WSTRB, WVALID, WREADY, BRESP, BVALID, BREADY, ARADDR, ARVALID, ARREADY, RDATA, RRESP, RVALID,
    RREADY, IRQ, START, SOFT_RESET, BUSY, IMAGE, LOADING, IN_ERROR, CAUSE, LAYER, INFO, COUNTERS, EVENT_DONE, EVENT_ERROR, EVENT_IMAGE,
    PORT_P, PORT_X, PORT_LAST, PORT_DATA, READY_P, READY_X, POP_Y, VALID_Y, DATA_Y, BAD_PORT, BAD_PORT_ADDR, N_PORTS
};
static const char *const ports[N_PORTS] = {
    "por_ni", "s_axil_awaddr", "s_axil_awvalid", "s_axil_awready", "s_axil_wdata", "s_axil_wstrb", "s_axil_wvalid", "s_axil_wready",
    "s_axil_bresp", "s_axil_bvalid", "s_axil_bready", "s_axil_araddr", "s_axil_arvalid", "s_axil_arready", "s_axil_rdata",
    "s_axil_rresp", "s_axil_rvalid", "s_axil_rready", "irq_o", "start_o", "reset_o", "busy_i", "image_i", "loading_i", "error_i",
    "cause_i", "layer_i", "info_i", "counters_i", "event_done_i", "event_error_i", "event_image_i", "port_p_o", "port_x_o",
    "port_last_o", "port_data_o", "ready_p_i", "ready_x_i", "pop_y_o", "valid_y_i", "data_y_i", "bad_port_o", "bad_port_addr_o",
};

enum {
    WRITE, READ, WRITE_WAITS, READ_WAITS, DATA_FIRST, ADDRESS_FIRST, BACK_TO_BACK, NO_WRITE, NO_READ, STROBE, IS_START, IS_RESET, BOTH,
    IRQ_HIGH, CLEARED, RACE, PORT_TAKEN, PORT_REFUSED, OUTPUT, OUTPUT_EMPTY, TWO_ERRORS, SOFT, POWER_ON, LAST_COUNTER, N_CORNERS
};
static const char *const corners[N_CORNERS] = {
    "write", "read", "a write waits for a response", "a read waits for a response", "data before its address", "address before its data",
    "write as the response before is taken", "SLVERR, write", "SLVERR, read", "byte strobed out", "start", "soft reset",
    "start and soft reset", "interrupt", "interrupt cleared", "event in the cycle of its clearing", "beat of a data port",
    "beat of a data port that is not ready", "OUTPUT_DATA", "OUTPUT_DATA while empty", "both data ports misused at once",
    "reset of the status alone", "power-on reset with a response", "last word of the counters",
};

typedef struct state {
    teq_core_regs r;
    bool por;
    bench_stall aw, w, b, ar, rr;
} state;

/* Soft reset clears what has happened; the five registers of AXI4-Lite go on. */
static void init(block *k) {
    state *s = k->state;
    if (s->por) s->r.irq_status = 0;
    else teq_core_regs_init(&s->r);
}

static uint8_t draw_addr(block *k, bool is_write) {
    static const uint8_t writable[] = {TEQ_REG_CONTROL, TEQ_REG_IRQ_ENABLE, TEQ_REG_IRQ_STATUS, TEQ_REG_IMAGE_DATA, TEQ_REG_IMAGE_LAST,
                                       TEQ_REG_INPUT_DATA, TEQ_REG_INPUT_LAST};
    if (block_chance(k, 16)) return (uint8_t)block_word(k);
    if (is_write && block_chance(k, 224)) return writable[block_below(k, sizeof writable)];
    if (!is_write && block_chance(k, 64)) return TEQ_REG_OUTPUT_DATA;
    return (uint8_t)(4 * block_below(k, 64));
}

static teq_core_in draw_requests(block *k, state *s) {
    return (teq_core_in){
        .s_axil_awvalid = !block_stalls(k, &s->aw), .s_axil_wvalid = !block_stalls(k, &s->w), .s_axil_bready = !block_stalls(k, &s->b),
        .s_axil_arvalid = !block_stalls(k, &s->ar), .s_axil_rready = !block_stalls(k, &s->rr), .s_axil_awaddr = draw_addr(k, true),
        .s_axil_araddr = draw_addr(k, false), .s_axil_wdata = block_word(k),
        .s_axil_wstrb = (uint8_t)(block_chance(k, 16) ? block_below(k, 15) : 15),
    };
}

static void put_requests(block *k, const teq_core_in *in) {
    block_put(k, AWVALID, in->s_axil_awvalid);
    block_put(k, WVALID, in->s_axil_wvalid);
    block_put(k, BREADY, in->s_axil_bready);
    block_put(k, ARVALID, in->s_axil_arvalid);
    block_put(k, RREADY, in->s_axil_rready);
    if (in->s_axil_awvalid) block_put(k, AWADDR, in->s_axil_awaddr);
    if (in->s_axil_arvalid) block_put(k, ARADDR, in->s_axil_araddr);
    if (!in->s_axil_wvalid) return;
    block_put(k, WDATA, in->s_axil_wdata);
    block_put(k, WSTRB, in->s_axil_wstrb);
}

/* What the core shows; the counters and the error are the model's own. */
static teq_core_regs_in draw_core(block *k, state *s, const teq_axis_beat *y) {
    teq_core_regs *r = &s->r;
    uint64_t *const counter[] = {&r->counters.cycles, &r->counters.vectors, &r->counters.stalls, &r->counters.row_ops,
                                 &r->counters.zero_skips};
    for (unsigned i = 0; i < 5; i++) block_put_field(k, COUNTERS, 64 * i, 64, *counter[i] = rng_u64(&k->bench->rng));
    const uint32_t cause = block_below(k, 32), layer = block_word(k) & 0xffff;
    r->error = cause | layer << TEQ_ERROR_LAYER_LSB;
    r->error_info = block_word(k);
    block_put(k, CAUSE, cause);
    block_put(k, LAYER, layer);
    block_put(k, INFO, r->error_info);
    const teq_core_regs_in in = {
        .busy = block_chance(k, 128), .image = block_chance(k, 128), .loading = block_chance(k, 128), .in_error = block_chance(k, 128),
        .p_ready = block_chance(k, 192), .x_ready = block_chance(k, 192), .y = block_chance(k, 128) ? y : NULL,
    };
    block_put(k, BUSY, in.busy);
    block_put(k, IMAGE, in.image);
    block_put(k, LOADING, in.loading);
    block_put(k, IN_ERROR, in.in_error);
    block_put(k, READY_P, in.p_ready);
    block_put(k, READY_X, in.x_ready);
    block_put(k, VALID_Y, in.y != NULL);
    if (in.y) block_put(k, DATA_Y, y->data);
    return in;
}

static bool to_image(uint8_t port) { return port == TEQ_REG_IMAGE_DATA || port == TEQ_REG_IMAGE_LAST; }

static void show(block *k, const teq_core_regs *r, const teq_core_regs_in *core, const teq_core_regs_out *out) {
    const bool refused = r->port_write && !(to_image(r->port) ? core->p_ready : core->x_ready), empty = out->fault.cause;
    block_put(k, AWREADY, !r->aw_valid);
    block_put(k, WREADY, !r->w_valid);
    block_put(k, BVALID, r->b_valid);
    block_put(k, ARREADY, !r->ar_valid);
    block_put(k, RVALID, r->r_valid);
    if (r->b_valid) block_put(k, BRESP, r->bresp);
    if (r->r_valid) {
        block_put(k, RRESP, r->rresp);
        block_put(k, RDATA, r->r);
    }
    block_put(k, IRQ, (r->irq_enable & r->irq_status) != 0);
    block_put(k, START, r->start);
    block_put(k, SOFT_RESET, r->reset);
    block_put(k, PORT_P, r->port_write && to_image(r->port));
    block_put(k, PORT_X, r->port_write && !to_image(r->port));
    if (r->port_write) {
        block_put(k, PORT_LAST, r->port == TEQ_REG_IMAGE_LAST || r->port == TEQ_REG_INPUT_LAST);
        block_put(k, PORT_DATA, r->port_data);
    }
    block_put(k, POP_Y, out->pop_y);
    block_put(k, BAD_PORT, refused || empty);
    if (refused || empty) block_put(k, BAD_PORT_ADDR, refused ? r->port : TEQ_REG_OUTPUT_DATA);
    block_hit(k, PORT_TAKEN, r->port_write && !refused);
    block_hit(k, PORT_REFUSED, refused);
    block_hit(k, OUTPUT, out->pop_y && !empty);
    block_hit(k, OUTPUT_EMPTY, empty);
    block_hit(k, TWO_ERRORS, refused && empty);
}

static void look_corners(block *k, const state *s, const teq_core_in *in, const teq_core_regs_out *out, unsigned events) {
    const teq_core_regs *r = &s->r;
    const bool good = out->writes && !out->bresp;
    block_hit(k, WRITE, good);
    block_hit(k, READ, out->reads && !out->rresp);
    block_hit(k, WRITE_WAITS, r->aw_valid && r->w_valid && r->b_valid);
    block_hit(k, READ_WAITS, r->ar_valid && r->r_valid);
    block_hit(k, DATA_FIRST, r->w_valid && !r->aw_valid && in->s_axil_awvalid);
    block_hit(k, ADDRESS_FIRST, r->aw_valid && !r->w_valid && in->s_axil_wvalid);
    block_hit(k, BACK_TO_BACK, r->b_valid && in->s_axil_bready && r->aw_valid && r->w_valid);
    block_hit(k, NO_WRITE, out->writes && out->bresp && r->wstrb == 15);
    block_hit(k, NO_READ, out->reads && out->rresp);
    block_hit(k, STROBE, out->writes && r->wstrb != 15);
    block_hit(k, IS_START, out->start);
    block_hit(k, IS_RESET, out->reset);
    block_hit(k, BOTH, out->reset && (r->w & TEQ_CONTROL_START_MASK));
    block_hit(k, IRQ_HIGH, r->irq_enable & r->irq_status);
    block_hit(k, CLEARED, out->irq_clear & r->irq_status & ~events);
    block_hit(k, RACE, out->irq_clear & r->irq_status & events);
    block_hit(k, SOFT, k->reset && s->por && r->irq_status);
    block_hit(k, POWER_ON, !s->por && r->b_valid && r->r_valid);
    block_hit(k, LAST_COUNTER, out->reads && r->ar == TEQ_REG_ZERO_SKIPS_HI);
}

static void cycle(block *k) {
    state *s = k->state;
    const teq_core_in in = draw_requests(k, s);
    const teq_axis_beat y = {.data = block_word(k)};
    const teq_core_regs_in core = draw_core(k, s, &y);
    const bool done = block_chance(k, 4), error = block_chance(k, 4), image = block_chance(k, 4);
    const unsigned events = (done ? TEQ_IRQ_STATUS_DONE_MASK : 0) | (error ? TEQ_IRQ_STATUS_ERROR_MASK : 0) |
                            (image ? TEQ_IRQ_STATUS_IMAGE_MASK : 0);
    s->por = !k->reset || (dut_cycle() > 1 && block_chance(k, 128));
    block_put(k, POR, s->por);
    put_requests(k, &in);
    block_put(k, EVENT_DONE, done);
    block_put(k, EVENT_ERROR, error);
    block_put(k, EVENT_IMAGE, image);
    teq_core_regs_out out;
    teq_core_regs_look(&s->r, &k->params, &core, &out);
    show(k, &s->r, &core, &out);
    look_corners(k, s, &in, &out, events);
    teq_core_regs_step(&s->r, &in, &out);
    s->r.irq_status |= (uint8_t)events;
}

const block_test block_under_test = {
    .ports = ports, .n_ports = N_PORTS, .corners = corners, .n_corners = N_CORNERS, .size = sizeof(state), .cycles = 100000,
    .open = block_config_matches, .init = init, .cycle = cycle,
};
