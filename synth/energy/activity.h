// SPDX-License-Identifier: Apache-2.0
//
// The same cycles for other programs: activities for OpenSTA (power.tcl), a bench for Icarus.
#ifndef TEQ_ENERGY_ACTIVITY_H
#define TEQ_ENERGY_ACTIVITY_H

#include "run.h"

bool activity_open(state *s, teq_error *err);
void activity_begin(state *s);
bool activity_write(const state *s, const char *path, teq_error *err);

#endif
