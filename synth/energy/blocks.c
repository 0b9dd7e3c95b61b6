// SPDX-License-Identifier: Apache-2.0
#include "blocks.h"

#include <stdlib.h>
#include <string.h>

const char *const block_name[BLOCKS] = {"other", "weights", "heads", "rows", "broadcast", "select", "cell", "sign", "adders", "accumulators"};

// What a net depends on, flip-flops being sources. A row register is a flip-flop whose data
// depends on codes, a weight one whose data depends on w_i; others hold sums.
enum { FROM_CODE = 1, FROM_LOAD = 2, FROM_CONTROL = 4, FROM_WEIGHT = 8, FROM_ROW = 16, FROM_SUM = 32, FROM_ADDER = 64 };

typedef struct {
    const netlist *n;
    uint8_t *from;                 // of each net
    uint8_t *block;                // of each instance
    uint32_t *driver;              // instance of a net + 1
    uint32_t *order, n_order;      // logic, sources first
} finder;

static void *zeroed(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p)
        lib_die("out of memory");
    return p;
}

static bool is_logic(const instance *at) { return at->cell->kind == CELL_COMB; }
static bool is_adder(const instance *at) { return is_logic(at) && at->cell->n_out == 2; }

static uint8_t of_port(const char *name)
{
    static const struct {
        const char *name;
        uint8_t from;
    } ports[] = {{"code_i", FROM_CODE}, {"zero_i", FROM_CODE}, {"shift_i", FROM_CODE}, {"w_i", FROM_LOAD}, {"psum_i", FROM_SUM}};
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        if (!strncmp(name, ports[i].name, strlen(ports[i].name)))
            return ports[i].from;
    return FROM_CONTROL;
}

// Instances of plain logic such that each comes after those that drive it.
static void sort(finder *f)
{
    const netlist *n = f->n;
    uint32_t *waiting = zeroed(n->n_instances, sizeof *waiting), *first = zeroed((size_t)n->n_nets + 1, sizeof *first);
    for (uint32_t i = 0; i < n->n_instances; i++)
        for (int k = 0; k < n->instance[i].cell->n_in; k++)
            first[n->instance[i].in[k]]++;
    for (uint32_t i = 0; i < n->n_nets; i++)
        first[i + 1] += first[i];
    uint32_t *reader = zeroed(first[n->n_nets], sizeof *reader);
    for (uint32_t i = 0; i < n->n_instances; i++)
        for (int k = 0; k < n->instance[i].cell->n_in; k++) {
            const uint32_t net = n->instance[i].in[k], by = f->driver[net];
            reader[--first[net]] = i;
            waiting[i] += by && is_logic(&n->instance[by - 1]);
        }
    f->order = zeroed(n->n_instances, sizeof *f->order);
    for (uint32_t i = 0; i < n->n_instances; i++)
        if (is_logic(&n->instance[i]) && !waiting[i])
            f->order[f->n_order++] = i;
    for (uint32_t i = 0; i < f->n_order; i++) {
        const instance *at = &n->instance[f->order[i]];
        for (int k = 0; k < at->cell->n_out; k++)
            for (uint32_t r = first[at->out[k]]; at->out[k] != NET_NONE && r < first[at->out[k] + 1]; r++)
                if (is_logic(&n->instance[reader[r]]) && !--waiting[reader[r]])
                    f->order[f->n_order++] = reader[r];
    }
    free(waiting);
    free(first);
    free(reader);
}

static void spread(finder *f)
{
    for (uint32_t i = 0; i < f->n_order; i++) {
        const instance *at = &f->n->instance[f->order[i]];
        uint8_t from = is_adder(at) ? FROM_ADDER : 0;
        for (int k = 0; k < at->cell->n_in; k++)
            from |= f->from[at->in[k]];
        for (int k = 0; k < at->cell->n_out; k++)
            if (at->out[k] != NET_NONE)
                f->from[at->out[k]] = from;
    }
}

// What flip-flops hold, from what is known of their data; true if anything was learnt.
static bool registers(finder *f)
{
    bool learnt = false;
    for (uint32_t i = 0; i < f->n->n_instances; i++) {
        const instance *at = &f->n->instance[i];
        if ((at->cell->kind != CELL_FF && at->cell->kind != CELL_LATCH) || f->block[i])
            continue;
        uint8_t data = 0;
        for (int k = 0; k < at->cell->n_in; k++)
            if (k != at->cell->clock)
                data |= f->from[at->in[k]];
        const tile_block b = data & FROM_ADDER ? BLOCK_ACCUMULATORS : data & FROM_LOAD ? BLOCK_WEIGHTS : data & FROM_CODE ? BLOCK_ROWS : BLOCK_OTHER;
        if (b == BLOCK_OTHER)
            continue;
        f->block[i] = b;
        learnt = true;
        for (int k = 0; k < at->cell->n_out; k++)
            if (at->out[k] != NET_NONE)
                f->from[at->out[k]] = b == BLOCK_ACCUMULATORS ? FROM_SUM : b == BLOCK_WEIGHTS ? FROM_WEIGHT : FROM_ROW;
    }
    return learnt;
}

static tile_block of_logic(const finder *f, const instance *at, bool feeds_adder)
{
    enum { CELL_MASK = FROM_WEIGHT | FROM_ROW };
    const uint8_t from = f->from[at->out[0]];
    if (from & FROM_ADDER)
        return BLOCK_ADDERS;
    if ((from & (FROM_WEIGHT | FROM_SUM)) == (FROM_WEIGHT | FROM_SUM))
        return BLOCK_OTHER;        // is the column still?
    if (from & FROM_SUM)
        return BLOCK_ACCUMULATORS;
    if ((from & CELL_MASK) == CELL_MASK) {
        for (int k = 0; k < at->cell->n_in; k++)
            if ((f->from[at->in[k]] & CELL_MASK) == FROM_ROW)
                return BLOCK_SELECT;
        return feeds_adder ? BLOCK_SIGN : BLOCK_CELL;
    }
    if (from & FROM_WEIGHT)
        return BLOCK_WEIGHTS;
    if (from & FROM_ROW)
        return at->cell->n_in == 1 ? BLOCK_BROADCAST : BLOCK_HEADS;
    return from & FROM_CODE ? BLOCK_HEADS : BLOCK_OTHER;
}

void blocks_find(const netlist *n, uint8_t **of_instance, uint8_t **of_net)
{
    finder f = {.n = n, .from = zeroed(n->n_nets, 1), .block = zeroed(n->n_instances, 1),
                .driver = zeroed(n->n_nets, sizeof *f.driver)};
    for (uint32_t i = 0; i < n->n_instances; i++)
        for (int k = 0; k < n->instance[i].cell->n_out; k++)
            if (n->instance[i].out[k] != NET_NONE)
                f.driver[n->instance[i].out[k]] = i + 1;
    for (uint32_t i = 0; i < n->n_ports; i++)
        if (!n->port[i].is_output)
            f.from[n->port[i].net] = of_port(n->port[i].name);
    sort(&f);
    do
        spread(&f);
    while (registers(&f));

    uint8_t *feeds = zeroed(n->n_nets, 1), *net = zeroed(n->n_nets, 1);
    for (uint32_t i = 0; i < n->n_instances; i++)
        for (int k = 0; is_adder(&n->instance[i]) && k < n->instance[i].cell->n_in; k++)
            feeds[n->instance[i].in[k]] = true;
    for (uint32_t i = 0; i < f.n_order; i++) {
        const instance *at = &n->instance[f.order[i]];
        f.block[f.order[i]] = of_logic(&f, at, feeds[at->out[0]]);
    }
    for (uint32_t i = 0; i < n->n_instances; i++)
        for (int k = 0; k < n->instance[i].cell->n_out; k++)
            if (n->instance[i].out[k] != NET_NONE)
                net[n->instance[i].out[k]] = f.block[i];
    // what cells and buffers read of a row is broadcast; clocks belong to the registers on them
    for (uint32_t i = 0; i < n->n_instances; i++) {
        const instance *at = &n->instance[i];
        for (int k = 0; k < at->cell->n_in; k++)
            if ((f.block[i] == BLOCK_SELECT || f.block[i] == BLOCK_BROADCAST) && (f.from[at->in[k]] & (FROM_WEIGHT | FROM_ROW)) == FROM_ROW)
                net[at->in[k]] = BLOCK_BROADCAST;
        if ((at->cell->kind == CELL_FF || at->cell->kind == CELL_LATCH) && f.driver[at->in[at->cell->clock]])
            net[at->in[at->cell->clock]] = f.block[i];
    }
    free(feeds);
    free(f.from);
    free(f.driver);
    free(f.order);
    *of_instance = f.block;
    *of_net = net;
}
