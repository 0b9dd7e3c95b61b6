/* SPDX-License-Identifier: Apache-2.0 */
#include "array_ports.h"

#include <string.h>

bool array_params(bench *b, teq_array_params *p) {
    teq_error err = {0};
    const char *engine = bench_param_text(b, "ENGINE");
    *p = TEQ_ARRAY_DEFAULT;
    p->rows = (uint16_t)bench_param(b, "ROWS");
    p->cols = (uint16_t)bench_param(b, "COLS");
    p->n_max = (uint8_t)bench_param(b, "N_MAX");
    p->k_res = (uint8_t)bench_param_or(b, "K_RES", p->k_res);
    p->mb = (uint8_t)bench_param_or(b, "MB", p->mb);
    p->pw = (uint8_t)bench_param_or(b, "PW", p->pw);
    p->acc_w = (uint8_t)bench_param_or(b, "ACC_W", p->acc_w);
    p->na_max = (uint8_t)bench_param(b, "NA_MAX");
    p->load_cols = (uint16_t)bench_param_or(b, "LOAD_COLS", p->load_cols);
    p->is_double = bench_param_or(b, "DOUBLE", 1);
    p->serial = bench_param_or(b, "SERIAL", 0);
    p->chain = bench_param_or(b, "CHAIN", 0);
    p->pipe = bench_param_or(b, "PIPE", 0);
    p->w_latch = bench_param_or(b, "W_LATCH", 0);
    p->psum_depth = (uint16_t)bench_param_or(b, "PSUM_DEPTH", p->psum_depth);
    p->n_requant = (uint16_t)bench_param(b, "N_REQUANT");
    const bool good = engine ? teq_array_engine_parse(engine, &p->engine, &err) && teq_array_params_check(p, &err)
                             : teq_fail(&err, TEQ_ERR_ARG, "ENGINE is not listed");
    return bench_check(b, good, "%s", err.message);
}

void array_ports_find(bench *b, array_ports *ports, const teq_array_params *p) {
    *ports = (array_ports){
        .rst = bench_port(b, "rst_ni"),
        .cfg_we = bench_port(b, "cfg_we_i"), .cfg_sel = bench_port(b, "cfg_sel_i"),
        .cfg_index = bench_port(b, "cfg_index_i"), .cfg_data = bench_port(b, "cfg_data_i"),
        .w_tvalid = bench_port(b, "s_axis_w_tvalid"), .w_tready = bench_port(b, "s_axis_w_tready"),
        .w_tdata = bench_port(b, "s_axis_w_tdata"), .w_tuser = bench_port(b, "s_axis_w_tuser"),
        .w_tlast = bench_port(b, "s_axis_w_tlast"),
        .a_tvalid = bench_port(b, "s_axis_a_tvalid"), .a_tready = bench_port(b, "s_axis_a_tready"),
        .a_tdata = bench_port(b, "s_axis_a_tdata"), .a_tuser = bench_port(b, "s_axis_a_tuser"),
        .a_tlast = bench_port(b, "s_axis_a_tlast"),
        .r_tvalid = bench_port(b, "s_axis_r_tvalid"), .r_tready = bench_port(b, "s_axis_r_tready"),
        .r_tdata = bench_port(b, "s_axis_r_tdata"),
        .y_tvalid = bench_port(b, "m_axis_y_tvalid"), .y_tready = bench_port(b, "m_axis_y_tready"),
        .y_tdata = bench_port(b, "m_axis_y_tdata"), .y_tuser = bench_port(b, "m_axis_y_tuser"),
        .y_tlast = bench_port(b, "m_axis_y_tlast"),
        .busy = bench_port(b, "busy_o"), .error = bench_port(b, "error_o"),
    };
    bench_lanes(b, ports->y_tdata, p->na_max + 1u);
    bench_lanes(b, ports->y_tuser, 16);
    bench_check(b, dut_width(ports->a_tuser) == teq_addr_w(p) + 12,
                "s_axis_a_tuser: expected %u bits at PSUM_DEPTH %u, got %u", teq_addr_w(p) + 12, p->psum_depth,
                dut_width(ports->a_tuser));
}

/* ---- inputs ---------------------------------------------------------------------- */

static void drive_bytes(dut_port *port, const uint8_t *slots, unsigned n, unsigned width) {
    uint32_t words[DUT_MAX_WORDS] = {0};
    for (unsigned i = 0; i < n; i++) bits_put(words, i * width, width, slots[i]);
    dut_set(port, words);
}

uint64_t array_ports_user(const teq_array_params *p, const teq_array_user *u) {
    const unsigned w = teq_addr_w(p);
    return u->addr | (uint64_t)u->first << w | (uint64_t)u->final << (w + 1) | (uint64_t)u->bank << (w + 2) |
           (uint64_t)u->res << (w + 3) | (uint64_t)u->sgn << (w + 4) | (uint64_t)u->a_n << (w + 5) |
           (uint64_t)u->a_shift << (w + 8) | (uint64_t)u->chain << (w + 11);
}

void array_ports_drive(bench *b, const array_ports *ports, const teq_array_params *p, const teq_array_in *in) {
    dut_set_u64(ports->rst, in->rst_ni);
    dut_set_u64(ports->cfg_we, in->cfg_we_i);
    dut_set_u64(ports->w_tvalid, in->s_axis_w_tvalid);
    dut_set_u64(ports->a_tvalid, in->s_axis_a_tvalid);
    dut_set_u64(ports->r_tvalid, in->s_axis_r_tvalid);
    dut_set_u64(ports->y_tready, in->m_axis_y_tready);
    if (in->cfg_we_i) {
        dut_set_u64(ports->cfg_sel, in->cfg_sel_i);
        dut_set_u64(ports->cfg_index, in->cfg_index_i);
        dut_set_u64(ports->cfg_data, in->cfg_data_i);
    } else {
        bench_set_poison(b, ports->cfg_sel);
        bench_set_poison(b, ports->cfg_index);
        bench_set_poison(b, ports->cfg_data);
    }
    if (in->s_axis_w_tvalid) {
        drive_bytes(ports->w_tdata, in->s_axis_w_tdata, (unsigned)p->load_cols * p->rows, p->n_max + 1u);
        dut_set_u64(ports->w_tuser, in->s_axis_w_tuser);
        dut_set_u64(ports->w_tlast, in->s_axis_w_tlast);
    } else {
        bench_set_poison(b, ports->w_tdata);
        bench_set_poison(b, ports->w_tuser);
        bench_set_poison(b, ports->w_tlast);
    }
    if (in->s_axis_a_tvalid) {
        drive_bytes(ports->a_tdata, in->s_axis_a_tdata, p->rows, p->na_max);
        dut_set_u64(ports->a_tuser, array_ports_user(p, &in->s_axis_a_tuser));
        dut_set_u64(ports->a_tlast, in->s_axis_a_tlast);
    } else {
        bench_set_poison(b, ports->a_tdata);
        bench_set_poison(b, ports->a_tuser);
        bench_set_poison(b, ports->a_tlast);
    }
    if (in->s_axis_r_tvalid) {
        uint32_t words[DUT_MAX_WORDS] = {0};
        for (unsigned i = 0; i < p->n_requant; i++)
            bits_put(words, i * (p->na_max + 1u), p->na_max + 1u, in->s_axis_r_tdata[i]);
        dut_set(ports->r_tdata, words);
    } else {
        bench_set_poison(b, ports->r_tdata);
    }
}

/* ---- outputs --------------------------------------------------------------------- */

void array_ports_compare(bench *b, const array_ports *ports, const teq_array_params *p, const teq_array_out *out) {
    bench_compare_u64(b, ports->w_tready, out->s_axis_w_tready);
    bench_compare_u64(b, ports->a_tready, out->s_axis_a_tready);
    bench_compare_u64(b, ports->r_tready, out->s_axis_r_tready);
    bench_compare_u64(b, ports->y_tvalid, out->m_axis_y_tvalid);
    bench_compare_u64(b, ports->busy, out->busy_o);
    bench_compare_u64(b, ports->error, out->error_o);
    if (!out->m_axis_y_tvalid) return;
    uint32_t code[DUT_MAX_WORDS] = {0}, word[DUT_MAX_WORDS] = {0};
    for (unsigned i = 0; i < p->n_requant; i++) {
        bits_put(code, i * (p->na_max + 1u), p->na_max + 1u, out->m_axis_y->code[i]);
        bits_put(word, i * 16, 16, (uint16_t)out->m_axis_y->word[i]);
    }
    bench_compare(b, ports->y_tuser, word, NULL);
    bench_compare(b, ports->y_tdata, code, NULL);
    bench_compare_u64(b, ports->y_tlast, out->m_axis_y->last);
}
