// SPDX-License-Identifier: Apache-2.0
//
// The driver behind `make energy`: what is asked for, jobs, the report.
#ifndef TEQ_ENERGY_H
#define TEQ_ENERGY_H

#include <sys/types.h>

#include "work.h"

enum { MAX_NETS = 8, MAX_JOBS = 300 };

typedef struct {
    const char *name, *samples;
    double scale;
    int    zero;
} net_source;

typedef struct {
    const char *list, *area, *nets, *out, *report, *tools, *shape, *only, *commit;
    net_source net[MAX_NETS];
    int  n_nets, jobs;
    bool json;
    plan plan;
} settings;

// A design on a network.
typedef struct {
    char   design[80], format[32];
    char   netlist[300], liberty[300], teq[300], result[300], key[24];
    const design *of;
    const net_source *net;
    cJSON *row;                    // its result, when known
    pid_t  pid;
} job;

// report.c
cJSON *result_json(const job *j, const cells *lib, const plan *p, const work_result *r);
cJSON *make_energy_report(const settings *o, const job *jobs, int n);
void   print_energy(const cJSON *report);

#endif
