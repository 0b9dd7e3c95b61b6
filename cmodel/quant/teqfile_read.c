/* SPDX-License-Identifier: Apache-2.0
 *
 * .teq files: reading. Nothing is believed: counts are compared with the bytes that are
 * left before memory is asked for, and the network is checked as a whole at the end.
 */
#include "../net/file.h"
#include "teqfile.h"

#include <stdlib.h>
#include <string.h>

#define HEADER 24

typedef struct source {
    const uint8_t *bytes;
    size_t size, at;
    const char *name;
    teq_error *err;
    bool failed;
} source;

static bool fail(source *s, const char *field)
{
    if (!s->failed)
        teq_fail(s->err, TEQ_ERR_FORMAT, "%s: byte %zu: %s: cut short or out of range", s->name, s->at + HEADER, field);
    s->failed = true;
    return false;
}

static uint64_t get(source *s, int n_bytes, const char *field)
{
    uint64_t v = 0;
    if (s->failed || s->size - s->at < (size_t)n_bytes) {
        fail(s, field);
        return 0;
    }
    for (int i = 0; i < n_bytes; i++)
        v |= (uint64_t)s->bytes[s->at + (size_t)i] << (8 * i);
    s->at += (size_t)n_bytes;
    return v;
}

/* An int in a range. */
static int get_int(source *s, int low, int high, const char *field)
{
    int64_t v = (int64_t)(uint32_t)get(s, 4, field);
    v = v >= 0x80000000 ? v - 0x100000000 : v;
    if (!s->failed && (v < low || v > high)) {
        s->at -= 4;
        fail(s, field);
    }
    return s->failed ? low : (int)v;
}

static double get_real(source *s, const char *field)
{
    uint64_t bits = get(s, 8, field);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static char *get_string(source *s, const char *field)
{
    size_t n = (size_t)get(s, 4, field);
    if (s->failed || n > TEQ_FILE_STRING || n > s->size - s->at) {
        fail(s, field);
        return NULL;
    }
    char *text = malloc(n + 1);
    if (text == NULL) {
        fail(s, field);
        return NULL;
    }
    memcpy(text, s->bytes + s->at, n);
    text[n] = 0;
    s->at += n;
    return text;
}

static void get_layer(source *s, const teq_qnet *net, teq_qlayer *l)
{
    l->n_w = get_int(s, 1, 7, "weight bits");
    l->K = get_int(s, 0, 16, "K");
    l->t_w = get_int(s, 0, TEQ_T_MAX, "t of weights");
    l->t_a = get_int(s, 0, TEQ_T_MAX, "t of activations");
    l->terms = get_int(s, 1, 2, "terms");
    if (s->failed || l->group < 1 || l->c % l->group != 0) {
        fail(s, "groups");
        return;
    }
    uint64_t taps = (uint64_t)l->kh * (uint64_t)l->kw; /* each below 2^15 */
    uint64_t k = (uint64_t)(l->c / l->group) * taps, left = s->size - s->at;
    unsigned width = (unsigned)l->n_w + 1;
    if (taps > 1u << 28 || k > 1u << 28 || k * (uint64_t)l->n_out > 1u << 28 ||
        teq_packed_size((size_t)k * (size_t)l->n_out * (size_t)l->terms, width) > left) {
        fail(s, "weight codes");
        return;
    }
    l->k = (size_t)k;
    size_t count = l->k * (size_t)l->n_out * (size_t)l->terms, packed = teq_packed_size(count, width);
    if ((uint64_t)l->n_out * 23 > left - packed) {
        fail(s, "requantizers");
        return;
    }
    l->code = malloc(count + 1);
    l->alpha = calloc((size_t)l->n_out, sizeof *l->alpha);
    l->q = calloc((size_t)l->n_out, sizeof *l->q);
    if (l->code == NULL || l->alpha == NULL || l->q == NULL) {
        fail(s, "memory for a layer");
        return;
    }
    teq_unpack(s->bytes + s->at, count, width, l->code);
    s->at += packed;
    for (int o = 0; o < l->n_out; o++) {
        l->alpha[o] = get_real(s, "alpha");
        l->q[o].b = (uint32_t)get(s, 4, "B");
        l->q[o].m = (uint16_t)get(s, 2, "M");
        l->q[o].s = (uint8_t)get(s, 1, "S");
        uint64_t c = get(s, 8, "C");
        memcpy(&l->q[o].c, &c, sizeof c);
    }
    l->y_scale = get_real(s, "y_scale");
    l->bound = (uint32_t)get(s, 4, "bound");
    l->int_shift = get_int(s, 0, 15, "shift");
    l->relu_last = get(s, 1, "final Relu") != 0;
    for (int j = 0; j < 127; j++)
        l->th[j] = TEQ_TH_PAD;
    for (int j = 0; l->out >= 0 && net->target.arith != TEQ_ARITH_INT && j < (1 << net->tensor[l->out].n) - 1; j++) {
        uint16_t v = (uint16_t)get(s, 2, "thresholds");
        memcpy(&l->th[j], &v, sizeof v);
    }
    for (int e = 0; l->res >= 0 && e < 1 << net->tensor[l->res].n; e++) {
        uint16_t v = (uint16_t)get(s, 2, "residual table");
        memcpy(&l->d[e], &v, sizeof v);
    }
}

static void get_step(source *s, const teq_qnet *net, teq_qlayer *l)
{
    const int big = 1 << 28;
    uint64_t op = get(s, 1, "operation"), kind = get(s, 1, "kind");
    if (op > TEQ_QOP_RESHAPE || kind > TEQ_QKIND_POOL) {
        fail(s, "operation");
        return;
    }
    l->op = (teq_qop)op;
    l->kind = (teq_qkind)kind;
    l->name = get_string(s, "name of a step");
    int n_in = get_int(s, 1, 64, "number of inputs");
    l->in = s->failed ? NULL : malloc((size_t)n_in * sizeof *l->in);
    if (l->in == NULL) {
        fail(s, "inputs");
        return;
    }
    l->n_in = n_in;
    for (int i = 0; i < n_in; i++)
        l->in[i] = get_int(s, 0, net->n_tensors - 1, "input");
    l->res = get_int(s, -1, net->n_tensors - 1, "residual");
    l->out = get_int(s, -1, net->n_tensors - 1, "output");
    int *const field[] = {&l->c, &l->h, &l->w, &l->n_out, &l->oh, &l->ow, &l->kh, &l->kw, &l->sh, &l->sw,
                          &l->dh, &l->dw, &l->pt, &l->pl, &l->pb, &l->pr, &l->group};
    for (size_t i = 0; i < sizeof field / sizeof *field; i++)
        *field[i] = get_int(s, i < 6 ? 1 : 0, i < 6 || i == 16 ? big : 1 << 14, "geometry");
    l->terms = 1;
    if (!s->failed && l->op == TEQ_QOP_DOT)
        get_layer(s, net, l);
}

static void get_tensor(source *s, teq_qtensor *t)
{
    t->name = get_string(s, "name of a tensor");
    t->c = get_int(s, 1, 1 << 28, "channels");
    t->h = get_int(s, 1, 1 << 28, "rows");
    t->w = get_int(s, 1, 1 << 28, "columns");
    t->n = get_int(s, 1, 8, "bits of a tensor");
    t->is_signed = get(s, 1, "sign of a tensor") != 0;
    t->step48 = get_int(s, 0, 192, "base");
    t->alpha = get_real(s, "alpha of a tensor");
    t->step = get_int(s, -1, 1 << 28, "writing step");
    t->is_alias = get(s, 1, "alias") != 0;
    uint64_t rows = (uint64_t)t->c * (uint64_t)t->h;
    if (rows > 1u << 28 || rows * (uint64_t)t->w > 1u << 28)
        fail(s, "size of a tensor");
    else
        t->size = (size_t)(rows * (uint64_t)t->w);
}

static void get_net(source *s, teq_qnet *net)
{
    net->name = get_string(s, "name");
    char *target = get_string(s, "target");
    if (target == NULL || strlen(target) >= sizeof net->target.name)
        fail(s, "target");
    else
        strcpy(net->target.name, target);
    free(target);
    uint64_t arith = get(s, 1, "arithmetic"), engine = get(s, 1, "engine");
    if (arith > TEQ_ARITH_INT || engine > TEQ_ENGINE_INT)
        fail(s, "arithmetic");
    net->target.arith = (teq_arith)arith;
    teq_engine_caps *c = &net->target.caps;
    c->engine = (teq_engine)engine;
    uint8_t *const caps[] = {&c->n_max, &c->k_res, &c->mb, &c->pw, &c->acc_w, &c->na_max};
    for (size_t i = 0; i < sizeof caps / sizeof *caps; i++)
        *caps[i] = (uint8_t)get(s, 1, "array configuration");
    if (net->target.arith == TEQ_ARITH_EXACT ? c->pw < 8 || c->pw > 24 || c->acc_w < 16 || c->acc_w > 32 ||
                                                   c->n_max != 7 || c->na_max != 7
                                             : !teq_caps_check(c, NULL))
        fail(s, "array configuration");
    net->input = get_int(s, 0, 1 << 28, "input");
    net->input_channels_last = get(s, 1, "layout") != 0;
    net->input_terms = get_int(s, 1, 2, "terms of the input");
    net->input_split = get_real(s, "split of the input");
    net->n_classes = get_int(s, 1, 1 << 28, "outputs");
    int n_tensors = get_int(s, 1, 1 << 20, "number of tensors"), n_steps = get_int(s, 1, 1 << 20, "number of steps");
    /* a tensor takes 38 bytes at least, a step 90 */
    if (s->failed || (size_t)n_tensors * 38 + (size_t)n_steps * 90 > s->size - s->at) {
        fail(s, "number of tensors and steps");
        return;
    }
    net->tensor = calloc((size_t)n_tensors, sizeof *net->tensor);
    net->step = calloc((size_t)n_steps, sizeof *net->step);
    if (net->tensor == NULL || net->step == NULL) {
        fail(s, "memory for the network");
        return;
    }
    net->n_tensors = n_tensors;
    net->n_steps = n_steps;
    for (int i = 0; i < n_tensors && !s->failed; i++)
        get_tensor(s, &net->tensor[i]);
    for (int i = 0; i < n_steps && !s->failed; i++)
        get_step(s, net, &net->step[i]);
    if (!s->failed && s->at != s->size)
        fail(s, "end of the file");
}

teq_qnet *teq_qnet_parse(const void *bytes, size_t size, const char *name, teq_error *err)
{
    const uint8_t *b = bytes;
    source s = {.name = name, .err = err};
    if (size < HEADER || memcmp(b, TEQ_FILE_MAGIC, 8) != 0) {
        teq_fail(err, TEQ_ERR_FORMAT, "%s: byte 0: not a .teq file", name);
        return NULL;
    }
    source head = {.bytes = b + 8, .size = HEADER - 8, .name = name, .err = err};
    uint32_t version = (uint32_t)get(&head, 4, "version"), crc = (uint32_t)get(&head, 4, "checksum");
    uint64_t length = get(&head, 8, "length");
    if (version != TEQ_FILE_VERSION) {
        teq_fail(err, TEQ_ERR_UNSUPPORTED, "%s: byte 8: version %u, expected %d", name, version, TEQ_FILE_VERSION);
        return NULL;
    }
    if (length != size - HEADER) {
        teq_fail(err, TEQ_ERR_FORMAT, "%s: byte 16: length: the file has %zu bytes behind its header, expected %llu",
                 name, size - HEADER, (unsigned long long)length);
        return NULL;
    }
    s.bytes = b + HEADER;
    s.size = size - HEADER;
    uint32_t found = teq_crc32(s.bytes, s.size);
    if (found != crc) {
        teq_fail(err, TEQ_ERR_FORMAT, "%s: byte 12: checksum: the contents have %08x, expected %08x", name, found, crc);
        return NULL;
    }
    teq_qnet *net = calloc(1, sizeof *net);
    if (net == NULL) {
        teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory", name);
        return NULL;
    }
    get_net(&s, net);
    if (!s.failed && teq_qnet_check(net, err))
        return net;
    if (!s.failed)
        teq_fail_prefix(err, "%s", name);
    teq_qnet_free(net);
    return NULL;
}

teq_qnet *teq_qnet_read(const char *path, teq_error *err)
{
    size_t size;
    uint8_t *bytes = teq_file_read(path, &size, err);
    if (bytes == NULL)
        return NULL;
    teq_qnet *net = teq_qnet_parse(bytes, size, path, err);
    free(bytes);
    return net;
}
