/* SPDX-License-Identifier: Apache-2.0
 *
 * PRG and WGT: a word at the output until the next read.
 */
#include "teq/model_core.h"

#include <stdlib.h>
#include <string.h>

bool teq_core_ram_init(teq_core_ram *m, uint32_t words, size_t size, bool parity, teq_error *err)
{
    *m = (teq_core_ram){.words = words, .size = size};
    m->word = calloc(words, size);
    if (parity)
        m->bad = calloc(words, 1);
    return (m->word && (m->bad || !parity)) || teq_fail(err, TEQ_ERR_MEMORY, "memory of %u words: out of memory", words);
}

void teq_core_ram_free(teq_core_ram *m)
{
    free(m->word);
    free(m->bad);
    *m = (teq_core_ram){0};
}

void teq_core_ram_read(teq_core_ram *m, uint32_t addr)
{
    m->raddr = addr;
    m->read_bad = m->bad && m->bad[addr];
}

void teq_core_ram_write(teq_core_ram *m, uint32_t addr, const void *word)
{
    memcpy(m->word + m->size * addr, word, m->size);
    if (m->bad)
        m->bad[addr] = false;
}
