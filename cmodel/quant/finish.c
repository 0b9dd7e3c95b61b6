/* SPDX-License-Identifier: Apache-2.0
 *
 * The requantizer of a layer whose weight codes are in place.
 *
 * M_o and C_o come from a straight line fitted to (sum of products, float target) over
 * the calibration samples, one line a channel. What the line takes in: alpha of weights
 * and activations, the bias, the mean of the truncation, and the mean of all rounding
 * errors before it (bias correction; Nagel et al., arXiv 1906.04721).
 */
#include "levels.h"
#include "parallel.h"
#include "state.h"
#include "teq/requant.h"

#include <math.h>
#include <stdlib.h>

typedef struct finish_job {
    quant_state *s;
    int step;
    const float *z;
    const int32_t *u;
    double *slope, *offset, *top; /* n_out: z = slope * T + offset; largest |z|   */
    int64_t *centre;              /* n_out: u - T                                  */
    float res_value[256];
} finish_job;

/* Where neither the target nor the fit is above zero, Relu hides the error. */
#define HIDDEN_WEIGHT 0.02

/* The offset for which the mean of the decoded outputs is the mean of the float outputs:
 * noise before Relu and the dead zone about zero shift it otherwise. */
static double match_mean(const finish_job *j, size_t o, double slope, double offset)
{
    const quant_state *s = j->s;
    const plan_step *ps = &s->p->step[j->step];
    const teq_qlayer *l = &s->net->step[j->step];
    const teq_qtensor *out = &s->net->tensor[l->out];
    size_t pixels = (size_t)l->oh * (size_t)l->ow, outs = (size_t)l->n_out * pixels;
    const uint8_t *res = l->res >= 0 ? s->codes[l->res] : NULL;
    bool is_int = s->net->target.arith == TEQ_ARITH_INT;
    int top = (1 << out->n) - 1;
    double dead = s->dead[l->out] / out->alpha;
    float value[256];
    teq_codebook book;
    teq_tensor_values(s->net, out, value);
    if (!is_int && !teq_codebook_init(&book, teq_tensor_format(out), NULL))
        return offset;
    double wanted = 0, first = offset;
    for (size_t i = 0; i < s->n; i++)
        for (size_t p = i * outs + o * pixels; p < i * outs + (o + 1) * pixels; p++)
            wanted += (double)teq_lowered_act(ps, j->z[p]);
    for (int pass = 0; pass < 4; pass++) {
        double sum = 0;
        size_t live = 0;
        for (size_t i = 0; i < s->n; i++)
            for (size_t p = i * outs + o * pixels; p < i * outs + (o + 1) * pixels; p++) {
                double y = slope * (double)(j->u[p] - j->centre[o]) + offset;
                y += res ? (double)j->res_value[res[p]] : 0;
                double a = fabs(y) / out->alpha;
                if (y < 0 && !out->is_signed)
                    continue;
                unsigned e = is_int ? (unsigned)fmin(a + 0.5, top) : teq_encode_magnitude(&book, a);
                e = !is_int && a < dead ? (unsigned)top : e;
                if (e != (unsigned)(is_int ? 0 : top))
                    live++;
                sum += y < 0 ? -(double)value[e] : (double)value[e];
            }
        if (live < s->n * pixels / 200 + 2)
            return offset;
        double change = (wanted - sum) / (double)live;
        offset += change;
        if (fabs(offset - first) > 0.5 * out->alpha)
            return first;
    }
    return offset;
}

static void fit_channel(void *context, size_t o, int worker)
{
    (void)worker;
    finish_job *j = context;
    const quant_state *s = j->s;
    const plan_step *ps = &s->p->step[j->step];
    const teq_qlayer *l = &s->net->step[j->step];
    size_t pixels = (size_t)l->oh * (size_t)l->ow, outs = (size_t)l->n_out * pixels;
    const uint8_t *res = l->res >= 0 ? s->codes[l->res] : NULL;
    bool relu = ps->act != TEQ_ACT_NONE && !(ps->act == TEQ_ACT_CLIP && ps->lo < 0);
    const teq_qtensor *out = l->out >= 0 ? &s->net->tensor[l->out] : NULL;
    double alpha_a = s->net->tensor[l->in[0]].alpha;
    double nominal = l->alpha[o] * alpha_a / teq_product_unit(s->net), slope = nominal, offset = 0, top = 0;
    for (int pass = 0; pass < (relu ? 3 : 1); pass++) {
        double n = 0, st = 0, sz = 0, stt = 0, stz = 0;
        for (size_t i = 0; i < s->n; i++) {
            for (size_t p = i * outs + o * pixels; p < i * outs + (o + 1) * pixels; p++) {
                double t = (double)(j->u[p] - j->centre[o]), total = (double)j->z[p], z = total;
                double r = res ? (double)j->res_value[res[p]] : 0;
                z -= r;
                top = fmax(top, fmax(fabs(total), fabs(z)));
                double w = 1;
                if (relu && total <= 0 && (pass > 0 && slope * t + offset + r <= 0))
                    w *= HIDDEN_WEIGHT;
                n += w;
                st += w * t, sz += w * z;
                stt += w * t * t, stz += w * t * z;
            }
        }
        double var = stt - st * st / n, cov = stz - st * sz / n;
        /* The nominal slope counts as much as a hundredth of the data. */
        double prior = 0.01 * var + 1e-9 * (stt + n);
        slope = (cov + prior * nominal) / (var + prior);
        if (!(slope > 0.25 * nominal))
            slope = 0.25 * nominal;
        if (slope > 4 * nominal)
            slope = 4 * nominal;
        offset = (sz - slope * st) / n;
        for (size_t i = 0; pass == 0 && i < s->n; i++)
            for (size_t p = i * outs + o * pixels; p < i * outs + (o + 1) * pixels; p++)
                top = fmax(top, fabs(slope * (double)(j->u[p] - j->centre[o]) + offset));
    }
    if (out != NULL)
        offset = match_mean(j, o, slope, offset);
    j->slope[o] = slope;
    j->offset[o] = offset;
    j->top[o] = top;
}

/* P, N and the constant of one channel (teq/requant.h). */
static teq_channel_sums channel_sums(const teq_qnet *net, const teq_qlayer *l, int o)
{
    teq_channel_sums sums = {0};
    const teq_qtensor *t = &net->tensor[l->in[0]];
    bool is_int = net->target.arith == TEQ_ARITH_INT;
    int zero = is_int ? 0 : (1 << l->n_w) - 1, mask = (1 << l->n_w) - 1;
    int e_top = is_int ? (1 << t->n) - 1 : 0;
    size_t row = l->k * (size_t)l->terms;
    for (size_t i = 0; i < row; i++) {
        int code = l->code[(size_t)o * row + i], e = code & mask, s = code >> l->n_w;
        if (e == zero)
            continue;
        uint32_t p = teq_qlayer_product(net, l, e, e_top);
        if (s || t->is_signed)
            sums.n += p;
        if (!s || t->is_signed)
            sums.p += p;
        sums.weights++;
        if (!is_int && (s || t->is_signed))
            sums.constant += (1u << net->target.caps.pw) - 1u;
    }
    return sums;
}

static bool tables(quant_state *s, teq_qlayer *l, double top, teq_error *err)
{
    teq_qnet *net = s->net;
    const teq_qtensor *out = l->out >= 0 ? &net->tensor[l->out] : NULL;
    const teq_qtensor *res = l->res >= 0 ? &net->tensor[l->res] : NULL;
    bool is_int = net->target.arith == TEQ_ARITH_INT;
    double res_top = res ? (is_int ? res->alpha * ((1 << res->n) - 1) : res->alpha) : 0;
    top = fmax(top * 1.5, res_top * 1.01);
    if (out != NULL && !is_int)
        top = fmax(top, out->alpha * 1.01);
    l->y_scale = top / TEQ_Y_MAX;
    if (is_int && out != NULL) {
        l->int_shift = 0;
        while (res != NULL && l->int_shift < 14 && ldexp(out->alpha, -l->int_shift - 1) * TEQ_Y_MAX > top)
            l->int_shift++;
        l->y_scale = ldexp(out->alpha, -l->int_shift);
    }
    teq_codebook book;
    if (out != NULL && !is_int &&
        !(teq_codebook_init(&book, teq_tensor_format(out), err) &&
          teq_thresholds(&book, out->alpha, l->y_scale, l->th, 127, err)))
        return false;
    if (out != NULL && !is_int && s->dead[l->out] > 0) {
        double dead = fmin(TEQ_Y_MAX, ceil(s->dead[l->out] / l->y_scale));
        for (unsigned j = 0; j < book.m; j++)
            l->th[j] = (int16_t)fmax(l->th[j], dead);
    }
    if (res == NULL)
        return true;
    if (!is_int)
        return teq_codebook_init(&book, teq_tensor_format(res), err) &&
               teq_residual_table(&book, res->alpha, l->y_scale, l->d, err);
    for (int e = 0; e < 1 << res->n; e++)
        l->d[e] = (int16_t)teq_sat(llround(e * res->alpha / l->y_scale));
    return true;
}

static bool constants(quant_state *s, teq_qlayer *l, const finish_job *j, const teq_channel_sums *sums,
                      teq_error *err)
{
    for (int o = 0; o < l->n_out; o++) {
        teq_channel ch = {.scale = j->slope[o] / l->y_scale, .bias = j->offset[o] / l->y_scale, .sums = sums[o]};
        if (sums[o].weights == 0 || !(ch.scale > 1e-9))
            ch.scale = 1e-9 < ch.scale ? ch.scale : 1e-3; /* nothing is multiplied by it */
        ch.bias = fmax(-TEQ_Y_MAX, fmin(TEQ_Y_MAX, ch.bias));
        if (!teq_requant_params(&ch, s->net->target.caps.acc_w, &l->q[o], err))
            return teq_fail_prefix(err, "layer \"%s\", channel %d", l->name, o);
    }
    return true;
}

bool teq_state_finish(quant_state *s, int step, const float *z, teq_error *err)
{
    teq_qnet *net = s->net;
    teq_qlayer *l = &net->step[step];
    size_t n_out = (size_t)l->n_out, outs = n_out * (size_t)l->oh * (size_t)l->ow;
    finish_job j = {.s = s, .step = step, .z = z};
    teq_channel_sums *sums = malloc(n_out * sizeof *sums);
    int32_t *u = malloc(s->n * outs * sizeof *u);
    j.slope = malloc(3 * n_out * sizeof *j.slope);
    j.centre = malloc(n_out * sizeof *j.centre);
    bool ok = sums && u && j.slope && j.centre;
    if (!ok)
        teq_fail(err, TEQ_ERR_MEMORY, "layer \"%s\": no memory to fit the requantizer", l->name);
    l->bound = 0;
    for (size_t o = 0; ok && o < n_out; o++) {
        sums[o] = channel_sums(net, l, (int)o);
        uint64_t range = sums[o].p + sums[o].n;
        if (range > l->bound)
            l->bound = (uint32_t)(range > UINT32_MAX ? UINT32_MAX : range);
        teq_channel plain = {.scale = 1, .sums = sums[o]};
        ok = teq_requant_params(&plain, net->target.caps.acc_w, &l->q[o], err) ||
             teq_fail_prefix(err, "layer \"%s\", channel %zu", l->name, o);
        j.centre[o] = teq_floor_shift((int64_t)sums[o].n - (int64_t)sums[o].p, 1);
    }
    const uint8_t *in[1] = {s->codes[l->in[0]]};
    ok = ok && teq_qnet_run_step(net, step, s->n, in, NULL, NULL, NULL, u, s->threads, err);
    if (ok) {
        j.u = u;
        j.offset = j.slope + n_out;
        j.top = j.offset + n_out;
        if (l->res >= 0)
            teq_tensor_values(net, &net->tensor[l->res], j.res_value);
        teq_parallel(n_out, s->threads, fit_channel, &j);
        double top = 1e-30;
        for (size_t o = 0; o < n_out; o++)
            top = fmax(top, j.top[o]);
        for (size_t o = 0; o < n_out; o++)
            l->alpha[o] = j.slope[o] * teq_product_unit(net) / net->tensor[l->in[0]].alpha;
        ok = tables(s, l, top, err) && constants(s, l, &j, sums, err);
    }
    ok = ok && teq_qnet_run_step(net, step, s->n, in, l->res >= 0 ? s->codes[l->res] : NULL,
                                 l->out >= 0 ? s->codes[l->out] : NULL, l->out < 0 ? s->words : NULL, NULL,
                                 s->threads, err);
    free(sums);
    free(u);
    free(j.slope);
    free(j.centre);
    return ok;
}
