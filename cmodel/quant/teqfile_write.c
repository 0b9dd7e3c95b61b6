/* SPDX-License-Identifier: Apache-2.0
 *
 * .teq files: writing. docs/teq_file.md is the norm.
 */
#include "../net/file.h"
#include "teqfile.h"

#include <stdlib.h>
#include <string.h>

uint32_t teq_crc32(const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

typedef struct sink {
    uint8_t *bytes;
    size_t size, room;
    bool failed;
} sink;

static uint8_t *grow(sink *s, size_t n)
{
    if (!s->failed && s->size + n > s->room) {
        size_t room = (s->size + n) * 2;
        uint8_t *bytes = realloc(s->bytes, room);
        if (bytes == NULL) {
            s->failed = true;
        } else {
            s->bytes = bytes;
            s->room = room;
        }
    }
    if (s->failed)
        return NULL;
    s->size += n;
    return s->bytes + s->size - n;
}

static void put(sink *s, uint64_t v, int n_bytes)
{
    uint8_t *at = grow(s, (size_t)n_bytes);
    for (int i = 0; at != NULL && i < n_bytes; i++)
        at[i] = (uint8_t)(v >> (8 * i));
}

static void put_i32(sink *s, int v) { put(s, (uint64_t)(int64_t)v, 4); }

static void put_real(sink *s, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    put(s, bits, 8);
}

static void put_string(sink *s, const char *text)
{
    size_t n = strlen(text) < TEQ_FILE_STRING ? strlen(text) : TEQ_FILE_STRING;
    put(s, n, 4);
    uint8_t *at = grow(s, n);
    if (at != NULL)
        memcpy(at, text, n);
}

static void put_layer(sink *s, const teq_qnet *net, const teq_qlayer *l)
{
    size_t count = (size_t)l->n_out * l->k * (size_t)l->terms, width = (size_t)l->n_w + 1;
    put_i32(s, l->n_w);
    put_i32(s, l->K);
    put_i32(s, l->t_w);
    put_i32(s, l->t_a);
    put_i32(s, l->terms);
    uint8_t *at = grow(s, teq_packed_size(count, (unsigned)width));
    if (at != NULL)
        teq_pack(l->code, count, (unsigned)width, at);
    for (int o = 0; o < l->n_out; o++) {
        put_real(s, l->alpha[o]);
        put(s, l->q[o].b, 4);
        put(s, l->q[o].m, 2);
        put(s, l->q[o].s, 1);
        put(s, (uint64_t)l->q[o].c, 8);
    }
    put_real(s, l->y_scale);
    put(s, l->bound, 4);
    put_i32(s, l->int_shift);
    put(s, l->relu_last, 1);
    for (int j = 0; l->out >= 0 && net->target.arith != TEQ_ARITH_INT && j < (1 << net->tensor[l->out].n) - 1; j++)
        put(s, (uint16_t)l->th[j], 2);
    for (int e = 0; l->res >= 0 && e < 1 << net->tensor[l->res].n; e++)
        put(s, (uint16_t)l->d[e], 2);
}

static void put_step(sink *s, const teq_qnet *net, const teq_qlayer *l)
{
    put(s, l->op, 1);
    put(s, l->kind, 1);
    put_string(s, l->name);
    put(s, (uint64_t)l->n_in, 4);
    for (int i = 0; i < l->n_in; i++)
        put_i32(s, l->in[i]);
    const int field[] = {l->res, l->out, l->c, l->h, l->w, l->n_out, l->oh, l->ow, l->kh, l->kw, l->sh, l->sw,
                         l->dh, l->dw, l->pt, l->pl, l->pb, l->pr, l->group};
    for (size_t i = 0; i < sizeof field / sizeof *field; i++)
        put_i32(s, field[i]);
    if (l->op == TEQ_QOP_DOT)
        put_layer(s, net, l);
}

bool teq_qnet_write(const teq_qnet *net, const char *path, teq_error *err)
{
    sink s = {0};
    const teq_engine_caps *c = &net->target.caps;
    put_string(&s, net->name);
    put_string(&s, net->target.name);
    put(&s, net->target.arith, 1);
    const uint8_t caps[] = {(uint8_t)c->engine, c->n_max, c->k_res, c->mb, c->pw, c->acc_w, c->na_max};
    for (size_t i = 0; i < sizeof caps; i++)
        put(&s, caps[i], 1);
    put_i32(&s, net->input);
    put(&s, net->input_channels_last, 1);
    put_i32(&s, net->input_terms);
    put_real(&s, net->input_split);
    put_i32(&s, net->n_classes);
    put(&s, (uint64_t)net->n_tensors, 4);
    put(&s, (uint64_t)net->n_steps, 4);
    for (int i = 0; i < net->n_tensors; i++) {
        const teq_qtensor *t = &net->tensor[i];
        put_string(&s, t->name);
        put_i32(&s, t->c);
        put_i32(&s, t->h);
        put_i32(&s, t->w);
        put_i32(&s, t->n);
        put(&s, t->is_signed, 1);
        put_i32(&s, t->step48);
        put_real(&s, t->alpha);
        put_i32(&s, t->step);
        put(&s, t->is_alias, 1);
    }
    for (int i = 0; i < net->n_steps; i++)
        put_step(&s, net, &net->step[i]);
    sink head = {0};
    uint8_t *magic = grow(&head, 8);
    if (magic != NULL)
        memcpy(magic, TEQ_FILE_MAGIC, 8);
    put(&head, TEQ_FILE_VERSION, 4);
    put(&head, s.failed ? 0 : teq_crc32(s.bytes, s.size), 4);
    put(&head, s.size, 8);
    bool ok = !s.failed && !head.failed;
    if (!ok)
        teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory to write the network", path);
    ok = ok && teq_file_write(path, head.bytes, head.size, s.bytes, s.size, err);
    free(s.bytes);
    free(head.bytes);
    return ok;
}
