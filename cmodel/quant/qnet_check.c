/* SPDX-License-Identifier: Apache-2.0
 *
 * Is a quantized network whole? Everything that the executor takes for granted is
 * compared here, so that a network from a file cannot lead it astray.
 */
#include "teq/qnet.h"

#include <math.h>

static bool bad(const teq_qnet *net, const teq_qlayer *l, teq_error *err, const char *what, long got)
{
    return teq_fail(err, TEQ_ERR_VALUE, "%s: step \"%s\": %s (%ld)", net->name, l->name, what, got);
}

static bool check_tensor(const teq_qnet *net, const teq_qtensor *t, teq_error *err)
{
    const teq_target *target = &net->target;
    bool is_int = target->arith == TEQ_ARITH_INT;
    if (t->c < 1 || t->h < 1 || t->w < 1 || (uint64_t)t->c * (uint64_t)t->h > 1u << 28 ||
        (uint64_t)t->c * (uint64_t)t->h * (uint64_t)t->w > 1u << 28 ||
        t->size != (size_t)t->c * (size_t)t->h * (size_t)t->w)
        return teq_fail(err, TEQ_ERR_SHAPE, "%s: tensor \"%s\": shape %d x %d x %d, size %zu", net->name, t->name,
                        t->c, t->h, t->w, t->size);
    int top = is_int ? target->caps.na_max - (t->is_signed ? 1 : 0) : target->caps.na_max;
    if (t->n < (is_int ? 1 : 2) || t->n > top)
        return teq_fail(err, TEQ_ERR_VALUE, "%s: tensor \"%s\": n = %d, expected at most %d", net->name, t->name,
                        t->n, top);
    if (!(t->alpha > 0) || !isfinite(t->alpha))
        return teq_fail(err, TEQ_ERR_VALUE, "%s: tensor \"%s\": alpha %g", net->name, t->name, t->alpha);
    if (is_int ? t->step48 != 0 : t->step48 < 3 || t->step48 > 192)
        return teq_fail(err, TEQ_ERR_VALUE, "%s: tensor \"%s\": base 2^(%d/48)", net->name, t->name, t->step48);
    return true;
}

static bool check_codes(const teq_qnet *net, const teq_qlayer *l, teq_error *err)
{
    const teq_qtensor *in = &net->tensor[l->in[0]];
    const teq_engine_caps *caps = &net->target.caps;
    bool is_int = net->target.arith == TEQ_ARITH_INT;
    int mask = (1 << l->n_w) - 1, zero = is_int ? 0 : mask, top = is_int ? (1 << in->n) - 1 : 0;
    size_t row = l->k * (size_t)l->terms;
    for (int o = 0; o < l->n_out; o++) {
        uint64_t sum_p = 0, sum_n = 0;
        for (size_t i = 0; i < row; i++) {
            int code = l->code[(size_t)o * row + i], e = code & mask;
            if (code >> (l->n_w + 1) != 0)
                return bad(net, l, err, "weight code beyond its bits", code);
            if (e == zero)
                continue;
            uint64_t p = teq_qlayer_product(net, l, e, top);
            if (code >> l->n_w || in->is_signed)
                sum_n += p;
            if (!(code >> l->n_w) || in->is_signed)
                sum_p += p;
        }
        if ((sum_p + sum_n) >> caps->acc_w != 0)
            return bad(net, l, err, "the accumulator may overflow in channel", o);
        const teq_requant *q = &l->q[o];
        int64_t limit = (int64_t)1 << (caps->acc_w + 17);
        if (q->s > 63 || q->c < -limit || q->c >= limit || (caps->acc_w < 32 && q->b >> caps->acc_w != 0))
            return bad(net, l, err, "requantizer constant out of range in channel", o);
    }
    return true;
}

/* What the array's memory of thresholds and of residuals can hold, and what its search for a code relies on. */
static bool check_tables(const teq_qnet *net, const teq_qlayer *l, teq_error *err)
{
    const bool is_int = net->target.arith == TEQ_ARITH_INT;
    for (int j = 1; !is_int && l->out >= 0 && j < (1 << net->tensor[l->out].n) - 1; j++)
        if (l->th[j] > l->th[j - 1])
            return bad(net, l, err, "thresholds must not rise: number", j);
    if (l->res < 0)
        return true;
    const int levels = (1 << net->tensor[l->res].n) - 1, zero = is_int ? 0 : levels;
    for (int e = 0; e <= levels; e++)
        if (l->d[e] < 0 || (e == zero && l->d[e] != 0))
            return bad(net, l, err, "residual table: expected numbers from 0 and 0 for zero: entry", e);
    return true;
}

static bool check_dot(const teq_qnet *net, int step, teq_error *err)
{
    const teq_qlayer *l = &net->step[step];
    const teq_qtensor *in = &net->tensor[l->in[0]];
    const teq_target *target = &net->target;
    bool is_int = target->arith == TEQ_ARITH_INT;
    if (l->n_in != 1)
        return bad(net, l, err, "a layer has one input, got", l->n_in);
    if (l->group < 1 || l->n_out < 1 || l->c % l->group != 0 || l->n_out % l->group != 0)
        return bad(net, l, err, "channels do not divide by groups", l->group);
    if (l->dh < 1 || l->dw < 1 || l->dh > 1 << 14 || l->dw > 1 << 14)
        return bad(net, l, err, "dilation", l->dh);
    if (l->k != (size_t)(l->c / l->group) * (size_t)l->kh * (size_t)l->kw)
        return bad(net, l, err, "dot product of another length than its window", (long)l->k);
    if (l->n_w < (is_int ? 1 : 2) || l->n_w > 7 || l->terms < 1 || l->terms > 2)
        return bad(net, l, err, "weight code bits", l->n_w);
    if (!is_int && (l->K < 1 || l->K > 16 || 48 % l->K != 0 || l->t_a < 0 || l->t_a > 2 || l->t_w < 0 ||
                    l->t_w > 2 || (48 << l->t_a) != in->step48 * l->K))
        return bad(net, l, err, "base of another kind than its input's, K", l->K);
    if (!teq_target_weight_ok(target, l->n_w, l->K, l->t_w))
        return bad(net, l, err, "the target does not run weights of n bits", l->n_w);
    if (!is_int && !teq_target_activation_ok(target, in->n, l->K, l->t_a))
        return bad(net, l, err, "the target does not run activations of n bits", in->n);
    if ((l->out < 0) != (step == net->n_steps - 1))
        return bad(net, l, err, "only the last step gives words; output", l->out);
    if (!(l->y_scale > 0) || !isfinite(l->y_scale))
        return bad(net, l, err, "y_scale is not a number > 0; step", step);
    if (l->int_shift < 0 || l->int_shift > 15)
        return bad(net, l, err, "shift of the output code", l->int_shift);
    return check_tables(net, l, err) && check_codes(net, l, err);
}

static bool check_step(const teq_qnet *net, int step, teq_error *err)
{
    const teq_qlayer *l = &net->step[step];
    if (l->n_in < 1 || l->n_in > 64)
        return bad(net, l, err, "number of inputs", l->n_in);
    for (int i = 0; i < l->n_in + 1; i++) {
        int t = i < l->n_in ? l->in[i] : l->res;
        if (i == l->n_in && t == -1)
            continue;
        if (t < 0 || t >= net->n_tensors || net->tensor[t].step >= step)
            return bad(net, l, err, "reads a tensor that is not there yet", t);
    }
    const teq_qtensor *in = &net->tensor[l->in[0]];
    if (l->c != in->c || l->h != in->h || l->w != in->w)
        return bad(net, l, err, "input shape is not the tensor's, channels", l->c);
    if (l->kh < 0 || l->kw < 0 || l->sh < 1 || l->sw < 1 || l->pt < 0 || l->pl < 0 || l->pb < 0 || l->pr < 0 ||
        l->kh > 1 << 14 || l->kw > 1 << 14 || l->sh > 1 << 14 || l->sw > 1 << 14 || l->pt > 1 << 14 ||
        l->pl > 1 << 14 || l->pb > 1 << 14 || l->pr > 1 << 14)
        return bad(net, l, err, "window, stride or pads", l->kh);
    if (l->oh < 1 || l->ow < 1 || l->n_out < 1 || (uint64_t)l->oh * (uint64_t)l->ow > 1u << 28 ||
        (uint64_t)l->oh * (uint64_t)l->ow * (uint64_t)l->n_out > 1u << 28)
        return bad(net, l, err, "more than 2^28 outputs, or none; channels", l->n_out);
    bool window = l->op == TEQ_QOP_DOT || l->op == TEQ_QOP_MAXPOOL;
    if (window && (l->kh < 1 || l->kw < 1))
        return bad(net, l, err, "window", l->kh);
    int rows = l->h + l->pt + l->pb, cols = l->w + l->pl + l->pr;
    if (window && (rows < (l->kh - 1) * l->dh + 1 || cols < (l->kw - 1) * l->dw + 1 ||
                   l->oh != (rows - (l->kh - 1) * l->dh - 1) / l->sh + 1 ||
                   l->ow != (cols - (l->kw - 1) * l->dw - 1) / l->sw + 1))
        return bad(net, l, err, "output rows", l->oh);
    if (l->op == TEQ_QOP_PAD && (l->oh != rows || l->ow != cols || l->n_out != l->c))
        return bad(net, l, err, "padded rows", l->oh);
    if (l->op == TEQ_QOP_MAXPOOL && (l->n_out != l->c || l->pt >= l->kh || l->pl >= l->kw || l->pb >= l->kh ||
                                     l->pr >= l->kw || l->dh != 1 || l->dw != 1))
        return bad(net, l, err, "max pooling window", l->kh);
    if (l->out >= 0) {
        const teq_qtensor *out = &net->tensor[l->out];
        size_t moved = 0;
        if (l->out >= net->n_tensors || out->step != step)
            return bad(net, l, err, "writes a tensor of another step", l->out);
        if (out->c != l->n_out || out->h != l->oh || out->w != l->ow)
            return bad(net, l, err, "output shape is not the tensor's, channels", l->n_out);
        for (int i = 0; i < l->n_in && l->op != TEQ_QOP_DOT; i++) {
            const teq_qtensor *t = &net->tensor[l->in[i]];
            moved += t->size;
            if (t->n != out->n || t->is_signed != out->is_signed || t->step48 != out->step48)
                return bad(net, l, err, "moves codes between formats, input", i);
        }
        if ((l->op == TEQ_QOP_CONCAT || l->op == TEQ_QOP_RESHAPE) && moved != out->size)
            return bad(net, l, err, "moves another number of codes", (long)moved);
    } else if (l->op != TEQ_QOP_DOT) {
        return bad(net, l, err, "the last step is a layer; operation", (long)l->op);
    }
    if (l->res >= 0) {
        const teq_qtensor *r = &net->tensor[l->res];
        if (l->op != TEQ_QOP_DOT || r->c != l->n_out || r->h != l->oh || r->w != l->ow)
            return bad(net, l, err, "residual of another shape, tensor", l->res);
    }
    return l->op != TEQ_QOP_DOT || check_dot(net, step, err);
}

bool teq_qnet_check(const teq_qnet *net, teq_error *err)
{
    if (net->n_steps < 1 || net->n_tensors < 1 || net->input < 0 || net->input >= net->n_tensors ||
        net->input_terms < 1 || net->input_terms > 2 ||
        net->tensor[net->input].step != -1)
        return teq_fail(err, TEQ_ERR_VALUE, "%s: %d steps, %d tensors, input tensor %d", net->name, net->n_steps,
                        net->n_tensors, net->input);
    for (int i = 0; i < net->n_tensors; i++) {
        const teq_qtensor *t = &net->tensor[i];
        if (!check_tensor(net, t, err))
            return false;
        if (i != net->input && (t->step < 0 || t->step >= net->n_steps || net->step[t->step].out != i))
            return teq_fail(err, TEQ_ERR_VALUE, "%s: tensor \"%s\": written by no step (%d)", net->name, t->name,
                            t->step);
    }
    for (int i = 0; i < net->n_steps; i++)
        if (!check_step(net, i, err))
            return false;
    const teq_qtensor *in = &net->tensor[net->input];
    if (net->input_terms == 2 && (in->c % 2 != 0 || !(net->input_split > 0) || !isfinite(net->input_split)))
        return teq_fail(err, TEQ_ERR_VALUE, "%s: input of two terms: %d channels, split %g", net->name, in->c,
                        net->input_split);
    const teq_qlayer *last = &net->step[net->n_steps - 1];
    if (last->out >= 0 || net->n_classes != last->n_out * last->oh * last->ow)
        return teq_fail(err, TEQ_ERR_VALUE, "%s: %d outputs of the last step, expected %d", net->name,
                        last->n_out * last->oh * last->ow, net->n_classes);
    return true;
}
