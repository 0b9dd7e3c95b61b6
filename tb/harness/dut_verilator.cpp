// SPDX-License-Identifier: Apache-2.0
//
// dut.h over Verilator 5: RTL, or a netlist with cell models.
//
// Nothing in here knows the top module. tb.mk writes dut_ports.h from the ports
// that Verilator itself declares in Vdut.h, one IN(name, msb) or OUT(name, msb)
// a port; the overloads of bind() find the storage class.
//
// A cycle is two evaluations: inputs together with the falling edge, then the
// rising edge. Nothing in this project is clocked by the falling edge, and the
// latches of clock gates are transparent only while the clock is low.

#include "dut.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "Vdut.h"
#include "verilated.h"
#if VM_COVERAGE
#include "verilated_cov.h"
#endif
#if VM_TRACE_FST
#include "verilated_fst_c.h"
using wave_writer = VerilatedFstC;
#elif VM_TRACE_VCD
#include "verilated_vcd_c.h"
using wave_writer = VerilatedVcdC;
#endif

extern "C" const dut_description dut_info = {
    DUT_BENCH, DUT_CONFIG, DUT_SIMULATOR, DUT_TOP, DUT_PARAMS, false,
};

struct dut_port {
    const char *name;
    unsigned width;
    bool output;
    unsigned bytes; // of storage: 1, 2, 4, 8 or a multiple of 4
    void *storage;
};

namespace {

std::unique_ptr<VerilatedContext> context;
std::unique_ptr<Vdut> dut;
dut_port *ports; // ends with a port without a name
size_t n_ports;
uint64_t cycle;
const char *coverage_file;
bool dirty; // inputs were set since the last evaluation

#if VM_TRACE
std::unique_ptr<wave_writer> wave;
uint64_t wave_first = 0, wave_last = UINT64_MAX;

void dump(uint64_t time) {
    if (wave && cycle >= wave_first && cycle <= wave_last) wave->dump(time);
}
#else
void dump(uint64_t) {}
#endif

dut_port bind(const char *name, bool output, unsigned msb, void *storage, size_t bytes) {
    return dut_port{name, msb + 1, output, static_cast<unsigned>(bytes), storage};
}
[[maybe_unused]] dut_port bind(const char *n, bool o, unsigned msb, CData &s) { return bind(n, o, msb, &s, 1); }
[[maybe_unused]] dut_port bind(const char *n, bool o, unsigned msb, SData &s) { return bind(n, o, msb, &s, 2); }
[[maybe_unused]] dut_port bind(const char *n, bool o, unsigned msb, IData &s) { return bind(n, o, msb, &s, 4); }
[[maybe_unused]] dut_port bind(const char *n, bool o, unsigned msb, QData &s) { return bind(n, o, msb, &s, 8); }
template <std::size_t N> [[maybe_unused]] dut_port bind(const char *n, bool o, unsigned msb, VlWide<N> &s) {
    return bind(n, o, msb, s.data(), 4 * N);
}

#ifdef DUT_NO_CLOCK // a combinational module: a cycle is one evaluation after the other
void set_clock(int) {}
#else
void set_clock(CData level) { dut->clk_i = level; }
#endif

// Verilator requires the bits above a port's width to be zero.
uint32_t top_mask(const dut_port *port) {
    const unsigned rest = port->width % 32;
    return rest == 0 ? UINT32_MAX : (UINT32_C(1) << rest) - 1;
}

} // namespace

bool dut_open(const dut_options *options) {
    context = std::make_unique<VerilatedContext>();
    context->randReset(2); // random registers: with --x-initial unique this is what finds a missing reset
    // Verilator takes a 31-bit seed, and 0 would mean "from the time".
    context->randSeed(static_cast<int>(options->init_seed % 0x7FFFFFFE) + 1);
    coverage_file = options->coverage_file;
#if VM_TRACE
    context->traceEverOn(options->wave_file != nullptr);
#else
    if (options->wave_file) {
        std::fprintf(stderr, "%s: this build writes no waves; use make wave BENCH=%s CONFIG=%s\n",
                     options->wave_file, dut_info.bench, dut_info.config);
        return false;
    }
#endif
    dut = std::make_unique<Vdut>(context.get());
    static dut_port table[] = {
#define IN(name, msb) bind(#name, false, msb, dut->name),
#define OUT(name, msb) bind(#name, true, msb, dut->name),
#include "dut_ports.h"
#undef IN
#undef OUT
        dut_port{},
    };
    ports = table;
    for (n_ports = 0; ports[n_ports].name; n_ports++)
        if (!ports[n_ports].output) std::memset(ports[n_ports].storage, 0, ports[n_ports].bytes);
    set_clock(0);
#if VM_TRACE
    if (options->wave_file) {
        wave = std::make_unique<wave_writer>();
        dut->trace(wave.get(), 99);
        wave->open(options->wave_file);
    }
#endif
    dut->eval();
    return true;
}

void dut_close(void) {
    if (!dut) return;
    dut->final();
#if VM_TRACE
    if (wave) wave->close();
    wave.reset();
#endif
#if VM_COVERAGE
    if (coverage_file) context->coveragep()->write(coverage_file);
#endif
    dut.reset();
    context.reset();
}

dut_port *dut_find(const char *name) {
    for (dut_port *port = ports; port->name; port++)
        if (std::strcmp(port->name, name) == 0) return port;
    return nullptr;
}

size_t dut_port_count(void) { return n_ports; }
dut_port *dut_port_at(size_t index) { return &ports[index]; }
const char *dut_name(const dut_port *port) { return port->name; }
unsigned dut_width(const dut_port *port) { return port->width; }
unsigned dut_words(const dut_port *port) { return (port->width + 31) / 32; }
bool dut_is_output(const dut_port *port) { return port->output; }

void dut_set(dut_port *port, const uint32_t *words) {
    if (port->width <= 64) {
        dut_set_u64(port, words[0] | (port->width > 32 ? static_cast<uint64_t>(words[1]) << 32 : 0));
        return;
    }
    uint32_t *storage = static_cast<uint32_t *>(port->storage);
    const unsigned last = dut_words(port) - 1;
    std::memcpy(storage, words, 4 * last);
    storage[last] = words[last] & top_mask(port);
    dirty = true;
}

void dut_get(const dut_port *port, uint32_t *words) {
    if (port->width > 64) {
        std::memcpy(words, port->storage, 4 * dut_words(port));
        return;
    }
    const uint64_t value = dut_get_u64(port);
    words[0] = static_cast<uint32_t>(value);
    if (port->width > 32) words[1] = static_cast<uint32_t>(value >> 32);
}

void dut_set_u64(dut_port *port, uint64_t value) {
    if (port->width < 64) value &= (UINT64_C(1) << port->width) - 1;
    switch (port->bytes) {
    case 1: *static_cast<CData *>(port->storage) = static_cast<CData>(value); break;
    case 2: *static_cast<SData *>(port->storage) = static_cast<SData>(value); break;
    case 4: *static_cast<IData *>(port->storage) = static_cast<IData>(value); break;
    case 8: *static_cast<QData *>(port->storage) = value; break;
    default: std::fprintf(stderr, "dut_set_u64: %s has %u bits\n", port->name, port->width); std::abort();
    }
    dirty = true;
}

uint64_t dut_get_u64(const dut_port *port) {
    switch (port->bytes) {
    case 1: return *static_cast<CData *>(port->storage);
    case 2: return *static_cast<SData *>(port->storage);
    case 4: return *static_cast<IData *>(port->storage);
    case 8: return *static_cast<QData *>(port->storage);
    default: std::fprintf(stderr, "dut_get_u64: %s has %u bits\n", port->name, port->width); std::abort();
    }
}

void dut_set_unknown(dut_port *) {}
void dut_get_unknown(const dut_port *port, uint32_t *words) { std::memset(words, 0, 4 * dut_words(port)); }
bool dut_is_known(const dut_port *) { return true; }

void dut_eval(void) {
    if (dirty) dut->eval();
    dirty = false;
}

void dut_tick(void) {
    set_clock(0);
    dut->eval();
    dump(10 * cycle + 10);
    set_clock(1);
    dut->eval();
    dump(10 * cycle + 15);
    dirty = false;
    cycle++;
}

uint64_t dut_cycle(void) { return cycle; }
uint64_t dut_time(uint64_t of_cycle) { return 10 * of_cycle + 9; }

#if VM_TRACE
void dut_trace_window(uint64_t first, uint64_t last) {
    wave_first = first;
    wave_last = last;
}
void dut_trace_flush(void) {
    if (wave) wave->flush();
}
#else
void dut_trace_window(uint64_t, uint64_t) {}
void dut_trace_flush(void) {}
#endif

int main(int argc, char **argv) { return dut_main(argc, argv); }
