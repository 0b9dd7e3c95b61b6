/* SPDX-License-Identifier: Apache-2.0
 *
 * Bare-metal driver of teq_core. Compiles with -ffreestanding.
 */
#include "teq/driver.h"

#include "teq/regs.h"

static uint32_t get(teq_driver *d, uint32_t offset)
{
    return d->read ? d->read(d->context, offset) : d->base[offset / 4];
}

static void put(teq_driver *d, uint32_t offset, uint32_t value)
{
    if (d->read)
        d->write(d->context, offset, value);
    else
        d->base[offset / 4] = value;
}

static uint32_t field(uint32_t word, uint32_t mask, unsigned lsb) { return (word & mask) >> lsb; }

/* What the core says of the error that it stands in. */
static teq_driver_status core_error(teq_driver *d)
{
    const uint32_t error = get(d, TEQ_REG_ERROR);
    d->cause = field(error, TEQ_ERROR_CAUSE_MASK, TEQ_ERROR_CAUSE_LSB);
    d->layer = field(error, TEQ_ERROR_LAYER_MASK, TEQ_ERROR_LAYER_LSB);
    d->info = get(d, TEQ_REG_ERROR_INFO);
    return TEQ_DRIVER_CORE;
}

/* Poll STATUS until one of `bits` is as wanted. sleeps: an interrupt tells of it. */
static teq_driver_status poll(teq_driver *d, uint32_t bits, bool is_set, bool sleeps)
{
    for (uint32_t polls = 0;; polls++) {
        const uint32_t status = get(d, TEQ_REG_STATUS);
        if (status & TEQ_STATUS_ERROR_MASK)
            return core_error(d);
        if (((status & bits) != 0) == is_set)
            return TEQ_DRIVER_OK;
        if (d->patience && polls + 1 >= d->patience)
            return TEQ_DRIVER_TIMEOUT;
        if (d->idle && sleeps && get(d, TEQ_REG_IRQ_ENABLE) != 0)
            d->idle(d->context);
    }
}

teq_driver_status teq_driver_open(teq_driver *d)
{
    if (get(d, TEQ_REG_ID) != TEQ_ID_TEQ1)
        return TEQ_DRIVER_NO_CORE;
    d->version = get(d, TEQ_REG_VERSION);
    if (field(d->version, TEQ_VERSION_MAJOR_MASK, TEQ_VERSION_MAJOR_LSB) != TEQ_VERSION_MAJOR_NOW)
        return TEQ_DRIVER_VERSION;
    d->config[0] = get(d, TEQ_REG_CONFIG0);
    d->config[1] = get(d, TEQ_REG_CONFIG1);
    d->config[2] = get(d, TEQ_REG_CONFIG2);
    d->act_words = get(d, TEQ_REG_ACT_WORDS);
    d->wgt_words = get(d, TEQ_REG_WGT_WORDS);
    d->prg_words = get(d, TEQ_REG_PRG_WORDS);
    teq_driver_reset(d);
    return TEQ_DRIVER_OK;
}

void teq_driver_reset(teq_driver *d)
{
    put(d, TEQ_REG_CONTROL, TEQ_CONTROL_RESET_MASK);
    d->cause = d->layer = d->info = 0;
}

/* Words to a data port, the last one to its sibling with TLAST. */
static teq_driver_status push(teq_driver *d, uint32_t ready, uint32_t port, uint32_t last, const uint32_t *word, size_t n)
{
    if (n == 0)
        return TEQ_DRIVER_ARGUMENT;
    for (size_t i = 0; i < n; i++) {
        const teq_driver_status s = poll(d, ready, true, false);
        if (s != TEQ_DRIVER_OK)
            return s;
        put(d, i + 1 < n ? port : last, word[i]);
    }
    return TEQ_DRIVER_OK;
}

teq_driver_status teq_driver_load(teq_driver *d, const uint32_t *beat, size_t n)
{
    if (get(d, TEQ_REG_STATUS) & TEQ_STATUS_BUSY_MASK)
        return TEQ_DRIVER_BUSY;
    const teq_driver_status s = push(d, TEQ_STATUS_IMAGE_READY_MASK, TEQ_REG_IMAGE_DATA, TEQ_REG_IMAGE_LAST, beat, n);
    return s == TEQ_DRIVER_OK ? teq_driver_wait_image(d) : s;
}

teq_driver_status teq_driver_wait_image(teq_driver *d) { return poll(d, TEQ_STATUS_IMAGE_MASK, true, true); }

teq_driver_status teq_driver_start(teq_driver *d)
{
    const uint32_t status = get(d, TEQ_REG_STATUS);
    if (status & TEQ_STATUS_BUSY_MASK)
        return TEQ_DRIVER_BUSY;
    if (status & TEQ_STATUS_ERROR_MASK)
        return core_error(d);
    if (!(status & TEQ_STATUS_IMAGE_MASK))
        return TEQ_DRIVER_NO_IMAGE;
    put(d, TEQ_REG_CONTROL, TEQ_CONTROL_START_MASK);
    return TEQ_DRIVER_OK;
}

teq_driver_status teq_driver_input(teq_driver *d, const uint32_t *word, size_t n)
{
    return push(d, TEQ_STATUS_INPUT_READY_MASK, TEQ_REG_INPUT_DATA, TEQ_REG_INPUT_LAST, word, n);
}

teq_driver_status teq_driver_input_part(teq_driver *d, const uint32_t *word, size_t n)
{
    return push(d, TEQ_STATUS_INPUT_READY_MASK, TEQ_REG_INPUT_DATA, TEQ_REG_INPUT_DATA, word, n);
}

teq_driver_status teq_driver_output(teq_driver *d, uint32_t *beat, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const teq_driver_status s = poll(d, TEQ_STATUS_OUTPUT_VALID_MASK, true, false);
        if (s != TEQ_DRIVER_OK)
            return s;
        beat[i] = get(d, TEQ_REG_OUTPUT_DATA);
    }
    return TEQ_DRIVER_OK;
}

teq_driver_status teq_driver_wait(teq_driver *d) { return poll(d, TEQ_STATUS_BUSY_MASK, false, true); }

teq_driver_status teq_driver_infer(teq_driver *d, const uint32_t *input, size_t n_input, uint32_t *output, size_t n_output)
{
    if (get(d, TEQ_REG_STATUS) & TEQ_STATUS_BUSY_MASK)
        return TEQ_DRIVER_BUSY;
    while (get(d, TEQ_REG_STATUS) & TEQ_STATUS_OUTPUT_VALID_MASK) /* of a run that was given up */
        (void)get(d, TEQ_REG_OUTPUT_DATA);
    teq_driver_status s = teq_driver_start(d);
    if (s == TEQ_DRIVER_OK)
        s = teq_driver_input(d, input, n_input);
    if (s == TEQ_DRIVER_OK)
        s = teq_driver_output(d, output, n_output);
    return s == TEQ_DRIVER_OK ? teq_driver_wait(d) : s;
}

void teq_driver_irq_enable(teq_driver *d, uint32_t bits) { put(d, TEQ_REG_IRQ_ENABLE, bits); }

uint32_t teq_driver_irq_take(teq_driver *d)
{
    const uint32_t bits = get(d, TEQ_REG_IRQ_STATUS);
    put(d, TEQ_REG_IRQ_STATUS, bits);
    return bits;
}

/* The counters stand still once the program has ended. */
static uint64_t get64(teq_driver *d, uint32_t low)
{
    const uint32_t l = get(d, low);
    return (uint64_t)get(d, low + 4) << 32 | l;
}

void teq_driver_count(teq_driver *d, teq_driver_counters *out)
{
    out->cycles = get64(d, TEQ_REG_CYCLES_LO);
    out->vectors = get64(d, TEQ_REG_VECTORS_LO);
    out->stalls = get64(d, TEQ_REG_STALLS_LO);
    out->row_ops = get64(d, TEQ_REG_ROW_OPS_LO);
    out->zero_skips = get64(d, TEQ_REG_ZERO_SKIPS_LO);
}

const char *teq_driver_status_text(teq_driver_status status)
{
    switch (status) {
    case TEQ_DRIVER_OK: return "ok";
    case TEQ_DRIVER_NO_CORE: return "no teq_core at this address";
    case TEQ_DRIVER_VERSION: return "a teq_core of another version";
    case TEQ_DRIVER_CORE: return "the core reports an error";
    case TEQ_DRIVER_TIMEOUT: return "nothing happened";
    case TEQ_DRIVER_NO_IMAGE: return "no valid image is loaded";
    case TEQ_DRIVER_BUSY: return "a program runs";
    default: return "a length of 0";
    }
}

const char *teq_driver_cause_name(uint32_t cause)
{
    static const char *const names[] = {"none",  "OP",    "FIELD", "TILE",  "PRG", "WGT",    "READ",   "WRITE", "PSUM",
                                        "INPUT", "IMAGE", "RANGE", "TLAST", "SUM", "CONFIG", "PARITY", "START", "PORT"};
    return cause < sizeof names / sizeof *names ? names[cause] : "unknown";
}
