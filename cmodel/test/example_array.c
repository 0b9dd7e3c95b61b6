/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_array's cycle model: load a tile of 2 x 2 weights, stream three vectors, read what
 * comes out. Weights and activations have K = 4: n = 4 on 1/4 octaves, n = 5 on 1/8.
 */
#include "teq/model_array.h"

#include <stdio.h>
#include <string.h>

int main(void)
{
    static teq_array array;
    static teq_array_in in = {.rst_ni = true, .m_axis_y_tready = true, .cfg_we_i = true, .cfg_sel_i = 1,
                              .cfg_data_i = 15u << 16 | 1u << 15}; /* S and M of y = sum */
    teq_array_params p = TEQ_ARRAY_DEFAULT;
    teq_array_out out;
    p.rows = p.cols = p.load_cols = p.n_requant = 2;
    if (!teq_array_init(&array, &p, NULL))
        return 1;
    for (; in.cfg_index_i < p.cols; in.cfg_index_i++)
        teq_array_step(&array, &in);
    in.cfg_we_i = false;
    memcpy(in.s_axis_w_tdata, (uint8_t[]){0, 15, 4, 8}, 4); /* columns (1, 0) and (1/2, 1/4) */
    in.s_axis_w_tvalid = in.s_axis_w_tlast = true;
    in.s_axis_w_tuser = 4; /* w_n = 4, w_shift = 0 */
    in.s_axis_a_tuser = (teq_array_user){.first = true, .final = true, .a_n = 5};
    for (unsigned cycle = 0, sent = 0; cycle < 20; cycle++) {
        teq_array_outputs(&array, &out);
        memset(in.s_axis_a_tdata, (int)(8 * sent), 2); /* activations 1, 1/2, 1/4 */
        in.s_axis_a_tvalid = sent < 3;
        in.s_axis_a_tlast = sent == 2;
        sent += in.s_axis_a_tvalid && out.s_axis_a_tready;
        if (out.m_axis_y_tvalid)
            printf("cycle %2u: %3d %3d\n", cycle, out.m_axis_y->word[0], out.m_axis_y->word[1]);
        teq_array_step(&array, &in);
        in.s_axis_w_tvalid = false; /* the tile was its one beat */
    }
    teq_array_free(&array);
}
