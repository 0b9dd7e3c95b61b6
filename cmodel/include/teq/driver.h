/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/driver.h -- bare-metal driver of teq_core: 32-bit accesses, no memory of its own, no C
 * library. One C file, cmodel/driver/teq_driver.c, and teq/regs.h. docs/programming.md.
 *
 *     teq_driver d = {.base = (volatile uint32_t *)0x40000000};
 *     if (teq_driver_open(&d) != TEQ_DRIVER_OK) ...
 *     teq_driver_load(&d, net_image, sizeof net_image / 4);
 *     teq_driver_infer(&d, input, NET_INPUT_BYTES / 4, output, NET_OUT_BEATS);
 *
 * Every function returns a teq_driver_status. After TEQ_DRIVER_CORE the cause is in
 * d.cause and d.info; teq_driver_reset clears it.
 */
#ifndef TEQ_DRIVER_H
#define TEQ_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum teq_driver_status {
    TEQ_DRIVER_OK,
    TEQ_DRIVER_NO_CORE,  /* register ID holds something else                            */
    TEQ_DRIVER_VERSION,  /* a core with another major version of the registers          */
    TEQ_DRIVER_CORE,     /* the core stands in state ERROR: cause, info                 */
    TEQ_DRIVER_TIMEOUT,  /* `patience` polls, and nothing happened                      */
    TEQ_DRIVER_NO_IMAGE, /* start without a valid image                                 */
    TEQ_DRIVER_BUSY,     /* a program runs                                              */
    TEQ_DRIVER_ARGUMENT  /* a length of 0                                               */
} teq_driver_status;

typedef struct teq_driver {
    /* How registers are reached: memory at `base`, or, if `read` is set, two functions. */
    volatile uint32_t *base;
    uint32_t (*read)(void *context, uint32_t offset);
    void (*write)(void *context, uint32_t offset, uint32_t value);
    void *context;
    void (*idle)(void *context); /* called while an image or a program is waited for and IRQ_ENABLE is
                                    not 0, to sleep until irq_o; NULL: none. It must not sleep if irq_o
                                    is high already, and IRQ_STATUS is cleared before a start, not by
                                    the interrupt that wakes it                          */
    uint32_t patience;           /* polls without progress before TIMEOUT; 0: for ever     */
    /* Filled by open. */
    uint32_t version, config[3], act_words, wgt_words, prg_words;
    /* Filled when a function returns TEQ_DRIVER_CORE. */
    uint32_t cause, layer, info;
} teq_driver;

/* Counters of the last run; docs/core.md, section 7. */
typedef struct teq_driver_counters {
    uint64_t cycles, vectors, stalls, row_ops, zero_skips;
} teq_driver_counters;

/* Look whether a core is there, reset it, read its parameters. */
teq_driver_status teq_driver_open(teq_driver *d);

/* Soft reset: a program that runs is given up, an error is forgotten; memories stay. Up to two beats of its
 * output stay on offer: teq_driver_infer drops them, teq_driver_output gives them first. Whatever feeds s_axis_x or s_axis_p must
 * have stopped, what it sends later is taken for the next input. */
void teq_driver_reset(teq_driver *d);

/* The beats of an image through the data port. The image stays valid over runs and resets. */
teq_driver_status teq_driver_load(teq_driver *d, const uint32_t *beat, size_t n);

/* Wait until an image that comes by s_axis_p is there. An image that was there before counts until the first beat of
 * the new one has been taken: call it after that, or wait for IMAGE in IRQ_STATUS, cleared before. */
teq_driver_status teq_driver_wait_image(teq_driver *d);

teq_driver_status teq_driver_start(teq_driver *d);

/* The input of a program through the data port: n words, lines of line_len bytes, each
 * padded to whole words. The program must run. */
teq_driver_status teq_driver_input(teq_driver *d, const uint32_t *word, size_t n);
/* A part of it that is not the last: more follows. */
teq_driver_status teq_driver_input_part(teq_driver *d, const uint32_t *word, size_t n);

/* n beats of the output through the data port. The program must run, and take or have its input. */
teq_driver_status teq_driver_output(teq_driver *d, uint32_t *beat, size_t n);

/* Wait for the end of the program. */
teq_driver_status teq_driver_wait(teq_driver *d);

/* Start, input, output, end: one inference by register accesses alone. */
teq_driver_status teq_driver_infer(teq_driver *d, const uint32_t *input, size_t n_input, uint32_t *output, size_t n_output);

/* Bits of IRQ_ENABLE (teq/regs.h): irq_o rises with DONE, ERROR, IMAGE. */
void teq_driver_irq_enable(teq_driver *d, uint32_t bits);
/* The bits that are set, and clear them. */
uint32_t teq_driver_irq_take(teq_driver *d);

void teq_driver_count(teq_driver *d, teq_driver_counters *out);

/* "no teq_core at this address", ...; "FIELD", ... as docs/core.md section 5 names causes. */
const char *teq_driver_status_text(teq_driver_status status);
const char *teq_driver_cause_name(uint32_t cause);

#endif
