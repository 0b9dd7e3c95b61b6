/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_PORTS = 256, AFTER_FAILURE = 8 };

typedef struct port_state {
    const dut_port *port;
    unsigned lane_width;
    bool handed_out; /* the bench asked for it */
    bool compared;
} port_state;

struct bench_state {
    port_state ports[MAX_PORTS];
    size_t n_ports;
    uint64_t n_compares, n_mismatches, n_ticks;
    uint64_t failed_at;
    bool failed, skipped;
    double started;
    jmp_buf leave; /* out of bench_run(), when it cannot go on */
};

/* ---- failures -------------------------------------------------------------- */

/* Everything that is needed to see the failure again, in one line. */
static void print_replay(const bench *b) {
    const struct bench_state *s = b->state;
    const uint64_t cycle = s->failed_at;
    printf("  seed     %llu\n", (unsigned long long)b->seed);
    printf("  build    %s, %s, %s (%s)\n", dut_info.bench, dut_info.config, dut_info.simulator,
           dut_info.params[0] ? dut_info.params : "no parameters");
    const char *simulator = dut_info.simulator;
    if (strcmp(simulator, "verilator") == 0 || strcmp(simulator, "cov") == 0) simulator = "wave";
    printf("  replay   make wave BENCH=%s CONFIG=%s SIM=%s SEED=%llu FROM=%llu TO=%llu", dut_info.bench,
           dut_info.config, simulator, (unsigned long long)b->seed,
           (unsigned long long)(cycle > 64 ? cycle - 64 : 0), (unsigned long long)(cycle + AFTER_FAILURE));
    if (b->max_cycles) printf(" CYCLES=%llu", (unsigned long long)b->max_cycles);
    printf("\n");
    fflush(stdout);
}

/* Ends bench_run() at once: the bench itself is wrong, or its device is. */
__attribute__((format(printf, 2, 3), noreturn)) static void stop(bench *b, const char *format, ...) {
    va_list args;
    va_start(args, format);
    printf("FAIL: ");
    vprintf(format, args);
    printf("\n");
    va_end(args);
    b->state->failed = true;
    b->state->failed_at = dut_cycle();
    print_replay(b);
    longjmp(b->state->leave, 1);
}

static void print_hex(const uint32_t *words, const uint32_t *unknown, unsigned low, unsigned width) {
    for (unsigned digit = (width + 3) / 4; digit-- > 0;) {
        const unsigned at = low + 4 * digit, n = width - 4 * digit < 4 ? width - 4 * digit : 4;
        if (unknown && bits_get(unknown, at, n))
            putchar('x');
        else
            printf("%x", (unsigned)bits_get(words, at, n));
        if (digit % 4 == 0 && digit) putchar('_');
    }
}

static void print_mismatch(const bench *b, const port_state *port, const uint32_t *expected, const uint32_t *got,
                           const uint32_t *unknown, unsigned bit) {
    const unsigned width = dut_width(port->port);
    printf("FAIL: cycle %llu: %s", (unsigned long long)b->state->failed_at, dut_name(port->port));
    unsigned low = 0, field = width;
    if (port->lane_width && port->lane_width < width) {
        low = bit / port->lane_width * port->lane_width;
        field = port->lane_width < width - low ? port->lane_width : width - low;
        printf(" lane %u, bits %u:%u", bit / port->lane_width, low + field - 1, low);
    } else if (width > 128) {
        low = bit / 32 * 32;
        field = width - low < 32 ? width - low : 32;
        printf(" bits %u:%u", low + field - 1, low);
    }
    printf(" (first wrong bit: %u)\n  expected 0x", bit);
    print_hex(expected, NULL, low, field);
    printf("\n  got      0x");
    print_hex(got, unknown, low, field);
    printf("\n");
    print_replay(b);
}

static void note_failure(bench *b) {
    struct bench_state *s = b->state;
    s->n_mismatches++;
    s->failed = true;
    if (s->n_mismatches == 1) s->failed_at = dut_cycle();
}

/* ---- the device ------------------------------------------------------------ */

static port_state *state_of(bench *b, const dut_port *port) {
    struct bench_state *s = b->state;
    for (size_t i = 0; i < s->n_ports; i++)
        if (s->ports[i].port == port) return &s->ports[i];
    stop(b, "a port that this device does not have");
}

dut_port *bench_port(bench *b, const char *name) {
    dut_port *port = dut_find(name);
    if (!port) stop(b, "%s has no port %s", dut_info.top, name);
    state_of(b, port)->handed_out = true;
    return port;
}

/* A parameter's text in "A=1 B=shift", or NULL; it ends at a blank. */
static const char *find_param(const char *name) {
    const size_t length = strlen(name);
    for (const char *p = dut_info.params; p && *p;) {
        p += strspn(p, " ");
        if (strncmp(p, name, length) == 0 && p[length] == '=') return p + length + 1;
        p = strchr(p, ' ');
    }
    return NULL;
}

const char *bench_param_text(bench *b, const char *name) {
    const char *found = find_param(name);
    if (!found) return NULL;
    const size_t length = strcspn(found, " ");
    char *text = malloc(length + 1); /* kept until the process ends */
    if (!text) stop(b, "out of memory");
    memcpy(text, found, length);
    text[length] = '\0';
    return text;
}

int64_t bench_param_or(bench *b, const char *name, int64_t otherwise) {
    const char *text = find_param(name);
    if (!text) return otherwise;
    char *end;
    errno = 0;
    const long long value = strtoll(text, &end, 0);
    if (errno || end == text || (*end && *end != ' ')) stop(b, "parameter %s is not a number: %s", name, text);
    return value;
}

int64_t bench_param(bench *b, const char *name) {
    if (!find_param(name))
        stop(b, "tb.mk does not list parameter %s for %s.%s", name, dut_info.bench, dut_info.config);
    return bench_param_or(b, name, 0);
}

/* ---- time ------------------------------------------------------------------ */

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

bool bench_running(bench *b, uint64_t cycles) {
    return !b->state->failed && dut_cycle() < (b->max_cycles ? b->max_cycles : cycles);
}

void bench_tick(bench *b) {
    dut_tick();
    b->state->n_ticks++;
    if (b->verbose && dut_cycle() % 1000 == 0) {
        printf("cycle %llu: %llu compares\n", (unsigned long long)dut_cycle(),
               (unsigned long long)b->state->n_compares);
        fflush(stdout);
    }
}

void bench_reset(bench *b, unsigned n) {
    dut_port *reset = bench_port(b, "rst_ni");
    dut_set_u64(reset, 0);
    for (unsigned i = 0; i < n; i++) bench_tick(b);
    dut_set_u64(reset, 1);
}

/* ---- stimulus -------------------------------------------------------------- */

void bench_set_random(bench *b, dut_port *port, uint32_t *words) {
    uint32_t own[DUT_MAX_WORDS];
    if (!words) words = own;
    rng_bits(&b->rng, words, dut_width(port));
    dut_set(port, words);
}

void bench_set_poison(bench *b, dut_port *port) {
    bench_set_random(b, port, NULL); /* drawn in every simulator, so that a seed means the same run */
    if (dut_info.four_state) dut_set_unknown(port);
}

bench_stall bench_stall_never(void) { return (bench_stall){.begin = 0, .end = 256}; }

bench_stall bench_stall_random(bench *b) {
    static const bench_stall profiles[] = {
        {.begin = 0, .end = 256},   /* never */
        {.begin = 16, .end = 192},  /* rarely and briefly */
        {.begin = 128, .end = 128}, /* half of the time */
        {.begin = 8, .end = 12},    /* long bursts */
        {.begin = 230, .end = 24},  /* nearly always */
    };
    return profiles[rng_below(&b->rng, sizeof profiles / sizeof *profiles)];
}

bool bench_stalls(bench *b, bench_stall *stall) {
    if (stall->stalled)
        stall->stalled = !rng_chance(&b->rng, stall->end);
    else
        stall->stalled = rng_chance(&b->rng, stall->begin);
    return stall->stalled;
}

/* ---- scoreboard ------------------------------------------------------------ */

void bench_lanes(bench *b, const dut_port *port, unsigned lane_width) {
    state_of(b, port)->lane_width = lane_width;
}

bool bench_compare(bench *b, const dut_port *port, const uint32_t *expected, const uint32_t *mask) {
    uint32_t got[DUT_MAX_WORDS], unknown[DUT_MAX_WORDS];
    const unsigned n = dut_words(port), rest = dut_width(port) % 32;
    port_state *state = state_of(b, port);
    state->compared = true;
    b->state->n_compares++;
    dut_get(port, got);
    dut_get_unknown(port, unknown);
    for (unsigned i = 0; i < n; i++) {
        uint32_t wrong = (got[i] ^ expected[i]) | unknown[i];
        if (mask) wrong &= mask[i];
        if (i + 1 == n && rest) wrong &= (UINT32_C(1) << rest) - 1;
        if (!wrong) continue;
        note_failure(b);
        if (b->state->n_mismatches == 1)
            print_mismatch(b, state, expected, got, unknown, 32 * i + (unsigned)__builtin_ctz(wrong));
        return false;
    }
    return true;
}

bool bench_compare_u64(bench *b, const dut_port *port, uint64_t expected) {
    const uint32_t words[2] = {(uint32_t)expected, (uint32_t)(expected >> 32)};
    if (dut_width(port) > 64) stop(b, "bench_compare_u64: %s has %u bits", dut_name(port), dut_width(port));
    return bench_compare(b, port, words, NULL);
}

void bench_ignore(bench *b, const dut_port *port, const char *why) {
    state_of(b, port)->compared = true;
    if (b->verbose) printf("not compared: %s (%s)\n", dut_name(port), why);
}

bool bench_check(bench *b, bool holds, const char *format, ...) {
    b->state->n_compares++;
    if (holds) return true;
    note_failure(b);
    if (b->state->n_mismatches == 1) {
        va_list args;
        va_start(args, format);
        printf("FAIL: cycle %llu: ", (unsigned long long)dut_cycle());
        vprintf(format, args);
        printf("\n");
        va_end(args);
        print_replay(b);
    }
    return false;
}

void bench_skip(bench *b, const char *format, ...) {
    va_list args;
    va_start(args, format);
    printf("SKIP: ");
    vprintf(format, args);
    printf("\n");
    va_end(args);
    b->state->skipped = true;
    longjmp(b->state->leave, 1);
}

void bench_note(bench *b, const char *format, ...) {
    (void)b;
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    printf("\n");
    va_end(args);
}

/* ---- the program ------------------------------------------------------------ */

static int usage(const char *program) {
    fprintf(stderr,
            "usage: %s [--seed N|random] [--cycles N] [--verbose]\n"
            "           [--wave FILE [--from CYCLE] [--to CYCLE]] [--coverage FILE]\n",
            program);
    return BENCH_USAGE;
}

static uint64_t random_seed(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    rng r;
    rng_seed(&r, (uint64_t)t.tv_sec * UINT64_C(1000000007) + (uint64_t)t.tv_nsec);
    return rng_u64(&r) >> 33;
}

static bool parse_u64(const char *text, uint64_t *value) {
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 0);
    return !errno && end != text && !*end && *text != '-';
}

static bool parse_seed(const char *text, uint64_t *seed) {
    if (strcmp(text, "random") != 0) return parse_u64(text, seed);
    *seed = random_seed();
    return true;
}

/* Every port was used, and something was compared. */
static void check_use_of_ports(bench *b) {
    struct bench_state *s = b->state;
    if (s->failed || s->skipped) return;
    if (s->n_compares == 0) {
        printf("FAIL: %s compared nothing\n", dut_info.bench);
        s->failed = true;
        return;
    }
    for (size_t i = 0; i < s->n_ports; i++) {
        const port_state *port = &s->ports[i];
        if (dut_is_output(port->port) ? port->compared : port->handed_out) continue;
        printf("FAIL: %s %s was never %s\n", dut_is_output(port->port) ? "output" : "input", dut_name(port->port),
               dut_is_output(port->port) ? "compared" : "driven");
        s->failed = true;
    }
}

static int verdict(bench *b) {
    struct bench_state *s = b->state;
    check_use_of_ports(b);
    const double took = seconds() - s->started;
    printf("%s %s.%s on %s: %llu cycles, %llu compares, %llu mismatches, seed %llu, %.1f s",
           s->skipped ? "SKIP" : s->failed ? "FAIL" : "PASS", dut_info.bench, dut_info.config, dut_info.simulator,
           (unsigned long long)dut_cycle(), (unsigned long long)s->n_compares, (unsigned long long)s->n_mismatches,
           (unsigned long long)b->seed, took);
    if (took > 0.5) printf(", %.0f kcycles/s", 1e-3 * (double)dut_cycle() / took);
    printf("\n");
    fflush(stdout);
    return s->skipped ? BENCH_SKIPPED : s->failed ? BENCH_FAILED : BENCH_PASSED;
}

/* setjmp() and what it may clobber stay in a function of their own. */
static void run_guarded(bench *b) {
    if (setjmp(b->state->leave) == 0) bench_run(b);
}

int dut_main(int argc, char **argv) {
    static struct bench_state state;
    bench b = {.seed = 1, .state = &state};
    dut_options options = {0};
    uint64_t from = 0, to = UINT64_MAX;
    const char *environment = getenv("TEQ_SEED");
    if (environment && *environment && !parse_seed(environment, &b.seed)) {
        fprintf(stderr, "TEQ_SEED: got \"%s\", expected a number or \"random\"\n", environment);
        return BENCH_USAGE;
    }
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        bool good = true;
        if (strcmp(option, "--verbose") == 0) {
            b.verbose = true;
            continue;
        }
        if (!value) return usage(argv[0]);
        if (strcmp(option, "--seed") == 0) good = parse_seed(value, &b.seed);
        else if (strcmp(option, "--cycles") == 0) good = parse_u64(value, &b.max_cycles);
        else if (strcmp(option, "--wave") == 0) b.wave = value;
        else if (strcmp(option, "--from") == 0) good = parse_u64(value, &from);
        else if (strcmp(option, "--to") == 0) good = parse_u64(value, &to);
        else if (strcmp(option, "--coverage") == 0) options.coverage_file = value;
        else return usage(argv[0]);
        if (!good) {
            fprintf(stderr, "%s: got \"%s\", expected a number\n", option, value);
            return BENCH_USAGE;
        }
        i++;
    }
    options.wave_file = b.wave;
    options.init_seed = b.seed;
    rng_seed(&b.rng, b.seed);
    state.started = seconds();
    if (!dut_open(&options)) return BENCH_USAGE;
    if (b.wave) dut_trace_window(from, to);
    state.n_ports = dut_port_count();
    if (state.n_ports > MAX_PORTS) {
        fprintf(stderr, "bench: %zu ports, at most %d\n", state.n_ports, MAX_PORTS);
        return BENCH_USAGE;
    }
    for (size_t i = 0; i < state.n_ports; i++) state.ports[i].port = dut_port_at(i);
    run_guarded(&b);
    if (state.failed && b.wave) /* a few cycles more, so that the failure is not at the edge of the picture */
        for (int i = 0; i < AFTER_FAILURE; i++) dut_tick();
    const int status = verdict(&b);
    dut_close();
    return status;
}
