/* SPDX-License-Identifier: Apache-2.0
 *
 * core_ports.h -- the ports of teq_core between the device and its cycle model.
 */
#ifndef TB_CORE_PORTS_H
#define TB_CORE_PORTS_H

#include "bench.h"
#include "teq/model_core.h"

typedef struct core_stream {
    dut_port *tvalid, *tready, *tdata, *tkeep, *tlast;
} core_stream;

typedef struct core_ports {
    dut_port *rst, *irq;
    dut_port *awaddr, *awvalid, *awready, *wdata, *wstrb, *wvalid, *wready, *bresp, *bvalid, *bready;
    dut_port *araddr, *arvalid, *arready, *rdata, *rresp, *rvalid, *rready;
    core_stream p, x, y;
} core_ports;

/* Parameters of this build, all of them listed in tb/core.mk. */
bool core_params(bench *b, teq_core_params *p);

void core_ports_find(bench *b, core_ports *ports);

/* Inputs; data whose valid is low is poison. */
void core_ports_drive(bench *b, const core_ports *ports, const teq_core_in *in);

/* Every output; data while its valid is high. */
void core_ports_compare(bench *b, const core_ports *ports, const teq_core_out *out);

#endif
