/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_count_tile against its cycle model, every output in every cycle: sums of one vector up
 * to the longest that the counters are made for and beyond it (overflow_o), back-to-back
 * finals that meet a drain, takers that hesitate, weights and table words changing under way,
 * resets in the middle. Patterns drive one bin to both ends. Inputs that are not enabled are
 * junk; acc_o and beta_o are compared whenever no drain is at work.
 *
 * Each completed sum is also counted by teq_count and teq_count_sums (teq/dnateq.h), from the
 * codes alone: the cycle model is not the only judge.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "teq/dnateq.h"
#include "teq/model_count.h"

typedef enum pattern { RANDOM, SPARSE, ALL_ZERO, TOP, TOP_NEGATIVE, LAST_BIN, PATTERNS } pattern;

typedef struct ports {
    dut_port *rst_n, *load, *swap, *w, *x_en, *code, *zero, *acc_en, *clr, *final, *g_we, *g_index, *g_data,
        *take, *busy, *done, *acc, *beta, *overflow;
} ports;

/* What the sums must be, by counting codes. */
typedef struct judge {
    teq_counts counts[TEQ_COLS_MAX]; /* of the sum under way                                */
    int64_t sums[TEQ_COLS_MAX][4];   /* of the sum that is drained                          */
    bool counting, draining, comparable;
    unsigned checked, longest;
} judge;

typedef struct scene {
    teq_count_tile tile;
    teq_count_tile_in in;
    judge judge;
    uint8_t w[TEQ_COLS_MAX * TEQ_ROWS_MAX], code[TEQ_ROWS_MAX];
    bool x_known, acc_known;
    unsigned left, length; /* vectors of this sum that are still to come, all of it */
    unsigned resets;
    pattern weights, acts;
    bench_stall x_stall, acc_stall, taker;
} scene;

/* ---- stimulus -------------------------------------------------------------------------- */

static uint8_t code_of(bench *b, pattern p, unsigned n, unsigned zero, bool has_sign) {
    const unsigned s = has_sign ? 1u << n : 0;
    switch (p) {
    case ALL_ZERO: return (uint8_t)zero;
    case TOP: return 0;
    case TOP_NEGATIVE: return (uint8_t)s;
    case LAST_BIN: return (uint8_t)(zero - 1);
    default: break;
    }
    if (rng_chance(&b->rng, p == SPARSE ? 200 : 32)) return (uint8_t)zero;
    const unsigned e = (unsigned)rng_below(&b->rng, zero);
    return (uint8_t)(e | (rng_chance(&b->rng, 128) ? s : 0));
}

static unsigned longest(const teq_count_params *p) { return ((1u << (p->cnt_w - 1u)) - 1u) / p->rows; }

/* Another sum: how long, and of what. One pattern in all weights takes LOAD_CYCLES to get in. */
static void next_sum(bench *b, scene *s) {
    const unsigned most = longest(&s->tile.params);
    switch (rng_below(&b->rng, 8)) {
    case 0: s->length = most; break;
    case 1: s->length = rng_chance(&b->rng, 64) ? most + 1 + (unsigned)rng_below(&b->rng, 3) : most; break;
    case 2: s->length = 1; break;
    default: s->length = 1 + (unsigned)rng_below(&b->rng, 6);
    }
    s->left = s->length;
    s->acts = rng_chance(&b->rng, 100) ? RANDOM : (pattern)rng_below(&b->rng, PATTERNS);
    if (rng_chance(&b->rng, 60)) s->weights = rng_chance(&b->rng, 100) ? RANDOM : (pattern)rng_below(&b->rng, PATTERNS);
    if (rng_chance(&b->rng, 24)) { /* another format */
        const unsigned n = (unsigned)rng_range(&b->rng, 2, s->tile.params.na_max);
        s->in.zero = (uint8_t)((1u << n) - 1u);
    }
    if (rng_chance(&b->rng, 24)) {
        s->x_stall = bench_stall_random(b);
        s->acc_stall = bench_stall_random(b);
        s->taker = bench_stall_random(b);
    }
}

static void choose(bench *b, scene *s) {
    const teq_count_params *p = &s->tile.params;
    const unsigned groups = p->cols / p->load_cols, bins = teq_count_n_bins(p);
    const uint64_t cycle = dut_cycle();
    teq_count_tile_in *in = &s->in;
    const bool starting = cycle < groups + bins + 4; /* everything is written once */
    in->rst_n = cycle >= 2 && (starting || rng_below(&b->rng, 700) != 0);

    in->load = rng_chance(&b->rng, 128) ? UINT64_C(1) << rng_below(&b->rng, groups) : 0;
    if (cycle < groups) in->load = UINT64_C(1) << cycle;
    in->swap = cycle == groups || rng_chance(&b->rng, 24);
    for (unsigned i = 0; i < (unsigned)p->load_cols * p->rows; i++)
        s->w[i] = code_of(b, s->weights, p->n_max, teq_count_n_w(p), true);

    in->g_we = starting || rng_chance(&b->rng, 2);
    in->g_index = (uint8_t)(starting ? cycle % bins : rng_below(&b->rng, bins));
    in->g_data = (uint16_t)(rng_chance(&b->rng, 64) ? 0xFFFF : rng_u64(&b->rng));

    in->acc_en = !starting && s->x_known && !bench_stalls(b, &s->acc_stall);
    in->clr = s->left == s->length;
    in->final = s->left == 1;
    if (in->final && s->tile.busy) in->acc_en = false;

    in->x_en = !bench_stalls(b, &s->x_stall);
    for (unsigned i = 0; i < p->rows; i++) {
        s->code[i] = code_of(b, s->acts, p->na_max, in->zero, p->a_signed);
        if (in->zero < teq_count_n_a(p)) /* a short format; the sign stays on top */
            s->code[i] = (uint8_t)((s->code[i] & in->zero) | (s->code[i] & 1u << p->na_max));
    }
    in->take = !bench_stalls(b, &s->taker);
}

static void drive(bench *b, const scene *s, const ports *p) {
    const teq_count_params *params = &s->tile.params;
    const teq_count_tile_in *in = &s->in;
    uint32_t words[DUT_MAX_WORDS] = {0};
    dut_set_u64(p->rst_n, in->rst_n);
    dut_set_u64(p->load, in->load);
    dut_set_u64(p->swap, in->swap);
    const unsigned w_w = params->n_max + 1u, a_w = params->na_max + params->a_signed;
    for (unsigned i = 0; i < (unsigned)params->load_cols * params->rows; i++) bits_put(words, i * w_w, w_w, s->w[i]);
    if (in->load) dut_set(p->w, words);
    else bench_set_poison(b, p->w);
    memset(words, 0, sizeof words);
    for (unsigned i = 0; i < params->rows; i++) bits_put(words, i * a_w, a_w, s->code[i]);
    dut_set_u64(p->x_en, in->x_en);
    if (in->x_en) dut_set(p->code, words);
    else bench_set_poison(b, p->code);
    dut_set_u64(p->zero, in->zero);
    dut_set_u64(p->acc_en, in->acc_en);
    dut_set_u64(p->clr, in->acc_en ? in->clr : rng_below(&b->rng, 2));
    dut_set_u64(p->final, in->acc_en ? in->final : rng_below(&b->rng, 2));
    dut_set_u64(p->g_we, in->g_we);
    dut_set_u64(p->g_index, in->g_index);
    if (in->g_we) dut_set_u64(p->g_data, in->g_data);
    else bench_set_poison(b, p->g_data);
    dut_set_u64(p->take, in->take);
}

/* ---- the second judge -------------------------------------------------------------------- */

/* Before the model's step: `tile` holds what is counted at this edge. */
static void judge_step(judge *j, const scene *s) {
    const teq_count_tile *t = &s->tile;
    const teq_count_params *p = &t->params;
    const unsigned n = p->n_max;
    if (p->n_max != p->na_max || n < 3) return; /* teq/dnateq.h has one n, 3..7 */
    if (s->in.acc_en) {
        if (s->in.clr) {
            memset(j->counts, 0, sizeof j->counts);
            j->counting = true;
        }
        for (unsigned col = 0; col < p->cols; col++)
            for (unsigned row = 0; row < p->rows; row++) {
                const uint8_t a = (uint8_t)((t->nz[row] ? t->e[row] : teq_count_n_a(p)) | (t->s[row] ? 1u << n : 0));
                teq_count(n, &t->column[col].w[row], &a, 1, &j->counts[col]);
            }
        if (s->in.final) {
            j->draining = j->counting && s->length <= longest(p);
            for (unsigned col = 0; col < p->cols; col++)
                teq_count_sums(n, &j->counts[col], t->table, j->sums[col]);
            if (j->draining && s->length > j->longest) j->longest = s->length;
        }
    }
    if (s->in.g_we && (t->busy || (s->in.acc_en && s->in.final))) j->draining = false; /* a table of two ages */
    if (!s->in.rst_n) j->counting = j->draining = false;
}

static void judge_sums(bench *b, judge *j, const scene *s) {
    const teq_count_params *p = &s->tile.params;
    if (!s->tile.done || !j->draining) return;
    j->draining = false;
    j->checked++;
    const uint64_t mask = (UINT64_C(1) << p->acc_w) - 1;
    for (unsigned col = 0; col < p->cols; col++) {
        const teq_count_column *c = &s->tile.column[col];
        const int64_t *e = j->sums[col];
        bench_check(b, c->acc == ((uint64_t)e[0] & mask), "column %u: sum by counting codes %lld, model %llu", col,
                    (long long)e[0], (unsigned long long)c->acc);
        if (p->beta)
            bench_check(b, c->sum_w == ((uint64_t)e[1] & mask) && c->sum_a == ((uint64_t)e[2] & mask) && c->signs == e[3],
                        "column %u: beta sums by counting codes %lld %lld %lld, model %llu %llu %d", col, (long long)e[1],
                        (long long)e[2], (long long)e[3], (unsigned long long)c->sum_w, (unsigned long long)c->sum_a, c->signs);
    }
}

/* ---- compare ------------------------------------------------------------------------------ */

static void compare(bench *b, scene *s, const ports *p) {
    const teq_count_tile *t = &s->tile;
    const unsigned acc_w = t->params.acc_w, cnt_w = t->params.cnt_w, beta_w = 2 * acc_w + cnt_w;
    bench_compare_u64(b, p->busy, t->busy);
    bench_compare_u64(b, p->done, t->done);
    bench_compare_u64(b, p->overflow, t->overflow);
    s->acc_known = s->in.rst_n && (s->acc_known || t->done); /* a reset leaves half a drain behind */
    const bool still = s->acc_known && (t->done || !t->busy) && t->mul_term < 0 && t->term < 0;
    uint32_t acc[DUT_MAX_WORDS] = {0}, beta[DUT_MAX_WORDS] = {0}, none[DUT_MAX_WORDS] = {0};
    for (unsigned i = 0; i < t->params.cols && still; i++) {
        const teq_count_column *c = &t->column[i];
        bits_put(acc, i * acc_w, acc_w, c->acc);
        if (!t->params.beta) continue;
        bits_put(beta, i * beta_w, acc_w, c->sum_w);
        bits_put(beta, i * beta_w + acc_w, acc_w, c->sum_a);
        bits_put(beta, i * beta_w + 2 * acc_w, cnt_w, (uint64_t)c->signs);
    }
    bench_compare(b, p->acc, acc, still ? NULL : none);
    bench_compare(b, p->beta, beta, still || !t->params.beta ? NULL : none);
}

static teq_count_params params(bench *b) {
    return (teq_count_params){
        .rows = (uint16_t)bench_param(b, "ROWS"), .cols = (uint16_t)bench_param(b, "COLS"),
        .n_max = (uint8_t)bench_param(b, "N_MAX"), .na_max = (uint8_t)bench_param(b, "NA_MAX"),
        .a_signed = bench_param(b, "A_SIGNED"), .beta = bench_param(b, "BETA"),
        .cnt_w = (uint8_t)bench_param(b, "CNT_W"), .acc_w = (uint8_t)bench_param(b, "ACC_W"),
        .load_cols = (uint16_t)bench_param(b, "LOAD_COLS"), .is_double = bench_param_or(b, "DOUBLE", 1),
    };
}

void bench_run(bench *b) {
    const ports p = {
        .rst_n = bench_port(b, "rst_ni"), .load = bench_port(b, "load_i"), .swap = bench_port(b, "swap_i"),
        .w = bench_port(b, "w_i"), .x_en = bench_port(b, "x_en_i"), .code = bench_port(b, "code_i"),
        .zero = bench_port(b, "zero_i"), .acc_en = bench_port(b, "acc_en_i"), .clr = bench_port(b, "clr_i"),
        .final = bench_port(b, "final_i"), .g_we = bench_port(b, "g_we_i"), .g_index = bench_port(b, "g_index_i"),
        .g_data = bench_port(b, "g_data_i"), .take = bench_port(b, "take_i"), .busy = bench_port(b, "drain_busy_o"),
        .done = bench_port(b, "done_o"), .acc = bench_port(b, "acc_o"), .beta = bench_port(b, "beta_o"),
        .overflow = bench_port(b, "overflow_o"),
    };
    scene *s = calloc(1, sizeof *s);
    if (!bench_check(b, s, "out of memory")) return;
    const teq_count_params size = params(b);
    teq_error err = {0};
    if (!bench_check(b, teq_count_tile_init(&s->tile, &size, &err), "%s", err.message)) return;
    bench_lanes(b, p.acc, size.acc_w);
    bench_lanes(b, p.beta, 2u * size.acc_w + size.cnt_w);
    s->in.zero = (uint8_t)teq_count_n_a(&size);
    s->in.w = s->w;
    s->in.code = s->code;
    s->x_stall = s->acc_stall = s->taker = bench_stall_never();
    next_sum(b, s);
    unsigned overflows = 0;
    while (bench_running(b, 10000)) {
        choose(b, s);
        drive(b, s, &p);
        judge_step(&s->judge, s);
        const bool had = s->tile.overflow;
        bench_tick(b);
        teq_count_tile_step(&s->tile, &s->in);
        s->x_known |= s->in.x_en;
        overflows += s->tile.overflow && !had;
        if (s->in.acc_en && --s->left == 0) next_sum(b, s);
        if (!s->in.rst_n) {
            s->left = s->length; /* what was counted is lost */
            s->resets++;
        }
        if (dut_cycle() > 2) compare(b, s, &p);
        judge_sums(b, &s->judge, s);
    }
    bench_note(b, "%u sums counted again from their codes, the longest of %u vectors; %u overflows, %u cycles of reset",
               s->judge.checked, s->judge.longest, overflows, s->resets);
    free(s);
}
