# SPDX-License-Identifier: Apache-2.0
#
# Area, path and energy over a grid of parameters: docs/area.md, section Sweeps.

GRID   ?= synth/sweep/grid.txt## grid of `make sweep`
RUNNER ?= local## runner of `make sweep`: local (GNU parallel) or slurm (job arrays; SLURM_ARGS goes to sbatch)
ENERGY ?=## `make sweep ENERGY=1`: energy too, on the first network of NET (digits)

SWEEP_DIR    := $(BUILD)/sweep/$(notdir $(AREA_DIR))
SWEEP_REPORT := $(REPORTS)/sweep$(if $(LIB),-$(notdir $(AREA_DIR))).json
sweep_env = SWEEP_DIR=$(1) SWEEP_LIB=$(AREA_DIR)/lib SWEEP_AREA=$(AREA_BIN) SWEEP_TOOLS=$(TOOLS) SWEEP_GRID=$(2) SWEEP_REPORT=$(3) \
    SWEEP_COMMIT="$$(git describe --always --dirty 2> /dev/null)" TEQ_RTL=$(RTL) $(if $(4),SWEEP_ENERGY='$(ENERGY_BIN) --quantizer $(LIBTEQ) --period $(PERIOD) --seed $(SEED) --net $(4)')
sweep_net = $(or $(firstword $(NET)),digits)

.PHONY: sweep
sweep: $(AREA_BIN) $(if $(ENERGY),$(ENERGY_BIN)) $(AREA_DIR)/lib/lib.json $(TOOLS) ## area and path over a grid, a CSV row a point, resumable; GRID=, LIB=, ENERGY=1, RUNNER=slurm
	@$(call sweep_env,$(SWEEP_DIR),$(GRID),$(SWEEP_REPORT),$(if $(ENERGY),$(call energy_net,$(sweep_net)))) synth/sweep/sweep.sh run --runner $(RUNNER) --jobs $(J)

# Small points on both runners; Slurm's daemons are started for it where they are installed.
TESTS_FAST += synth.sweep synth.sweep_slurm
cmd.synth.sweep = $(call sweep_env,$(BUILD)/synth/test/sweep,$(BUILD)/synth/test/sweep.grid,$(BUILD)/synth/test/sweep.json) \
    SWEEP_TEST_ENERGY='$(ENERGY_BIN) --quantizer $(LIBTEQ) --net $(call energy_net,digits)' synth/test/sweep.sh local
cmd.synth.sweep_slurm = $(call sweep_env,$(BUILD)/synth/test/slurm,$(BUILD)/synth/test/slurm.grid,$(BUILD)/synth/test/slurm.json) \
    SWEEP_TEST_ENERGY='$(ENERGY_BIN) --quantizer $(LIBTEQ) --net $(call energy_net,digits)' synth/test/sweep.sh slurm
needs.synth.sweep = $(AREA_BIN) $(ENERGY_BIN) $(AREA_DIR)/lib/lib.json $(TOOLS)
needs.synth.sweep_slurm = $(needs.synth.sweep)
