/* SPDX-License-Identifier: Apache-2.0
 *
 * What a host does around a compiled network: codes to the bytes of s_axis_x, beats of
 * m_axis_y to words; the C header; the listing.
 */
#include "../net/file.h"
#include "teq/compile.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

size_t teq_compiled_input_size(const teq_compiled *c) { return (size_t)c->n_lines * ((c->line_len + 3u) & ~3u); }

void teq_compiled_input(const teq_compiled *c, const uint8_t *codes, uint8_t *bytes)
{
    const unsigned mask = (1u << c->n) - 1u, zero = teq_core_zero_code(&c->core, (unsigned)c->n);
    memset(bytes, 0, teq_compiled_input_size(c));
    for (size_t ch = 0; ch < (size_t)c->c; ch++)
        for (size_t k = 0; k < c->n_taps; k++)
            for (size_t y = 0; y < c->rows; y++) {
                uint8_t *to = bytes + ch * c->step_c + k * c->step_k + y * c->step_y;
                const int64_t row = (int64_t)(y * c->row_stride + k * c->row_step) - c->row_pad;
                const uint8_t *from = row < 0 || row >= c->h ? NULL : codes + (ch * (size_t)c->h + (size_t)row) * (size_t)c->w;
                for (size_t x = 0; x < (size_t)c->w; x++, to += c->step_x)
                    *to = (uint8_t)(from ? (unsigned)from[x] >> c->n << 7 | (from[x] & mask) : zero);
            }
}

void teq_compiled_encode(const teq_compiled *c, const float *x, size_t n, uint8_t *codes)
{
    teq_qtensor t = {.c = c->c, .h = c->h, .w = c->w, .size = (size_t)c->c * (size_t)c->h * (size_t)c->w, .n = c->n,
                     .is_signed = c->is_signed, .step48 = c->step48, .alpha = c->alpha, .step = -1};
    const teq_qnet net = {.n_tensors = 1, .tensor = &t, .input = 0, .input_terms = c->terms, .input_split = c->split,
                          .target.arith = c->arith};
    teq_qnet_encode(&net, x, n, codes);
}

void teq_compiled_output(const teq_compiled *c, const uint32_t *beats, int16_t *words)
{
    for (uint32_t i = 0; i < 2 * c->n_out_beats; i++)
        if (c->out_index[i] != TEQ_COMPILED_NO_WORD)
            words[c->out_index[i]] = (int16_t)(uint16_t)(beats[i / 2] >> 16 * (i % 2));
}

/* --- the C header -------------------------------------------------------------------------- */

typedef struct text {
    char *at;
    size_t size, room;
    bool failed;
} text;

__attribute__((format(printf, 2, 3))) static void print(text *t, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof line)
        t->failed = true;
    if (!t->failed && t->size + (size_t)n > t->room) {
        const size_t room = 2 * t->room + (size_t)n + 65536;
        char *grown = realloc(t->at, room);
        t->failed = !grown;
        if (grown) {
            t->at = grown;
            t->room = room;
        }
    }
    if (t->failed)
        return;
    memcpy(t->at + t->size, line, (size_t)n);
    t->size += (size_t)n;
}

static void print_array(text *t, const char *type, const char *name, const uint32_t *v, uint32_t n)
{
    print(t, "static const %s %s[%" PRIu32 "] = {", type, name, n);
    for (uint32_t i = 0; i < n; i++)
        print(t, "%s0x%" PRIx32 ",", i % 8 ? " " : "\n    ", v[i]);
    print(t, "\n};\n\n");
}

bool teq_compiled_header(const teq_compiled *c, const char *path, teq_error *err)
{
    text t = {0};
    const teq_array_params *a = &c->core.array;
    print(&t, "/* %s for teq_core %s %ux%u: written by teq compile.\n *\n", c->name, teq_array_engine_name(a->engine), a->rows, a->cols);
    print(&t, " * Input: %d x %d x %d codes of %d bits%s; net_order puts them in the order of the stream, whose byte\n", c->c, c->h, c->w,
          c->n, c->is_signed ? ", bit 7 the sign" : "");
    print(&t, " *     c * NET_STEP_C + k * NET_STEP_K + y * NET_STEP_Y + x * NET_STEP_X    k < NET_TAPS, y < NET_ROWS\n"
              " * is the code of channel c, row y * NET_ROW_STRIDE + k * NET_ROW_STEP - NET_ROW_PAD, column x,\n"
              " * NET_ZERO where the input has no such row.\n");
    if (c->arith == TEQ_ARITH_INT)
        print(&t, " * Code q stands for q * %.9g.\n", c->alpha);
    else
        print(&t, " * Code e stands for %.9g * 2^(-e * %d / 48), %d for zero; the nearest level is taken.\n", c->alpha, c->step48,
              (1 << c->n) - 1);
    if (c->terms == 2)
        print(&t, " * Channels 2c and 2c + 1 hold two terms of a value: v1 the nearest level toward zero, v2 that\n"
                  " * of (value - v1) / %.9g.\n", c->split);
    print(&t, " *\n * Output: %d x %d x %d words; a word stands for itself times NET_Y_SCALE%s. Word i of beat b is\n"
              " * output net_out[2 * b + i] (channel, row, column counted through), 0xffffffff: none.\n */\n",
          c->n_out, c->out_h, c->out_w, c->relu_last ? ", below 0 it is 0" : "");
    print(&t, "#ifndef TEQ_NET_H\n#define TEQ_NET_H\n\n#include <stdint.h>\n\n");
    print(&t, "#define NET_C %d\n#define NET_H %d\n#define NET_W %d\n#define NET_ZERO %u\n", c->c, c->h, c->w,
          teq_core_zero_code(&c->core, (unsigned)c->n));
    print(&t, "#define NET_STEP_C %" PRIu32 "\n#define NET_STEP_K %" PRIu32 "\n#define NET_STEP_Y %" PRIu32 "\n#define NET_STEP_X %" PRIu32 "\n",
          c->step_c, c->step_k, c->step_y, c->step_x);
    print(&t, "#define NET_TAPS %" PRIu32 "\n#define NET_ROWS %" PRIu32 "\n#define NET_ROW_STRIDE %" PRIu32 "\n#define NET_ROW_STEP %" PRIu32
              "\n#define NET_ROW_PAD %" PRIu32 "\n", c->n_taps, c->rows, c->row_stride, c->row_step, c->row_pad);
    print(&t, "#define NET_LINES %" PRIu32 "\n#define NET_LINE_LEN %" PRIu32 "\n#define NET_INPUT_BYTES %zu\n", c->n_lines, c->line_len,
          teq_compiled_input_size(c));
    print(&t, "#define NET_OUT_BEATS %" PRIu32 "\n#define NET_OUT_WORDS %d\n#define NET_Y_SCALE %.9ef\n\n", c->n_out_beats,
          c->n_out * c->out_h * c->out_w, c->y_scale);
    print(&t, "/* NET_C * NET_H * NET_W codes, channels first, to NET_INPUT_BYTES bytes. */\n"
              "static inline void net_order(const uint8_t *code, uint8_t *bytes)\n{\n"
              "    for (long i = 0; i < NET_INPUT_BYTES; i++)\n        bytes[i] = 0;\n");
    print(&t, "    for (long c = 0; c < NET_C; c++)\n        for (long k = 0; k < NET_TAPS; k++)\n            for (long y = 0; y < NET_ROWS; y++) {\n"
              "                const long row = y * NET_ROW_STRIDE + k * NET_ROW_STEP - NET_ROW_PAD;\n"
              "                for (long x = 0; x < NET_W; x++)\n"
              "                    bytes[c * NET_STEP_C + k * NET_STEP_K + y * NET_STEP_Y + x * NET_STEP_X] =\n"
              "                        row < 0 || row >= NET_H ? NET_ZERO : code[(c * NET_H + row) * NET_W + x];\n"
              "            }\n}\n\n");
    print_array(&t, "uint32_t", "net_image", c->beat, c->n_beats);
    print_array(&t, "uint32_t", "net_out", c->out_index, 2 * c->n_out_beats);
    print(&t, "#endif\n");
    const bool ok = !t.failed ? teq_file_write(path, t.at, t.size, "", 0, err)
                              : teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory to write it", path);
    free(t.at);
    return ok;
}

/* --- the listing ----------------------------------------------------------------------------- */

static double share(uint64_t macs, uint64_t cycles, const teq_compiled *c)
{
    const double cells = (double)c->core.array.rows * c->core.array.cols;
    return cycles ? 100.0 * (double)macs / ((double)cycles * cells) : 0;
}

void teq_compiled_list(const teq_compiled *c, FILE *f)
{
    const teq_array_params *a = &c->core.array;
    fprintf(f, "%s on teq_core %s %ux%u, N_MAX %u, K_RES %u, LOAD_COLS %u, PSUM_DEPTH %u\n\n", c->name,
            teq_array_engine_name(a->engine), a->rows, a->cols, a->n_max, a->k_res, a->load_cols, a->psum_depth);
    fprintf(f, "input   %d x %d x %d codes of %d%s bits, %u lines of %u, order c*%u + y*%u + x*%u", c->c, c->h, c->w, c->n,
            c->is_signed ? " + 1" : "", c->n_lines, c->line_len, c->step_c, c->step_y, c->step_x);
    if (c->n_taps > 1)
        fprintf(f, " + k*%u, row y*%u + k*%u - %u for k < %u, y < %u", c->step_k, c->row_stride, c->row_step, c->row_pad, c->n_taps, c->rows);
    fprintf(f, "\n");
    fprintf(f, "output  %d x %d x %d words in %u beats\n\n", c->n_out, c->out_h, c->out_w, c->n_out_beats);
    fprintf(f, "layer            kind      mapping                              out        tiles pass  loads vectors  cycles   use%%   WGT   PRG    in at     out at\n");
    for (uint32_t i = 0; i < c->n_layers; i++) {
        const teq_compiled_layer *l = &c->layer[i];
        char shape[32], tiles[16];
        snprintf(shape, sizeof shape, "%dx%dx%d", l->n_out, l->oh, l->ow);
        snprintf(tiles, sizeof tiles, l->n > 1 ? "%u*%u" : "%.0u%u", l->n > 1 ? l->n : 0, l->tiles);
        fprintf(f, "%-16.16s %-9s %-36.36s %-10s %5s %4u %6" PRIu64 " %7" PRIu64 " %7" PRIu64 " %6.1f %5u %5u %8u", l->name, l->kind, l->how,
                shape, tiles, l->passes, l->loads, l->vectors, l->cycles, share(l->macs, l->cycles, c), l->wgt_words, l->prg_words,
                l->in_base);
        if (i + 1 < c->n_layers)
            fprintf(f, "  %8u\n", l->out_base);
        else
            fprintf(f, "  m_axis_y\n");
    }
    fprintf(f, "\n%" PRIu64 " cycles, %" PRIu64 " MACs, utilisation %.1f %% (each MAC once, padding included; pooling counts none)\n", c->cycles,
            c->macs, share(c->macs, c->cycles, c));
    fprintf(f, "memories: ACT %u of %u words, WGT %u of %u, PRG %u of %u; image %u beats\n", c->act_words, c->core.act_words, c->wgt_words,
            c->core.wgt_words, c->prg_words, c->core.prg_words, c->n_beats);
}
