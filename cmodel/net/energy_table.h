/* SPDX-License-Identifier: Apache-2.0
 *
 * Made by `make energy-model` (synth/energy/model.awk) from synth/energy/model.txt:
 * osu018_stdcells, commit d567300, 2026-11-26, tiles of 16x32.
 */
static const teq_energy_model table[] = {
    {"shift4", 84.31, 2322, 1.369, 1.297},
    {"int8", 134.3, 4376, 1.517, 1.509},
};
