// SPDX-License-Identifier: Apache-2.0
//
// test_energy LIBERTY SCRATCH -- the simulator of synth/energy on circuits whose delays and
// energies are added up by hand. LIBERTY is synth/test/power.lib.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../energy/blocks.h"
#include "../energy/sim.h"

static const char *liberty, *scratch;
static int passed, failed;

static void check(bool ok, const char *what, double expected, double got)
{
    if (ok) {
        passed++;
        return;
    }
    failed++;
    printf("FAIL %s: expected %.9g, got %.9g\n", what, expected, got);
}

static void expect(const char *what, double expected, double got) { check(fabs(expected - got) < 1e-9, what, expected, got); }

typedef struct {
    cells   lib;
    netlist n;
    sim    *s;
} bench;

static const char *put_netlist(const char *text)
{
    static char path[300];
    snprintf(path, sizeof path, "%s/test.v", scratch);
    FILE *out = fopen(path, "w");
    if (!out || fputs(text, out) < 0 || fclose(out)) {
        fprintf(stderr, "cannot write %s\n", path);
        exit(1);
    }
    return path;
}

static bench start(const char *text)
{
    static bench b;                // the simulator points into it
    b.lib = cells_read(liberty);
    b.n = netlist_read(put_netlist(text), &b.lib);
    b.s = sim_new(&b.n, &b.lib, "clk", 0);
    return b;
}

static uint32_t net(const bench *b, const char *name)
{
    uint32_t at;
    if (netlist_port(&b->n, name, &at))
        return at;
    printf("FAIL no port %s\n", name);
    exit(1);
}

// pJ since the last call.
static double spent(const bench *b, int part)
{
    static int64_t before[SIM_PARTS];
    sim_sum now = sim_sums(b->s);
    double pj = 1e-6 * (double)(now.energy[part] - before[part]);
    before[part] = now.energy[part];
    if (now.cycles == 0)
        memset(before, 0, sizeof before);
    return pj;
}

static void forget(const bench *b)
{
    for (int i = 0; i < SIM_PARTS; i++)
        spent(b, i);
}

static void cycle(const bench *b, const char *name, int value)
{
    if (name)
        sim_set(b->s, net(b, name), value);
    sim_cycle(b->s);
}

static void finish(bench *b)
{
    forget(b);
    sim_free(b->s);
    netlist_free(&b->n);
}

// ---- tables ----

static void test_tables(void)
{
    bench b = start("module t (clk, a, y);\ninput clk;\ninput a;\noutput y;\n"
                    "INV u1 (.A(a), .Y(w));\nINV u2 (.A(w), .Y(v));\nXOR2 u3 (.A(v), .B(v), .Y(y));\nendmodule\n");
    // ports have the smallest slew of the library, 0.1: 0.1 + 10 load + slew
    expect("load of a wire", 0.01, sim_load_pf(b.s, b.n.instance[0].out[0]));
    expect("load of two pins", 0.05, sim_load_pf(b.s, b.n.instance[1].out[0]));
    expect("delay, load first", 300, sim_delay_ps(b.s, 0, 0, 0, 0, 1));
    expect("delay, slew first", 300, sim_delay_ps(b.s, 0, 0, 0, 1, 0));
    expect("delay beyond the table", 700, sim_delay_ps(b.s, 1, 0, 0, 0, 1));
    expect("leakage", 6, sim_leakage_nw(b.s));
    finish(&b);
}

// ---- glitches ----

static void test_glitch(void)
{
    // y = a ^ a, 0.5 ns apart: two edges of y
    bench b = start("module t (clk, a, y);\ninput clk;\ninput a;\noutput y;\n"
                    "BUF5 u1 (.A(a), .Y(w));\nXOR2 u2 (.A(a), .B(w), .Y(y));\nINV u3 (.A(y), .Y(z));\nendmodule\n");
    sim_count(b.s, true);
    forget(&b);
    cycle(&b, "a", 1);
    // a: 0.01 + 0.02 pF, w: 0.03, y: 0.01 twice, z: no load; C V^2 / 2 = 2 C
    expect("glitch: switching", 2 * (0.03 + 0.03 + 2 * 0.01), spent(&b, SIM_SWITCHING));
    // y rises by A, falls by B; z falls and rises
    expect("glitch: internal", 0.010 + 0.200 + 0.001 + 0.003, spent(&b, SIM_INTERNAL));
    expect("glitch: edges", 2, (double)sim_net_toggles(b.s, net(&b, "y")));
    // 0.5 + 0.2 and the inverter, without load: 0.1 + 0.1
    expect("glitch: settled", 900, sim_sums(b.s).settle_ps);
    cycle(&b, NULL, 0);
    expect("nothing moves, nothing is paid", 0, spent(&b, SIM_SWITCHING) + spent(&b, SIM_INTERNAL));
    finish(&b);

    // 0.1 ns apart is less than the 0.2 ns of the XOR2: no edge
    b = start("module t (clk, a, y);\ninput clk;\ninput a;\noutput y;\n"
              "BUF1 u1 (.A(a), .Y(w));\nXOR2 u2 (.A(a), .B(w), .Y(y));\nendmodule\n");
    sim_count(b.s, true);
    forget(&b);
    cycle(&b, "a", 1);
    expect("short pulse: edges", 0, (double)sim_net_toggles(b.s, net(&b, "y")));
    expect("short pulse: switching", 2 * (0.03 + 0.03), spent(&b, SIM_SWITCHING));
    expect("short pulse: internal", 0, spent(&b, SIM_INTERNAL));
    finish(&b);
}

// ---- flip-flops ----

static void test_flip_flop(void)
{
    bench b = start("module t (clk, d, q, n);\ninput clk;\ninput d;\noutput q;\noutput n;\n"
                    "DFF u1 (.CK(clk), .D(d), .Q(q), .QN(n));\nDFF u2 (.CK(clk), .D(q), .Q(r));\nendmodule\n");
    expect("Q at the start", 0, sim_get(b.s, net(&b, "q")));
    expect("not Q at the start", 1, sim_get(b.s, net(&b, "n")));
    forget(&b);
    cycle(&b, "d", 1);
    // both edges of the clock: 2 x 0.02 pF x 2, and the pins of two flip-flops
    const double clock = 2 * 2 * 0.02 + 2 * (0.004 + 0.002);
    expect("flip-flop: clock", clock, spent(&b, SIM_CLOCK));
    expect("flip-flop: data waits", 0, sim_get(b.s, net(&b, "q")));
    expect("flip-flop: data pin, switching", 2 * 0.01, spent(&b, SIM_SWITCHING));
    expect("flip-flop: data pin, internal", 0.001, spent(&b, SIM_INTERNAL));
    cycle(&b, NULL, 0);
    expect("flip-flop: Q", 1, sim_get(b.s, net(&b, "q")));
    expect("flip-flop: not Q", 0, sim_get(b.s, net(&b, "n")));
    expect("flip-flop: clock again", clock, spent(&b, SIM_CLOCK));
    expect("flip-flop: Q moves, switching", 2 * 0.01, spent(&b, SIM_SWITCHING));
    expect("flip-flop: Q moves, internal", 0.005 + 0.001, spent(&b, SIM_INTERNAL));
    cycle(&b, NULL, 0);
    expect("two in a row: one cycle later", 0.005, spent(&b, SIM_INTERNAL));
    finish(&b);
}

// ---- clock gates ----

static void gate_case(const char *name, const char *text, double idle, double gated)
{
    char what[100];
    bench b = start(text);
    cycle(&b, "d", 1);
    cycle(&b, NULL, 0);
    forget(&b);
    cycle(&b, NULL, 0);
    snprintf(what, sizeof what, "%s: closed, Q", name);
    expect(what, 0, sim_get(b.s, net(&b, "q")));
    snprintf(what, sizeof what, "%s: closed, energy", name);
    expect(what, idle, spent(&b, SIM_CLOCK));
    cycle(&b, "en", 1);            // seen by the next edge
    forget(&b);
    cycle(&b, "en", 0);            // too late to stop it
    snprintf(what, sizeof what, "%s: open, Q", name);
    expect(what, 1, sim_get(b.s, net(&b, "q")));
    snprintf(what, sizeof what, "%s: open, energy", name);
    expect(what, idle + gated, spent(&b, SIM_CLOCK));
    cycle(&b, "d", 0);
    cycle(&b, NULL, 0);
    snprintf(what, sizeof what, "%s: closed again, Q", name);
    expect(what, 1, sim_get(b.s, net(&b, "q")));
    finish(&b);
}

static void test_clock_gates(void)
{
    // both edges of clk (0.01 pF); of the gated clock (0.01 pF), the cell, the flip-flop's pin
    gate_case("clock gate", "module t (clk, en, d, q);\ninput clk;\ninput en;\ninput d;\noutput q;\n"
              "ICG u1 (.CK(clk), .E(en), .GCK(g));\nDFF u2 (.CK(g), .D(d), .Q(q));\nendmodule\n",
              2 * 2 * 0.01, 2 * 2 * 0.01 + 0.011 + 0.012 + 0.004 + 0.002);
    // clk drives the inverter and the AND2, its complement the latch
    gate_case("latch and AND", "module t (clk, en, d, q);\ninput clk;\ninput en;\ninput d;\noutput q;\n"
              "INV u1 (.A(clk), .Y(n));\nLATCH u2 (.G(n), .D(en), .Q(e));\nAND2 u3 (.A(clk), .B(e), .Y(g));\n"
              "DFF u4 (.CK(g), .D(d), .Q(q));\nendmodule\n",
              2 * 2 * 0.02 + 2 * 2 * 0.01 + 0.003 + 0.001, 2 * 2 * 0.01 + 0.007 + 0.008 + 0.004 + 0.002);
}

// ---- the same twice; sums against counts ----

static uint64_t mix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

// A ripple adder of 12 bits with registered sums.
static void adder_text(char *text, size_t size)
{
    size_t at = 0;
    at += (size_t)snprintf(text + at, size - at, "module t (clk, x);\ninput clk;\n");
    for (int i = 0; i < 12; i++)
        at += (size_t)snprintf(text + at, size - at, "input \\a[%d] ;\ninput \\b[%d] ;\noutput \\s[%d] ;\n", i, i, i);
    for (int i = 0; i < 12; i++) {
        char carry[20];
        snprintf(carry, sizeof carry, i ? "c%d" : "1'b0", i);
        at += (size_t)snprintf(text + at, size - at,
                               "XOR2 x%d (.A(\\a[%d] ), .B(\\b[%d] ), .Y(p%d));\nXOR2 y%d (.A(p%d), .B(%s), .Y(t%d));\n"
                               "AND2 g%d (.A(\\a[%d] ), .B(\\b[%d] ), .Y(g_%d));\nAND2 h%d (.A(p%d), .B(%s), .Y(h_%d));\n"
                               "XOR2 o%d (.A(g_%d), .B(h_%d), .Y(c%d));\nDFF r%d (.CK(clk), .D(t%d), .Q(q%d));\n"
                               "assign \\s[%d] = q%d;\n",
                               i, i, i, i, i, i, carry, i, i, i, i, i, i, i, carry, i, i, i, i, i + 1, i, i, i, i, i);
    }
    snprintf(text + at, size - at, "endmodule\n");
}

static sim_sum run_adder(uint64_t seed, bool counted)
{
    static char text[20000];
    adder_text(text, sizeof text);
    bench b = start(text);
    sim_count(b.s, counted);
    unsigned expected = 0, wrong = 0;
    for (int c = 0; c < 200; c++) {
        unsigned x = (unsigned)mix(&seed) & 0xfff, y = (unsigned)mix(&seed) & 0xfff, got = 0;
        for (int i = 0; i < 12; i++) {
            char name[20];
            snprintf(name, sizeof name, "a[%d]", i);
            sim_set(b.s, net(&b, name), x >> i & 1);
            snprintf(name, sizeof name, "b[%d]", i);
            sim_set(b.s, net(&b, name), y >> i & 1);
        }
        sim_cycle(b.s);
        for (int i = 0; i < 12; i++) {
            char name[20];
            snprintf(name, sizeof name, "s[%d]", i);
            got |= (unsigned)sim_get(b.s, net(&b, name)) << i;
        }
        wrong += got != expected;
        expected = (x + y) & 0xfff;
    }
    expect("adder: sums that are wrong", 0, wrong);
    sim_sum sum = sim_sums(b.s);
    if (counted) {
        double switching = 0;
        uint64_t edges = 0;
        for (uint32_t i = NET_NONE + 1; i < b.n.n_nets; i++)
            if (i != net(&b, "clk")) {
                switching += 2 * sim_load_pf(b.s, i) * (double)sim_net_toggles(b.s, i);
                edges += sim_net_toggles(b.s, i);
            }
        expect("adder: edges of all nets", (double)sum.toggles, (double)edges);
        check(fabs(1e-6 * (double)sum.energy[SIM_SWITCHING] - switching) < 1e-6 * switching, "adder: energy of all nets", switching,
              1e-6 * (double)sum.energy[SIM_SWITCHING]);
    }
    finish(&b);
    return sum;
}

static void test_adder(void)
{
    const char *text = getenv("TEQ_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 10) : 1;
    printf("seed %llu (again: TEQ_SEED=%llu test_energy %s %s)\n", (unsigned long long)seed, (unsigned long long)seed, liberty, scratch);
    sim_sum a = run_adder(seed, true), b = run_adder(seed, false);
    int64_t parts = 0, blocks = 0;
    for (int i = 0; i < SIM_PARTS; i++)
        parts += a.energy[i];
    for (int i = 0; i < SIM_BLOCKS; i++)
        blocks += a.block[i];
    expect("adder: energy by blocks", (double)parts, (double)blocks);
    expect("adder: the same twice", 0, memcmp(a.energy, b.energy, sizeof a.energy) != 0 || a.toggles != b.toggles || a.events != b.events);
    expect("adder: glitches are there", 1, a.toggles > 200 * 24);
}

// ---- blocks ----

// One cell of a tile: what each instance belongs to, and the nets that another one pays.
static void test_blocks(void)
{
    static const char *const text =
        "module t (clk, w_i, code_i, clr_i, acc_o);\ninput clk;\ninput w_i;\ninput code_i;\ninput clr_i;\noutput acc_o;\n"
        "DFF w (.CK(gw), .D(w_i), .Q(wq), .QN(wn));\nICG g (.CK(clk), .E(still), .GCK(gw));\nINV d (.A(wq), .Y(wd));\n"
        "INV h (.A(code_i), .Y(hq));\nDFF x (.CK(clk), .D(hq), .Q(xq));\nBUF1 b (.A(xq), .Y(xb));\n"
        "AND2 s (.A(xb), .B(wq), .Y(p));\nINV c (.A(p), .Y(q));\nXOR2 n (.A(q), .B(wd), .Y(m));\n"
        "HA a (.A(m), .B(f), .S(t), .C(u));\nXOR2 r (.A(t), .B(u), .Y(v));\n"
        "DFF acc (.CK(clk), .D(v), .Q(acc_o));\nAND2 f (.A(acc_o), .B(clr_i), .Y(f));\nAND2 o (.A(wn), .B(acc_o), .Y(still));\nendmodule\n";
    static const struct {
        const char *name;
        tile_block of;
    } expected[] = {{"w", BLOCK_WEIGHTS}, {"d", BLOCK_WEIGHTS}, {"h", BLOCK_HEADS}, {"x", BLOCK_ROWS}, {"b", BLOCK_BROADCAST},
                    {"s", BLOCK_SELECT}, {"c", BLOCK_CELL}, {"n", BLOCK_SIGN}, {"a", BLOCK_ADDERS}, {"r", BLOCK_ADDERS},
                    {"acc", BLOCK_ACCUMULATORS}, {"f", BLOCK_ACCUMULATORS}, {"o", BLOCK_OTHER}, {"g", BLOCK_OTHER}};
    cells lib = cells_read(liberty);
    netlist n = netlist_read(put_netlist(text), &lib);
    uint8_t *of_instance, *of_net;
    blocks_find(&n, &of_instance, &of_net);
    for (uint32_t i = 0; i < n.n_instances; i++)
        for (size_t k = 0; k < sizeof expected / sizeof *expected; k++)
            if (!strcmp(n.instance[i].name, expected[k].name)) {
                char what[60];
                snprintf(what, sizeof what, "block of %s", expected[k].name);
                expect(what, expected[k].of, of_instance[i]);
                if (!strcmp(expected[k].name, "x")) // its net is broadcast, and the gated clock is the weights'
                    expect("block of the broadcast", BLOCK_BROADCAST, of_net[n.instance[i].out[0]]);
                if (!strcmp(expected[k].name, "g"))
                    expect("block of a gated clock", BLOCK_WEIGHTS, of_net[n.instance[i].out[0]]);
            }
    expect("instances with a block", sizeof expected / sizeof *expected, n.n_instances);
    free(of_instance);
    free(of_net);
    netlist_free(&n);
}

// ---- what is refused ----

// In a process of its own: must end with a message that has `part` in it.
static void refuses(const char *what, const char *part, const char *library, const char *text)
{
    int ends[2], status;
    char message[1000] = "";
    fflush(stdout);
    if (pipe(ends))
        exit(1);
    pid_t pid = fork();
    if (!pid) {
        dup2(ends[1], 2);
        close(ends[0]);
        cells lib = cells_read(library);
        netlist n = netlist_read(put_netlist(text), &lib);
        sim_new(&n, &lib, "clk", 0);
        _exit(0);
    }
    close(ends[1]);
    size_t got = 0;
    for (ssize_t r; got < sizeof message - 1 && (r = read(ends[0], message + got, sizeof message - 1 - got)) > 0;)
        got += (size_t)r;
    close(ends[0]);
    waitpid(pid, &status, 0);
    bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 1 && strstr(message, part);
    passed += ok;
    failed += !ok;
    if (!ok)
        printf("FAIL %s: expected an error with `%s`, got `%s`\n", what, part, message);
}

static void test_refused(void)
{
#define HEAD "module t (clk, a, y);\ninput clk;\ninput a;\noutput y;\n"
    refuses("no library", "cannot open", "/nonexistent.lib", HEAD "endmodule\n");
    refuses("unknown cell", "cell NOR9 is not in", liberty, HEAD "NOR9 u1 (.A(a), .Y(y));\nendmodule\n");
    refuses("unknown pin", "cell INV has no pin B", liberty, HEAD "INV u1 (.B(a), .Y(y));\nendmodule\n");
    refuses("open pin", "pin B of cell AND2 is open", liberty, HEAD "AND2 u1 (.A(a), .Y(y));\nendmodule\n");
    refuses("two drivers", "net y has two drivers", liberty, HEAD "INV u1 (.A(a), .Y(y));\nINV u2 (.A(a), .Y(y));\nendmodule\n");
    refuses("no driver", "net w has no driver", liberty, HEAD "INV u1 (.A(w), .Y(y));\nendmodule\n");
    refuses("loop", "a loop of cells", liberty, HEAD "AND2 u1 (.A(a), .B(w), .Y(y));\nINV u2 (.A(y), .Y(w));\nendmodule\n");
    refuses("no clock", "no port clk", liberty, "module t (a);\ninput a;\nendmodule\n");
    refuses("clear", "clear and preset are not simulated", liberty, HEAD "DFFR u1 (.CK(clk), .D(a), .R(a), .Q(y));\nendmodule\n");
    refuses("clock as data", "a clock at data pin D", liberty, HEAD "DFF u1 (.CK(clk), .D(clk), .Q(y));\nendmodule\n");
    refuses("other clock", "does not come from the clock port", liberty, HEAD "DFF u1 (.CK(a), .D(a), .Q(y));\nendmodule\n");
    refuses("cut netlist", "expected endmodule", liberty, HEAD "INV u1 (.A(a), .Y(y));\n");
    refuses("no module", "expected module", liberty, "input clk;\n");
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: test_energy LIBERTY SCRATCH\n");
        return 2;
    }
    lib_program = "test_energy";
    liberty = argv[1];
    scratch = argv[2];
    test_tables();
    test_glitch();
    test_flip_flop();
    test_clock_gates();
    test_adder();
    test_blocks();
    test_refused();
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
