/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_requant_serial: one requantizer for all columns, one column after the other.
 */
#include "teq/fixed.h"
#include "teq/model_requant.h"

#include <string.h>

enum { MUL_STEPS = 16, SHIFT_STEPS = 15 };

static bool ends_column(const teq_requant_unit *u) { return u->serial.at == TEQ_SERIAL_TH && u->serial.step + 1u == u->params.na_max; }
static bool is_last(const teq_requant_unit *u) { return u->serial.column + 1u == u->params.cols; }

bool teq_requant_serial_done(const teq_requant_unit *u) { return ends_column(u) && is_last(u); }

/* What a state computes on its way to the next. */
static void compute(teq_requant_unit *u, const teq_requant_unit_in *in, unsigned entry)
{
    teq_requant_serial *s = &u->serial;
    const teq_requant_table *t = &u->table;
    const unsigned na_max = u->params.na_max, slot = u->r[0][s->column];
    switch (s->at) {
    case TEQ_SERIAL_U: s->u = teq_sx64(u->params.acc_w, in->acc[s->column] + t->b[entry]); break;
    case TEQ_SERIAL_C: s->sum = s->u * t->m[entry] + t->c[entry]; break;
    case TEQ_SERIAL_SHIFT: s->y = teq_sat(teq_floor_shift(s->sum, t->s[entry])); break;
    case TEQ_SERIAL_D:
        if (in->res) {
            const int32_t d = t->d[slot & ((1u << na_max) - 1u)];
            s->y = teq_sat(s->y + (slot >> na_max & 1u ? -d : d));
        }
        break;
    case TEQ_SERIAL_TH:
        if (!ends_column(u))
            break;
        u->y[0].code[s->column] = teq_array_code(&u->params, t, s->y, in->sgn);
        u->y[0].word[s->column] = (int16_t)s->y;
        u->y[0].last = true;
        break;
    default: break;
    }
}

static unsigned n_steps(const teq_requant_unit *u)
{
    switch (u->serial.at) {
    case TEQ_SERIAL_MUL: return MUL_STEPS;
    case TEQ_SERIAL_SHIFT: return SHIFT_STEPS;
    case TEQ_SERIAL_TH: return u->params.na_max;
    default: return 1;
    }
}

static void go_on(teq_requant_unit *u)
{
    teq_requant_serial *s = &u->serial;
    if (++s->step < n_steps(u))
        return;
    s->step = 0;
    if (s->at == TEQ_SERIAL_TH)
        s->column = is_last(u) ? 0 : s->column + 1u;
    s->at = s->at == TEQ_SERIAL_TH ? TEQ_SERIAL_B : s->at + 1u;
}

void teq_requant_serial_step(teq_requant_unit *u, const teq_requant_unit_in *in)
{
    teq_requant_serial *s = &u->serial;
    const teq_array_params *p = &u->params;
    const bool full = u->n_y > 0, done = teq_requant_serial_done(u), push_r = in->r_tvalid && u->n_r < 2;
    const bool pop_r = s->at == TEQ_SERIAL_D && in->res && is_last(u);
    const unsigned entry = (in->bank ? p->cols : 0u) + s->column;
    const bool waits = (s->at == TEQ_SERIAL_B && (!in->v2 || full)) ||
                       (s->at == TEQ_SERIAL_SHIFT && s->step + 1u == SHIFT_STEPS && in->res && u->n_r == 0);
    if (in->y_tready)
        u->n_y = 0;
    if (!in->no_data)
        compute(u, in, entry);
    if (!waits)
        go_on(u);
    if (done)
        u->n_y = 1;
    if (pop_r) {
        memcpy(u->r[0], u->r[1], sizeof u->r[0]);
        u->n_r--;
    }
    if (push_r)
        memcpy(u->r[u->n_r++], in->r_tdata, p->cols * sizeof u->r[0][0]);
    if (in->cfg_we)
        teq_requant_table_write(&u->table, p, in->cfg_sel, in->cfg_index, in->cfg_data);
    if (!in->rst_n) {
        memset(s, 0, sizeof *s);
        u->n_y = u->n_r = 0;
    }
}
