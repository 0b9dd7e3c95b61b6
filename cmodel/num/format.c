/* SPDX-License-Identifier: Apache-2.0
 *
 * Formats, levels, thresholds; encoding to the nearest level and decoding.
 */
#include "teq/format.h"

#include <math.h>

bool teq_format_check(teq_format f, teq_error *err)
{
    if (f.n < TEQ_N_MIN || f.n > TEQ_N_MAX)
        return teq_fail(err, TEQ_ERR_ARG, "format: n: got %u, expected 2..7", f.n);
    switch (f.k) {
    case 1: case 2: case 3: case 4: case 6: case 8: case 12: case 16:
        break;
    default:
        return teq_fail(err, TEQ_ERR_ARG, "format: K: got %u, expected 1, 2, 3, 4, 6, 8, 12 or 16",
                        f.k);
    }
    if (f.t > TEQ_T_MAX)
        return teq_fail(err, TEQ_ERR_ARG, "format: t: got %u, expected 0..2", f.t);
    return true;
}

bool teq_codebook_init(teq_codebook *book, teq_format f, teq_error *err)
{
    if (!teq_format_check(f, err))
        return false;
    *book = (teq_codebook){.format = f, .m = teq_levels(f)};
    for (unsigned e = 0; e < book->m; e++) {
        unsigned steps = e << f.t; /* of 1/K octave */
        book->level[e] = ldexp(exp2(-(double)(steps % f.k) / f.k), -(int)(steps / f.k));
    }
    for (unsigned e = 0; e < book->m; e++)
        book->threshold[e] = (book->level[e] + book->level[e + 1]) / 2;
    return true;
}

unsigned teq_encode_magnitude(const teq_codebook *book, double a)
{
    unsigned low = 0, high = book->m; /* thresholds before low are above a, those from high on are not */
    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (book->threshold[mid] > a)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static bool check_alpha(double alpha, teq_error *err)
{
    if (!(alpha > 0) || !isfinite(alpha))
        return teq_fail(err, TEQ_ERR_VALUE, "encode: alpha: got %g, expected a finite number > 0",
                        alpha);
    return true;
}

static bool check_x(double x, teq_error *err)
{
    if (!isfinite(x))
        return teq_fail(err, TEQ_ERR_VALUE, "encode: value: got %g, expected a finite number", x);
    return true;
}

bool teq_encode(const teq_codebook *book, double x, double alpha, uint8_t *code, teq_error *err)
{
    if (!check_alpha(alpha, err) || !check_x(x, err))
        return false;
    bool negative = x < 0;
    *code = negative && !book->format.is_signed
                ? teq_zero(book->format)
                : teq_code(book->format, negative, teq_encode_magnitude(book, fabs(x) / alpha));
    return true;
}

double teq_decode(const teq_codebook *book, uint8_t code, double alpha)
{
    double value = alpha * book->level[teq_code_e(book->format, code)];
    return teq_code_s(book->format, code) ? -value : value;
}

bool teq_encode_array(const teq_codebook *book, const float *x, size_t rows, size_t row_size,
                      const double *alpha, uint8_t *codes, teq_error *err)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < row_size; i++) {
            size_t at = row * row_size + i;
            if (!teq_encode(book, (double)x[at], alpha[row], &codes[at], err))
                return teq_fail_prefix(err, "row %zu, element %zu", row, i);
        }
    return true;
}

void teq_decode_array(const teq_codebook *book, const uint8_t *codes, size_t rows, size_t row_size,
                      const double *alpha, float *x)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < row_size; i++) {
            size_t at = row * row_size + i;
            x[at] = (float)teq_decode(book, codes[at], alpha[row]);
        }
}

/* --- two terms ----------------------------------------------------------- */

typedef struct pair {
    unsigned e1, e2;
    bool opposed; /* the second term has the other sign */
    double sum;   /* >= 0, as the first is no smaller than the second */
} pair;

static pair make_pair(const teq_codebook *book, unsigned e1, unsigned e2, bool opposed)
{
    double second = book->level[e2];
    return (pair){e1, e2, opposed, book->level[e1] + (opposed ? -second : second)};
}

/* The order of teq/format.h: nearest, larger sum, no second term, larger first term. */
static bool better(const teq_codebook *book, double a, pair p, pair best)
{
    double distance = fabs(a - p.sum), least = fabs(a - best.sum);
    if (distance < least || distance > least)
        return distance < least;
    if (p.sum < best.sum || p.sum > best.sum)
        return p.sum > best.sum;
    bool single = p.e2 == book->m, best_single = best.e2 == book->m;
    return single != best_single ? single : p.e1 < best.e1;
}

/* For each first term the second is the level nearest to what is left, and no larger than
 * the first. The next smaller one is tried too: a tie of what is left goes to the larger
 * term, which makes the smaller sum where the signs are opposed. */
static pair best_pair(const teq_codebook *book, double a)
{
    pair best = make_pair(book, book->m, book->m, false);
    for (unsigned e1 = 0; e1 < book->m; e1++) {
        double rest = a - book->level[e1];
        unsigned near = teq_encode_magnitude(book, fabs(rest));
        unsigned first = near > e1 ? near : e1;
        for (unsigned e2 = first; e2 <= first + 1 && e2 <= book->m; e2++) {
            pair p = make_pair(book, e1, e2, rest < 0 && e2 != book->m);
            if (better(book, a, p, best))
                best = p;
        }
    }
    return best;
}

bool teq_encode_two(const teq_codebook *book, double x, double alpha, uint8_t code[2],
                    teq_error *err)
{
    if (!book->format.is_signed)
        return teq_fail(err, TEQ_ERR_ARG, "encode: two terms need a signed format");
    if (!check_alpha(alpha, err) || !check_x(x, err))
        return false;
    pair p = best_pair(book, fabs(x) / alpha);
    bool negative = x < 0;
    code[0] = teq_code(book->format, negative, p.e1);
    code[1] = teq_code(book->format, negative != p.opposed, p.e2);
    return true;
}

double teq_decode_two(const teq_codebook *book, const uint8_t code[2], double alpha)
{
    return teq_decode(book, code[0], alpha) + teq_decode(book, code[1], alpha);
}

bool teq_encode_two_array(const teq_codebook *book, const float *x, size_t rows, size_t row_size,
                          const double *alpha, uint8_t *codes, teq_error *err)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < row_size; i++) {
            size_t at = row * row_size + i;
            if (!teq_encode_two(book, (double)x[at], alpha[row], &codes[2 * at], err))
                return teq_fail_prefix(err, "row %zu, element %zu", row, i);
        }
    return true;
}

void teq_decode_two_array(const teq_codebook *book, const uint8_t *codes, size_t rows,
                          size_t row_size, const double *alpha, float *x)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < row_size; i++) {
            size_t at = row * row_size + i;
            x[at] = (float)teq_decode_two(book, &codes[2 * at], alpha[row]);
        }
}
