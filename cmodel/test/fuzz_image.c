/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz the reader of image files. The input is what follows the header; the header with its
 * checksum is made here. What passes is looked at as a host would.
 */
#include "../quant/teqfile.h"
#include "teq/compile.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *file = malloc(size + 24);
    if (!file)
        return 0;
    memcpy(file, "TEQIMG\r\n", 8);
    const uint64_t length = size;
    const uint32_t version = TEQ_COMPILED_VERSION, crc = teq_crc32(data, size);
    for (int i = 0; i < 4; i++) {
        file[8 + i] = (uint8_t)(version >> (8 * i));
        file[12 + i] = (uint8_t)(crc >> (8 * i));
    }
    for (int i = 0; i < 8; i++)
        file[16 + i] = (uint8_t)(length >> (8 * i));
    memcpy(file + 24, data, size);
    teq_error err = {0};
    teq_compiled *c = teq_compiled_parse(file, size + 24, "fuzz", &err);
    if (c) {
        const size_t codes = (size_t)c->c * (size_t)c->h * (size_t)c->w, words = (size_t)c->n_out * (size_t)c->out_h * (size_t)c->out_w;
        uint8_t *in = calloc(codes, 1), *bytes = codes < 1u << 20 ? malloc(teq_compiled_input_size(c)) : NULL;
        uint32_t *beats = calloc(c->n_out_beats, sizeof *beats);
        int16_t *out = calloc(words, sizeof *out);
        if (in && bytes && beats && out) {
            teq_compiled_input(c, in, bytes);
            teq_compiled_output(c, beats, out);
        }
        free(in);
        free(bytes);
        free(beats);
        free(out);
    }
    teq_compiled_free(c);
    free(file);
    return 0;
}
