/* SPDX-License-Identifier: Apache-2.0
 *
 * Image files: header and contents as docs/compiler.md lists them. Nothing that is read is
 * believed: ranges are checked, counts are compared with the bytes that are left, and the
 * stream is loaded as the core would load it.
 */
#include "../net/file.h"
#include "../quant/teqfile.h"
#include "teq/compile.h"
#include "teq/program.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "TEQIMG\r\n" /* eight bytes; damaged by text modes */
enum { HEADER = 24 };

/* --- one description of the contents, for both directions --------------------------------- */

typedef struct stream {
    bool writes;
    uint8_t *bytes;      /* writing: grown; reading: the file                                */
    size_t size, room, at;
    const char *name;
    const char *failed;  /* field                                                            */
} stream;

static uint8_t *take(stream *s, size_t n, const char *field)
{
    if (s->failed)
        return NULL;
    if (s->writes && s->at + n > s->room) {
        const size_t room = 2 * (s->at + n);
        uint8_t *grown = realloc(s->bytes, room);
        if (!grown) {
            s->failed = field;
            return NULL;
        }
        s->bytes = grown;
        s->room = room;
    }
    if (!s->writes && s->size - s->at < n) {
        s->failed = field;
        return NULL;
    }
    uint8_t *p = s->bytes + s->at;
    s->at += n;
    return p;
}

static uint64_t number(stream *s, uint64_t v, int n_bytes, uint64_t low, uint64_t high, const char *field)
{
    uint8_t *p = take(s, (size_t)n_bytes, field);
    if (!p)
        return low;
    if (s->writes) {
        for (int i = 0; i < n_bytes; i++)
            p[i] = (uint8_t)(v >> 8 * i);
        return v;
    }
    v = 0;
    for (int i = 0; i < n_bytes; i++)
        v |= (uint64_t)p[i] << 8 * i;
    if (v < low || v > high) {
        s->failed = field;
        return low;
    }
    return v;
}

#define U8(field, low, high)  (field) = (__typeof__(field))number(s, (uint64_t)(field), 1, low, high, #field)
#define U16(field, low, high) (field) = (__typeof__(field))number(s, (uint64_t)(field), 2, low, high, #field)
#define U32(field, low, high) (field) = (__typeof__(field))number(s, (uint64_t)(field), 4, low, high, #field)
#define U64(field)            (field) = number(s, (field), 8, 0, UINT64_MAX, #field)

static void real(stream *s, double *v, const char *field)
{
    uint64_t bits;
    memcpy(&bits, v, sizeof bits);
    bits = number(s, bits, 8, 0, UINT64_MAX, field);
    memcpy(v, &bits, sizeof bits);
    if (!s->failed && !s->writes && (!isfinite(*v) || *v < 0))
        s->failed = field;
}

/* A fixed field of text, closed by zeros. */
static void string(stream *s, char *text, size_t size, const char *field)
{
    uint8_t *p = take(s, size, field);
    if (!p)
        return;
    if (s->writes) {
        memset(p, 0, size);
        memcpy(p, text, strnlen(text, size - 1));
    } else {
        memcpy(text, p, size);
        if (text[size - 1] != 0)
            s->failed = field;
    }
}

static void words(stream *s, uint32_t **v, size_t n, const char *field)
{
    if (s->failed)
        return;
    if (!s->writes) {
        if ((s->size - s->at) / 4 < n || (*v = calloc(n + 1, sizeof **v)) == NULL) {
            s->failed = field;
            return;
        }
    }
    for (size_t i = 0; i < n; i++)
        (*v)[i] = (uint32_t)number(s, (*v)[i], 4, 0, UINT32_MAX, field);
}

static void core(stream *s, teq_core_params *p)
{
    teq_array_params *a = &p->array;
    U8(a->engine, 0, TEQ_ARRAY_BW);
    U8(a->rows, 1, 64);
    U8(a->cols, 1, 64);
    U8(a->n_max, 1, 7);
    U8(a->k_res, 0, 8);
    U8(a->mb, 0, 10);
    U8(a->pw, 0, 12);
    U8(a->acc_w, 1, 40);
    U8(a->na_max, 1, 8);
    U8(a->load_cols, 1, 64);
    U16(a->psum_depth, 1, 4096);
    U32(p->act_words, 1, 1u << 18);
    U32(p->wgt_words, 1, 1u << 20);
    U32(p->prg_words, 1, 1u << 20);
    U8(p->parity, 0, 1);
    U8(a->serial, 0, 1);
    U8(p->residual, 0, 1);
    U8(p->indirect, 0, 1);
    U8(p->maximum, 0, 1);
    U8(p->counters, 0, 1);
    U8(p->reach, 12, 24);
    U8(a->chain, 0, 1);
    U8(a->w_latch, 0, 1);
    a->n_requant = a->cols;
    a->is_double = true;
}

static void layer(stream *s, teq_compiled_layer *l)
{
    string(s, l->name, sizeof l->name, "layer name");
    string(s, l->kind, sizeof l->kind, "layer kind");
    string(s, l->how, sizeof l->how, "layer mapping");
    int *const shape[] = {&l->c, &l->h, &l->w, &l->n_out, &l->oh, &l->ow, &l->kh, &l->kw, &l->sh, &l->sw};
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++)
        *shape[i] = (int)number(s, (uint64_t)*shape[i], 4, 0, 1u << 28, "layer shape");
    U8(l->terms, 1, 2);
    U8(l->parts, 1, 2);
    uint32_t *const counts[] = {&l->first, &l->n, &l->tiles, &l->passes, &l->in_base, &l->in_size, &l->out_base, &l->out_size,
                                &l->wgt_words, &l->prg_words};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        *counts[i] = (uint32_t)number(s, *counts[i], 4, 0, 1u << 28, "layer counts");
    U64(l->loads);
    U64(l->macs);
    U64(l->start);
    U64(l->cycles);
    U64(l->vectors);
}

static void contents(stream *s, teq_compiled *c)
{
    string(s, c->name, sizeof c->name, "name");
    core(s, &c->core);
    U8(c->arith, TEQ_ARITH_SHIFT, TEQ_ARITH_INT);
    U32(c->c, 1, 1u << 20);
    U32(c->h, 1, 1u << 20);
    U32(c->w, 1, 1u << 20);
    U8(c->n, 1, 8);
    U8(c->is_signed, 0, 1);
    U8(c->terms, 1, 2);
    U8(c->channels_last, 0, 1);
    U16(c->step48, 0, 192);
    real(s, &c->alpha, "alpha");
    real(s, &c->split, "split");
    U32(c->n_lines, 1, 1u << 20);
    U32(c->line_len, 1, 1u << 20);
    U32(c->step_c, 0, 1u << 28);
    U32(c->step_k, 0, 1u << 28);
    U32(c->step_y, 0, 1u << 28);
    U32(c->step_x, 0, 1u << 28);
    U32(c->n_taps, 1, 1u << 14);
    U32(c->rows, 1, 1u << 20);
    U32(c->row_stride, 1, 1u << 14);
    U32(c->row_step, 1, 1u << 14);
    U32(c->row_pad, 0, 1u << 14);
    U32(c->n_out, 1, 1u << 20);
    U32(c->out_h, 1, 1u << 20);
    U32(c->out_w, 1, 1u << 20);
    U8(c->relu_last, 0, 1);
    real(s, &c->y_scale, "y_scale");
    U32(c->n_out_beats, 1, 1u << 26);
    words(s, &c->out_index, 2 * (size_t)c->n_out_beats, "out_index");
    U32(c->act_words, 0, 1u << 18);
    U32(c->wgt_words, 0, 1u << 20);
    U32(c->prg_words, 0, 1u << 20);
    U64(c->cycles);
    U64(c->macs);
    U32(c->n_layers, 1, 1u << 16);
    if (!s->failed && !s->writes && (c->layer = calloc(c->n_layers, sizeof *c->layer)) == NULL)
        s->failed = "n_layers";
    for (uint32_t i = 0; i < c->n_layers && !s->failed; i++)
        layer(s, &c->layer[i]);
    U32(c->n_beats, 1, 1u << 30);
    words(s, &c->beat, c->n_beats, "beat");
}

/* --- files --------------------------------------------------------------------------------- */

static void put(uint8_t *at, uint64_t v, int n)
{
    for (int i = 0; i < n; i++)
        at[i] = (uint8_t)(v >> 8 * i);
}

static uint64_t get(const uint8_t *at, int n)
{
    uint64_t v = 0;
    for (int i = 0; i < n; i++)
        v |= (uint64_t)at[i] << 8 * i;
    return v;
}

bool teq_compiled_write(const teq_compiled *c, const char *path, teq_error *err)
{
    stream s = {.writes = true, .name = path};
    teq_compiled copy = *c; /* its fields go through the same description as when read */
    contents(&s, &copy);
    bool ok = !s.failed;
    if (ok) {
        uint8_t head[HEADER] = MAGIC;
        put(head + 8, TEQ_COMPILED_VERSION, 4);
        put(head + 12, teq_crc32(s.bytes, s.at), 4);
        put(head + 16, s.at, 8);
        ok = teq_file_write(path, head, HEADER, s.bytes, s.at, err);
    } else {
        teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory to write it", path);
    }
    free(s.bytes);
    return ok;
}

/* Each of n outputs comes once. */
static bool every_output(const teq_compiled *c, uint64_t n, const char *name, teq_error *err)
{
    bool *seen = calloc(n, sizeof *seen), ok = seen != NULL || teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory to read it", name);
    uint64_t found = 0;
    for (uint32_t i = 0; ok && i < 2 * c->n_out_beats; i++) {
        const uint32_t word = c->out_index[i];
        if (word == TEQ_COMPILED_NO_WORD)
            continue;
        ok = (word < n && !seen[word]) || teq_fail(err, TEQ_ERR_FORMAT, "%s: output: word %u comes twice or is none of the output", name, word);
        if (ok)
            seen[word] = true, found++;
    }
    free(seen);
    return ok && (found == n || teq_fail(err, TEQ_ERR_FORMAT, "%s: output: %llu of %llu words come", name, (unsigned long long)found,
                                         (unsigned long long)n));
}

static bool consistent(const teq_compiled *c, const char *name, teq_error *err)
{
    const uint64_t codes = (uint64_t)c->c * (uint64_t)c->h, stored = (uint64_t)c->c * c->n_taps * c->rows;
    const uint64_t last = (uint64_t)(c->c - 1) * c->step_c + (uint64_t)(c->n_taps - 1) * c->step_k +
                          (uint64_t)(c->rows - 1) * c->step_y + (uint64_t)(c->w - 1) * c->step_x;
    if (!teq_core_params_check(&c->core, err))
        return teq_fail_prefix(err, "%s", name);
    if (codes > 1u << 28 || codes * (uint64_t)c->w > 1u << 28 || stored > 1u << 28 ||
        stored * (uint64_t)c->w > teq_compiled_input_size(c) || last >= teq_compiled_input_size(c) || (c->terms == 2 && c->c % 2 != 0) ||
        !(c->alpha > 0) || (c->terms == 2 && !(c->split > 0)) || (c->arith != TEQ_ARITH_INT && (c->step48 < 3 || c->n > 7)))
        return teq_fail(err, TEQ_ERR_FORMAT, "%s: input: shape, order and format do not fit each other", name);
    const uint64_t plane = (uint64_t)c->out_h * (uint64_t)c->out_w;
    if (plane > 1u << 20 || plane * (uint64_t)c->n_out > 1u << 26)
        return teq_fail(err, TEQ_ERR_FORMAT, "%s: output: %d x %d x %d", name, c->n_out, c->out_h, c->out_w);
    if ((uint64_t)c->n_lines * c->line_len > teq_core_elements(&c->core))
        return teq_fail(err, TEQ_ERR_FORMAT, "%s: input: %u lines of %u codes, the core has room for %u", name, c->n_lines, c->line_len,
                        teq_core_elements(&c->core));
    if ((c->arith == TEQ_ARITH_INT) != teq_array_is_int(&c->core.array) || c->n > c->core.array.na_max)
        return teq_fail(err, TEQ_ERR_FORMAT, "%s: input: codes that this core does not run", name);
    return every_output(c, plane * (uint64_t)c->n_out, name, err) && (teq_image_load(c->beat, c->n_beats, &c->core, NULL, NULL, err) || teq_fail_prefix(err, "%s", name));
}

teq_compiled *teq_compiled_parse(const void *bytes, size_t size, const char *name, teq_error *err)
{
    const uint8_t *p = bytes;
    if (size < HEADER || memcmp(p, MAGIC, 8) != 0) {
        teq_fail(err, TEQ_ERR_FORMAT, "%s: no image file: expected the eight bytes \"TEQIMG\\r\\n\" at its start", name);
        return NULL;
    }
    if (get(p + 8, 4) != TEQ_COMPILED_VERSION) {
        teq_fail(err, TEQ_ERR_FORMAT, "%s: version %u, expected %d", name, (unsigned)get(p + 8, 4), TEQ_COMPILED_VERSION);
        return NULL;
    }
    if (get(p + 16, 8) != size - HEADER || get(p + 12, 4) != teq_crc32(p + HEADER, size - HEADER)) {
        teq_fail(err, TEQ_ERR_FORMAT, "%s: cut short or damaged: length or checksum differ", name);
        return NULL;
    }
    teq_compiled *c = calloc(1, sizeof *c);
    if (!c) {
        teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory to read it", name);
        return NULL;
    }
    stream s = {.bytes = (uint8_t *)(uintptr_t)(p + HEADER), .size = size - HEADER, .name = name};
    contents(&s, c);
    bool ok = !s.failed && s.at == s.size;
    if (!ok)
        teq_fail(err, TEQ_ERR_FORMAT, "%s: byte %zu: %s: cut short or out of range", name, s.at + HEADER, s.failed ? s.failed : "end");
    ok = ok && consistent(c, name, err);
    if (ok)
        return c;
    teq_compiled_free(c);
    return NULL;
}

teq_compiled *teq_compiled_read(const char *path, teq_error *err)
{
    size_t size;
    uint8_t *bytes = teq_file_read(path, &size, err);
    if (!bytes)
        return NULL;
    teq_compiled *c = teq_compiled_parse(bytes, size, path, err);
    free(bytes);
    return c;
}
