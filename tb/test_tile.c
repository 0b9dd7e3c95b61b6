/* SPDX-License-Identifier: Apache-2.0
 *
 * teq_tile, all engines: random loads, swaps, vectors, clears and feedback in any
 * order, one cycle later with PIPE = 1, against a model that is written from docs/number_format.md, section 4.
 * The tile is not reset, but for what W_LATCH = 1 knows of zero weights: an output is compared once everything it depends on has
 * been written, and from then on always. Inputs that are not enabled are junk.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "int_cell.h"
#include "reference.h"

enum { MAX = 64, BEGIN = 2 }; /* cycles of reset */

typedef enum engine { SHIFT, SELECT, BOOTH, BW } engine;

typedef struct tile {
    engine engine;
    unsigned rows, cols, load_cols, na_max, w_w;
    bool is_double, has_psum, has_chain, has_pipe, has_latch;
    unsigned n_max, k_res, mb, pw;
    uint64_t acc_mask;
    /* registers, and whether they have been written */
    uint32_t x[MAX][8]; /* row values at each residue; INT: the activation in [0] */
    bool x_known;
    uint32_t w_next[MAX][MAX], w[MAX][MAX]; /* by column and row */
    bool w_next_known[MAX], w_known[MAX];
    uint64_t products[MAX]; /* PIPE = 1: the register inside the sum */
    bool products_known[MAX];
    uint64_t acc[MAX];
    bool acc_known[MAX];
} tile;

typedef struct tile_in {
    uint64_t load;
    bool reset, swap, x_en, sum_en, acc_en, clr, psum_sel, chain;
    uint32_t w[MAX * MAX]; /* [column of the group][row] */
    uint32_t code[MAX];
    unsigned zero, shift;
    uint64_t psum[MAX];
} tile_in;

static int int_weight(const tile *t, uint32_t w) {
    return w >> (t->w_w - 1) ? (int)w - (1 << t->w_w) : (int)w;
}

/* What one cell adds for stored weight w in a row with values x. */
static uint64_t term(const tile *t, uint32_t w, const uint32_t *x) {
    if (t->engine == BOOTH || t->engine == BW) {
        const int value = int_weight(t, w);
        const int64_t bias = t->engine == BOOTH ? booth_bias(value, t->w_w) : bw_bias(value, t->w_w);
        return (uint64_t)(value * (int64_t)x[0] + bias);
    }
    return reference_term(t->n_max, t->k_res, t->mb, t->pw, x, w);
}

/* The sum of a column's products; false while a weight or the vector is unwritten. */
static bool tile_products(const tile *t, unsigned col, uint64_t *sum) {
    *sum = 0;
    for (unsigned row = 0; row < t->rows; row++) *sum += term(t, t->w[col][row], t->x[row]);
    return t->x_known && t->w_known[col];
}

/* sum_o of a column under these inputs; false while it depends on something unwritten. */
static bool tile_sum(const tile *t, const tile_in *in, unsigned col, uint64_t *sum) {
    const bool chain = t->has_chain && in->chain, psum = !chain && t->has_psum && in->psum_sel;
    const unsigned from = chain ? col + t->cols / 2 : col; /* of a chain: half the columns above */
    const bool clear = in->clr || from >= t->cols;
    uint64_t products = t->products[col];
    const bool known = t->has_pipe ? t->products_known[col] : tile_products(t, col, &products);
    *sum = ((clear ? 0 : psum ? in->psum[col] : t->acc[from]) + products) & t->acc_mask;
    return known && (clear || psum || t->acc_known[from]);
}

static void tile_step(tile *t, const tile_in *in) {
    for (unsigned col = 0; col < t->cols; col++) { /* upwards: a chain takes what stood above */
        uint64_t sum;
        if (in->acc_en) {
            t->acc_known[col] = tile_sum(t, in, col, &sum);
            t->acc[col] = sum;
        }
        if (in->sum_en) t->products_known[col] = tile_products(t, col, &t->products[col]);
        const bool load = in->load >> (col / t->load_cols) & 1;
        const uint32_t *w = &in->w[col % t->load_cols * t->rows];
        if (t->is_double && in->swap) {
            memcpy(t->w[col], t->w_next[col], sizeof t->w[col]);
            t->w_known[col] = t->w_next_known[col];
        }
        if (load) {
            memcpy(t->is_double ? t->w_next[col] : t->w[col], w, t->rows * sizeof *w);
            *(t->is_double ? &t->w_next_known[col] : &t->w_known[col]) = true;
        }
    }
    if (!in->x_en) return;
    t->x_known = true;
    for (unsigned row = 0; row < t->rows; row++) {
        if (t->engine == BOOTH || t->engine == BW) {
            t->x[row][0] = in->code[row];
            continue;
        }
        for (unsigned r = 0; r < t->k_res; r++)
            t->x[row][r] = in->code[row] == in->zero ? 0 : reference_head(t->k_res, t->mb, in->code[row] << in->shift, r);
    }
}

/* ---- stimulus ------------------------------------------------------------------- */

static uint32_t zero_weight(const tile *t) {
    return t->engine == BOOTH || t->engine == BW ? 0 : ((1u << t->w_w) - 1) >> 1;
}

/* A quarter zeros, some extremes. */
static uint32_t random_weight(bench *b, const tile *t) {
    const uint32_t all = (1u << t->w_w) - 1, lowest = 1u << (t->w_w - 1);
    const bool is_int = t->engine == BOOTH || t->engine == BW;
    const uint64_t kind = rng_below(&b->rng, 8);
    if (kind < 2) return zero_weight(t);
    if (kind == 2) return is_int ? all >> 1 : 0; /* the largest */
    uint32_t w;
    do w = (uint32_t)rng_below(&b->rng, all + 1u);
    while (is_int ? w == lowest : w == all); /* words that are not stored: -2^(B-1); zero with a sign */
    return w;
}

static void choose(bench *b, const tile *t, tile_in *in, unsigned n_bits) {
    const unsigned groups = t->cols / t->load_cols;
    in->zero = (1u << n_bits) - 1;
    in->load = rng_chance(&b->rng, 64) ? UINT64_C(1) << rng_below(&b->rng, groups) : 0;
    in->reset = dut_cycle() < BEGIN || rng_chance(&b->rng, 2);
    if (dut_cycle() < BEGIN + groups) /* all columns, first */
        in->load = dut_cycle() < BEGIN ? 0 : UINT64_C(1) << (dut_cycle() - BEGIN);
    in->swap = dut_cycle() == BEGIN + groups || rng_chance(&b->rng, 12);
    in->x_en = rng_chance(&b->rng, 224);
    in->sum_en = rng_chance(&b->rng, 200);
    in->acc_en = rng_chance(&b->rng, 224);
    in->clr = rng_chance(&b->rng, 24);
    in->psum_sel = rng_chance(&b->rng, 24);
    in->chain = t->has_chain ? rng_chance(&b->rng, 100) : in->swap; /* CHAIN = 0: no meaning */
    if (t->has_latch && in->load) { /* what reads the weights looks away */
        if (t->is_double) in->swap = false;
        else if (t->has_pipe) in->sum_en = false;
        else in->acc_en = false;
    }
    for (unsigned i = 0; i < t->load_cols * t->rows; i++) in->w[i] = random_weight(b, t);
    for (unsigned col = 0; col < t->load_cols; col++) { /* columns, and rows of them, that a layer does not use */
        const bool is_whole = rng_chance(&b->rng, 64);
        const unsigned first = is_whole ? 0 : (unsigned)rng_below(&b->rng, t->rows) & ~7u;
        const unsigned end = is_whole ? t->rows : rng_chance(&b->rng, 96) ? first + 8 : first;
        for (unsigned row = first; row < end && row < t->rows; row++) in->w[col * t->rows + row] = zero_weight(t);
    }
    const bool rest = rng_chance(&b->rng, 40); /* a whole vector of zeros */
    for (unsigned i = 0; i < t->rows; i++)
        in->code[i] = rest || rng_chance(&b->rng, 64) ? in->zero : (uint32_t)rng_below(&b->rng, in->zero + 1u);
    if (t->engine == BOOTH || t->engine == BW)
        for (unsigned i = 0; i < t->rows; i++)
            if (rest) in->code[i] = 0;
    for (unsigned i = 0; i < t->cols; i++) in->psum[i] = rng_u64(&b->rng) & t->acc_mask;
}

typedef struct ports {
    dut_port *reset, *load, *swap, *w, *x_en, *code, *zero, *shift, *sum_en, *acc_en, *clr, *chain, *psum_sel, *psum, *sum, *acc;
} ports;

static void drive(bench *b, const tile *t, const ports *p, const tile_in *in) {
    uint32_t words[DUT_MAX_WORDS] = {0};
    dut_set_u64(p->reset, !in->reset);
    dut_set_u64(p->load, in->load);
    dut_set_u64(p->swap, in->swap);
    for (unsigned i = 0; i < t->load_cols * t->rows; i++) bits_put(words, i * t->w_w, t->w_w, in->w[i]);
    if (in->load) dut_set(p->w, words);
    else bench_set_poison(b, p->w);
    memset(words, 0, sizeof words);
    dut_set_u64(p->x_en, in->x_en);
    for (unsigned i = 0; i < t->rows; i++) bits_put(words, i * t->na_max, t->na_max, in->code[i]);
    if (in->x_en) dut_set(p->code, words);
    else bench_set_poison(b, p->code);
    memset(words, 0, sizeof words);
    dut_set_u64(p->zero, in->zero);
    dut_set_u64(p->shift, in->shift);
    dut_set_u64(p->sum_en, in->sum_en);
    dut_set_u64(p->acc_en, in->acc_en);
    dut_set_u64(p->clr, in->clr);
    dut_set_u64(p->chain, in->chain);
    dut_set_u64(p->psum_sel, in->psum_sel);
    const unsigned acc_w = dut_width(p->psum) / t->cols;
    for (unsigned i = 0; i < t->cols; i++) bits_put(words, i * acc_w, acc_w, in->psum[i]);
    if (in->psum_sel) dut_set(p->psum, words);
    else bench_set_poison(b, p->psum);
}

static void compare(bench *b, const tile *t, const ports *p, const tile_in *in) {
    uint32_t sum[DUT_MAX_WORDS] = {0}, acc[DUT_MAX_WORDS] = {0}, sum_mask[DUT_MAX_WORDS] = {0},
             acc_mask[DUT_MAX_WORDS] = {0};
    const unsigned acc_w = dut_width(p->acc) / t->cols;
    for (unsigned col = 0; col < t->cols; col++) {
        uint64_t value;
        const bool known = tile_sum(t, in, col, &value);
        bits_put(sum, col * acc_w, acc_w, value);
        bits_put(sum_mask, col * acc_w, acc_w, known ? UINT64_MAX : 0);
        bits_put(acc, col * acc_w, acc_w, t->acc[col]);
        bits_put(acc_mask, col * acc_w, acc_w, t->acc_known[col] ? UINT64_MAX : 0);
    }
    bench_compare(b, p->sum, sum, sum_mask);
    bench_compare(b, p->acc, acc, acc_mask);
}

static engine engine_named(bench *b, const char *name) {
    static const char *const names[] = {"shift", "select", "booth", "bw"};
    for (unsigned i = 0; i < 4; i++)
        if (name && strcmp(name, names[i]) == 0) return (engine)i;
    bench_check(b, false, "ENGINE: expected shift, select, booth or bw, got %s", name ? name : "nothing");
    return SHIFT;
}

void bench_run(bench *b) {
    const ports p = {
        .reset = bench_port(b, "rst_ni"), .load = bench_port(b, "load_i"), .swap = bench_port(b, "swap_i"), .w = bench_port(b, "w_i"),
        .x_en = bench_port(b, "x_en_i"), .code = bench_port(b, "code_i"), .zero = bench_port(b, "zero_i"),
        .shift = bench_port(b, "shift_i"), .sum_en = bench_port(b, "sum_en_i"), .acc_en = bench_port(b, "acc_en_i"), .clr = bench_port(b, "clr_i"),
        .chain = bench_port(b, "chain_i"), .psum_sel = bench_port(b, "psum_sel_i"), .psum = bench_port(b, "psum_i"),
        .sum = bench_port(b, "sum_o"), .acc = bench_port(b, "acc_o"),
    };
    tile *t = calloc(1, sizeof *t);
    tile_in *in = calloc(1, sizeof *in);
    if (!bench_check(b, t && in, "out of memory")) return;
    t->engine = engine_named(b, bench_param_text(b, "ENGINE"));
    t->rows = (unsigned)bench_param(b, "ROWS");
    t->cols = (unsigned)bench_param(b, "COLS");
    t->load_cols = (unsigned)bench_param(b, "LOAD_COLS");
    t->na_max = (unsigned)bench_param(b, "NA_MAX");
    t->is_double = bench_param_or(b, "DOUBLE", 1);
    t->has_psum = bench_param_or(b, "PSUM", 1);
    t->has_chain = bench_param_or(b, "CHAIN", 0);
    t->has_pipe = bench_param_or(b, "PIPE", 0);
    t->has_latch = bench_param_or(b, "W_LATCH", 0);
    t->n_max = (unsigned)bench_param(b, "N_MAX");
    t->k_res = (unsigned)bench_param_or(b, "K_RES", 4);
    t->mb = (unsigned)bench_param_or(b, "MB", 7);
    t->pw = (unsigned)bench_param_or(b, "PW", 8);
    const bool is_int = t->engine == BOOTH || t->engine == BW;
    t->w_w = t->n_max + 1; /* INT b: N_MAX = b - 1 */
    t->acc_mask = (UINT64_C(1) << bench_param(b, "ACC_W")) - 1;
    bench_lanes(b, p.sum, (unsigned)bench_param(b, "ACC_W"));
    bench_lanes(b, p.acc, (unsigned)bench_param(b, "ACC_W"));
    unsigned n_bits = t->na_max;
    while (bench_running(b, 4000)) {
        if (!is_int && rng_chance(&b->rng, 4)) { /* another layer, another format */
            n_bits = (unsigned)rng_range(&b->rng, 2, t->na_max);
            in->shift = (unsigned)rng_below(&b->rng, 7);
        }
        choose(b, t, in, n_bits);
        drive(b, t, &p, in);
        dut_eval();
        compare(b, t, &p, in);
        bench_tick(b);
        tile_step(t, in);
        compare(b, t, &p, in); /* sum_o follows the old inputs on the new state */
    }
    free(t);
    free(in);
}
