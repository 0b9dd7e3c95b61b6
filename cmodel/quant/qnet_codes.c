/* SPDX-License-Identifier: Apache-2.0
 *
 * Real values into codes of a stored tensor and back; logits.
 */
#include "levels.h"

#include <math.h>
#include <stdlib.h>

teq_format teq_tensor_format(const teq_qtensor *t)
{
    static const uint8_t ks[] = {1, 2, 3, 4, 6, 8, 12, 16};
    for (uint8_t shift = 0; shift <= TEQ_T_MAX; shift++)
        for (size_t i = 0; i < sizeof ks; i++)
            if ((48 << shift) == t->step48 * ks[i])
                return (teq_format){(uint8_t)t->n, ks[i], shift, t->is_signed};
    return (teq_format){(uint8_t)t->n, 0, 0, t->is_signed};
}

unsigned teq_encode_down(const teq_codebook *book, double a)
{
    unsigned e = teq_encode_magnitude(book, a);
    return e < book->m && book->level[e] > a ? e + 1 : e;
}

/* The first code from below, the second for what is left. */
static void encode_two(const teq_qnet *net, const teq_codebook *book, const float *x, size_t n, uint8_t *codes)
{
    const teq_qtensor *t = &net->tensor[net->input];
    size_t pixels = (size_t)(t->h * t->w), channels = n * (size_t)(t->c / 2);
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < pixels; i++) {
            double v = (double)x[c * pixels + i] / t->alpha, a = t->is_signed || v > 0 ? fabs(v) : 0;
            unsigned e1 = teq_encode_down(book, a);
            unsigned e2 = teq_encode_magnitude(book, (a - book->level[e1]) / net->input_split);
            codes[2 * c * pixels + i] = teq_code(book->format, v < 0, e1);
            codes[(2 * c + 1) * pixels + i] = teq_code(book->format, v < 0, e2);
        }
}

void teq_qnet_encode(const teq_qnet *net, const float *x, size_t n, uint8_t *codes)
{
    const teq_qtensor *t = &net->tensor[net->input];
    size_t count = n * t->size;
    if (net->target.arith == TEQ_ARITH_INT) {
        double top = (1 << t->n) - 1;
        for (size_t i = 0; i < count; i++) {
            double v = (double)x[i] / t->alpha, a = floor((t->is_signed ? fabs(v) : v) + 0.5);
            int e = a <= 0 ? 0 : a > top ? (int)top : (int)a;
            codes[i] = (uint8_t)(e | (t->is_signed && v < 0 && e != 0 ? 1 << t->n : 0));
        }
        return;
    }
    teq_codebook book;
    if (!teq_codebook_init(&book, teq_tensor_format(t), NULL))
        return;
    if (net->input_terms == 2) {
        encode_two(net, &book, x, n, codes);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        double v = (double)x[i] / t->alpha;
        unsigned e = t->is_signed || v > 0 ? teq_encode_magnitude(&book, fabs(v)) : book.m;
        codes[i] = teq_code(book.format, v < 0, e);
    }
}

void teq_tensor_values(const teq_qnet *net, const teq_qtensor *t, float value[256])
{
    int mask = (1 << t->n) - 1;
    for (int byte = 0; byte < 256; byte++) {
        int e = byte & mask;
        double v = net->target.arith == TEQ_ARITH_INT ? e : e == mask ? 0 : exp2(-e * t->step48 / 48.0);
        value[byte] = (float)(byte >> t->n ? -v * t->alpha : v * t->alpha);
    }
}

void teq_qtensor_decode(const teq_qnet *net, int tensor, const uint8_t *codes, size_t count, float *out)
{
    float value[256];
    teq_tensor_values(net, &net->tensor[tensor], value);
    for (size_t i = 0; i < count; i++)
        out[i] = value[codes[i]];
}

float *teq_qnet_logits(const teq_qnet *net, const float *x, size_t n, const teq_qrun_options *options,
                       teq_error *err)
{
    const teq_qlayer *last = &net->step[net->n_steps - 1];
    size_t count = n * (size_t)net->n_classes;
    uint8_t *codes = malloc(n * net->tensor[net->input].size + 1);
    int16_t *words = malloc((count + 1) * sizeof *words);
    float *logits = malloc((count + 1) * sizeof *logits);
    bool ok = codes && words && logits;
    if (!ok)
        teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory for %zu samples", net->name, n);
    if (ok) {
        teq_qnet_encode(net, x, n, codes);
        ok = teq_qnet_run(net, n, codes, NULL, 0, words, options, err);
    }
    for (size_t i = 0; ok && i < count; i++)
        logits[i] = last->relu_last && words[i] < 0 ? 0.0f : (float)(words[i] * last->y_scale);
    free(codes);
    free(words);
    if (ok)
        return logits;
    free(logits);
    return NULL;
}
