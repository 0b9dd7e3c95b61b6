/* SPDX-License-Identifier: Apache-2.0
 *
 * A driver of teq_array's cycle model: tiles of weights and their vectors.
 */
#include "teq/array_host.h"

#include <string.h>

/* One edge; a beat of the output is copied to `word`, if there is one to copy to. */
static bool tick(teq_array_host *h, int16_t *word)
{
    teq_array_out out;
    teq_array_outputs(&h->array, &out);
    if (out.m_axis_y_tvalid && word)
        memcpy(word, out.m_axis_y->word, h->array.params.n_requant * sizeof *word);
    teq_array_step(&h->array, &h->in);
    h->cycle++;
    return out.m_axis_y_tvalid;
}

void teq_array_host_write(teq_array_host *h, unsigned sel, unsigned index, uint64_t data)
{
    h->in.cfg_we_i = true;
    h->in.cfg_sel_i = (uint8_t)sel;
    h->in.cfg_index_i = (uint8_t)index;
    h->in.cfg_data_i = data;
    tick(h, NULL);
    h->in.cfg_we_i = false;
}

bool teq_array_host_init(teq_array_host *h, const teq_array_params *p, teq_error *err)
{
    memset(h, 0, sizeof *h);
    if (!teq_array_init(&h->array, p, err))
        return false;
    h->in.rst_ni = h->in.m_axis_y_tready = true;
    for (unsigned i = 0; i < 2u * p->cols; i++) {
        teq_array_host_write(h, 1, i, 15u << 16 | 1u << 15); /* y = u * 2^15 >> 15 */
        teq_array_host_write(h, 2, i, 0);
    }
    return true;
}

void teq_array_host_free(teq_array_host *h) { teq_array_free(&h->array); }

/* What a tile of weights leaves in the sums of its columns. */
static void add_up_bias(teq_array_host *h, const uint8_t *slots, unsigned w_n, unsigned w_shift)
{
    const teq_array_params *p = &h->array.params;
    for (unsigned col = 0; col < p->cols; col++) {
        h->tile_bias[col] = 0;
        for (unsigned row = 0; row < p->rows; row++)
            h->tile_bias[col] += teq_cell_bias(p, teq_weight_expand(p, slots[col * p->rows + row], w_n, w_shift));
    }
}

bool teq_array_host_weights(teq_array_host *h, const uint8_t *slots, unsigned w_n, unsigned w_shift, teq_error *err)
{
    const teq_array_params *p = &h->array.params;
    const unsigned beat = (unsigned)p->load_cols * p->rows;
    if (h->loaded)
        return teq_fail(err, TEQ_ERR_ARG, "weights: the tile before has not had its vectors");
    if (!teq_weight_format_legal(p, w_n, w_shift))
        return teq_fail(err, TEQ_ERR_ARG, "weights: got w_n %u, w_shift %u, expected w_n 2 or more and w_n + w_shift at most %u",
                        w_n, w_shift, p->n_max);
    add_up_bias(h, slots, w_n, w_shift);
    h->in.s_axis_w_tvalid = true;
    h->in.s_axis_w_tuser = (uint8_t)(w_shift << 3 | w_n);
    for (unsigned g = 0; g < teq_load_cycles(p);) {
        teq_array_out out;
        teq_array_outputs(&h->array, &out);
        memcpy(h->in.s_axis_w_tdata, slots + g * beat, beat);
        h->in.s_axis_w_tlast = g == teq_load_cycles(p) - 1u;
        g += out.s_axis_w_tready;
        tick(h, NULL);
    }
    h->in.s_axis_w_tvalid = false;
    h->loaded = true;
    return true;
}

/* B_o of the bank that the coming sums are requantized with. */
static void write_bias(teq_array_host *h, bool bank)
{
    const unsigned cols = h->array.params.cols;
    for (unsigned col = 0; col < cols; col++)
        teq_array_host_write(h, 0, bank * cols + col, UINT64_C(0) - h->bias[col]);
}

bool teq_array_host_vectors(teq_array_host *h, const uint8_t *codes, unsigned n, teq_array_user user, int16_t *words,
                            teq_error *err)
{
    const teq_array_params *p = &h->array.params;
    if (!h->loaded)
        return teq_fail(err, TEQ_ERR_ARG, "vectors: expected a tile of weights first");
    if (n < 1 || user.res)
        return teq_fail(err, TEQ_ERR_ARG, "vectors: got n %u, res %d, expected n 1 or more and no residual", n, user.res);
    if (n > p->psum_depth && !(user.first && user.final))
        return teq_fail(err, TEQ_ERR_ARG, "vectors: got %u, expected at most PSUM_DEPTH = %u", n, p->psum_depth);
    for (unsigned col = 0; col < p->cols; col++)
        h->bias[col] = (user.first ? 0 : h->bias[col]) + h->tile_bias[col];
    if (user.final)
        write_bias(h, user.bank);
    h->in.s_axis_a_tuser = user;
    teq_array_out out;
    unsigned sent = 0, slots = 0; /* slots: words that have come */
    do {
        teq_array_outputs(&h->array, &out);
        h->in.s_axis_a_tvalid = sent < n;
        if (sent < n) {
            memcpy(h->in.s_axis_a_tdata, codes + (size_t)sent * p->rows, p->rows);
            h->in.s_axis_a_tuser.addr = (uint16_t)((user.addr + sent) % p->psum_depth);
            h->in.s_axis_a_tlast = sent == n - 1u;
            sent += out.s_axis_a_tready;
        }
        slots += tick(h, user.final ? words + slots : NULL) * p->n_requant;
        teq_array_outputs(&h->array, &out);
    } while (sent < n || out.busy_o);
    h->in.s_axis_a_tvalid = h->loaded = false;
    return true;
}
