// SPDX-License-Identifier: Apache-2.0
//
// memory LIBERTY NETLIST WORDS BITS CYCLES SEED -- energy of a mapped teq_psum_latch: idle,
// written, read, both. Addresses run as partial sums do, data are random bits; *still*: all words are zero and zeros are
// written, as in columns out of use. All that is read is compared with what was written. One JSON object on stdout.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../sim.h"

enum { MAX_WORDS = 128, MAX_BITS = 512 };

static cells lib;
static sim  *at_work;
static uint32_t wen, ren, waddr[7], raddr[7], wdata[MAX_BITS], rdata[MAX_BITS];
static unsigned words, bits, address_bits;
static uint8_t  stored[MAX_WORDS][MAX_BITS];
static uint64_t state;
static bool     still;

static unsigned random_bit(void)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17; // xorshift64
    return state >> 40 & 1;
}

static uint32_t net(const netlist *n, const char *name, int bit)
{
    char full[40];
    uint32_t at;
    snprintf(full, sizeof full, bit < 0 ? "%s" : "%s[%d]", name, bit);
    if (netlist_port(n, full, &at))
        return at;
    fprintf(stderr, "%s: no port %s\n", n->path, full);
    exit(1);
}

static void put(const uint32_t *to, unsigned value)
{
    for (unsigned i = 0; i < address_bits; i++)
        sim_set(at_work, to[i], value >> i & 1);
}

// Data of the word whose address went in a cycle ago; -1: none.
static void put_data(int word)
{
    for (unsigned i = 0; word >= 0 && i < bits; i++) {
        stored[word][i] = (uint8_t)(still ? 0 : random_bit());
        sim_set(at_work, wdata[i], stored[word][i] != 0);
    }
}

// pJ a cycle.
static double run(unsigned cycles, bool writes, bool reads)
{
    static unsigned at;            // the word that is read; the one before it is written
    sim_sum before = sim_sums(at_work);
    int expected = -1, written = -1;
    for (unsigned t = 0; t < cycles; t++) {
        const unsigned read = at, write = (at + words - 3) % words;
        at = (at + 1) % words;
        put_data(written);
        sim_set(at_work, wen, writes);
        sim_set(at_work, ren, reads);
        if (writes)
            put(waddr, write);
        if (reads)
            put(raddr, read);
        sim_cycle(at_work);
        for (unsigned i = 0; expected >= 0 && i < bits; i++)
            if (sim_get(at_work, rdata[i]) != stored[expected][i]) {
                fprintf(stderr, "cycle %" PRIu64 ": word %d, bit %u: expected %d\n", sim_sums(at_work).cycles, expected, i,
                        stored[expected][i]);
                exit(1);
            }
        expected = reads ? (int)read : -1;
        written = writes ? (int)write : -1;
    }
    // the last write's data, and the last read
    put_data(written);
    sim_set(at_work, wen, false);
    sim_set(at_work, ren, false);
    sim_cycle(at_work);
    sim_sum after = sim_sums(at_work);
    double pj = 0;
    for (int i = 0; i < SIM_PARTS; i++)
        pj += 1e-6 * (double)(after.energy[i] - before.energy[i]);
    return pj / cycles;
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fputs("usage: memory LIBERTY NETLIST WORDS BITS CYCLES SEED\n", stderr);
        return 2;
    }
    words = (unsigned)atoi(argv[3]), bits = (unsigned)atoi(argv[4]);
    const unsigned cycles = (unsigned)atoi(argv[5]);
    state = strtoull(argv[6], NULL, 10) * 0x9e3779b97f4a7c15u + 1;
    if (words < 16 || words > MAX_WORDS || bits < 1 || bits > MAX_BITS || cycles < words) {
        fprintf(stderr, "memory: expected 16..%d words, 1..%d bits, as many cycles as words\n", MAX_WORDS, MAX_BITS);
        return 2;
    }
    lib = cells_read(argv[1]);
    netlist n = netlist_read(argv[2], &lib);
    at_work = sim_new(&n, &lib, "clk_i", 0);
    wen = net(&n, "wen_i", -1), ren = net(&n, "ren_i", -1);
    while (1u << address_bits < words)
        address_bits++;
    for (int i = 0; i < (int)address_bits; i++)
        waddr[i] = net(&n, "waddr_i", i), raddr[i] = net(&n, "raddr_i", i);
    for (unsigned i = 0; i < bits; i++)
        wdata[i] = net(&n, "wdata_i", (int)i), rdata[i] = net(&n, "rdata_o", (int)i);
    run(2 * words, true, false);   // nothing unknown is left
    const double idle = run(cycles, false, false), write = run(cycles, true, false), read = run(cycles, false, true),
                 both = run(cycles, true, true);
    still = true;
    run(2 * words, true, false);
    const double write_still = run(cycles, true, false), read_still = run(cycles, false, true);
    const double unit = 1e3 * cells_inverter_cv2(&lib), fj = 1e3 / bits;
    printf("{\"words\": %u, \"bits\": %u, \"idle_fj_bit\": %.1f, \"read_fj_bit\": %.1f, \"write_fj_bit\": %.1f, \"both_fj_bit\": %.1f, "
           "\"read_still_fj_bit\": %.1f, \"write_still_fj_bit\": %.1f, "
           "\"read_units\": %.2f, \"write_units\": %.2f, \"both_units\": %.2f, \"settle_ps\": %u}\n",
           words, bits, idle * fj, (read - idle) * fj, (write - idle) * fj, both * fj, (read_still - idle) * fj, (write_still - idle) * fj,
           (read - idle) * fj / unit,
           (write - idle) * fj / unit, both * fj / unit, sim_sums(at_work).settle_ps);
    sim_free(at_work);
    netlist_free(&n);
    return 0;
}
