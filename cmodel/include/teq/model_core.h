/* SPDX-License-Identifier: Apache-2.0
 *
 * teq/model_core.h -- cycle model of teq_core and of its blocks. docs/core.md is the
 * contract; a file cmodel/model/core_BLOCK.c for each block of its section 6.
 *
 *     teq_core *c = teq_core_new(&params, &err);
 *     for each cycle {
 *         teq_core_out out; teq_core_outputs(c, &out);    before the edge: functions of state
 *         ... choose `in` ...
 *         teq_core_step(c, &in);                          the edge
 *     }
 *     teq_core_free(c);
 *
 * Memories and data registers are 0 at first, where the Verilog holds anything: a program
 * that reads what nobody has written differs.
 */
#ifndef TEQ_MODEL_CORE_H
#define TEQ_MODEL_CORE_H

#include "teq/model_array.h"
#include "teq/program.h"
#include "teq/regs.h"

/* --- streams -------------------------------------------------------------- */

typedef struct teq_axis_beat {
    uint32_t data;
    uint8_t keep; /* TKEEP, 4 bits */
    bool last;
    bool port;    /* came from a data port; not on a stream */
} teq_axis_beat;

/* teq_fifo2: full and empty are n == 2 and n == 0 before the edge. */
typedef struct teq_axis_fifo {
    teq_axis_beat beat[2];
    unsigned n;
} teq_axis_fifo;

/* --- ports ---------------------------------------------------------------- */

/* By the names of the ports. Data is looked at only while its valid is high. */
typedef struct teq_core_in {
    bool rst_ni;
    bool s_axil_awvalid, s_axil_wvalid, s_axil_bready, s_axil_arvalid, s_axil_rready;
    uint8_t s_axil_awaddr, s_axil_araddr, s_axil_wstrb;
    uint32_t s_axil_wdata;
    bool s_axis_p_tvalid, s_axis_x_tvalid, m_axis_y_tready;
    teq_axis_beat s_axis_p, s_axis_x;
} teq_core_in;

typedef struct teq_core_out {
    bool s_axil_awready, s_axil_wready, s_axil_bvalid, s_axil_arready, s_axil_rvalid;
    uint8_t s_axil_bresp, s_axil_rresp;
    uint32_t s_axil_rdata;
    bool s_axis_p_tready, s_axis_x_tready, m_axis_y_tvalid;
    teq_axis_beat m_axis_y; /* meaningful while valid */
    bool irq_o;
} teq_core_out;

/* --- errors --------------------------------------------------------------- */

/* What went wrong in one cycle: the lowest cause, of equal ones the first. */
typedef struct teq_core_fault {
    unsigned cause; /* TEQ_ERROR_CAUSE_... of teq/regs.h, 0: none */
    uint32_t info;
} teq_core_fault;

static inline void teq_core_raise(teq_core_fault *f, unsigned cause, uint32_t info)
{
    if (f->cause == TEQ_ERROR_CAUSE_NONE || cause < f->cause)
        *f = (teq_core_fault){cause, info};
}

/* Sums of addresses, y and u are modulo 2^REACH; y and u are then two's complement. */
static inline int32_t teq_core_signed(const teq_core_params *p, uint32_t v)
{
    return (int32_t)(v << (32 - p->reach)) >> (32 - p->reach);
}

/* Lanes that a vector writes, and its residual reads. */
static inline unsigned teq_core_lanes(const teq_descriptor *d, bool last_of_row, bool last_pass)
{
    unsigned n = d->lanes;
    if (last_of_row && d->lanes_x < n)
        n = d->lanes_x;
    if (last_pass && d->lanes_pass < n)
        n = d->lanes_pass;
    return n;
}

/* --- memories ------------------------------------------------------------- */

/* A memory of PARITY = 1 knows which of its words have a flipped bit: a read raises
 * PARITY in the next cycle, a write mends. NULL without parity. */

/* ACT: element j lies in bank j mod NB; a vector is elements addr + i * (NB * T + 1). */
typedef struct teq_core_act {
    unsigned nb;
    uint32_t n;      /* elements */
    uint32_t mask;   /* of addresses */
    uint16_t *code;  /* {s, code}, s at bit NA_MAX */
    uint8_t *bad;
    bool read_bad;   /* the last read met one, and it is the cycle after it */
} teq_core_act;

bool teq_core_act_init(teq_core_act *m, const teq_core_params *p, teq_error *err);
void teq_core_act_free(teq_core_act *m);

/* Is a lane of `mask` outside the memory? */
bool teq_core_act_outside(const teq_core_act *m, uint32_t addr, unsigned t, uint64_t mask);
/* Lanes of the mask; the others of `code` are left alone, or not written. Nothing may be outside. */
void teq_core_act_read(teq_core_act *m, uint32_t addr, unsigned t, uint64_t mask, uint16_t *code);
void teq_core_act_write(teq_core_act *m, uint32_t addr, unsigned t, unsigned lanes, const uint16_t *code);

/* PRG and WGT: words of `size` bytes, one read port. */
typedef struct teq_core_ram {
    uint32_t words;
    size_t size;
    uint8_t *word;
    uint8_t *bad;
    uint32_t raddr; /* the word at the output: read last */
    bool read_bad;
} teq_core_ram;

bool teq_core_ram_init(teq_core_ram *m, uint32_t words, size_t size, bool parity, teq_error *err);
void teq_core_ram_free(teq_core_ram *m);
void teq_core_ram_read(teq_core_ram *m, uint32_t addr);
void teq_core_ram_write(teq_core_ram *m, uint32_t addr, const void *word);
static inline const void *teq_core_ram_out(const teq_core_ram *m) { return m->word + m->size * m->raddr; }

/* --- sequencer ------------------------------------------------------------ */

typedef enum teq_core_state {
    TEQ_CORE_IDLE, TEQ_CORE_DESC, TEQ_CORE_CHECK, TEQ_CORE_INPUT, TEQ_CORE_RUN, TEQ_CORE_DRAIN, TEQ_CORE_ERROR
} teq_core_state;

/* A tile for the reader. */
typedef struct teq_core_tile {
    uint32_t addr, y, u; /* of the first vector */
    uint32_t res_addr;
    uint16_t rows, pass;
    uint8_t lanes, part;
    bool first, last, end; /* first tile, last tile of its group; tlast */
} teq_core_tile;

/* A tile for the weight loader. */
typedef struct teq_core_load {
    uint32_t word, compact;
} teq_core_load;

typedef struct teq_core_tile_queue {
    teq_core_tile entry[2];
    unsigned n;
} teq_core_tile_queue;

typedef struct teq_core_load_queue {
    teq_core_load entry[2];
    unsigned n;
} teq_core_load_queue;

typedef struct teq_core_sequencer {
    teq_core_state state;
    uint32_t pc;
    unsigned k;
    uint64_t word[TEQ_DESCRIPTOR_WORDS];
    teq_descriptor d;
    unsigned phase; /* of RUN: 0 A, 1 B, 2 C */
    uint64_t entry;
    uint32_t t, pass, rows_done;
    bool group0, multi;
    uint32_t in_pass, in_group, y_group, res_pass, res_group, w_pass, w_load, c_pass;
    uint32_t layer; /* descriptors fetched since start */
} teq_core_sequencer;

typedef struct teq_core_sequencer_in {
    bool start;                      /* in IDLE, with an image */
    bool tiles_full, loads_full;
    bool input_busy, input_last;     /* input unit at work; takes its last beat */
    bool writer_done, array_busy, config_idle;
    const uint64_t *prg;             /* PRG's output */
} teq_core_sequencer_in;

typedef struct teq_core_sequencer_out {
    bool read;                       /* PRG */
    uint32_t raddr;
    bool push_tile, push_load;
    teq_core_tile tile;
    teq_core_load load;
    bool start_input, start_layer;   /* CHECK: input unit; writer and, DOT, config loader */
    bool done;                       /* END */
    teq_core_fault fault;
} teq_core_sequencer_out;

void teq_core_sequencer_init(teq_core_sequencer *s);
/* What it does in this cycle; a function of its state and of `in`. */
void teq_core_sequencer_look(const teq_core_sequencer *s, const teq_core_params *p, const teq_core_sequencer_in *in,
                             teq_core_sequencer_out *out);
void teq_core_sequencer_step(teq_core_sequencer *s, const teq_core_params *p, const teq_core_sequencer_in *in,
                             const teq_core_sequencer_out *out);

/* Row 1 and 2 of the table of errors: cause of a descriptor, 0 if none. */
unsigned teq_core_check_descriptor(const teq_core_params *p, const teq_descriptor *d);

/* --- config loader -------------------------------------------------------- */

typedef struct teq_core_config_loader {
    uint32_t addr;
    uint32_t layer_left;      /* entries of the layer that are not read yet */
    uint32_t n_pass;          /* passes of its layer                            */
    uint32_t pass, pass_left; /* pass whose turn it is, its entries not read yet */
    uint32_t loaded;
    bool on_port, last;       /* an entry was read in the cycle before; the last one of a pass */
    uint32_t freed;           /* passes whose constants the array needs no more          */
    bool bank, left[2];       /* bank of the vector taken last; a pass was left one, two cycles ago */
} teq_core_config_loader;

typedef struct teq_core_config_out {
    bool read, skip; /* reads an entry; a pass without entries counts */
    teq_core_fault fault;
} teq_core_config_out;

void teq_core_config_init(teq_core_config_loader *c);
bool teq_core_config_idle(const teq_core_config_loader *c);
/* Must the pass whose turn it is wait for an earlier one? passes: finished by the writer. */
bool teq_core_config_waits(const teq_core_config_loader *c, const teq_core_params *p, const teq_descriptor *d, uint32_t passes);
void teq_core_config_look(const teq_core_config_loader *c, const teq_core_params *p, const teq_descriptor *d,
                          bool port_free, uint32_t passes, teq_core_config_out *out);
/* taken: the array takes a vector, of this bank. */
void teq_core_config_step(teq_core_config_loader *c, const teq_descriptor *d, bool start, bool taken, bool bank,
                          const teq_core_config_out *out);

/* --- weight loader -------------------------------------------------------- */

typedef struct teq_core_weights {
    teq_core_load_queue queue;
    unsigned step;                 /* of the head: with indirect 0 is S */
    bool beat, compact, last;      /* what the read stage holds */
    uint32_t sub;                  /* which compact word of the WGT word */
    uint8_t codes[16];
} teq_core_weights;

typedef struct teq_core_weights_out {
    bool step, last; /* makes a step; the head's last one */
    uint32_t raddr;
    teq_core_fault fault;
} teq_core_weights_out;

void teq_core_weights_init(teq_core_weights *w);
void teq_core_weights_look(const teq_core_weights *w, const teq_core_params *p, const teq_descriptor *d, bool tready,
                           teq_core_weights_out *out);
/* The beat in the read stage, slots as s_axis_w_tdata wants them. */
void teq_core_weights_beat(const teq_core_weights *w, const teq_core_params *p, const teq_descriptor *d,
                           const uint8_t *wgt, uint8_t *slots);
void teq_core_weights_step(teq_core_weights *w, const teq_core_params *p, const teq_descriptor *d, bool tready,
                           const uint8_t *wgt, const teq_core_weights_out *out, const teq_core_load *push);

/* --- reader --------------------------------------------------------------- */

/* A vector in stages B and C. */
typedef struct teq_core_vector {
    bool valid, residual;
    bool first, final, last; /* of the partial sum (MAX: of the window); tlast */
    bool bank;
    uint16_t addr;           /* partial sum */
    uint64_t mask;
    uint8_t n_lanes, n_zero; /* lanes unmasked, those of them that are zero */
    uint16_t code[TEQ_ROWS_MAX]; /* lanes, after `part`; masked ones zero */
} teq_core_vector;

typedef struct teq_core_reader {
    teq_core_tile_queue queue;
    uint32_t oy, ox, ty, tx; /* of the head, oy from its first row */
    bool residual;           /* the next step is a residual */
    uint32_t row_addr, row_y, row_res, col_addr, col_res, win_addr, win_y, tap_addr; /* of the head's, accumulated */
    uint32_t sum;            /* partial sum's address if there are several tiles */
    teq_core_vector b, c;
} teq_core_reader;

typedef struct teq_core_reader_in {
    bool a_tready, r_tready;
    uint32_t loaded;
    bool input_busy;
    uint32_t in_next;
} teq_core_reader_in;

typedef struct teq_core_reader_out {
    bool c_taken, b_moves, steps;
    bool final, pops;     /* the step: a final vector, the head's last step */
    uint32_t addr;
    unsigned t;
    uint64_t mask;
    teq_core_fault fault;
} teq_core_reader_out;

void teq_core_reader_init(teq_core_reader *r);
void teq_core_reader_look(const teq_core_reader *r, const teq_core_params *p, const teq_descriptor *d,
                          const teq_core_act *act, const teq_core_reader_in *in, teq_core_reader_out *out);
void teq_core_reader_step(teq_core_reader *r, const teq_core_params *p, const teq_descriptor *d, teq_core_act *act,
                          const teq_core_reader_out *out, const teq_core_tile *push, bool no_data);

/* --- MAX unit ------------------------------------------------------------- */

typedef struct teq_core_max {
    uint64_t seen; /* lanes that took part */
    uint16_t code[TEQ_COLS_MAX];
    bool valid;    /* the result of a window, for one cycle */
    uint16_t result[TEQ_COLS_MAX];
} teq_core_max;

void teq_core_max_init(teq_core_max *m);
/* `v`: the vector in stage C, NULL if there is none. */
void teq_core_max_step(teq_core_max *m, const teq_core_params *p, unsigned a_n, const teq_core_vector *v);

/* --- writer --------------------------------------------------------------- */

typedef struct teq_core_writer {
    bool active;
    uint32_t passes, oy, ox;
    uint32_t pass_addr, row_addr, col_addr;
    unsigned n_words, at; /* serializer: words held, words sent */
    bool last;            /* it holds the last vector of the layer */
    int16_t word[TEQ_COLS_MAX];
} teq_core_writer;

typedef struct teq_core_writer_out {
    bool ready, takes, writes; /* m_axis_y of the array; to ACT */
    uint32_t addr;
    unsigned lanes;
    bool push;                 /* to the output buffer */
    teq_axis_beat beat;
    teq_core_fault fault;
} teq_core_writer_out;

void teq_core_writer_init(teq_core_writer *w);
bool teq_core_writer_done(const teq_core_writer *w);
/* `valid`: a beat of m_axis_y, or a result of the MAX unit. */
void teq_core_writer_look(const teq_core_writer *w, const teq_descriptor *d, const teq_core_act *act, bool valid,
                          bool y_full, teq_core_writer_out *out);
void teq_core_writer_step(teq_core_writer *w, const teq_descriptor *d, bool start, const int16_t *words,
                          const teq_core_writer_out *out);

/* --- input unit ----------------------------------------------------------- */

typedef struct teq_core_input {
    bool busy, sgn;
    uint32_t n_lines, line_len, line_step; /* of its descriptor */
    uint32_t line, taken, line_addr;
    uint32_t in_next;                      /* line_addr + taken */
} teq_core_input;

typedef struct teq_core_input_out {
    bool takes, last; /* a beat; the last one */
    unsigned lanes;
    teq_core_fault fault;
} teq_core_input_out;

void teq_core_input_init(teq_core_input *u);
void teq_core_input_look(const teq_core_input *u, const teq_core_act *act, const teq_axis_beat *head, bool port_free,
                         teq_core_input_out *out);
/* The four codes {s, code} of a beat. */
void teq_core_input_codes(const teq_core_input *u, const teq_core_params *p, uint32_t data, uint16_t code[4]);
void teq_core_input_step(teq_core_input *u, const teq_core_params *p, const teq_descriptor *d, bool start,
                         const teq_core_input_out *out);

/* --- image loader --------------------------------------------------------- */

typedef struct teq_core_image {
    unsigned state;       /* 0 first header, 1 header, 2 count, 3 payload */
    uint32_t header, sum, before; /* before: sum without the header of the end */
    uint32_t addr, left;  /* words of the packet that are still to come */
    unsigned at;          /* beats of the word that have come */
    bool valid;           /* STATUS.IMAGE */
    uint32_t *beat;       /* of the word */
} teq_core_image;

typedef struct teq_core_image_out {
    bool takes, begins, done, writes; /* a beat; the first header; good end; a word complete */
    teq_core_fault fault;
} teq_core_image_out;

bool teq_core_image_init(teq_core_image *m, const teq_core_params *p, teq_error *err);
void teq_core_image_free(teq_core_image *m);
void teq_core_image_reset(teq_core_image *m);
void teq_core_image_look(const teq_core_image *m, const teq_core_params *p, const teq_axis_beat *head,
                         teq_core_image_out *out);
/* error: there is one in this cycle, here or elsewhere; no image is good then. */
void teq_core_image_step(teq_core_image *m, const teq_core_params *p, const teq_axis_beat *head,
                         const teq_core_image_out *out, bool error, teq_core_ram *prg, teq_core_ram *wgt);

/* --- registers ------------------------------------------------------------ */

typedef struct teq_core_counters {
    uint64_t cycles, vectors, stalls, row_ops, zero_skips;
} teq_core_counters;

typedef struct teq_core_counters_in {
    bool clear, run;       /* in any state but IDLE and ERROR */
    bool vector, stall;    /* the array takes one; a beat in stage C is not taken */
    unsigned lanes, zeros; /* of the vector: unmasked, and those of them that are zero */
} teq_core_counters_in;

void teq_core_counters_step(teq_core_counters *n, const teq_core_counters_in *in);

typedef struct teq_core_regs {
    bool aw_valid, w_valid, b_valid, ar_valid, r_valid;
    uint8_t aw, ar, wstrb, bresp, rresp;
    uint32_t w, r;
    bool start, reset;              /* effects, in the cycle after the write */
    bool port_write;                /* a write to a data port: */
    uint8_t port;                   /* its offset */
    uint32_t port_data;
    uint8_t irq_enable, irq_status;
    uint32_t error, error_info;
    teq_core_counters counters;
} teq_core_regs;

/* What the rest of the core shows to the registers in this cycle. */
typedef struct teq_core_regs_in {
    bool busy, image, loading, in_error, p_ready, x_ready;
    const teq_axis_beat *y; /* head of the output buffer, NULL if empty */
} teq_core_regs_in;

typedef struct teq_core_regs_out {
    bool writes, reads, pop_y;
    bool start, reset, port_write;   /* of the write of this cycle */
    uint32_t rdata;
    uint8_t bresp, rresp, irq_clear;
    int irq_enable;                  /* -1: not written */
    teq_core_fault fault;            /* OUTPUT_DATA while empty */
} teq_core_regs_out;

void teq_core_regs_init(teq_core_regs *r);
void teq_core_regs_look(const teq_core_regs *r, const teq_core_params *p, const teq_core_regs_in *in,
                        teq_core_regs_out *out);
void teq_core_regs_step(teq_core_regs *r, const teq_core_in *in, const teq_core_regs_out *out);

/* --- the core ------------------------------------------------------------- */

typedef struct teq_core {
    teq_core_params params;
    teq_core_regs regs;
    teq_core_image image;
    teq_core_sequencer sequencer;
    teq_core_config_loader config;
    teq_core_weights weights;
    teq_core_reader reader;
    teq_core_max max;
    teq_core_writer writer;
    teq_core_input input;
    teq_core_act act;
    teq_core_ram prg, wgt;
    teq_axis_fifo p, x, y;
    teq_array array;
    teq_array_in array_in;
    bool no_data;          /* set after teq_core_new: control alone, see teq_core_predict */
    teq_core_fault raised; /* by the last step; a core in state ERROR keeps it in its registers */
} teq_core;

/* In the state that a reset leaves; NULL with a message for illegal parameters or without
 * memory. The parameters are copied. */
teq_core *teq_core_new(const teq_core_params *p, teq_error *err);
void teq_core_free(teq_core *c);

void teq_core_outputs(const teq_core *c, teq_core_out *out);
void teq_core_step(teq_core *c, const teq_core_in *in);

/* PARITY = 1: a bit of a word has flipped (any odd number of bits; which one does not
 * matter). memory: 1 PRG, 2 WGT (word), 3 ACT (element). */
void teq_core_flip(teq_core *c, unsigned memory, uint32_t word);

/* --- cycles of a program -------------------------------------------------- */

/* One descriptor of a run, in the order of the program. */
typedef struct teq_core_layer {
    uint32_t pc, op;
    uint64_t first, last;       /* cycles, counted from 0 at start: first of DESC, first of the next DESC */
    teq_core_counters counters; /* what this descriptor added */
} teq_core_layer;

/* Runs the program in `prg` (n_prg words, the rest is 0) on the cycle model without data: input
 * beats come whenever they are asked for, output beats are taken at once. Counters as the
 * core's registers show them at the end, except zero_skips, which hang on data and are 0.
 * layers: NULL, or room for max_layers (INPUT with *early* overlaps with the next).
 * Returns the number of descriptors executed, END included; -1 with a message if the
 * program is refused (the cause of section 5 by name), or does not end within max_cycles. */
int teq_core_predict(const teq_core_params *p, const uint64_t *prg, size_t n_prg, uint64_t max_cycles,
                     teq_core_layer *layers, int max_layers, teq_core_counters *total, teq_error *err);

/* "OP", "FIELD", ... as section 5 names them; "none", "unknown". */
const char *teq_core_cause_name(unsigned cause);

#endif
