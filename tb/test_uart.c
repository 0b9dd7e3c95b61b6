/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_uart_axil: commands sent bit by bit, with noise and wrong bytes between them; an
 * AXI4-Lite slave that hesitates; answers read back from the line. Every request and every
 * answer must be the one of its command.
 */
#include "bench.h"
#include "uart_line.h"

typedef struct state {
    unsigned div;
    dut_port *rst, *rx, *tx;
    dut_port *awaddr, *awvalid, *awready, *wdata, *wstrb, *wvalid, *wready, *bresp, *bvalid, *bready;
    dut_port *araddr, *arvalid, *arready, *rdata_i, *rresp, *rvalid, *rready;
    bool aw_done, w_done, b_valid, ar_done, r_valid;
    uint32_t rdata;
    unsigned resp;
    uint8_t send[8], got[8];
    unsigned n_send, n_sent, n_got;
    uart_line out, in;
    bool is_write;
    uint8_t addr;
    uint32_t data;
} state;

static void find_ports(bench *b, state *s) {
    s->div = (unsigned)bench_param(b, "DIV");
    s->rst = bench_port(b, "rst_ni"), s->rx = bench_port(b, "rx_i"), s->tx = bench_port(b, "tx_o");
    s->awaddr = bench_port(b, "m_axil_awaddr"), s->awvalid = bench_port(b, "m_axil_awvalid");
    s->awready = bench_port(b, "m_axil_awready"), s->wdata = bench_port(b, "m_axil_wdata");
    s->wstrb = bench_port(b, "m_axil_wstrb"), s->wvalid = bench_port(b, "m_axil_wvalid");
    s->wready = bench_port(b, "m_axil_wready"), s->bresp = bench_port(b, "m_axil_bresp");
    s->bvalid = bench_port(b, "m_axil_bvalid"), s->bready = bench_port(b, "m_axil_bready");
    s->araddr = bench_port(b, "m_axil_araddr"), s->arvalid = bench_port(b, "m_axil_arvalid");
    s->arready = bench_port(b, "m_axil_arready"), s->rdata_i = bench_port(b, "m_axil_rdata");
    s->rresp = bench_port(b, "m_axil_rresp"), s->rvalid = bench_port(b, "m_axil_rvalid");
    s->rready = bench_port(b, "m_axil_rready");
}

/* ---- the line -------------------------------------------------------------------------- */

/* The next command, and what comes before it that must not be taken for one. */
static void new_command(bench *b, state *s) {
    *s->send = (uint8_t)rng_below(&b->rng, 256);
    s->n_send = s->n_sent = s->n_got = 0;
    if (*s->send != 'W' && *s->send != 'R' && rng_chance(&b->rng, 64)) s->n_send = 1;
    s->is_write = rng_chance(&b->rng, 128);
    s->addr = (uint8_t)rng_below(&b->rng, 256);
    s->data = (uint32_t)rng_u64(&b->rng);
    s->send[s->n_send++] = s->is_write ? 'W' : 'R';
    s->send[s->n_send++] = s->addr;
    for (unsigned i = 0; s->is_write && i < 4; i++) s->send[s->n_send++] = (uint8_t)(s->data >> 8 * i);
    s->aw_done = s->w_done = s->ar_done = s->b_valid = s->r_valid = false;
    s->rdata = (uint32_t)rng_u64(&b->rng);
    s->resp = (unsigned)rng_below(&b->rng, 4);
}

/* A cycle of the line to the device: start bit, 8 bits, stop bit; idle for a while. */
static unsigned send_cycle(bench *b, state *s) {
    if (s->out.left == 0 && s->n_sent < s->n_send && rng_chance(&b->rng, 64)) uart_line_start(&s->out, s->send[s->n_sent++], s->div);
    return uart_line_send(&s->out, s->div);
}

/* A cycle of the line from the device, sampled in the middle of each bit. */
static void receive_cycle(bench *b, state *s) {
    const unsigned bit = (unsigned)dut_get_u64(s->tx);
    unsigned frame;
    if (s->in.left == 0 && bit) bench_compare_u64(b, s->tx, 1);
    if (!uart_line_receive(&s->in, bit, s->div, &frame)) return;
    bench_check(b, uart_frame_is_good(frame), "tx_o: start and stop bit: expected 0 and 1, got 0x%03x", frame);
    if (bench_check(b, s->n_got < sizeof s->got, "tx_o: more bytes than an answer has"))
        s->got[s->n_got++] = (uint8_t)(frame >> 1);
}

/* ---- the slave ------------------------------------------------------------------------- */

static void drive_slave(bench *b, state *s) {
    const bool written = s->aw_done && s->w_done;
    if (written && !s->b_valid) s->b_valid = rng_chance(&b->rng, 64);
    if (s->ar_done && !s->r_valid) s->r_valid = rng_chance(&b->rng, 64);
    dut_set_u64(s->awready, rng_chance(&b->rng, 64));
    dut_set_u64(s->wready, rng_chance(&b->rng, 64));
    dut_set_u64(s->arready, rng_chance(&b->rng, 64));
    dut_set_u64(s->bvalid, s->b_valid);
    dut_set_u64(s->rvalid, s->r_valid);
    if (s->b_valid) dut_set_u64(s->bresp, s->resp);
    else bench_set_poison(b, s->bresp);
    if (s->r_valid) dut_set_u64(s->rresp, s->resp), dut_set_u64(s->rdata_i, s->rdata);
    else bench_set_poison(b, s->rresp), bench_set_poison(b, s->rdata_i);
}

/* Before the edge: what passes in this cycle. */
static void take(bench *b, state *s) {
    const bool sent = s->n_sent == s->n_send && s->out.left <= 1;
    const bool aw = dut_get_u64(s->awvalid), w = dut_get_u64(s->wvalid), ar = dut_get_u64(s->arvalid);
    bench_check(b, !(aw || w) || (sent && s->is_write), "a write that was not asked for");
    bench_check(b, !ar || (sent && !s->is_write), "a read that was not asked for");
    if (aw) bench_compare_u64(b, s->awaddr, s->addr);
    if (ar) bench_compare_u64(b, s->araddr, s->addr);
    if (w) {
        bench_compare_u64(b, s->wdata, s->data);
        bench_compare_u64(b, s->wstrb, 15);
    }
    if (aw && dut_get_u64(s->awready)) bench_check(b, !s->aw_done, "the address twice"), s->aw_done = true;
    if (w && dut_get_u64(s->wready)) bench_check(b, !s->w_done, "the data twice"), s->w_done = true;
    if (ar && dut_get_u64(s->arready)) bench_check(b, !s->ar_done, "the read address twice"), s->ar_done = true;
    if (s->b_valid && dut_get_u64(s->bready)) s->b_valid = s->aw_done = s->w_done = false;
    if (s->r_valid && dut_get_u64(s->rready)) s->r_valid = s->ar_done = false;
}

static bool answered(bench *b, state *s) {
    if (s->n_got < (s->is_write ? 1u : 5u)) return false;
    for (unsigned i = 0; i < 4 && !s->is_write; i++)
        bench_check(b, s->got[i] == (uint8_t)(s->rdata >> 8 * i), "answer, byte %u: expected 0x%02x, got 0x%02x", i,
                    (uint8_t)(s->rdata >> 8 * i), s->got[i]);
    const unsigned resp = s->got[s->n_got - 1];
    bench_check(b, resp == s->resp, "answer, RESP: expected %u, got %u", s->resp, resp);
    return true;
}

void bench_run(bench *b) {
    state s = {0};
    find_ports(b, &s);
    dut_port *const judged[] = {s.awvalid, s.wvalid, s.arvalid, s.bready, s.rready};
    for (unsigned i = 0; i < 5; i++) bench_ignore(b, judged[i], "what passes by it is judged");
    dut_set_u64(s.rx, 1);
    drive_slave(b, &s);
    bench_reset(b, 2);
    new_command(b, &s);
    unsigned commands = 0;
    while (bench_running(b, dut_info.four_state ? 20000 : 200000)) {
        dut_set_u64(s.rx, send_cycle(b, &s));
        drive_slave(b, &s);
        take(b, &s);
        bench_tick(b);
        receive_cycle(b, &s);
        if (!answered(b, &s) || s.in.left) continue;
        commands++;
        new_command(b, &s);
    }
    bench_note(b, "commands: %u answered", commands);
    bench_check(b, b->max_cycles || commands > 20, "only %u commands answered, expected more than 20", commands);
}
