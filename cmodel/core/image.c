/* SPDX-License-Identifier: Apache-2.0
 *
 * The image stream, written and read: docs/core.md, section 4.
 */
#include "teq/program.h"

#include <stdlib.h>
#include <string.h>

enum { START_W = 28 };

unsigned teq_image_wgt_beats(const teq_core_params *p)
{
    return (teq_core_slots(p) * teq_weight_bits(&p->array) + 31u) / 32u;
}

/* --- writing ---------------------------------------------------------------- */

/* Room for n more beats, which are 0; NULL if there is none. */
static uint32_t *extend(teq_image *im, size_t n, teq_error *err)
{
    if (im->n_beats + n > im->room) {
        const size_t room = 2 * im->room + n + 64;
        uint32_t *grown = realloc(im->beat, room * sizeof *grown);
        if (!grown) {
            teq_fail(err, TEQ_ERR_MEMORY, "image: out of memory");
            return NULL;
        }
        im->beat = grown;
        im->room = room;
    }
    uint32_t *at = im->beat + im->n_beats;
    memset(at, 0, n * sizeof *at);
    im->n_beats += n;
    return at;
}

/* Header and count; returns where n_beats beats of payload go. */
static uint32_t *packet(teq_image *im, unsigned dest, uint32_t start, size_t n, size_t n_beats, teq_error *err)
{
    if (start >> START_W || n >> START_W) {
        teq_fail(err, TEQ_ERR_ARG, "image: packet of %zu words from word %u: expected both below 2^%d", n, start, START_W);
        return NULL;
    }
    uint32_t *at = extend(im, 2 + n_beats, err);
    if (!at)
        return NULL;
    at[0] = (uint32_t)dest << START_W | start;
    at[1] = (uint32_t)n;
    return at + 2;
}

bool teq_image_begin(teq_image *im, const teq_core_params *p, teq_error *err)
{
    uint32_t *at = packet(im, TEQ_IMAGE_CONFIG, 0, TEQ_CORE_CONFIGS, TEQ_CORE_CONFIGS, err);
    if (at)
        teq_core_config(p, at);
    return at != NULL;
}

bool teq_image_prg(teq_image *im, uint32_t start, const uint64_t *word, size_t n, teq_error *err)
{
    uint32_t *at = packet(im, TEQ_IMAGE_PRG, start, n, 2 * n, err);
    for (size_t i = 0; at && i < n; i++) {
        at[2 * i] = (uint32_t)word[i];
        at[2 * i + 1] = (uint32_t)(word[i] >> 32);
    }
    return at != NULL;
}

bool teq_image_wgt(teq_image *im, const teq_core_params *p, uint32_t start, const uint8_t *slots, size_t n,
                   teq_error *err)
{
    const unsigned n_slots = teq_core_slots(p), width = teq_weight_bits(&p->array), beats = teq_image_wgt_beats(p);
    uint32_t *at = packet(im, TEQ_IMAGE_WGT, start, n, n * beats, err);
    for (size_t i = 0; at && i < n; i++, at += beats, slots += n_slots)
        for (unsigned k = 0; k < n_slots; k++) {
            const unsigned bit = k * width, shift = bit % 32;
            const uint64_t field = (uint64_t)slots[k] << shift;
            at[bit / 32] |= (uint32_t)field;
            if (shift + width > 32)
                at[bit / 32 + 1] |= (uint32_t)(field >> 32);
        }
    return at != NULL;
}

bool teq_image_end(teq_image *im, teq_error *err)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < im->n_beats; i++)
        sum += im->beat[i];
    uint32_t *at = extend(im, 2, err);
    if (!at)
        return false;
    at[0] = (uint32_t)TEQ_IMAGE_END << START_W;
    at[1] = sum;
    return true;
}

void teq_image_free(teq_image *im)
{
    free(im->beat);
    *im = (teq_image){0};
}

/* --- reading ---------------------------------------------------------------- */

void teq_image_slots(const teq_core_params *p, const uint32_t *beat, uint8_t *slots)
{
    const unsigned n_slots = teq_core_slots(p), width = teq_weight_bits(&p->array);
    for (unsigned k = 0; k < n_slots; k++) {
        const unsigned bit = k * width, shift = bit % 32;
        uint64_t field = beat[bit / 32];
        if (shift + width > 32)
            field |= (uint64_t)beat[bit / 32 + 1] << 32;
        slots[k] = (uint8_t)(field >> shift & ((1u << width) - 1u));
    }
}

static bool load_config(const uint32_t *at, const teq_core_params *p, teq_error *err)
{
    uint32_t own[TEQ_CORE_CONFIGS];
    teq_core_config(p, own);
    for (unsigned i = 0; i < TEQ_CORE_CONFIGS; i++)
        if (at[i] != own[i])
            return teq_fail(err, TEQ_ERR_UNSUPPORTED, "image: for another core: CONFIG%u: got 0x%08x, expected 0x%08x", i,
                            at[i], own[i]);
    return true;
}

bool teq_image_load(const uint32_t *beat, size_t n_beats, const teq_core_params *p, uint64_t *prg, uint8_t *wgt,
                    teq_error *err)
{
    const unsigned wgt_beats = teq_image_wgt_beats(p);
    uint32_t sum = 0;
    for (size_t i = 0; i + 2 <= n_beats;) {
        const unsigned dest = beat[i] >> START_W;
        const uint32_t start = beat[i] & ((1u << START_W) - 1u), n = beat[i + 1];
        if (dest == TEQ_IMAGE_END) {
            if (n != sum)
                return teq_fail(err, TEQ_ERR_FORMAT, "image: beat %zu: sum: got 0x%08x, expected 0x%08x", i + 1, n, sum);
            if (i + 2 != n_beats)
                return teq_fail(err, TEQ_ERR_FORMAT, "image: %zu beats after the end", n_beats - i - 2);
            return true;
        }
        if ((dest == TEQ_IMAGE_CONFIG) != (i == 0) || dest > TEQ_IMAGE_WGT)
            return teq_fail(err, TEQ_ERR_FORMAT, "image: beat %zu: destination: got %u, expected %s", i, dest,
                            i == 0 ? "0 (configuration)" : "1, 2 or 15");
        const uint32_t words = dest == TEQ_IMAGE_PRG ? p->prg_words : dest == TEQ_IMAGE_WGT ? p->wgt_words : TEQ_CORE_CONFIGS;
        const unsigned per_word = dest == TEQ_IMAGE_PRG ? 2 : dest == TEQ_IMAGE_WGT ? wgt_beats : 1;
        if (dest == TEQ_IMAGE_CONFIG && n != TEQ_CORE_CONFIGS)
            return teq_fail(err, TEQ_ERR_FORMAT, "image: beat %zu: count: got %u, expected %d", i + 1, n, TEQ_CORE_CONFIGS);
        if (dest != TEQ_IMAGE_CONFIG && (start > words || n > words - start))
            return teq_fail(err, TEQ_ERR_FORMAT, "image: beat %zu: words %u and %u more: the memory has %u", i, start, n, words);
        const size_t payload = (size_t)n * per_word;
        if (n_beats - i - 2 < payload)
            return teq_fail(err, TEQ_ERR_FORMAT, "image: beat %zu: %zu beats follow, expected %zu", i, n_beats - i - 2, payload);
        const uint32_t *at = beat + i + 2;
        if (dest == TEQ_IMAGE_CONFIG && !load_config(at, p, err))
            return false;
        for (uint32_t k = 0; k < n && dest == TEQ_IMAGE_PRG && prg; k++)
            prg[start + k] = at[2 * k] | (uint64_t)at[2 * k + 1] << 32;
        for (uint32_t k = 0; k < n && dest == TEQ_IMAGE_WGT && wgt; k++)
            teq_image_slots(p, at + (size_t)k * wgt_beats, wgt + (size_t)(start + k) * teq_core_slots(p));
        for (size_t k = 0; k < 2 + payload; k++)
            sum += beat[i + k];
        i += 2 + payload;
    }
    return teq_fail(err, TEQ_ERR_FORMAT, "image: %zu beats, and no end packet", n_beats);
}
