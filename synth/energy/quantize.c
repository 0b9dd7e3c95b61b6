// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "energy.h"
#include "teq/exec.h"
#include "teq/npy.h"
#include "teq/onnx.h"
#include "teq/quant.h"
#include "teq/teqfile.h"

uint64_t hash_file(uint64_t h, const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        die("cannot open %s: %s", path, strerror(errno));
    unsigned char block[1 << 14];
    for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0;)
        for (size_t i = 0; i < n; i++)
            h = (h ^ block[i]) * UINT64_C(0x100000001b3);
    if (ferror(in))
        die("cannot read %s", path);
    fclose(in);
    return (h ^ 0xff) * UINT64_C(0x100000001b3);
}

// Shift and select compute the same numbers and share their formats.
void format_name(const teq_array_params *p, char *name, size_t size)
{
    if (teq_array_is_int(p))
        snprintf(name, size, "int%u", p->n_max + 1u);
    else if (p->engine == TEQ_ARRAY_COUNT)
        snprintf(name, size, "count%u", p->n_max);
    else if (p->k_res == 4 && p->mb == 7 && p->pw == 7 && p->na_max == 5)
        snprintf(name, size, "shift%u", p->n_max);
    else
        snprintf(name, size, "shift%u_a%u_k%u_%u_%u", p->n_max, p->na_max, p->k_res, p->mb, p->pw);
}

uint64_t hash_number(uint64_t h, double v)
{
    unsigned char bytes[sizeof v];
    memcpy(bytes, &v, sizeof v);
    for (size_t i = 0; i < sizeof bytes; i++)
        h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
    return h;
}

static void path_of(const net_source *net, const char *ending, char *path, size_t size)
{
    snprintf(path, size, "%.200s/%.40s%s", net->folder, net->name, ending);
}

// What format_make asks of the quantizer, beyond what a format's name says: another number with every change.
enum { CHOICES = 1 };

static void key_of(const format *f, char *key, size_t size)
{
    char path[300];
    uint64_t h = hash_number(hash_number(hash_number(f->key, CHOICES), f->net->scale), f->net->zero);
    for (const char *const *e = (const char *const[]){".onnx", "_calib_x.npy", "_eval_x.npy", "_eval_y.npy", NULL}; *e; e++) {
        path_of(f->net, *e, path, sizeof path);
        h = hash_file(h, path);
    }
    snprintf(key, size, "%016" PRIx64, h);
}

void format_facts_path(const char *teq, char *path, size_t size) { snprintf(path, size, "%.300s.json", teq); }

cJSON *format_facts(const char *teq)
{
    char path[320];
    format_facts_path(teq, path, sizeof path);
    char *text = read_text(path);
    cJSON *facts = text ? cJSON_Parse(text) : NULL;
    free(text);
    return facts;
}

bool format_current(const format *f)
{
    char key[24];
    key_of(f, key, sizeof key);
    cJSON *facts = format_facts(f->teq);
    const char *old = cJSON_GetStringValue(cJSON_GetObjectItem(facts, "key"));
    bool same = old && !strcmp(old, key);
    cJSON_Delete(facts);
    return same;
}

static float *samples_of(const char *path, const teq_graph *g, const net_source *from, size_t *n, teq_error *err)
{
    teq_ndarray a;
    if (!teq_npy_read(path, &a, err))
        return NULL;
    float *x = teq_graph_samples(g, &a, from->scale, from->zero, n, err);
    teq_ndarray_free(&a);
    if (!x)
        teq_fail_prefix(err, "%s", path);
    return x;
}

float *read_samples(const char *path, const net_source *from, const teq_qnet *net, size_t *n, teq_error *err)
{
    const teq_qtensor *t = &net->tensor[net->input];
    teq_tensor tensor = {.name = t->name, .c = t->c / net->input_terms, .h = t->h, .w = t->w, .node = -1,
                         .size = t->size / (size_t)net->input_terms};
    teq_graph g = {.name = net->name, .n_tensors = 1, .tensor = &tensor, .input_channels_last = net->input_channels_last};
    return samples_of(path, &g, from, n, err);
}

// Accuracy on the evaluation samples, where there are labels. The samples had no part in
// the choice of the network.
static void judge(const format *f, const teq_graph *g, const teq_qnet *net, const teq_dna *dna, cJSON *facts)
{
    char path[300];
    teq_error err = {0};
    teq_ndarray a;
    size_t n = 0;
    path_of(f->net, "_eval_y.npy", path, sizeof path);
    if (!teq_npy_read(path, &a, &err))
        return;
    const size_t classes = g->tensor[g->logits].size, n_labels = a.count;
    int32_t *labels = teq_ndarray_to_int(&a, &err);
    teq_ndarray_free(&a);
    path_of(f->net, "_eval_x.npy", path, sizeof path);
    float *x = samples_of(path, g, f->net, &n, &err);
    teq_qrun_options how = {.threads = 1};
    float *q = !x ? NULL : dna ? teq_dna_logits(dna, x, n, 1, &err) : teq_qnet_logits(net, x, n, &how, &err);
    float *y = q ? teq_exec_logits(g, x, n, 1, &err) : NULL;
    if (!labels || !y || n_labels != n)
        die("%s on %s: %s", f->name, path, *err.message ? err.message : "labels and samples differ in number");
    double accuracy = 100 * teq_accuracy(q, labels, n, classes), real = 100 * teq_accuracy(y, labels, n, classes);
    cJSON_AddNumberToObject(facts, "accuracy", accuracy);
    cJSON_AddNumberToObject(facts, "accuracy_float", real);
    cJSON_AddNumberToObject(facts, "loss_points", real - accuracy);
    free(labels);
    free(x);
    free(q);
    free(y);
}

static teq_graph *load(const net_source *from, float **x, size_t *n, teq_error *err)
{
    char onnx[300], calib[300];
    path_of(from, ".onnx", onnx, sizeof onnx);
    path_of(from, "_calib_x.npy", calib, sizeof calib);
    teq_graph *g = teq_onnx_load(onnx, err);
    *x = g ? samples_of(calib, g, from, n, err) : NULL;
    return g;
}

// The paper's method on the paper's terms: n 3 to 7 a layer, any base.
teq_dna *format_dna(const net_source *from, bool no_beta, double max_loss, teq_quant_report *report, teq_error *err)
{
    float *x = NULL;
    size_t n = 0;
    teq_graph *g = load(from, &x, &n, err);
    teq_quant_options q = teq_quant_defaults();
    q.threads = 1;
    q.max_loss = max_loss;
    q.no_beta = no_beta;
    teq_dna *d = x ? teq_dna_quantize(g, x, n, &q, report, err) : NULL;
    free(x);
    teq_graph_free(g);
    return d;
}

static _Noreturn void write_facts(const format *f, cJSON *facts)
{
    char path[320];
    format_facts_path(f->teq, path, sizeof path);
    char *text = cJSON_Print(facts);
    write_text(path, text ? text : "");
    exit(0);
}

static cJSON *new_facts(const format *f, const teq_quant_report *report)
{
    char key[24];
    key_of(f, key, sizeof key);
    cJSON *facts = cJSON_CreateObject();
    cJSON_AddStringToObject(facts, "key", key);
    if (isfinite(report->expected_loss))
        cJSON_AddNumberToObject(facts, "expected_loss", report->expected_loss);
    return facts;
}

static _Noreturn void make_dna(const format *f)
{
    teq_error err = {0};
    teq_quant_report report;
    float *x = NULL;
    size_t n = 0;
    teq_graph *g = load(f->net, &x, &n, &err);
    teq_dna *d = g ? format_dna(f->net, f->no_beta, f->max_loss, &report, &err) : NULL;
    if (!d)
        die("%s to %s: %s", f->net->name, f->name, err.message);
    const teq_dna_layer *layer;
    int most = 0;
    for (int i = teq_dna_layers(d, &layer) - 1; i >= 0; i--)
        most = layer[i].weight.n > most ? layer[i].weight.n : most;
    cJSON *facts = new_facts(f, &report);
    cJSON_AddNumberToObject(facts, "n_max", most);
    judge(f, g, NULL, d, facts);
    write_facts(f, facts);
}

// Exponential engines: the fewest cycles of the array within the loss that is allowed; then, if
// so asked, the least energy.
void format_make(const format *f)
{
    if (f->dna)
        make_dna(f);
    teq_error err = {0};
    size_t n = 0;
    float *x = NULL;
    teq_graph *g = load(f->net, &x, &n, &err);
    teq_quant_options q = teq_quant_defaults();
    q.threads = 1;
    q.max_loss = f->max_loss;
    q.objective = TEQ_OBJECTIVE_CYCLES;
    if (teq_array_is_int(&f->params)) {
        q.method = TEQ_METHOD_INT;
        q.objective = TEQ_OBJECTIVE_BITS;
        q.bits = f->mixed ? 0 : f->params.n_max + 1;
    }
    if (f->params.engine == TEQ_ARRAY_COUNT) { // one n for all layers, bases shared: what the engine can run
        q.method = TEQ_METHOD_RANGE;
        q.n_w = f->params.n_max;
        q.n_a = f->params.na_max;
    }
    if (f->energy)
        q.objective = TEQ_OBJECTIVE_ENERGY;
    bool ok = x && teq_schedule_target(&f->params, &q.target, &err);
    if (ok && f->params.engine == TEQ_ARRAY_COUNT)  // what a .teq file says of exact products; n_w and n_a hold
        q.target.caps.n_max = q.target.caps.na_max = 7;
    char known[60];
    snprintf(known, sizeof known, "%.*s", (int)strcspn(f->name, "."), f->name);
    teq_target published;
    if (ok && teq_target_find(known, &published))
        q.target = published;
    teq_quant_report report;
    teq_qnet *net = ok ? teq_quantize(g, x, n, &q, &report, &err) : NULL;
    char facts_path[320];
    format_facts_path(f->teq, facts_path, sizeof facts_path);
    remove(facts_path);            // of another network from here on
    if (!net || !teq_qnet_write(net, f->teq, &err))
        die("%s to %s: %s", f->net->name, f->name, err.message);
    cJSON *facts = new_facts(f, &report);
    if (f->energy)
        cJSON_AddNumberToObject(facts, "energy_nj", 1e-3 * report.energy_pj);
    judge(f, g, net, NULL, facts);
    write_facts(f, facts);
}
