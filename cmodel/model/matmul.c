/* SPDX-License-Identifier: Apache-2.0
 *
 * Matrix products as the array computes them: tables of lines, one line a row and vector.
 */
#include "teq/model_matmul.h"

#include "teq/fixed.h"
#include "teq/model_array.h"

#include <stdlib.h>
#include <string.h>

/* Rows whose lines are made and added in one pass over the vectors: as many as leave the
 * sums in registers for a while and the lines in the first cache. */
enum { BLOCK_ROWS = 8, SIMD = 16 };

static bool is_narrow(const teq_matmul *m) { return m->params.acc_w <= 16; }

bool teq_matmul_init(teq_matmul *m, const teq_array_params *p, unsigned k, unsigned n_out, teq_error *err)
{
    memset(m, 0, sizeof *m);
    if (!teq_array_params_check(p, err))
        return false;
    if (p->engine == TEQ_ARRAY_COUNT)
        return teq_fail(err, TEQ_ERR_UNSUPPORTED, "ENGINE: count; its sums are those of teq/dnateq.h");
    if (p->acc_w > 32)
        return teq_fail(err, TEQ_ERR_UNSUPPORTED, "ACC_W: got %u, expected at most 32", p->acc_w);
    if (k == 0 || n_out == 0)
        return teq_fail(err, TEQ_ERR_SHAPE, "matrix product: got %u x %u, expected 1 or more", k, n_out);
    m->params = *p;
    m->k = k;
    m->n_out = n_out;
    m->stride = (n_out + SIMD - 1u) / SIMD * SIMD;
    if (!teq_terms_init(&m->terms, p, err))
        return false;
    m->weight = calloc((size_t)k, m->stride);
    m->line = malloc((size_t)BLOCK_ROWS * m->stride * sizeof(uint32_t) << p->na_max);
    if (m->weight && m->line)
        return true;
    teq_matmul_free(m);
    return teq_fail(err, TEQ_ERR_MEMORY, "matrix product %u x %u: out of memory", k, n_out);
}

void teq_matmul_free(teq_matmul *m)
{
    teq_terms_free(&m->terms);
    free(m->weight);
    free(m->line);
    free(m->sum);
    m->weight = NULL;
    m->line = NULL;
    m->sum = NULL;
}

bool teq_matmul_weights(teq_matmul *m, const uint8_t *slots, unsigned w_n, unsigned w_shift, teq_error *err)
{
    if (!teq_weight_format_legal(&m->params, w_n, w_shift))
        return teq_fail(err, TEQ_ERR_UNSUPPORTED, "weights of %u bits, shift %u: N_MAX = %u does not hold them",
                        w_n, w_shift, m->params.n_max);
    for (unsigned i = 0; i < m->k; i++)
        for (unsigned o = 0; o < m->n_out; o++)
            m->weight[(size_t)i * m->stride + o] =
                teq_weight_expand(&m->params, slots[(size_t)o * m->k + i], w_n, w_shift);
    return true;
}

static bool grow_sums(teq_matmul *m, size_t n_vectors, teq_error *err)
{
    const size_t size = n_vectors * m->stride * sizeof(uint32_t);
    if (n_vectors > m->sum_vectors) {
        free(m->sum);
        m->sum = malloc(size);
        m->sum_vectors = m->sum ? n_vectors : 0;
    }
    if (!m->sum && n_vectors > 0)
        return teq_fail(err, TEQ_ERR_MEMORY, "matrix product: sums of %zu vectors: out of memory", n_vectors);
    if (n_vectors > 0)
        memset(m->sum, 0, size);
    return true;
}

/* --- rows row .. row + n_rows of all vectors -------------------------------- */

typedef struct pass {
    const uint8_t *codes;
    size_t n_vectors;
    unsigned n_codes, shift; /* the zero code is n_codes - 1 */
    unsigned row, n_rows;
} pass;

/* One text for two widths: sums of 16 bits need half the loads. */
#define DEFINE_PASS(WIDTH, TYPE)                                                                \
    static void make_lines_##WIDTH(const teq_matmul *m, const pass *p)                          \
    {                                                                                           \
        TYPE *line = m->line;                                                                   \
        for (unsigned r = 0; r < p->n_rows; r++)                                                \
            for (unsigned code = 0; code < p->n_codes; code++, line += m->stride) {             \
                const unsigned x = teq_act_index(&m->params, code, p->n_codes - 1u, p->shift);  \
                const uint32_t *term = m->terms.term + (size_t)x * m->terms.n_w;                \
                const uint8_t *w = m->weight + (size_t)(p->row + r) * m->stride;                \
                for (unsigned o = 0; o < m->stride; o++)                                        \
                    line[o] = (TYPE)term[w[o]];                                                 \
            }                                                                                   \
    }                                                                                           \
    static void add_lines_##WIDTH(const TYPE *const *line, unsigned n, unsigned stride,         \
                                  TYPE *restrict sum)                                           \
    {                                                                                           \
        const TYPE *a = line[0], *b = line[1], *c = line[2], *d = line[3];                      \
        const TYPE *e = line[4], *f = line[5], *g = line[6], *h = line[7];                      \
        if (n == BLOCK_ROWS) {                                                                  \
            for (unsigned o = 0; o < stride; o++)                                               \
                sum[o] = (TYPE)(sum[o] + a[o] + b[o] + c[o] + d[o] + e[o] + f[o] + g[o] + h[o]); \
            return;                                                                             \
        }                                                                                       \
        for (unsigned r = 0; r < n; r++)                                                        \
            for (unsigned o = 0; o < stride; o++)                                               \
                sum[o] = (TYPE)(sum[o] + line[r][o]);                                           \
    }                                                                                           \
    static void run_pass_##WIDTH(teq_matmul *m, const pass *p)                                  \
    {                                                                                           \
        TYPE *sum = m->sum;                                                                     \
        make_lines_##WIDTH(m, p);                                                               \
        for (size_t v = 0; v < p->n_vectors; v++, sum += m->stride) {                           \
            const uint8_t *code = p->codes + v * m->k + p->row;                                 \
            const TYPE *line[BLOCK_ROWS] = {0};                                                 \
            for (unsigned r = 0; r < p->n_rows; r++)                                            \
                line[r] = (const TYPE *)m->line + (size_t)(r * p->n_codes + code[r]) * m->stride; \
            add_lines_##WIDTH(line, p->n_rows, m->stride, sum);                                 \
        }                                                                                       \
    }

DEFINE_PASS(16, uint16_t)
DEFINE_PASS(32, uint32_t)

bool teq_matmul_sums(teq_matmul *m, const uint8_t *codes, size_t n_vectors, unsigned a_n, unsigned a_shift,
                     uint32_t *sums, teq_error *err)
{
    if (!grow_sums(m, n_vectors, err))
        return false;
    pass p = {.codes = codes, .n_vectors = n_vectors, .shift = a_shift};
    p.n_codes = 1u << (teq_array_is_int(&m->params) ? m->params.na_max : a_n);
    for (p.row = 0; p.row < m->k; p.row += BLOCK_ROWS) {
        p.n_rows = m->k - p.row < BLOCK_ROWS ? m->k - p.row : BLOCK_ROWS;
        if (is_narrow(m))
            run_pass_16(m, &p);
        else
            run_pass_32(m, &p);
    }
    const uint16_t *narrow = m->sum;
    const uint32_t *wide = m->sum;
    for (size_t v = 0; v < n_vectors; v++)
        for (unsigned o = 0; o < m->n_out; o++) {
            const size_t at = v * m->stride + o;
            sums[v * m->n_out + o] = teq_wrap(m->params.acc_w, is_narrow(m) ? narrow[at] : wide[at]);
        }
    return true;
}

/* --- requantizers ------------------------------------------------------------ */

void teq_matmul_requantize(const teq_matmul *m, const teq_matmul_channels *ch, const uint32_t *sums,
                           size_t n_vectors, const uint16_t *residual, int16_t *words, uint16_t *codes)
{
    const unsigned na_max = m->params.na_max;
    for (size_t v = 0; v < n_vectors; v++)
        for (unsigned o = 0; o < m->n_out; o++) {
            const size_t at = v * m->n_out + o;
            const int32_t u = teq_sx(m->params.acc_w, sums[at] + (uint32_t)ch->b[o]);
            int32_t y = teq_sat(teq_floor_shift((int64_t)u * ch->m[o] + ch->c[o], ch->s[o]));
            if (residual) {
                const int32_t d = ch->table->d[residual[at] & ((1u << na_max) - 1u)];
                y = teq_sat(residual[at] >> na_max & 1u ? y - d : y + d);
            }
            if (words)
                words[at] = (int16_t)y;
            if (codes)
                codes[at] = teq_array_code(&m->params, ch->table, y, ch->sgn);
        }
}
