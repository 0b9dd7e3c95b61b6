/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz the reader of .teq files. The input is what follows the header; the header with
 * its checksum is made here, since no fuzzer finds a checksum. Small networks that pass
 * the check are run.
 */
#include "../quant/teqfile.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *file = malloc(size + 24);
    if (file == NULL)
        return 0;
    memcpy(file, TEQ_FILE_MAGIC, 8);
    uint64_t length = size;
    uint32_t version = TEQ_FILE_VERSION, crc = teq_crc32(data, size);
    for (int i = 0; i < 4; i++) {
        file[8 + i] = (uint8_t)(version >> (8 * i));
        file[12 + i] = (uint8_t)(crc >> (8 * i));
    }
    for (int i = 0; i < 8; i++)
        file[16 + i] = (uint8_t)(length >> (8 * i));
    memcpy(file + 24, data, size);
    teq_error err = {0};
    teq_qnet *net = teq_qnet_parse(file, size + 24, "fuzz", &err);
    if (net != NULL) {
        size_t work = 0;
        for (int i = 0; i < net->n_tensors; i++)
            work += net->tensor[i].size;
        for (int i = 0; i < net->n_steps; i++) {
            const teq_qlayer *l = &net->step[i];
            work += (size_t)(teq_qlayer_macs(l) % (1u << 30));
            work += (size_t)(l->kh * l->dh + l->h + l->pt) * (size_t)(l->kw * l->dw + l->w + l->pl);
        }
        uint8_t *in = calloc(net->tensor[net->input].size, 1);
        int16_t *y = calloc((size_t)net->n_classes, sizeof *y);
        teq_qrun_options one = {.threads = 1};
        if (in != NULL && y != NULL && work < 1u << 20)
            teq_qnet_run(net, 1, in, NULL, 0, y, &one, &err);
        free(in);
        free(y);
    }
    teq_qnet_free(net);
    free(file);
    return 0;
}
