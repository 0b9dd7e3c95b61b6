/* SPDX-License-Identifier: Apache-2.0
 *
 * teq report: all methods on one network, side by side: rows for nets.json, a Markdown
 * table, and one HTML page with its plots in it.
 */
#include "common.h"
#include "report_fit.h"
#include "samples.h"
#include "teq/clock.h"
#include "teq/cost.h"
#include "teq/dna.h"
#include "teq/onnx.h"
#include "verbs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *model, *calib, *inputs, *labels, *rows, *markdown, *html, *name;
    cli_common common;
    double max_loss;
    bool sweep;
} options;

static const struct argp_option argp_options[] = {
    {"calib", 'c', "FILE", 0, "calibration samples (.npy)", 0},
    {"inputs", 'i', "FILE", 0, "evaluation samples (.npy)", 0},
    {"labels", 'l', "FILE", 0, "labels of the evaluation samples", 0},
    {"max-loss", 3, "POINTS", 0, "accuracy that may be lost (1.0)", 0},
    {"name", 'n', "NAME", 0, "the network's name in the table (its file's)", 0},
    {"sweep", 7, 0, 0, "more points of teq and int between 3 and 6 bits", 0},
    {"rows", 'r', "FILE", 0, "rows as JSON objects, one a line", 0},
    {"markdown", 'm', "FILE", 0, "the table", 0},
    {"output", 'o', "FILE", 0, "the page (HTML)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'c': o->calib = arg; break;
    case 'i': o->inputs = arg; break;
    case 'l': o->labels = arg; break;
    case 3: o->max_loss = cli_real(state, "max-loss", arg, 1e-6, 100); break;
    case 'n': o->name = arg; break;
    case 7: o->sweep = true; break;
    case 'r': o->rows = arg; break;
    case 'm': o->markdown = arg; break;
    case 'o': o->html = arg; break;
    case ARGP_KEY_ARG: o->model = arg; break;
    case ARGP_KEY_END:
        if (!o->model || !o->calib || !o->inputs || !o->labels)
            argp_error(state, "a network, --calib, --inputs and --labels are needed");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

typedef struct row {
    char method[24], target[16], chosen_on[160];
    teq_qbits bits;
    judgement j;
    double seconds, cycles; /* cycles: of a 16 x 16 core; 0: its formats are no array's */
} row;

typedef struct layer_bits {
    char name[64];
    int w, a;
} layer_bits;

typedef struct report {
    const options *o;
    teq_graph *g;
    float *calib, *x, *y;
    int32_t *labels;
    size_t n_calib, n, classes;
    row row[40];
    int n_rows;
    layer_bits *layer; /* of the default method */
    int n_layers;
} report;

static row *add_row(report *r, const char *method, const char *target, const char *chosen_on, teq_qbits bits,
                    const float *logits, double seconds)
{
    row *w = &r->row[r->n_rows++];
    *w = (row){.bits = bits, .seconds = seconds};
    snprintf(w->method, sizeof w->method, "%s", method);
    snprintf(w->target, sizeof w->target, "%s", target);
    snprintf(w->chosen_on, sizeof w->chosen_on, "%s", chosen_on);
    w->j = cli_judge(r->y, logits, r->labels, r->n, r->classes);
    fprintf(stderr, "%-10s %-7s %.3f bits, accuracy %.2f %%, loss %.2f points, agreement %.1f %%, %.1f s\n", method,
            target, bits.all, w->j.acc_quant, w->j.loss, w->j.agreement, seconds);
    return w;
}

static void keep_layers(report *r, const teq_qnet *net)
{
    r->layer = calloc((size_t)net->n_steps, sizeof *r->layer);
    for (int i = 0; r->layer && i < net->n_steps; i++) {
        const teq_qlayer *l = &net->step[i];
        if (l->op != TEQ_QOP_DOT || l->kind == TEQ_QKIND_POOL)
            continue;
        layer_bits *b = &r->layer[r->n_layers++];
        snprintf(b->name, sizeof b->name, "%.40s", l->name);
        b->w = teq_qlayer_weight_bits(l);
        b->a = teq_qtensor_bits(&net->tensor[l->in[0]]);
    }
}

static bool try_one(report *r, teq_quant_options q, const char *method, bool keep, teq_error *err)
{
    teq_quant_report how;
    q.threads = r->o->common.threads;
    teq_qnet *net = teq_quantize(r->g, r->calib, r->n_calib, &q, &how, err);
    if (net == NULL)
        return false;
    teq_qrun_options run = {.threads = r->o->common.threads};
    float *logits = teq_qnet_logits(net, r->x, r->n, &run, err);
    if (logits != NULL) {
        row *w = add_row(r, method, q.target.name, how.chosen_on, teq_qnet_bits(net), logits, how.seconds);
        w->cycles = q.target.arith != TEQ_ARITH_SHIFT ? 0 : (double)teq_qnet_cycles(net, 16, 16);
    }
    if (keep)
        keep_layers(r, net);
    free(logits);
    teq_qnet_free(net);
    return logits != NULL;
}

static bool try_dna(report *r, double max_loss, teq_error *err)
{
    teq_quant_options q = teq_quant_defaults();
    q.max_loss = max_loss;
    q.threads = r->o->common.threads;
    teq_quant_report how;
    double start = teq_seconds();
    teq_dna *d = teq_dna_quantize(r->g, r->calib, r->n_calib, &q, &how, err);
    double seconds = teq_seconds() - start;
    float *logits = d ? teq_dna_logits(d, r->x, r->n, r->o->common.threads, err) : NULL;
    if (logits != NULL)
        add_row(r, "dna-teq", "none", how.chosen_on, teq_dna_bits(d), logits, seconds);
    free(logits);
    teq_dna_free(d);
    return logits != NULL;
}

static bool try_all(report *r, teq_error *err)
{
    teq_quant_options q = teq_quant_defaults();
    q.max_loss = r->o->max_loss;
    teq_target_find("none", &q.target);
    if (!try_one(r, q, "teq", true, err))
        return false;
    double bits = r->row[0].bits.all;
    static const char *const arrays[] = {"shift4", "shift5"};
    for (int k = 0; k < 2; k++) {
        teq_target_find(arrays[k], &q.target);
        if (!try_one(r, q, "teq", false, err)) { /* not every network fits the array */
            fprintf(stderr, "%s: %s\n", arrays[k], err->message);
            *err = (teq_error){0};
        }
    }
    if (!try_dna(r, r->o->max_loss, err))
        return false;
    q = teq_quant_defaults();
    q.method = TEQ_METHOD_INT;
    q.bits = 0;
    q.min_bits = q.max_bits = bits;
    teq_target_find("int8", &q.target);
    if (!try_one(r, q, "int mixed", false, err))
        return false;
    for (int b = 4; b <= 8; b++) {
        char target[8];
        snprintf(target, sizeof target, "int%d", b);
        teq_target_find(target, &q.target);
        q.bits = b;
        if (!try_one(r, q, target, false, err))
            return false;
    }
    static const double points[] = {3.0, 3.5, 4.5, 5.5};
    for (int k = 0; r->o->sweep && k < 4; k++) {
        teq_quant_options t = teq_quant_defaults();
        teq_target_find("none", &t.target);
        t.min_bits = t.max_bits = q.min_bits = q.max_bits = points[k];
        q.bits = 0;
        teq_target_find("int8", &q.target);
        if (!try_one(r, t, "teq", false, err) || !try_one(r, q, "int mixed", false, err))
            return false;
    }
    return true;
}

/* --- output --------------------------------------------------------------------------------- */

static const char *network_name(const options *o, char buffer[64])
{
    const char *base = strrchr(o->model, '/');
    snprintf(buffer, 64, "%.60s", o->name ? o->name : base ? base + 1 : o->model);
    char *dot = strrchr(buffer, '.');
    if (dot && o->name == NULL)
        *dot = 0;
    return buffer;
}

static bool write_rows(const report *r, teq_error *err)
{
    char name[64];
    FILE *f = fopen(r->o->rows, "w");
    if (f == NULL)
        return teq_fail(err, TEQ_ERR_IO, "%s: cannot be written", r->o->rows);
    for (int i = 0; i < r->n_rows; i++) {
        const row *w = &r->row[i];
        cJSON *j = cJSON_CreateObject();
        cJSON_AddStringToObject(j, "network", network_name(r->o, name));
        cJSON_AddStringToObject(j, "method", w->method);
        cJSON_AddStringToObject(j, "target", w->target);
        cJSON_AddNumberToObject(j, "bits_weights", w->bits.weights);
        cJSON_AddNumberToObject(j, "bits_activations", w->bits.activations);
        cJSON_AddNumberToObject(j, "bits_avg", w->bits.all);
        cJSON_AddNumberToObject(j, "compression_vs_int8", 8 / w->bits.all);
        cJSON_AddNumberToObject(j, "acc_float", w->j.acc_float);
        cJSON_AddNumberToObject(j, "acc_quant", w->j.acc_quant);
        cJSON_AddNumberToObject(j, "loss_points", w->j.loss);
        cJSON_AddNumberToObject(j, "loss_low", w->j.loss_low);
        cJSON_AddNumberToObject(j, "loss_high", w->j.loss_high);
        cJSON_AddNumberToObject(j, "agreement", w->j.agreement);
        cJSON_AddNumberToObject(j, "logit_error", w->j.logit_error);
        cJSON_AddNumberToObject(j, "n", (double)w->j.n);
        cJSON_AddNumberToObject(j, "seconds", w->seconds);
        if (w->cycles > 0)
            cJSON_AddNumberToObject(j, "cycles_16x16", w->cycles);
        cJSON_AddStringToObject(j, "chosen_on", w->chosen_on);
        char *text = cJSON_PrintUnformatted(j);
        fprintf(f, "%s\n", text ? text : "{}");
        free(text);
        cJSON_Delete(j);
    }
    return fclose(f) == 0 || teq_fail(err, TEQ_ERR_IO, "%s: cannot be written", r->o->rows);
}

/* "-" where the formats are no array's. */
static const char *kcycles(const row *w, char buffer[24])
{
    snprintf(buffer, 24, w->cycles > 0 ? "%.1f" : "-", w->cycles / 1000);
    return buffer;
}

static void markdown(const report *r, FILE *f)
{
    char name[64], cycles[24];
    fprintf(f, "## %s: float %.2f %%, %zu samples\n\n", network_name(r->o, name), r->row[0].j.acc_float, r->n);
    fprintf(f, "| method | target | bits w | bits a | bits | vs INT8 | accuracy %% | loss, points | paired 95 %% | agreement %% | kcycles | s |\n");
    fprintf(f, "|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (int i = 0; i < r->n_rows; i++) {
        const row *w = &r->row[i];
        fprintf(f, "| %s | %s | %.2f | %.2f | **%.2f** | %.2f | %.2f | **%.2f** | %.2f .. %.2f | %.1f | %s | %.0f |\n", w->method,
                w->target, w->bits.weights, w->bits.activations, w->bits.all, 8 / w->bits.all, w->j.acc_quant,
                w->j.loss, w->j.loss_low, w->j.loss_high, w->j.agreement, kcycles(w, cycles), w->seconds);
    }
    fprintf(f, "\nBits are chosen on %s.\n", r->row[0].chosen_on);
}

/* gnuplot writes the SVG to the page; without it the page has its tables only. */
static void plot(const report *r, FILE *page)
{
    char script[] = "/tmp/teq_plot_XXXXXX";
    int fd = mkstemp(script);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (f == NULL)
        return;
    static const char *const families[] = {"teq", "dna-teq", "int"};
    fprintf(f, "set terminal svg size 760,420 font 'sans,12'\nset key right bottom\nset grid\n"
               "set xlabel 'average stored bits'\nset ylabel 'accuracy, %%'\nset xrange [2.5:8.5]\nset offsets 0,0,0.5,0.5\n"
               "plot %.3f title 'float' lc rgb 'gray', '-' title 'teq' pt 7 lc rgb '#0060ad', "
               "'-' title 'dna-teq' pt 9 lc rgb '#dd181f', '-' title 'int' pt 5 lc rgb '#888800'\n",
            r->row[0].j.acc_float);
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < r->n_rows; i++)
            if (strncmp(r->row[i].method, families[k], strlen(families[k])) == 0)
                fprintf(f, "%.4f %.4f\n", r->row[i].bits.all, r->row[i].j.acc_quant);
        fprintf(f, "e\n");
    }
    fclose(f);
    char command[64], buffer[4096];
    snprintf(command, sizeof command, "gnuplot %s", script);
    FILE *p = popen(command, "r");
    size_t got;
    while (p && (got = fread(buffer, 1, sizeof buffer, p)) > 0)
        fwrite(buffer, 1, got, page);
    if (p)
        pclose(p);
    remove(script);
}

static void bars(const report *r, FILE *f)
{
    fprintf(f, "<svg width='760' height='%d' font-family='sans-serif' font-size='12'>\n", 20 * r->n_layers + 30);
    fprintf(f, "<text x='200' y='14'>weights</text><text x='480' y='14'>inputs</text>\n");
    for (int i = 0; i < r->n_layers; i++) {
        int y = 20 * i + 22;
        fprintf(f, "<text x='0' y='%d'>%s</text><rect x='200' y='%d' width='%d' height='14' fill='#0060ad'/>"
                   "<text x='%d' y='%d'>%d</text><rect x='480' y='%d' width='%d' height='14' fill='#dd7711'/>"
                   "<text x='%d' y='%d'>%d</text>\n",
                y + 12, r->layer[i].name, y, 22 * r->layer[i].w, 205 + 22 * r->layer[i].w, y + 12, r->layer[i].w, y,
                22 * r->layer[i].a, 485 + 22 * r->layer[i].a, y + 12, r->layer[i].a);
    }
    fprintf(f, "</svg>\n");
}

static bool write_page(const report *r, teq_error *err)
{
    char name[64], cycles[24];
    FILE *f = fopen(r->o->html, "w");
    if (f == NULL)
        return teq_fail(err, TEQ_ERR_IO, "%s: cannot be written", r->o->html);
    fprintf(f, "<!doctype html><html lang='en'><meta charset='utf-8'><title>%s</title><style>body{font-family:sans-serif;"
               "max-width:60em;margin:2em auto}table{border-collapse:collapse}td,th{padding:.2em .7em;text-align:right;"
               "border-bottom:1px solid #ccc}</style><h1>%s</h1>\n",
            network_name(r->o, name), name);
    fprintf(f, "<p>Float accuracy %.2f %%, %zu samples. Bits are stored bits, signs included, over all weights and "
               "activations. Bits are chosen on %s.</p>\n<h2>Accuracy against bits</h2>\n",
            r->row[0].j.acc_float, r->n, r->row[0].chosen_on);
    plot(r, f);
    fprintf(f, "<table><tr><th>method<th>target<th>bits w<th>bits a<th>bits<th>vs INT8<th>accuracy %%<th>loss<th>paired "
               "95 %%<th>agreement %%<th>kcycles<th>s</tr>\n");
    for (int i = 0; i < r->n_rows; i++) {
        const row *w = &r->row[i];
        fprintf(f, "<tr><td>%s<td>%s<td>%.2f<td>%.2f<td><b>%.2f</b><td>%.2f<td>%.2f<td>%.2f<td>%.2f .. %.2f<td>%.1f<td>%s<td>%.0f</tr>\n",
                w->method, w->target, w->bits.weights, w->bits.activations, w->bits.all, 8 / w->bits.all,
                w->j.acc_quant, w->j.loss, w->j.loss_low, w->j.loss_high, w->j.agreement, kcycles(w, cycles), w->seconds);
    }
    fprintf(f, "</table>\n<h2>Stored bits of each layer, method teq</h2>\n");
    bars(r, f);
    fprintf(f, "<h2>Distributions</h2>\n");
    if (!report_fits(f, r->g, r->calib, r->n_calib, r->o->common.threads, err)) {
        fclose(f);
        return false;
    }
    fprintf(f, "</html>\n");
    return fclose(f) == 0 || teq_fail(err, TEQ_ERR_IO, "%s: cannot be written", r->o->html);
}

static bool run(report *r, teq_error *err)
{
    const options *o = r->o;
    r->g = teq_onnx_load(o->model, err);
    if (r->g == NULL)
        return false;
    r->classes = r->g->tensor[r->g->logits].size;
    r->calib = cli_samples(r->g, o->calib, o->common.scale, o->common.zero_point, &r->n_calib, err);
    r->x = r->calib ? cli_samples(r->g, o->inputs, o->common.scale, o->common.zero_point, &r->n, err) : NULL;
    r->labels = r->x ? cli_labels(o->labels, r->n, r->classes, err) : NULL;
    r->y = r->labels ? teq_exec_logits(r->g, r->x, r->n, o->common.threads, err) : NULL;
    if (r->y == NULL || !try_all(r, err) || (o->rows && !write_rows(r, err)))
        return false;
    FILE *f = o->markdown ? fopen(o->markdown, "w") : stdout;
    if (f == NULL)
        return teq_fail(err, TEQ_ERR_IO, "%s: cannot be written", o->markdown);
    markdown(r, f);
    if (o->markdown)
        fclose(f);
    return o->html == NULL || write_page(r, err);
}

int teq_cmd_report(int argc, char **argv)
{
    static const struct argp_child children[] = {{&cli_common_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {argp_options, parse, "MODEL.onnx",
                                     "All methods on one network, side by side. Labels serve the table only.",
                                     children, 0, 0};
    options o = {.common = CLI_COMMON_DEFAULTS, .max_loss = 1.0};
    argp_parse(&argp, argc, argv, 0, 0, &o);
    teq_error err = {0};
    report r = {.o = &o};
    bool ok = run(&r, &err);
    teq_graph_free(r.g);
    free(r.calib);
    free(r.x);
    free(r.y);
    free(r.labels);
    free(r.layer);
    return ok ? 0 : cli_fail(argv[0], &err);
}
