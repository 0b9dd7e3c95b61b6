// SPDX-License-Identifier: Apache-2.0
//
// The driver behind `make energy`: what is asked for, jobs, the report.
#ifndef TEQ_ENERGY_H
#define TEQ_ENERGY_H

#include <sys/types.h>

#include "teq/quant.h"
#include "work.h"

enum { MAX_NETS = 8, MAX_JOBS = 300 };

typedef struct {
    const char *name, *folder;     // FOLDER/NAME.onnx, NAME_calib_x.npy, NAME_eval_x.npy
    double scale;
    int    zero;
} net_source;

typedef struct {
    const char *list, *area, *nets, *out, *report, *tools, *shape, *only, *commit, *quantizer, *tiles, *losses, *energy_losses, *rules, *latches;
    net_source net[MAX_NETS];
    int  n_nets, jobs;
    bool json, check_only, dna;
    plan plan;
} settings;

// A design on a network.
typedef struct {
    char   design[80], format[60];
    char   netlist[300], liberty[300], teq[300], samples[300], result[300], key[24];
    const design *of;
    const net_source *net;
    bool   dna, no_beta;           // the network is that of format_dna
    double max_loss;               // points of accuracy that may be lost
    cJSON *row, *quantized;        // its result, when known; what is known of the network
    pid_t  pid;
} job;

// A number of a report's row; NaN: there is none.
static inline double number(const cJSON *row, const char *name) { return cJSON_GetNumberValue(cJSON_GetObjectItem(row, name)); }

// quantize.c: a network in the format that a design runs, by the project's quantizer; kept
// until the network, its samples or the quantizer change.
typedef struct {
    char   name[60];               // "shift4", "int8", "shift3_a4_k2_6_6", "dna-teq"; with .loss2, .mixed1 or .energy1 for other points
    char   teq[300];               // NETS/NETWORK-NAME.teq, and .teq.json beside it
    const net_source *net;
    teq_array_params params;
    double max_loss;               // points of accuracy that may be lost
    bool   mixed;                  // INT8 hardware, 3 to 8 bits a layer
    bool   energy;                 // what is left of max_loss is traded for energy
    bool   dna, no_beta;           // by the paper's method: no .teq file
    uint64_t key;
} format;

void format_name(const teq_array_params *p, char *name, size_t size);
bool format_current(const format *f);
cJSON *format_facts(const char *teq);  // {key, expected_loss, energy_nj, n_max (dna), accuracy, accuracy_float, loss_points}
void   format_facts_path(const char *teq, char *path, size_t size);
teq_dna *format_dna(const net_source *from, bool no_beta, double max_loss, teq_quant_report *report, teq_error *err);
_Noreturn void format_make(const format *f);   // in a process of its own
uint64_t hash_file(uint64_t h, const char *path);
uint64_t hash_number(uint64_t h, double v);
float *read_samples(const char *path, const net_source *from, const teq_qnet *net, size_t *n, teq_error *err);

// report.c
cJSON *result_json(const job *j, const cells *lib, const plan *p, const work_result *r);
cJSON *make_energy_report(const settings *o, const job *jobs, int n);
void   print_energy(const cJSON *report);

#endif
