/* SPDX-License-Identifier: Apache-2.0 */
#include "core_ports.h"

#include "core_options.h"

#include <stdio.h>

bool core_params(bench *b, teq_core_params *p) {
    teq_error err = {0};
    teq_array_params *a = &p->array;
    const char *engine = bench_param_text(b, "ENGINE");
    *p = TEQ_CORE_DEFAULT;
    a->rows = (uint16_t)bench_param(b, "ROWS");
    a->cols = a->n_requant = (uint16_t)bench_param(b, "COLS");
    a->n_max = (uint8_t)bench_param(b, "N_MAX");
    a->k_res = (uint8_t)bench_param_or(b, "K_RES", a->k_res);
    a->mb = (uint8_t)bench_param_or(b, "MB", a->mb);
    a->pw = (uint8_t)bench_param_or(b, "PW", a->pw);
    a->acc_w = (uint8_t)bench_param(b, "ACC_W");
    a->na_max = (uint8_t)bench_param(b, "NA_MAX");
    a->load_cols = (uint16_t)bench_param(b, "LOAD_COLS");
    a->psum_depth = (uint16_t)bench_param(b, "PSUM_DEPTH");
    p->act_words = (uint32_t)bench_param(b, "ACT_WORDS");
    p->wgt_words = (uint32_t)bench_param(b, "WGT_WORDS");
    p->prg_words = (uint32_t)bench_param(b, "PRG_WORDS");
    p->counters = bench_param_or(b, "COUNTERS", 1);
    core_options(b, p);
    const bool good = engine ? teq_array_engine_parse(engine, &a->engine, &err) && teq_core_params_check(p, &err)
                             : teq_fail(&err, TEQ_ERR_ARG, "ENGINE is not listed");
    return bench_check(b, good, "%s", err.message);
}

static core_stream find_stream(bench *b, const char *prefix) {
    static const char *const parts[] = {"tvalid", "tready", "tdata", "tkeep", "tlast"};
    dut_port *port[5];
    char name[32];
    for (unsigned i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "%s_%s", prefix, parts[i]);
        port[i] = bench_port(b, name);
    }
    return (core_stream){port[0], port[1], port[2], port[3], port[4]};
}

void core_ports_find(bench *b, core_ports *ports) {
    *ports = (core_ports){
        .rst = bench_port(b, "rst_ni"), .irq = bench_port(b, "irq_o"),
        .awaddr = bench_port(b, "s_axil_awaddr"), .awvalid = bench_port(b, "s_axil_awvalid"),
        .awready = bench_port(b, "s_axil_awready"), .wdata = bench_port(b, "s_axil_wdata"),
        .wstrb = bench_port(b, "s_axil_wstrb"), .wvalid = bench_port(b, "s_axil_wvalid"),
        .wready = bench_port(b, "s_axil_wready"), .bresp = bench_port(b, "s_axil_bresp"),
        .bvalid = bench_port(b, "s_axil_bvalid"), .bready = bench_port(b, "s_axil_bready"),
        .araddr = bench_port(b, "s_axil_araddr"), .arvalid = bench_port(b, "s_axil_arvalid"),
        .arready = bench_port(b, "s_axil_arready"), .rdata = bench_port(b, "s_axil_rdata"),
        .rresp = bench_port(b, "s_axil_rresp"), .rvalid = bench_port(b, "s_axil_rvalid"),
        .rready = bench_port(b, "s_axil_rready"),
        .p = find_stream(b, "s_axis_p"), .x = find_stream(b, "s_axis_x"), .y = find_stream(b, "m_axis_y"),
    };
}

/* ---- inputs ---------------------------------------------------------------------- */

static void drive_if(bench *b, dut_port *port, bool valid, uint64_t value) {
    if (valid)
        dut_set_u64(port, value);
    else
        bench_set_poison(b, port);
}

static void drive_stream(bench *b, const core_stream *s, bool valid, const teq_axis_beat *beat) {
    dut_set_u64(s->tvalid, valid);
    drive_if(b, s->tdata, valid, beat->data);
    drive_if(b, s->tkeep, valid, beat->keep);
    drive_if(b, s->tlast, valid, beat->last);
}

void core_ports_drive(bench *b, const core_ports *ports, const teq_core_in *in) {
    dut_set_u64(ports->rst, in->rst_ni);
    dut_set_u64(ports->awvalid, in->s_axil_awvalid);
    dut_set_u64(ports->wvalid, in->s_axil_wvalid);
    dut_set_u64(ports->bready, in->s_axil_bready);
    dut_set_u64(ports->arvalid, in->s_axil_arvalid);
    dut_set_u64(ports->rready, in->s_axil_rready);
    drive_if(b, ports->awaddr, in->s_axil_awvalid, in->s_axil_awaddr);
    drive_if(b, ports->wdata, in->s_axil_wvalid, in->s_axil_wdata);
    drive_if(b, ports->wstrb, in->s_axil_wvalid, in->s_axil_wstrb);
    drive_if(b, ports->araddr, in->s_axil_arvalid, in->s_axil_araddr);
    drive_stream(b, &ports->p, in->s_axis_p_tvalid, &in->s_axis_p);
    drive_stream(b, &ports->x, in->s_axis_x_tvalid, &in->s_axis_x);
    dut_set_u64(ports->y.tready, in->m_axis_y_tready);
}

/* ---- outputs --------------------------------------------------------------------- */

void core_ports_compare(bench *b, const core_ports *ports, const teq_core_out *out) {
    bench_compare_u64(b, ports->awready, out->s_axil_awready);
    bench_compare_u64(b, ports->wready, out->s_axil_wready);
    bench_compare_u64(b, ports->bvalid, out->s_axil_bvalid);
    bench_compare_u64(b, ports->arready, out->s_axil_arready);
    bench_compare_u64(b, ports->rvalid, out->s_axil_rvalid);
    bench_compare_u64(b, ports->p.tready, out->s_axis_p_tready);
    bench_compare_u64(b, ports->x.tready, out->s_axis_x_tready);
    bench_compare_u64(b, ports->y.tvalid, out->m_axis_y_tvalid);
    bench_compare_u64(b, ports->irq, out->irq_o);
    if (out->s_axil_bvalid) bench_compare_u64(b, ports->bresp, out->s_axil_bresp);
    if (out->s_axil_rvalid) {
        bench_compare_u64(b, ports->rresp, out->s_axil_rresp);
        bench_compare_u64(b, ports->rdata, out->s_axil_rdata);
    }
    if (out->m_axis_y_tvalid) {
        bench_compare_u64(b, ports->y.tdata, out->m_axis_y.data);
        bench_compare_u64(b, ports->y.tkeep, out->m_axis_y.keep);
        bench_compare_u64(b, ports->y.tlast, out->m_axis_y.last);
    }
}
