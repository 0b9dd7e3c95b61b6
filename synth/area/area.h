// SPDX-License-Identifier: Apache-2.0
//
// The driver behind `make area`: which designs, running them, the report, the rules.
#ifndef TEQ_SYNTH_AREA_H
#define TEQ_SYNTH_AREA_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

enum { MAX_DESIGNS = 400 };

// What is synthesised. `kind` is what the row is for:
//   "tile"   an engine at a shape; single weight registers, one accumulator a column
//   "double" the same with a second set of weight registers
//   "psum"   that with a port to a partial-sum memory
//   "block"  one module
//   "fpga"   a tile on an FPGA family (`library` is the family)
typedef struct {
    char kind[8];
    char name[80];                 // unique; names the files
    char engine[16];               // "shift", "int8_booth", ...; block: module
    char shape[12];                // "16x32"; block: ""
    char top[40];
    char params[400];              // "NAME value NAME value"
    char library[16];              // fpga: "ice40", "ecp5", "xilinx"
    int  n, rows, cols;

    char     out[200];             // prefix of its files
    bool     cached;

    double area, ge, path_ns;      // read back
    int    cells, ff, full_adders, half_adders, rams;
    int    lut, carry, dsp, bram;
    char   start[80], end[80];
} design;

typedef struct {
    char rtl[200], flow[200], build[200], list[200], rules[200], reports[200], tools[200];
    char commit[60];
    char macro[200];               // sources in which memories are black boxes: for teq_core
    char only[600];                // globs on names, blanks between, "" for all
    int  jobs;
    bool asic, fpga, check_only;
} options;

// files.c
extern const char *program_name;   // at the beginning of messages
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *read_text(const char *path);                       // NULL if there is none
cJSON *read_json(const char *path);                      // dies on error
void  write_text(const char *path, const char *text);    // aside, then renamed

// designs.c: expands the list file for this library.
int read_designs(const options *o, design *list);

// jobs.c: runs what is not cached, at most o->jobs at a time. Dies on the first failure.
void run_designs(const options *o, const cJSON *lib, design *list, int n);

// report.c
cJSON *make_report(const options *o, const cJSON *lib, const design *list, int n);
void   print_report(const cJSON *report);

// rules.c: number of rules broken. `all`: a rule without a row counts as broken.
int check_rules(const cJSON *report, const cJSON *rules, bool all);

#endif
