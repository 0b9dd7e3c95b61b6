/* SPDX-License-Identifier: Apache-2.0
 *
 * Quantized networks: targets, rows, bits, freeing.
 */
#include "teq/qnet.h"

#include <stdlib.h>
#include <string.h>

/* "4", "5", "4_6_8": N_MAX, and MB and PW if they are not the published ones. */
static bool find_shift(const char *widths, teq_engine_caps *caps)
{
    size_t n = strlen(widths);
    if ((n != 1 && n != 5) || (widths[0] != '4' && widths[0] != '5'))
        return false;
    caps->n_max = (uint8_t)(widths[0] - '0');
    if (n == 1)
        return true;
    if (widths[1] != '_' || widths[3] != '_' || widths[2] < '4' || widths[4] > '9' || widths[4] < widths[2])
        return false;
    caps->mb = (uint8_t)(widths[2] - '0');
    caps->pw = (uint8_t)(widths[4] - '0');
    caps->acc_w = (uint8_t)(caps->pw + 8);
    return caps->pw <= caps->mb + 2;
}

bool teq_target_find(const char *name, teq_target *out)
{
    teq_target t = {.arith = TEQ_ARITH_SHIFT, .caps = TEQ_CAPS_PUBLISHED};
    if (strlen(name) >= sizeof t.name)
        return false;
    strcpy(t.name, name);
    if (strncmp(name, "shift", 5) == 0) {
        if (!find_shift(name + 5, &t.caps))
            return false;
    } else if (strcmp(name, "none") == 0) {
        t.arith = TEQ_ARITH_EXACT;
        t.caps.n_max = t.caps.na_max = 7;
        t.caps.pw = 20;
        t.caps.acc_w = 32;
    } else if (strncmp(name, "int", 3) == 0 && name[3] >= '4' && name[3] <= '8' && name[4] == 0) {
        uint8_t bits = (uint8_t)(name[3] - '0');
        t.arith = TEQ_ARITH_INT;
        t.caps.engine = TEQ_ENGINE_INT;
        t.caps.n_max = t.caps.na_max = bits;
        t.caps.acc_w = (uint8_t)(2 * bits + 7);
    } else {
        return false;
    }
    *out = t;
    return true;
}

bool teq_target_weight_ok(const teq_target *target, int n, int K, int t)
{
    unsigned shift;
    if (target->arith == TEQ_ARITH_INT)
        return n >= 1 && n <= target->caps.n_max - 1;
    teq_format f = {(uint8_t)n, (uint8_t)K, (uint8_t)t, true};
    if (target->arith == TEQ_ARITH_EXACT) /* count: one base for both tensors of a layer */
        return teq_format_check(f, NULL) && (target->caps.engine != TEQ_ENGINE_COUNT || t == 0);
    return teq_weight_shift(&target->caps, f, &shift, NULL);
}

bool teq_target_activation_ok(const teq_target *target, int n, int K, int t)
{
    unsigned shift;
    if (target->arith == TEQ_ARITH_INT)
        return n >= 1 && n <= target->caps.na_max;
    teq_format f = {(uint8_t)n, (uint8_t)K, (uint8_t)t, false};
    if (target->arith == TEQ_ARITH_EXACT)
        return teq_format_check(f, NULL) && (target->caps.engine != TEQ_ENGINE_COUNT || t == 0);
    return teq_act_shift(&target->caps, f, &shift, NULL);
}

void teq_qnet_free(teq_qnet *net)
{
    if (net == NULL)
        return;
    for (int i = 0; i < net->n_tensors; i++)
        free(net->tensor[i].name);
    for (int i = 0; i < net->n_steps; i++) {
        teq_qlayer *l = &net->step[i];
        free(l->name);
        free(l->in);
        free(l->code);
        free(l->alpha);
        free(l->q);
    }
    free(net->tensor);
    free(net->step);
    free(net->name);
    free(net);
}

/* --- rows -------------------------------------------------------------------------- */

size_t teq_qlayer_n_rows(const teq_qnet *net, const teq_qlayer *layer)
{
    return layer->k * (size_t)layer->terms * (net->tensor[layer->in[0]].is_signed ? 2 : 1);
}

teq_qrow teq_qlayer_row(const teq_qnet *net, const teq_qlayer *layer, int o, size_t r)
{
    teq_qrow row = {.part = 0};
    bool is_signed = net->tensor[layer->in[0]].is_signed;
    if (is_signed) {
        row.part = r % 2 ? -1 : 1;
        r /= 2;
    }
    size_t i = r / (size_t)layer->terms;
    uint8_t code = layer->code[((size_t)o * layer->k + i) * (size_t)layer->terms + r % (size_t)layer->terms];
    int group_in = layer->c / layer->group, group_out = layer->n_out / layer->group;
    int taps = layer->kh * layer->kw, tap = (int)(i % (size_t)taps);
    row.c = o / group_out * group_in + (int)(i / (size_t)taps);
    row.y = tap / layer->kw * layer->dh;
    row.x = tap % layer->kw * layer->dw;
    row.e = code & ((1 << layer->n_w) - 1);
    row.s = code >> layer->n_w;
    int zero = net->target.arith == TEQ_ARITH_INT ? 0 : (1 << layer->n_w) - 1;
    if (row.e == zero)
        row.s = 0;
    else if (row.part < 0)
        row.s ^= 1;
    return row;
}

/* --- counting ---------------------------------------------------------------------- */

int teq_qlayer_weight_bits(const teq_qlayer *layer) { return (layer->n_w + 1) * layer->terms; }

int teq_qtensor_bits(const teq_qtensor *tensor) { return tensor->n + (tensor->is_signed ? 1 : 0); }

uint64_t teq_qlayer_macs(const teq_qlayer *layer)
{
    if (layer->op != TEQ_QOP_DOT)
        return 0;
    return (uint64_t)layer->k * (uint64_t)layer->n_out * (uint64_t)layer->oh * (uint64_t)layer->ow;
}

teq_qbits teq_qnet_bits(const teq_qnet *net)
{
    teq_qbits b = {0};
    for (int i = 0; i < net->n_steps; i++) {
        const teq_qlayer *l = &net->step[i];
        if (l->op != TEQ_QOP_DOT || l->kind == TEQ_QKIND_POOL)
            continue;
        uint64_t count = (uint64_t)l->n_out * l->k;
        b.weight_codes += count;
        b.weight_bits += count * (uint64_t)teq_qlayer_weight_bits(l);
    }
    for (int i = 0; i < net->n_tensors; i++) {
        const teq_qtensor *t = &net->tensor[i];
        if (t->is_alias)
            continue;
        b.activation_codes += t->size;
        b.activation_bits += t->size * (uint64_t)teq_qtensor_bits(t);
    }
    b.weights = b.weight_codes ? (double)b.weight_bits / (double)b.weight_codes : 0;
    b.activations = b.activation_codes ? (double)b.activation_bits / (double)b.activation_codes : 0;
    uint64_t codes = b.weight_codes + b.activation_codes;
    b.all = codes ? (double)(b.weight_bits + b.activation_bits) / (double)codes : 0;
    return b;
}
