/* SPDX-License-Identifier: Apache-2.0
 *
 * array_ports.h -- teq_array as a device: its ports under the structs of its cycle
 * model (teq/model_array.h). Data of a stream that is not valid is junk.
 */
#ifndef TB_ARRAY_PORTS_H
#define TB_ARRAY_PORTS_H

#include "bench.h"
#include "teq/model_array.h"

typedef struct array_ports {
    dut_port *rst, *cfg_we, *cfg_sel, *cfg_index, *cfg_data;
    dut_port *w_tvalid, *w_tready, *w_tdata, *w_tuser, *w_tlast;
    dut_port *a_tvalid, *a_tready, *a_tdata, *a_tuser, *a_tlast;
    dut_port *r_tvalid, *r_tready, *r_tdata;
    dut_port *y_tvalid, *y_tready, *y_tdata, *y_tuser, *y_tlast;
    dut_port *busy, *error;
} array_ports;

/* The parameters of this build; false, after a message, when they are illegal. */
bool array_params(bench *b, teq_array_params *p);

/* s_axis_a_tuser as bits. */
uint64_t array_ports_user(const teq_array_params *p, const teq_array_user *u);

void array_ports_find(bench *b, array_ports *ports, const teq_array_params *p);
void array_ports_drive(bench *b, const array_ports *ports, const teq_array_params *p, const teq_array_in *in);
void array_ports_compare(bench *b, const array_ports *ports, const teq_array_params *p, const teq_array_out *out);

#endif
