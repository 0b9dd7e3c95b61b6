/* SPDX-License-Identifier: Apache-2.0
 *
 * What an array runs, and messages that say so.
 */
#include "teq/antilog.h"
#include "teq/format.h"

#include <stdio.h>
#include <string.h>

const char *teq_engine_name(teq_engine engine)
{
    static const char *const names[] = {"shift", "select", "count", "int"};
    return (unsigned)engine < sizeof names / sizeof names[0] ? names[engine] : "unknown";
}

static bool in_range(const teq_engine_caps *caps, const char *name, unsigned v, unsigned low,
                     unsigned high, teq_error *err)
{
    if (v < low || v > high)
        return teq_fail(err, TEQ_ERR_ARG, "engine %s: %s: got %u, expected %u..%u",
                        teq_engine_name(caps->engine), name, v, low, high);
    return true;
}

static bool check_exponential(const teq_engine_caps *caps, teq_error *err)
{
    unsigned k = caps->k_res, top = caps->engine == TEQ_ENGINE_SELECT ? 4 : TEQ_N_MAX;
    if (!in_range(caps, "N_MAX", caps->n_max, TEQ_N_MIN, top, err) ||
        !in_range(caps, "MB", caps->mb, TEQ_MB_MIN, TEQ_MB_MAX, err) ||
        !in_range(caps, "PW", caps->pw, caps->mb, 16, err) ||
        !in_range(caps, "NA_MAX", caps->na_max, TEQ_N_MIN, TEQ_N_MAX, err))
        return false;
    if (k != 1 && k != 2 && k != 4 && k != 8)
        return teq_fail(err, TEQ_ERR_ARG, "engine %s: K_RES: got %u, expected 1, 2, 4 or 8",
                        teq_engine_name(caps->engine), k);
    if (k > 1u << caps->n_max)
        return teq_fail(err, TEQ_ERR_ARG, "engine %s: K_RES: got %u, expected at most 2^N_MAX = %u",
                        teq_engine_name(caps->engine), k, 1u << caps->n_max);
    return true;
}

bool teq_caps_check(const teq_engine_caps *caps, teq_error *err)
{
    if (!in_range(caps, "ACC_W", caps->acc_w, 8, 32, err))
        return false;
    switch (caps->engine) {
    case TEQ_ENGINE_SHIFT:
    case TEQ_ENGINE_SELECT:
        return check_exponential(caps, err);
    case TEQ_ENGINE_COUNT:
        return in_range(caps, "N_MAX", caps->n_max, 3, 7, err);
    case TEQ_ENGINE_INT:
        return in_range(caps, "N_MAX", caps->n_max, 4, 8, err);
    default:
        return teq_fail(err, TEQ_ERR_ARG, "engine: got %d, expected 0..3", (int)caps->engine);
    }
}

/* --- legal formats (section 3) ------------------------------------------- */

static bool check_has_words(const teq_engine_caps *caps, teq_error *err)
{
    if (caps->engine != TEQ_ENGINE_SHIFT && caps->engine != TEQ_ENGINE_SELECT)
        return teq_fail(err, TEQ_ERR_ARG, "engine %s has no exponent words",
                        teq_engine_name(caps->engine));
    return teq_caps_check(caps, err);
}

/* Shift that takes e to the grid of 1/grid octaves: 2^shift = grid 2^t / K. False if that
 * is no integer; a K that divides a power of two is one itself. */
static bool grid_shift(unsigned grid, teq_format f, unsigned *shift)
{
    unsigned steps = grid << f.t;
    if (steps % f.k != 0)
        return false;
    *shift = 0;
    while (steps / f.k >> *shift > 1)
        ++*shift;
    return true;
}

static bool weight_fits(const teq_engine_caps *caps, unsigned n, unsigned shift)
{
    unsigned largest = (1u << n) - 2u; /* m - 1 */
    return largest << shift <= (1u << caps->n_max) - 2u;
}

/* Append "; n = 3: K/2^t = 2, 4" for an n and the shifts from high down to 0. */
static void append_legal(char *text, size_t size, unsigned n, unsigned grid, unsigned n_shifts)
{
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%sn = %u: K/2^t =", used > 0 ? "; " : "", n);
    for (unsigned shift = n_shifts; shift-- > 0;) {
        used = strlen(text);
        if (grid >> shift > 0)
            snprintf(text + used, size - used, " %u%s", grid >> shift, shift > 0 ? "," : "");
        else
            snprintf(text + used, size - used, " 1/%u%s", (1u << shift) / grid,
                     shift > 0 ? "," : "");
    }
}

/* Shifts up to 4 * grid, since K/2^t is 1/4 or more. */
static unsigned shifts_to_quarter(unsigned grid)
{
    unsigned n = 0;
    while (1u << n <= 4u * grid)
        n++;
    return n;
}

static bool fail_weight(const teq_engine_caps *caps, teq_format f, teq_error *err)
{
    char legal[256] = "";
    for (unsigned n = TEQ_N_MIN; n <= TEQ_N_MAX; n++) {
        unsigned n_shifts = 0;
        while (n_shifts < shifts_to_quarter(caps->k_res) && weight_fits(caps, n, n_shifts))
            n_shifts++;
        if (n_shifts > 0)
            append_legal(legal, sizeof legal, n, caps->k_res, n_shifts);
    }
    return teq_fail(err, TEQ_ERR_UNSUPPORTED,
                    "weights n = %u, K = %u, t = %u: engine %s with N_MAX = %u, K_RES = %u runs %s",
                    f.n, f.k, f.t, teq_engine_name(caps->engine), caps->n_max, caps->k_res, legal);
}

static bool fail_act(const teq_engine_caps *caps, teq_format f, teq_error *err)
{
    unsigned grid = 2u * caps->k_res;
    char legal[128] = "";
    append_legal(legal, sizeof legal, caps->na_max, grid, shifts_to_quarter(grid));
    return teq_fail(
        err, TEQ_ERR_UNSUPPORTED,
        "activations n = %u, K = %u, t = %u: engine %s with NA_MAX = %u, K_RES = %u runs %s, and smaller n",
        f.n, f.k, f.t, teq_engine_name(caps->engine), caps->na_max, caps->k_res, legal);
}

bool teq_weight_shift(const teq_engine_caps *caps, teq_format f, unsigned *shift, teq_error *err)
{
    if (!check_has_words(caps, err) || !teq_format_check(f, err))
        return false;
    if (!grid_shift(caps->k_res, f, shift) || !weight_fits(caps, f.n, *shift))
        return fail_weight(caps, f, err);
    return true;
}

bool teq_act_shift(const teq_engine_caps *caps, teq_format f, unsigned *shift, teq_error *err)
{
    if (!check_has_words(caps, err) || !teq_format_check(f, err))
        return false;
    if (!grid_shift(2u * caps->k_res, f, shift) || f.n > caps->na_max)
        return fail_act(caps, f, err);
    return true;
}

bool teq_layer_shifts(const teq_engine_caps *caps, teq_format weight, teq_format act,
                      unsigned *w_shift, unsigned *a_shift, teq_error *err)
{
    if (!weight.is_signed)
        return teq_fail(err, TEQ_ERR_ARG, "weights: got an unsigned format, expected a signed one");
    if (weight.k != act.k)
        return teq_fail(err, TEQ_ERR_ARG, "layer: K = %u for weights and %u for activations, "
                        "expected the same", weight.k, act.k);
    return teq_weight_shift(caps, weight, w_shift, err) && teq_act_shift(caps, act, a_shift, err);
}
