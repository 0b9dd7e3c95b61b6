/* SPDX-License-Identifier: Apache-2.0
 *
 * Descriptors, tile and configuration entries: fields and the bits in which they lie.
 * docs/core.md, section 2, as tables.
 */
#include "teq/program.h"

#include <inttypes.h>

/* Fields of 32 bits in a struct, by their offset. */
typedef struct field {
    const char *name;
    size_t offset;
    uint8_t word, low, width;
    bool is_signed;
} field;

#define U(name, word, low, width) {#name, offsetof(OF, name), word, low, width, false}
#define S(name, word, low, width) {#name, offsetof(OF, name), word, low, width, true}

#define OF teq_descriptor
static const field descriptor[] = {
    U(op, 0, 0, 4), U(res, 0, 8, 1), U(sgn, 0, 9, 1), U(stream, 0, 10, 1), U(indirect, 0, 11, 1), U(early, 0, 12, 1),
    U(chain, 0, 13, 1),
    U(a_n, 0, 16, 3), U(a_shift, 0, 19, 3), U(w_n, 0, 22, 3), U(w_shift, 0, 25, 3),
    U(n_layer_cfg, 0, 32, 16), U(n_pass_cfg, 0, 48, 16),
    U(cfg_addr, 1, 0, 20), U(tile_addr, 1, 20, 20), U(n_tiles, 1, 40, 12), U(n_pass, 1, 52, 12),
    U(in_base, 2, 0, 24), S(in_pass, 2, 24, 24), U(u_len, 2, 48, 16),
    S(in_oy, 3, 0, 24), S(in_group, 3, 24, 24), U(h, 3, 48, 16),
    S(in_ty, 4, 0, 24), S(u_ox, 4, 24, 16), S(u_tx, 4, 40, 16), U(y_ty, 4, 56, 8),
    U(oh, 5, 0, 12), U(ow, 5, 12, 12), U(group_rows, 5, 24, 12), U(n_ty, 5, 36, 8), U(n_tx, 5, 44, 8), U(y_oy, 5, 52, 8),
    U(y_group, 6, 0, 16), U(w_addr, 6, 16, 20), U(w_pass, 6, 36, 20),
    U(c_addr, 7, 0, 24), U(c_pass, 7, 24, 24),
    U(out_base, 8, 0, 24), S(out_pass, 8, 24, 24), U(out_t, 8, 48, 16),
    S(out_oy, 9, 0, 24), S(out_ox, 9, 24, 24), U(lanes, 9, 48, 7), U(lanes_x, 9, 55, 7),
    U(lanes_pass, 10, 0, 7),
    U(res_base, 11, 0, 24), S(res_pass, 11, 24, 24), U(res_t, 11, 48, 16),
    S(res_oy, 12, 0, 24), S(res_ox, 12, 24, 24),
    U(n_lines, 13, 0, 20), U(line_len, 13, 20, 20), U(line_step, 13, 40, 24),
};
#undef OF

#define OF teq_tile_entry
static const field tile_entry[] = {
    S(off, 0, 0, 24), S(u_off, 0, 24, 16), S(y_off, 0, 40, 8), U(lanes, 0, 48, 7), U(part, 0, 55, 2),
    U(reload, 0, 57, 1), U(cidx, 0, 58, 4),
};
#undef OF

#define OF teq_config_entry
static const field config_entry[] = {U(index, 0, 48, 8), U(sel, 0, 56, 3)};
#undef OF

enum {
    N_DESCRIPTOR = sizeof descriptor / sizeof *descriptor,
    N_TILE_ENTRY = sizeof tile_entry / sizeof *tile_entry,
    N_CONFIG_ENTRY = sizeof config_entry / sizeof *config_entry,
};

/* int32_t and uint32_t share their bits. */
static uint32_t get(const void *of, const field *f) { return *(const uint32_t *)((const char *)of + f->offset); }
static void set(void *of, const field *f, uint32_t v) { *(uint32_t *)((char *)of + f->offset) = v; }

static bool pack(const char *what, const field *fields, size_t n, const void *of, uint64_t *word, teq_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const field *f = &fields[i];
        const uint32_t bits = get(of, f);
        const int64_t v = f->is_signed ? (int64_t)(int32_t)bits : (int64_t)bits, span = INT64_C(1) << f->width;
        const int64_t low = f->is_signed ? -span / 2 : 0, high = low + span - 1;
        if (v < low || v > high)
            return teq_fail(err, TEQ_ERR_VALUE, "%s: %s: got %" PRId64 ", expected %" PRId64 "..%" PRId64, what,
                            f->name, v, low, high);
        word[f->word] |= (bits & (uint64_t)(span - 1)) << f->low;
    }
    return true;
}

static void unpack(const field *fields, size_t n, const uint64_t *word, void *of)
{
    for (size_t i = 0; i < n; i++) {
        const field *f = &fields[i];
        const uint32_t mask = (uint32_t)((UINT64_C(1) << f->width) - 1), top = f->is_signed ? mask / 2 + 1 : 0;
        const uint32_t v = (uint32_t)(word[f->word] >> f->low) & mask;
        set(of, f, (v ^ top) - top);
    }
}

bool teq_descriptor_pack(const teq_descriptor *d, uint64_t word[TEQ_DESCRIPTOR_WORDS], teq_error *err)
{
    for (unsigned i = 0; i < TEQ_DESCRIPTOR_WORDS; i++)
        word[i] = 0;
    return pack("descriptor", descriptor, N_DESCRIPTOR, d, word, err);
}

void teq_descriptor_unpack(const uint64_t word[TEQ_DESCRIPTOR_WORDS], teq_descriptor *d)
{
    unpack(descriptor, N_DESCRIPTOR, word, d);
}

void teq_descriptor_fit(const teq_core_params *p, teq_descriptor *d)
{
    for (size_t i = 0; i < N_DESCRIPTOR; i++) {
        const field *f = &descriptor[i];
        if (f->width <= p->reach)
            continue;
        const uint32_t top = f->is_signed ? UINT32_C(1) << (p->reach - 1) : 0;
        set(d, f, ((get(d, f) & teq_core_mask(p)) ^ top) - top);
    }
    const uint32_t half = teq_core_mask(p) >> 1;
    d->h &= half;
    d->u_len &= half;
    d->out_t &= half / teq_core_nb(p);
    d->res_t &= half / teq_core_nb(p);
}

bool teq_tile_entry_pack(const teq_tile_entry *t, uint64_t *word, teq_error *err)
{
    *word = 0;
    return pack("tile entry", tile_entry, N_TILE_ENTRY, t, word, err);
}

void teq_tile_entry_unpack(uint64_t word, teq_tile_entry *t) { unpack(tile_entry, N_TILE_ENTRY, &word, t); }

bool teq_config_entry_pack(const teq_config_entry *c, uint64_t *word, teq_error *err)
{
    if (c->data >> 48)
        return teq_fail(err, TEQ_ERR_VALUE, "configuration entry: data: got 0x%" PRIx64 ", expected 48 bits", c->data);
    *word = c->data;
    return pack("configuration entry", config_entry, N_CONFIG_ENTRY, c, word, err);
}

void teq_config_entry_unpack(uint64_t word, teq_config_entry *c)
{
    c->data = word & ((UINT64_C(1) << 48) - 1);
    unpack(config_entry, N_CONFIG_ENTRY, &word, c);
}
