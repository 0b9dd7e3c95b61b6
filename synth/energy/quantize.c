// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "energy.h"
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
    else if (p->k_res == 4 && p->mb == 7 && p->pw == 8 && p->na_max == 5)
        snprintf(name, size, "shift%u", p->n_max);
    else
        snprintf(name, size, "shift%u_a%u_k%u_%u_%u", p->n_max, p->na_max, p->k_res, p->mb, p->pw);
}

static void path_of(const format *f, const char *ending, char *path, size_t size)
{
    snprintf(path, size, "%.200s/%.40s%s", f->net->folder, f->net->name, ending);
}

static void key_of(const format *f, char *key, size_t size)
{
    char onnx[300], calib[300];
    path_of(f, ".onnx", onnx, sizeof onnx);
    path_of(f, "_calib_x.npy", calib, sizeof calib);
    snprintf(key, size, "%016" PRIx64, hash_file(hash_file(f->key, onnx), calib));
}

static void key_file(const format *f, char *path, size_t size)
{
    snprintf(path, size, "%.290s.key", f->teq);
}

bool format_current(const format *f)
{
    char key[24], path[300];
    key_of(f, key, sizeof key);
    key_file(f, path, sizeof path);
    char *old = read_text(path);
    bool same = old && !strcmp(old, key);
    free(old);
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

// Options as `teq quantize --target shift4` and `--method int` choose them.
void format_make(const format *f)
{
    teq_error err = {0};
    char onnx[300], calib[300], key[24], path[300];
    path_of(f, ".onnx", onnx, sizeof onnx);
    path_of(f, "_calib_x.npy", calib, sizeof calib);
    size_t n = 0;
    teq_graph *g = teq_onnx_load(onnx, &err);
    float *x = g ? samples_of(calib, g, f->net, &n, &err) : NULL;
    teq_quant_options q = teq_quant_defaults();
    q.threads = 1;
    q.max_bits = 5;
    if (teq_array_is_int(&f->params)) {
        q.method = TEQ_METHOD_INT;
        q.bits = f->params.n_max + 1;
    }
    bool ok = x && teq_schedule_target(&f->params, &q.target, &err);
    teq_target known;
    if (ok && teq_target_find(f->name, &known))
        q.target = known;
    teq_qnet *net = ok ? teq_quantize(g, x, n, &q, NULL, &err) : NULL;
    if (!net || !teq_qnet_write(net, f->teq, &err))
        die("%s to %s: %s", f->net->name, f->name, err.message);
    key_of(f, key, sizeof key);
    key_file(f, path, sizeof path);
    write_text(path, key);
    exit(0);
}
