/* SPDX-License-Identifier: Apache-2.0
 *
 * dut.h over Icarus Verilog 11, through VPI: the four-state simulator.
 *
 * vvp owns the main loop, a test wants to own it too: dut_main() runs in a
 * coroutine on a stack of its own. dut_tick() puts values, asks vvp for a
 * callback and switches back to it; the callback switches to the test again.
 *
 *     time of cycle n    10n+9   test reads outputs, sets inputs (clock high)
 *                        10n+10  falling edge
 *                        10n+15  rising edge
 *
 * Values put before time 1 are lost in Icarus 11, so the test starts there.
 */
#include "dut.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <vpi_user.h>

const dut_description dut_info = {
    DUT_BENCH, DUT_CONFIG, DUT_SIMULATOR, DUT_TOP, DUT_PARAMS, true,
};

struct dut_port {
    vpiHandle net;
    char *name;
    unsigned width;
    bool output;
};

enum { STACK_BYTES = 8 << 20, MAX_PORTS = 256 };

static ucontext_t vvp_side, test_side;
static dut_port ports[MAX_PORTS];
static size_t n_ports;
static vpiHandle clock_net, wave_start, wave_enable, wave_flush;
static uint64_t cycle, wave_first, wave_last = UINT64_MAX;
static bool waving;

/* ---- the two stacks ------------------------------------------------------ */

static PLI_INT32 resume_test(p_cb_data data) {
    (void)data;
    swapcontext(&vvp_side, &test_side);
    return 0;
}

static void request(PLI_INT32 reason, unsigned delay) {
    s_vpi_time when = {.type = vpiSimTime, .low = delay};
    s_cb_data callback = {.reason = reason, .cb_rtn = resume_test, .time = &when};
    vpiHandle handle = vpi_register_cb(&callback);
    if (handle) vpi_free_object(handle);
}

static void wait_time(unsigned delay) {
    request(cbAfterDelay, delay);
    swapcontext(&test_side, &vvp_side);
}

/* Everything that happens now has happened; time has not moved. */
static void wait_settled(void) {
    request(cbReadWriteSynch, 0);
    swapcontext(&test_side, &vvp_side);
}

static void test_thread(void) {
    s_vpi_vlog_info info;
    vpi_get_vlog_info(&info);
    /* argv[0] is the compiled design; vvp's own flags for dump formats come first. */
    char **argv = calloc((size_t)info.argc + 1, sizeof *argv);
    int argc = 0;
    for (int i = 0; argv && i < info.argc; i++)
        if (strcmp(info.argv[i], "-fst") != 0) argv[argc++] = info.argv[i];
    const int status = argv ? dut_main(argc, argv) : EXIT_FAILURE;
    free(argv);
    fflush(stdout);
    vpip_set_return_value(status);
    vpi_control(vpiFinish, 0);
    swapcontext(&test_side, &vvp_side);
}

static PLI_INT32 start_test(p_cb_data data) {
    (void)data;
    void *stack = malloc(STACK_BYTES);
    if (!stack) {
        vpip_set_return_value(EXIT_FAILURE);
        vpi_control(vpiFinish, 0);
        return 0;
    }
    getcontext(&test_side);
    test_side.uc_stack.ss_sp = stack;
    test_side.uc_stack.ss_size = STACK_BYTES;
    makecontext(&test_side, test_thread, 0);
    request(cbAfterDelay, 1);
    return 0;
}

static void start_simulation(void) {
    s_cb_data callback = {.reason = cbStartOfSimulation, .cb_rtn = start_test};
    vpi_register_cb(&callback);
}

void (*vlog_startup_routines[])(void) = {start_simulation, NULL};

/* ---- start and end ------------------------------------------------------- */

static void put_bit(vpiHandle net, int bit) {
    if (!net) return; /* a combinational module has no clk_i */
    s_vpi_value value = {.format = vpiScalarVal, .value.scalar = bit ? vpi1 : vpi0};
    vpi_put_value(net, &value, NULL, vpiNoDelay);
}

static void find_ports(vpiHandle top) {
    vpiHandle iterator = vpi_iterate(vpiPort, top);
    for (vpiHandle port; iterator && (port = vpi_scan(iterator));) {
        const char *name = vpi_get_str(vpiName, port);
        const PLI_INT32 direction = vpi_get(vpiDirection, port);
        if (n_ports == MAX_PORTS) {
            fprintf(stderr, "dut_icarus: more than %d ports\n", MAX_PORTS);
            abort();
        }
        dut_port *entry = &ports[n_ports];
        entry->name = strdup(name);
        entry->net = vpi_handle_by_name(entry->name, top);
        entry->width = entry->net ? (unsigned)vpi_get(vpiSize, entry->net) : 0;
        entry->output = direction == vpiOutput;
        if (strcmp(entry->name, "clk_i") == 0) {
            clock_net = entry->net;
            free(entry->name);
        } else {
            n_ports++;
        }
    }
}

bool dut_open(const dut_options *options) {
    char top_name[] = DUT_TOP;
    vpiHandle top = vpi_handle_by_name(top_name, NULL);
    if (!top) {
        fprintf(stderr, "dut_icarus: no top module %s\n", DUT_TOP);
        return false;
    }
    find_ports(top);
    char name[32] = "dut_waves.start";
    wave_start = vpi_handle_by_name(name, NULL);
    strcpy(name, "dut_waves.enable");
    wave_enable = vpi_handle_by_name(name, NULL);
    strcpy(name, "dut_waves.flush");
    wave_flush = vpi_handle_by_name(name, NULL);
    if (options->wave_file) {
        strcpy(name, "dut_waves.file");
        char *file = strdup(options->wave_file);
        s_vpi_value value = {.format = vpiStringVal, .value.str = file};
        vpi_put_value(vpi_handle_by_name(name, NULL), &value, NULL, vpiNoDelay);
        free(file);
        put_bit(wave_start, 1);
        waving = true;
    }
    put_bit(clock_net, 0);
    static const uint32_t zero[DUT_MAX_WORDS];
    for (size_t i = 0; i < n_ports; i++)
        if (!ports[i].output) dut_set(&ports[i], zero);
    wait_time(8); /* to time 9 */
    return true;
}

void dut_close(void) {}

/* ---- ports --------------------------------------------------------------- */

dut_port *dut_find(const char *name) {
    for (size_t i = 0; i < n_ports; i++)
        if (strcmp(ports[i].name, name) == 0) return &ports[i];
    return NULL;
}

size_t dut_port_count(void) { return n_ports; }
dut_port *dut_port_at(size_t index) { return &ports[index]; }
const char *dut_name(const dut_port *port) { return port->name; }
unsigned dut_width(const dut_port *port) { return port->width; }
unsigned dut_words(const dut_port *port) { return (port->width + 31) / 32; }
bool dut_is_output(const dut_port *port) { return port->output; }

static void put_vector(dut_port *port, const uint32_t *aval, const uint32_t *bval) {
    s_vpi_vecval vector[DUT_MAX_WORDS];
    for (unsigned i = 0; i < dut_words(port); i++)
        vector[i] = (s_vpi_vecval){.aval = (PLI_INT32)aval[i], .bval = (PLI_INT32)bval[i]};
    s_vpi_value value = {.format = vpiVectorVal, .value.vector = vector};
    vpi_put_value(port->net, &value, NULL, vpiNoDelay);
}

/* Words of aval (known ones) or bval (x and z), with the bits above the width cleared. */
static void get_vector(const dut_port *port, uint32_t *known_ones, uint32_t *unknown) {
    s_vpi_value value = {.format = vpiVectorVal};
    vpi_get_value(port->net, &value);
    const unsigned n = dut_words(port);
    const unsigned rest = port->width % 32;
    for (unsigned i = 0; i < n; i++) {
        const uint32_t a = (uint32_t)value.value.vector[i].aval, b = (uint32_t)value.value.vector[i].bval;
        const uint32_t mask = i + 1 == n && rest ? (UINT32_C(1) << rest) - 1 : UINT32_MAX;
        if (known_ones) known_ones[i] = a & ~b & mask;
        if (unknown) unknown[i] = b & mask;
    }
}

void dut_set(dut_port *port, const uint32_t *words) {
    static const uint32_t known[DUT_MAX_WORDS];
    put_vector(port, words, known);
}

void dut_get(const dut_port *port, uint32_t *words) { get_vector(port, words, NULL); }

void dut_set_u64(dut_port *port, uint64_t value) {
    if (port->width > 64) {
        fprintf(stderr, "dut_set_u64: %s has %u bits\n", port->name, port->width);
        abort();
    }
    const uint32_t words[2] = {(uint32_t)value, (uint32_t)(value >> 32)};
    dut_set(port, words);
}

uint64_t dut_get_u64(const dut_port *port) {
    if (port->width > 64) {
        fprintf(stderr, "dut_get_u64: %s has %u bits\n", port->name, port->width);
        abort();
    }
    uint32_t words[2] = {0, 0};
    dut_get(port, words);
    return words[0] | (uint64_t)words[1] << 32;
}

void dut_set_unknown(dut_port *port) {
    uint32_t ones[DUT_MAX_WORDS];
    memset(ones, 0xFF, sizeof ones);
    put_vector(port, ones, ones);
}

void dut_get_unknown(const dut_port *port, uint32_t *words) { get_vector(port, NULL, words); }

bool dut_is_known(const dut_port *port) {
    uint32_t unknown[DUT_MAX_WORDS];
    dut_get_unknown(port, unknown);
    for (unsigned i = 0; i < dut_words(port); i++)
        if (unknown[i]) return false;
    return true;
}

/* ---- time ---------------------------------------------------------------- */

void dut_eval(void) { wait_settled(); }

void dut_tick(void) {
    if (waving) put_bit(wave_enable, cycle >= wave_first && cycle <= wave_last);
    wait_time(1);
    put_bit(clock_net, 0);
    wait_time(5);
    put_bit(clock_net, 1);
    wait_time(4);
    cycle++;
}

uint64_t dut_cycle(void) { return cycle; }
uint64_t dut_time(uint64_t of_cycle) { return 10 * of_cycle + 9; }

void dut_trace_window(uint64_t first, uint64_t last) {
    wave_first = first;
    wave_last = last;
}

void dut_trace_flush(void) {
    if (!waving) return;
    put_bit(wave_flush, 1);
    wait_settled();
    put_bit(wave_flush, 0);
    wait_settled();
}
