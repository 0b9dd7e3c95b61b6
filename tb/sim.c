/* SPDX-License-Identifier: Apache-2.0
 *
 * `make sim`: a network, layer by layer, on the Verilog array. Every output of every
 * cycle is compared with the cycle model, every code and word with the integer
 * executor; then accuracy, bits, cycles and utilisation are printed and written as JSON.
 *
 * Settings are environment variables (sim_options below). The counting engine, a pixel
 * at a time, runs fewer images.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array_ports.h"
#include "teq/clock.h"
#include "teq/exec.h"
#include "teq/npy.h"
#include "teq/onnx.h"
#include "teq/quant.h"
#include "teq/schedule.h"
#include "teq/teqfile.h"

typedef struct sim_options {
    const char *onnx, *calib, *eval, *labels; /* TEQ_SIM_ONNX, _CALIB, _EVAL, _LABELS        */
    const char *teq;                          /* TEQ_SIM_TEQ: quantized already; or NULL     */
    double scale;                             /* TEQ_SIM_SCALE: real = (q - zero) * scale    */
    int zero;                                 /* TEQ_SIM_ZERO                                */
    size_t images, batch;                     /* TEQ_SIM_IMAGES, _BATCH: samples a layer run */
    int n_w, n_a;                             /* TEQ_SIM_NW, _NA: bits of codes              */
    const char *method;                       /* TEQ_SIM_METHOD: teq or range (INT: int)     */
    bool stalls;                              /* TEQ_SIM_STALLS: all streams hesitate        */
    const char *json;                         /* TEQ_SIM_JSON: report, or NULL               */
} sim_options;

typedef struct layer_count {
    uint64_t cycles, macs;
} layer_count;

typedef struct sim {
    bench *b;
    sim_options o;
    teq_array_params params;
    array_ports ports;
    teq_array model;
    teq_array_in in;
    teq_array_out out;
    bench_stall stall[4]; /* w, a, r, y */
    teq_graph *graph;
    teq_qnet *net;
    float *calib, *eval;
    int32_t *labels;
    size_t n_calib, n_eval;
    layer_count *count; /* by step */
    uint64_t mismatches;
    double seconds;
} sim;

static const char *text_or(const char *name, const char *otherwise) {
    const char *v = getenv(name);
    return v && *v ? v : otherwise;
}

static double number_or(const char *name, double otherwise) {
    const char *v = getenv(name);
    return v && *v ? atof(v) : otherwise;
}

static sim_options options(const teq_array_params *p) {
    const int n_w = teq_array_is_int(p) ? p->n_max + 1 : p->n_max;
    return (sim_options){
        .onnx = text_or("TEQ_SIM_ONNX", "cmodel/digits/data/digits.onnx"),
        .calib = text_or("TEQ_SIM_CALIB", "cmodel/digits/data/digits_calib_x.npy"),
        .eval = text_or("TEQ_SIM_EVAL", "cmodel/digits/data/digits_eval_x.npy"),
        .labels = text_or("TEQ_SIM_LABELS", "cmodel/digits/data/digits_eval_y.npy"),
        .teq = getenv("TEQ_SIM_TEQ"),
        .scale = number_or("TEQ_SIM_SCALE", 0.125),
        .zero = (int)number_or("TEQ_SIM_ZERO", 8),
        .images = (size_t)number_or("TEQ_SIM_IMAGES", p->engine == TEQ_ARRAY_COUNT ? 32 : 597),
        .batch = (size_t)number_or("TEQ_SIM_BATCH", 16),
        .n_w = (int)number_or("TEQ_SIM_NW", n_w),
        .n_a = (int)number_or("TEQ_SIM_NA", p->na_max),
        .method = text_or("TEQ_SIM_METHOD", p->engine == TEQ_ARRAY_COUNT ? "range" : "teq"),
        .stalls = number_or("TEQ_SIM_STALLS", 0) != 0,
        .json = getenv("TEQ_SIM_JSON"),
    };
}

/* ---- network and data --------------------------------------------------------------- */

static bool load_samples(sim *s, const char *path, float **x, size_t *n, teq_error *err) {
    teq_ndarray a;
    if (!teq_npy_read(path, &a, err)) return false;
    *x = teq_graph_samples(s->graph, &a, s->o.scale, s->o.zero, n, err);
    teq_ndarray_free(&a);
    return *x != NULL;
}

/* A file must come from this network: its samples are taken as they are. */
static bool read_quantized(sim *s, teq_error *err) {
    s->net = teq_qnet_read(s->o.teq, err);
    if (!s->net) return false;
    const size_t in = s->net->tensor[s->net->input].size, want = s->graph->tensor[s->graph->input].size * (size_t)s->net->input_terms;
    return in == want || teq_fail(err, TEQ_ERR_SHAPE, "%s: %zu input codes, expected %zu for %s", s->o.teq, in, want, s->o.onnx);
}

static bool quantize(sim *s, teq_error *err) {
    if (s->o.teq) return read_quantized(s, err);
    teq_quant_options q = teq_quant_defaults();
    q.n_w = s->o.n_w;
    q.n_a = s->o.n_a;
    q.method = strcmp(s->o.method, "teq") == 0 ? TEQ_METHOD_TEQ : TEQ_METHOD_RANGE;
    if (!teq_schedule_target(&s->params, &q.target, err)) return false;
    if (teq_array_is_int(&s->params)) {
        q.method = TEQ_METHOD_INT;
        q.bits = s->o.n_w;
    }
    s->net = teq_quantize(s->graph, s->calib, s->n_calib, &q, NULL, err);
    return s->net != NULL;
}

static bool load(sim *s, teq_error *err) {
    teq_ndarray y;
    s->graph = teq_onnx_load(s->o.onnx, err);
    if (!s->graph || !load_samples(s, s->o.calib, &s->calib, &s->n_calib, err) ||
        !load_samples(s, s->o.eval, &s->eval, &s->n_eval, err) || !teq_npy_read(s->o.labels, &y, err))
        return false;
    s->labels = teq_ndarray_to_int(&y, err);
    const size_t n_labels = y.count;
    teq_ndarray_free(&y);
    if (!s->labels) return false;
    if (n_labels != s->n_eval)
        return teq_fail(err, TEQ_ERR_SHAPE, "%s: %zu labels for %zu samples", s->o.labels, n_labels, s->n_eval);
    if (s->o.images > s->n_eval) s->o.images = s->n_eval;
    if (s->o.images < 1 || s->o.batch < 1) return teq_fail(err, TEQ_ERR_ARG, "TEQ_SIM_IMAGES and TEQ_SIM_BATCH: expected 1 or more");
    if (!quantize(s, err)) return false;
    s->count = calloc((size_t)s->net->n_steps, sizeof *s->count);
    return s->count || teq_fail(err, TEQ_ERR_MEMORY, "out of memory");
}

/* ---- one layer on the array ------------------------------------------------------------ */

typedef struct progress {
    size_t cfg, load, group, a, r, y;
    int passes_written, passes_answered;
} progress;

/* Constants of a pass are written once the pass before the last one is answered. */
static bool cfg_allowed(const teq_schedule *q, const progress *at) {
    if (at->cfg < q->cfg_end[0]) return true;
    return at->passes_written < q->n_passes && at->passes_written <= at->passes_answered + 1;
}

static void choose(sim *s, const teq_schedule *q, const progress *at) {
    teq_array_in *in = &s->in;
    const teq_array_params *p = &s->params;
    bool stalls[4];
    for (int i = 0; i < 4; i++) stalls[i] = s->o.stalls && bench_stalls(s->b, &s->stall[i]);
    in->rst_ni = true;
    in->cfg_we_i = at->cfg < q->n_cfg && cfg_allowed(q, at);
    if (in->cfg_we_i) {
        in->cfg_sel_i = q->cfg[at->cfg].sel;
        in->cfg_index_i = q->cfg[at->cfg].index;
        in->cfg_data_i = q->cfg[at->cfg].data;
    }
    const bool started = at->cfg >= q->cfg_end[0];
    in->s_axis_w_tvalid = started && at->load < q->n_loads && !stalls[0];
    if (in->s_axis_w_tvalid) {
        const size_t beat = (size_t)p->load_cols * p->rows;
        memcpy(in->s_axis_w_tdata, q->tile + ((size_t)q->load[at->load] * teq_load_cycles(p) + at->group) * beat, beat);
        in->s_axis_w_tuser = q->w_user;
        in->s_axis_w_tlast = at->group == teq_load_cycles(p) - 1;
    }
    in->s_axis_a_tvalid = started && at->a < q->n_a && (int)q->a_pass[at->a] < at->passes_written && !stalls[1];
    if (in->s_axis_a_tvalid) {
        memcpy(in->s_axis_a_tdata, q->a + at->a * p->rows, p->rows);
        in->s_axis_a_tuser = q->a_user[at->a];
        in->s_axis_a_tlast = q->a_last[at->a];
    }
    in->s_axis_r_tvalid = at->r < q->n_r && !stalls[2];
    if (in->s_axis_r_tvalid)
        memcpy(in->s_axis_r_tdata, q->r + at->r * p->n_requant, p->n_requant * sizeof *q->r);
    in->m_axis_y_tready = !stalls[3];
}

/* What passed at the edge that is about to come. */
static void advance(sim *s, const teq_schedule *q, progress *at) {
    const teq_array_in *in = &s->in;
    const teq_array_out *out = &s->out;
    if (in->cfg_we_i) at->cfg++;
    while (at->passes_written < q->n_passes && at->cfg >= q->cfg_end[at->passes_written + 1]) at->passes_written++;
    if (in->s_axis_w_tvalid && out->s_axis_w_tready && ++at->group == teq_load_cycles(&s->params)) {
        at->group = 0;
        at->load++;
    }
    if (in->s_axis_a_tvalid && out->s_axis_a_tready) at->a++;
    if (in->s_axis_r_tvalid && out->s_axis_r_tready) at->r++;
}

/* Store an output beat where it belongs. */
static void collect(sim *s, const teq_schedule *q, const teq_qlayer *l, const teq_y_place *place, uint8_t *codes, int16_t *words) {
    const size_t pixels = (size_t)l->oh * (size_t)l->ow, size = (size_t)l->n_out * pixels;
    const int n = l->out >= 0 ? s->net->tensor[l->out].n : 0;
    for (unsigned j = 0; j < place->n; j++) {
        const size_t i = place->sample * size + (place->channel + j) * pixels + place->pixel;
        const unsigned slot = s->out.m_axis_y->code[j];
        words[i] = s->out.m_axis_y->word[j];
        codes[i] = (uint8_t)((slot >> q->params.na_max) << n | (slot & ((1u << n) - 1u)));
    }
}

/* Codes or words that differ from the executor's; the first one is reported. */
static void compare_layer(sim *s, const teq_qlayer *l, size_t n, const uint8_t *codes, const int16_t *words,
                          const uint8_t *want_codes, const int16_t *want_words) {
    const size_t count = n * (size_t)l->n_out * (size_t)l->oh * (size_t)l->ow;
    for (size_t i = 0; i < count; i++) {
        const bool same = words[i] == want_words[i] && (l->out < 0 || codes[i] == want_codes[i]);
        if (!same) {
            const size_t size = count / n;
            bench_check(s->b, false, "layer %s, sample %zu of the batch, element %zu: expected word %d code 0x%02x, got %d 0x%02x",
                        l->name, i / size, i % size, want_words[i], l->out < 0 ? 0u : want_codes[i], words[i],
                        l->out < 0 ? 0u : codes[i]);
            s->mismatches++;
        }
    }
    bench_check(s->b, true, "compared");
}

static bool run_layer(sim *s, int step, size_t n, const uint8_t *in, const uint8_t *res, uint8_t *codes, int16_t *words) {
    const teq_qlayer *l = &s->net->step[step];
    teq_schedule q;
    teq_error err;
    progress at = {0};
    if (!bench_check(s->b, teq_schedule_layer(s->net, step, &s->params, n, in, res, &q, &err), "%s", err.message)) {
        teq_schedule_free(&q);
        return false;
    }
    const uint64_t first = dut_cycle();
    while (at.y < q.n_y && bench_running(s->b, UINT64_MAX)) {
        teq_array_outputs(&s->model, &s->out);
        choose(s, &q, &at);
        array_ports_drive(s->b, &s->ports, &s->params, &s->in);
        if (s->in.m_axis_y_tready && s->out.m_axis_y_tvalid) {
            collect(s, &q, l, &q.y[at.y++], codes, words);
            while (at.passes_answered < q.n_passes && at.y >= q.y_end[at.passes_answered]) at.passes_answered++;
        }
        bench_tick(s->b);
        advance(s, &q, &at);
        teq_array_step(&s->model, &s->in);
        teq_array_outputs(&s->model, &s->out);
        array_ports_compare(s->b, &s->ports, &s->params, &s->out);
    }
    s->count[step].cycles += dut_cycle() - first;
    s->count[step].macs += q.macs;
    const bool done = at.y == q.n_y;
    teq_schedule_free(&q);
    return bench_check(s->b, done, "layer %s: %zu of the expected output beats came", l->name, at.y);
}

/* ---- the network -------------------------------------------------------------------------- */

/* A batch through all layers; words of the last one for n samples. */
static bool run_batch(sim *s, const float *x, size_t n, int16_t *words) {
    uint8_t **codes = calloc((size_t)s->net->n_tensors, sizeof *codes);
    bool ok = codes != NULL;
    for (int i = 0; ok && i < s->net->n_tensors; i++) ok = (codes[i] = malloc(n * s->net->tensor[i].size + 1)) != NULL;
    if (ok) teq_qnet_encode(s->net, x, n, codes[s->net->input]);
    for (int step = 0; ok && step < s->net->n_steps; step++) {
        const teq_qlayer *l = &s->net->step[step];
        const uint8_t *in[64];
        teq_error err;
        for (int j = 0; j < l->n_in && j < 64; j++) in[j] = codes[l->in[j]];
        const uint8_t *res = l->res >= 0 ? codes[l->res] : NULL;
        if (l->op != TEQ_QOP_DOT) {
            ok = bench_check(s->b, teq_qnet_run_step(s->net, step, n, in, res, codes[l->out], NULL, NULL, 1, &err), "%s", err.message);
            continue;
        }
        const size_t count = n * (size_t)l->n_out * (size_t)l->oh * (size_t)l->ow;
        int16_t *got = malloc(count * sizeof *got), *want = malloc(count * sizeof *want);
        uint8_t *want_codes = malloc(count), *got_codes = malloc(count);
        ok = got && want && want_codes && got_codes &&
             bench_check(s->b, teq_qnet_run_step(s->net, step, n, in, res, want_codes, want, NULL, 1, &err), "%s", err.message) &&
             run_layer(s, step, n, in[0], res, got_codes, got);
        if (ok) {
            compare_layer(s, l, n, got_codes, got, want_codes, want);
            if (l->out >= 0) memcpy(codes[l->out], got_codes, count);
            else memcpy(words, got, count * sizeof *got);
        }
        free(got);
        free(want);
        free(want_codes);
        free(got_codes);
    }
    for (int i = 0; codes && i < s->net->n_tensors; i++) free(codes[i]);
    free(codes);
    return ok;
}

static int first_largest(const int16_t *y, int n) {
    int best = 0;
    for (int i = 1; i < n; i++)
        if (y[i] > y[best]) best = i;
    return best;
}

/* ---- report --------------------------------------------------------------------------------- */

static void show_image(const sim *s) {
    const teq_qtensor *t = &s->net->tensor[s->net->input];
    static const char shade[] = " .:-=+*#%@";
    if (t->c != 1 || t->w > 40 || t->h > 40) return;
    float top = s->eval[0], bottom = s->eval[0];
    for (size_t i = 0; i < t->size; i++) {
        if (s->eval[i] > top) top = s->eval[i];
        if (s->eval[i] < bottom) bottom = s->eval[i];
    }
    for (int y = 0; y < t->h; y++) {
        printf("    ");
        for (int x = 0; x < t->w; x++) {
            const float v = (s->eval[y * t->w + x] - bottom) / (top > bottom ? top - bottom : 1);
            const char c = shade[(int)(v * 9.0f + 0.5f)];
            printf("%c%c", c, c);
        }
        printf("\n");
    }
}

static double accuracy_float(const sim *s, size_t n) {
    teq_error err;
    float *logits = teq_exec_logits(s->graph, s->eval, n, 1, &err);
    if (!logits) return -1;
    const double a = teq_accuracy(logits, s->labels, n, (size_t)s->net->n_classes);
    free(logits);
    return a;
}

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void report(sim *s, size_t n, size_t correct, int class0) {
    const double acc_float = accuracy_float(s, n), acc_rtl = (double)correct / (double)n;
    const teq_qbits bits = teq_qnet_bits(s->net);
    const double cells = (double)s->params.rows * s->params.cols;
    uint64_t cycles = 0, macs = 0;
    cJSON *root = cJSON_CreateObject(), *rows = cJSON_AddArrayToObject(root, "layers");
    printf("\n  %s on %s %ux%u (%s), %s\n\n", file_name(s->o.onnx), teq_array_engine_name(s->params.engine), s->params.rows,
           s->params.cols, dut_info.simulator, dut_info.params);
    show_image(s);
    printf("    test image 0: class %d, label %d\n\n", class0, s->labels[0]);
    printf("    layer            rows  bits w  bits a   cycles/image   utilisation\n");
    for (int i = 0; i < s->net->n_steps; i++) {
        const teq_qlayer *l = &s->net->step[i];
        if (l->op != TEQ_QOP_DOT) continue;
        const layer_count *c = &s->count[i];
        const double use = (double)c->macs / ((double)c->cycles * cells);
        const int bits_a = teq_qtensor_bits(&s->net->tensor[l->in[0]]);
        cycles += c->cycles;
        macs += c->macs;
        printf("    %-16.16s %4zu %4dx%d %7d %14.1f %12.1f%%\n", l->name, teq_qlayer_n_rows(s->net, l), l->terms, l->n_w + 1, bits_a,
               (double)c->cycles / (double)n, 100 * use);
        cJSON *row = cJSON_CreateObject();
        cJSON_AddStringToObject(row, "layer", l->name);
        cJSON_AddNumberToObject(row, "rows", (double)teq_qlayer_n_rows(s->net, l));
        cJSON_AddNumberToObject(row, "bits_weight", teq_qlayer_weight_bits(l));
        cJSON_AddNumberToObject(row, "bits_activation", bits_a);
        cJSON_AddNumberToObject(row, "terms", l->terms);
        cJSON_AddNumberToObject(row, "cycles", (double)c->cycles);
        cJSON_AddNumberToObject(row, "macs", (double)c->macs);
        cJSON_AddNumberToObject(row, "utilisation", use);
        cJSON_AddItemToArray(rows, row);
    }
    const double use = cycles ? (double)macs / ((double)cycles * cells) : 0;
    const double rate = s->seconds > 0 ? (double)dut_cycle() / s->seconds / 1000 : 0;
    printf("    %-16s %22s %14.1f %12.1f%%\n\n", "all", "", (double)cycles / (double)n, 100 * use);
    printf("    images %zu   accuracy: float %.2f %%, on the array %.2f %%\n", n, 100 * acc_float, 100 * acc_rtl);
    printf("    stored bits, average: %.2f (weights %.2f, activations %.2f)\n", bits.all, bits.weights, bits.activations);
    printf("    mismatches %llu, all outputs of %llu cycles compared; %.0f kcycles/s\n\n", (unsigned long long)s->mismatches,
           (unsigned long long)dut_cycle(), rate);
    printf("  next: make wave    make area    make sim ENGINE=count    make test\n\n");
    cJSON_AddStringToObject(root, "network", file_name(s->o.onnx));
    cJSON_AddStringToObject(root, "engine", teq_array_engine_name(s->params.engine));
    cJSON_AddStringToObject(root, "parameters", dut_info.params);
    cJSON_AddNumberToObject(root, "rows", s->params.rows);
    cJSON_AddNumberToObject(root, "cols", s->params.cols);
    cJSON_AddNumberToObject(root, "images", (double)n);
    cJSON_AddNumberToObject(root, "batch", (double)s->o.batch);
    cJSON_AddNumberToObject(root, "cycles", (double)cycles);
    cJSON_AddNumberToObject(root, "macs", (double)macs);
    cJSON_AddNumberToObject(root, "utilisation", use);
    cJSON_AddNumberToObject(root, "mismatches", (double)s->mismatches);
    cJSON_AddNumberToObject(root, "accuracy_float", acc_float);
    cJSON_AddNumberToObject(root, "accuracy_rtl", acc_rtl);
    cJSON_AddNumberToObject(root, "bits_avg", bits.all);
    cJSON_AddNumberToObject(root, "bits_weights", bits.weights);
    cJSON_AddNumberToObject(root, "bits_activations", bits.activations);
    cJSON_AddNumberToObject(root, "kcycles_per_s", rate);
    cJSON_AddNumberToObject(root, "seed", (double)s->b->seed);
    char *text = cJSON_Print(root);
    FILE *f = s->o.json ? fopen(s->o.json, "w") : NULL;
    if (s->o.json && bench_check(s->b, f != NULL, "%s: cannot be written", s->o.json)) {
        bench_check(s->b, fputs(text, f) >= 0 && fputc('\n', f) >= 0, "%s: not written whole", s->o.json);
        fclose(f);
    }
    free(text);
    cJSON_Delete(root);
}

/* ---- the bench --------------------------------------------------------------------------------- */

static void simulate(sim *s) {
    int16_t *words = calloc(s->o.batch * (size_t)s->net->n_classes, sizeof *words);
    size_t correct = 0;
    int class0 = -1;
    if (!bench_check(s->b, words != NULL, "out of memory")) return;
    array_ports_find(s->b, &s->ports, &s->params);
    for (int i = 0; i < 4; i++) s->stall[i] = s->o.stalls ? bench_stall_random(s->b) : bench_stall_never();
    s->in = (teq_array_in){.rst_ni = true};
    array_ports_drive(s->b, &s->ports, &s->params, &s->in);
    bench_reset(s->b, 2);
    const double start = teq_seconds();
    bool ok = true;
    size_t done = 0;
    while (ok && done < s->o.images) {
        const size_t left = s->o.images - done, n = left < s->o.batch ? left : s->o.batch;
        ok = run_batch(s, s->eval + done * s->graph->tensor[s->graph->input].size, n, words);
        for (size_t i = 0; ok && i < n; i++) {
            const int class_ = first_largest(words + i * (size_t)s->net->n_classes, s->net->n_classes);
            correct += class_ == s->labels[done + i];
            if (done + i == 0) class0 = class_;
        }
        if (ok) done += n;
        if (ok && s->o.json) {
            fprintf(stderr, "\r  %zu of %zu images", done, s->o.images);
            if (done == s->o.images) fprintf(stderr, "\r%40s\r", "");
        }
    }
    s->seconds = teq_seconds() - start;
    if (ok) report(s, done, correct, class0);
    free(words);
}

void bench_run(bench *b) {
    sim *s = calloc(1, sizeof *s);
    teq_error err = {0};
    if (!bench_check(b, s != NULL, "out of memory")) return;
    s->b = b;
    if (array_params(b, &s->params)) {
        s->o = options(&s->params);
        if (bench_check(b, load(s, &err) && teq_array_init(&s->model, &s->params, &err), "%s", err.message)) {
            simulate(s);
            teq_array_free(&s->model);
        }
    }
    teq_qnet_free(s->net);
    if (s->graph) teq_graph_free(s->graph);
    free(s->calib);
    free(s->eval);
    free(s->labels);
    free(s->count);
    free(s);
}
