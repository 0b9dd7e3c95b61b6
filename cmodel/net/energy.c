/* SPDX-License-Identifier: Apache-2.0 */
#include "teq/energy.h"

#include "energy_table.h"

#include <stdlib.h>
#include <string.h>

const teq_energy_model *teq_energy_find(const teq_target *target)
{
    const teq_energy_model *like = NULL;
    teq_target other;
    for (size_t i = sizeof table / sizeof *table; i-- > 0;) {
        if (strcmp(table[i].target, target->name) == 0)
            return &table[i];
        if (teq_target_find(table[i].target, &other) && other.arith == target->arith)
            like = &table[i];
    }
    return like;
}

double teq_energy_pj(const teq_energy_model *m, const teq_energy_terms *t)
{
    return m->vector * t->vectors + m->load * t->loads + m->row * t->rows + m->product * t->products;
}

static uint8_t zero_code(const teq_qnet *net, int n)
{
    return (uint8_t)(net->target.arith == TEQ_ARITH_INT ? 0 : (1 << n) - 1);
}

/* Neighbours that are looked at, of a channel. */
enum { PAIRS = 256 };

static unsigned differ(uint32_t a, uint32_t b) { return (unsigned)__builtin_popcount(a ^ b); }

/* Bits that change in a row's value from one code's magnitude to another's. */
static unsigned row_bits(const teq_qnet *net, const teq_qlayer *l, unsigned a, unsigned b)
{
    const teq_qtensor *t = &net->tensor[l->in[0]];
    const teq_engine_caps *caps = &net->target.caps;
    teq_format fw = {(uint8_t)l->n_w, (uint8_t)l->K, (uint8_t)l->t_w, true}, fa = {(uint8_t)t->n, (uint8_t)l->K, (uint8_t)l->t_a, false};
    unsigned ws, as, sum = 0;
    if (net->target.arith != TEQ_ARITH_SHIFT || !teq_layer_shifts(caps, fw, fa, &ws, &as, NULL))
        return differ(a, b);
    for (unsigned r = 0; r < caps->k_res; r++)
        sum += differ(teq_head(caps, teq_act_word(caps, fa, as, (uint8_t)a), r), teq_head(caps, teq_act_word(caps, fa, as, (uint8_t)b), r));
    return sum;
}

/* The codes of PAIRS pixels of a channel and of the pixels before them: magnitudes that the rows of
 * the positive part see, then those that rows of the negative part see. */
static void take_pairs(const teq_qnet *net, const teq_qlayer *l, int c, const uint8_t *codes, size_t n, uint8_t (*pair)[2])
{
    const teq_qtensor *t = &net->tensor[l->in[0]];
    const size_t plane = (size_t)l->h * (size_t)l->w, all = n * plane;
    const uint8_t zero = zero_code(net, t->n), mask = (uint8_t)((1 << t->n) - 1);
    for (size_t i = 0; i < PAIRS; i++) {
        size_t at = i * all / PAIRS, pixel = at % plane;
        const uint8_t *x = codes + at / plane * t->size + (size_t)c * plane + pixel;
        uint8_t now = *x, before = pixel > 0 ? x[-1] : zero;
        pair[i][0] = now >> t->n ? zero : now;
        pair[i][1] = before >> t->n ? zero : before;
        pair[PAIRS + i][0] = now >> t->n ? now & mask : zero;
        pair[PAIRS + i][1] = before >> t->n ? before & mask : zero;
    }
}

bool teq_energy_bits(const teq_qnet *net, int step, const uint8_t *codes, size_t n, double *products, double *rows)
{
    const teq_qlayer *l = &net->step[step];
    const teq_qtensor *t = &net->tensor[l->in[0]];
    const size_t n_e = (size_t)1 << l->n_w, n_a = (size_t)1 << t->n, pairs = (size_t)PAIRS * (t->is_signed ? 2 : 1);
    uint32_t *product = malloc(n_e * n_a * sizeof *product);
    uint8_t(*pair)[2] = malloc(2 * PAIRS * sizeof *pair);
    bool ok = product != NULL && pair != NULL;
    for (size_t e = 0; ok && e < n_e; e++)
        for (size_t a = 0; a < n_a; a++)
            product[e * n_a + a] = teq_qlayer_product(net, l, (int)e, (int)a);
    const double each = (double)(l->oh * l->ow) / PAIRS;
    for (int c = 0; ok && c < l->c; c++) {
        take_pairs(net, l, c, codes, n, pair);
        for (size_t e = 0; e < n_e; e++) {
            const uint32_t *of = product + e * n_a;
            unsigned sum = 0;
            for (size_t i = 0; i < pairs; i++)
                sum += differ(of[pair[i][0]], of[pair[i][1]]);
            products[(size_t)c * n_e + e] = sum * each;
        }
        if (rows == NULL)
            continue;
        unsigned sum = 0;
        for (size_t i = 0; i < pairs; i++)
            sum += pair[i][0] == pair[i][1] ? 0 : row_bits(net, l, pair[i][0], pair[i][1]);
        rows[c] = sum * each;
    }
    free(product);
    free(pair);
    return ok;
}

static int least(int a, int b) { return a < b ? a : b; }
static int parts(int n, int of) { return (n + of - 1) / of; }

/* Tiles for a window of kh x kw: a place of the window, or a stretch of its row or column, in each. */
static int tiles(int c, int kh, int kw)
{
    const int rows = TEQ_ENERGY_ROWS;
    return least(kh * kw * parts(c, rows), least(kh * parts(kw * c, rows), kw * parts(kh * c, rows)));
}

/* How the tile goes through a layer. */
typedef struct layout {
    int sets, meets;  /* sets of weights; vectors that each of them meets                */
    double entries;   /* rows of the tile that an input pixel enters, for each output pixel */
} layout;

static layout lay_out(const teq_qlayer *l)
{
    const int cols = TEQ_ENERGY_COLS, passes = parts(l->n_out, cols), cg = l->c / l->group;
    if (l->group > 1) { /* neighbouring outputs of a channel in one vector */
        int wide = least(l->ow, cols), width = least(l->w, (wide - 1) * l->sw + l->kw);
        return (layout){l->n_out * parts(l->ow, cols) * parts(l->kh * width * cg, TEQ_ENERGY_ROWS), l->oh,
                        (double)(l->kh * width) / wide * (l->n_out / l->group)};
    }
    layout one = {passes * tiles(cg, l->kh, l->kw), l->oh * l->ow, (double)(passes * l->kh * l->kw)};
    /* few outputs: neighbouring pixels too */
    int wide = least(l->ow, cols / l->n_out);
    if (wide < 2)
        return one;
    int width = (wide - 1) * l->sw + l->kw;
    layout band = {tiles(cg, l->kh, width), l->oh * parts(l->ow, wide), (double)(l->kh * width) / wide};
    return band.sets * band.meets < one.sets * one.meets ? band : one;
}

double teq_energy_row_entries(const teq_qlayer *l) { return lay_out(l).entries; }

bool teq_energy_count(const teq_qnet *net, int step, const uint8_t *codes, size_t n, teq_energy_terms *terms)
{
    const teq_qlayer *l = &net->step[step];
    const size_t taps = (size_t)(l->kh * l->kw), n_e = (size_t)1 << l->n_w, k = l->k * (size_t)l->terms;
    const int cg = l->c / l->group, og = l->n_out / l->group;
    double *products = malloc((size_t)l->c * n_e * sizeof *products), *rows = malloc((size_t)l->c * sizeof *rows);
    bool ok = products && rows && teq_energy_bits(net, step, codes, n, products, rows);
    const layout at = lay_out(l);
    const int sets = at.sets * l->terms * (net->tensor[l->in[0]].is_signed ? 2 : 1);
    *terms = (teq_energy_terms){.vectors = (double)sets * at.meets, .loads = (double)sets * parts(at.meets, TEQ_ENERGY_DEPTH)};
    for (int c = 0; ok && c < l->c; c++)
        terms->rows += rows[c] * at.entries * l->terms;
    for (int o = 0; ok && o < l->n_out; o++)
        for (size_t i = 0; i < k; i++) {
            size_t c = (size_t)(o / og * cg) + i / (size_t)l->terms / taps;
            terms->products += products[c * n_e + (l->code[(size_t)o * k + i] & (n_e - 1))];
        }
    free(products);
    free(rows);
    return ok;
}

double teq_energy_network(const teq_qnet *net, const teq_energy_model *model, const uint8_t *codes, size_t n, int threads,
                          teq_error *err)
{
    teq_qbind *bind = calloc((size_t)net->n_tensors, sizeof *bind);
    const uint8_t **input = calloc((size_t)net->n_tensors, sizeof *input);
    teq_qrun_options options = {.threads = threads};
    int bound = 0;
    bool ok = bind != NULL && input != NULL;
    for (int t = 0; ok && t < net->n_tensors; t++) {
        if (t == net->input) {
            input[t] = codes;
            continue;
        }
        bind[bound] = (teq_qbind){t, malloc(n * net->tensor[t].size)};
        ok = (input[t] = bind[bound].codes) != NULL;
        bound += ok;
    }
    if (!ok)
        teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for the codes of %zu samples", net->name, n);
    ok = ok && teq_qnet_run(net, n, codes, bind, bound, NULL, &options, err);
    double sum = 0;
    for (int i = 0; ok && i < net->n_steps; i++) {
        teq_energy_terms terms;
        if (net->step[i].op != TEQ_QOP_DOT || net->step[i].kind == TEQ_QKIND_POOL)
            continue;
        ok = teq_energy_count(net, i, input[net->step[i].in[0]], n, &terms) ||
             teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory to count", net->name);
        if (ok)
            sum += teq_energy_pj(model, &terms);
    }
    for (int i = 0; i < bound; i++)
        free(bind[i].codes);
    free(bind);
    free(input);
    return ok ? sum : -1;
}
