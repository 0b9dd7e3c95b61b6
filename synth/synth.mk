# SPDX-License-Identifier: Apache-2.0
#
# Area, timing, FPGA counts, netlists. docs/area.md says what the figures mean.

YOSYS    ?= yosys
AREA_LIB := $(or $(LIB),/usr/share/qflow/tech/osu018/osu018_stdcells.lib)
# results of each library in a folder of their own
AREA_DIR := $(BUILD)/area/$(firstword $(subst ., ,$(notdir $(AREA_LIB))))
AREA_BIN := $(BUILD)/synth/area
LIBMAP   := $(BUILD)/synth/libmap
area_list   := $(if $(filter-out synth/asic/designs.txt,$(DESIGNS)),-$(basename $(notdir $(DESIGNS))))
AREA_REPORT := $(REPORTS)/area$(area_list)$(if $(LIB),-$(notdir $(AREA_DIR)))$(if $(ONLY),-only).json

$(LIBMAP): $(wildcard synth/asic/lib*.c synth/asic/*.h)
	@mkdir -p $(@D)
	@echo '  CC libmap'
	$(Q)$(CC) -D_POSIX_C_SOURCE=200809L -std=c17 -O2 $(TEQ_WARN) -o $@ $(filter %.c,$^) -lcjson -lz

$(AREA_BIN): $(wildcard synth/area/*.c synth/area/*.h)
	@mkdir -p $(@D)
	@echo '  CC area'
	$(Q)$(CC) -D_POSIX_C_SOURCE=200809L -std=c17 -O2 $(TEQ_WARN) -o $@ $(filter %.c,$^) -lcjson -lm

$(AREA_DIR)/lib/lib.json: $(LIBMAP) $(AREA_LIB) $(wildcard synth/asic/libs/*.conf)
	@mkdir -p $(@D) $(REPORTS)
	@$(LIBMAP) $(AREA_LIB) synth/asic/libs $(@D)

# A core is synthesised without its memories: the same sources, teq_ram a black box.
.PHONY: $(AREA_DIR)/rtl
$(AREA_DIR)/rtl:
	@rm -rf $@ && mkdir -p $(@D) && cp -r $(RTL) $@ && cp synth/asic/macro/teq_ram.v $@/

# $(call area_of,LIST)
area_of  = $(AREA_BIN) --rtl $(RTL) --macro $(AREA_DIR)/rtl --flow synth/asic --build $(AREA_DIR) --list $(1) \
           --tools $(TOOLS) --jobs $(J) --commit "$$(git describe --always --dirty 2> /dev/null)"
area_run = $(call area_of,$(DESIGNS))

##@ Silicon
DESIGNS ?= synth/asic/designs.txt## designs of `make area` and `make energy`
.PHONY: area fpga check-area schematic gates-netlist
area: $(AREA_BIN) $(AREA_DIR)/lib/lib.json $(AREA_DIR)/rtl $(TOOLS) ## cells, area, path of every engine beside INT8; LIB=file.lib, ONLY='shift*'
	@mkdir -p $(REPORTS)
	@$(area_run) --asic $(if $(LIB),,--fpga) $(if $(area_list),,--rules synth/rules.json) --report $(AREA_REPORT) \
	    $(if $(ONLY),--only '$(ONLY)')

fpga: $(AREA_BIN) $(AREA_DIR)/lib/lib.json $(AREA_DIR)/rtl $(TOOLS) ## the FPGA counts alone
	@mkdir -p $(REPORTS)
	@$(area_run) --fpga --report $(REPORTS)/fpga.json

check-area: $(AREA_BIN) ## the rules of synth/rules.json against the last report
	@$(AREA_BIN) --check --report $(AREA_REPORT) --rules synth/rules.json

.PHONY: bitstream
BOARD ?= hx8k## board of `make bitstream`: hx8k (iCE40, tools of Debian), ulx3s, ulx3s85_8x8, ulx3s85_16x16 (ECP5)

bitstream: $(TOOLS) ## build/fpga/BOARD.bit: a small core behind a serial line
	@mkdir -p $(REPORTS)
	@synth/fpga/board.sh $(BOARD) $(RTL) $(BUILD)/fpga $(REPORTS)/board.json $(TOOLS)

# --- pictures and netlists of one block ------------------------------------------------

BLOCK ?= teq_cell_shift## module for `make schematic` and `make gates-netlist`
PARAMS ?=## its parameters: PARAMS='N_MAX=3 K_RES=2'

schematic: | $(BUILD) ## build/schematic/BLOCK.svg, drawn by Yosys and graphviz
	@mkdir -p $(BUILD)/schematic
	@TEQ_RTL=$(RTL) TEQ_TOP=$(BLOCK) TEQ_PARAMS='$(subst =, ,$(PARAMS))' TEQ_OUT=$(BUILD)/schematic/$(BLOCK) \
	    $(YOSYS) -Q -T -q -c synth/asic/schematic.tcl > $(BUILD)/schematic/$(BLOCK).log 2>&1 \
	    || { tail -n 3 $(BUILD)/schematic/$(BLOCK).log; exit 1; }
	@dot -Tsvg $(BUILD)/schematic/$(BLOCK).dot -o $(BUILD)/schematic/$(BLOCK).svg
	@echo $(BUILD)/schematic/$(BLOCK).svg

gates-netlist: $(AREA_DIR)/lib/lib.json ## build/netlist/BLOCK.v in cells of LIB, and cells.v, their models
	@mkdir -p $(BUILD)/netlist
	@$(YOSYS) -q -p 'read_liberty -ignore_miss_func $(AREA_DIR)/lib/cells.lib; proc; write_verilog -noattr $(BUILD)/netlist/cells.v' \
	    > $(BUILD)/netlist/cells.log 2>&1 || { tail -n 3 $(BUILD)/netlist/cells.log; exit 1; }
	@TEQ_RTL=$(RTL) TEQ_TOP=$(BLOCK) TEQ_PARAMS='$(subst =, ,$(PARAMS))' TEQ_LIB=$(AREA_DIR)/lib \
	    TEQ_OUT=$(BUILD)/netlist/$(BLOCK) TEQ_VERILOG=$(BUILD)/netlist/$(BLOCK).v \
	    $(YOSYS) -Q -T -q -c synth/asic/synth.tcl > $(BUILD)/netlist/$(BLOCK).log 2>&1 \
	    || { tail -n 3 $(BUILD)/netlist/$(BLOCK).log; exit 1; }
	@echo $(BUILD)/netlist/$(BLOCK).v $(BUILD)/netlist/cells.v

# --- tests -----------------------------------------------------------------------------

# Libraries by truth table, refusals, a design whose area and path are known by hand.
TESTS_FAST += synth.flow
cmd.synth.flow   = synth/test/flow.sh $(LIBMAP) $(AREA_BIN) $(BUILD)/synth/test
needs.synth.flow = $(LIBMAP) $(AREA_BIN) $(TOOLS)

# Single columns of some engines against the rules.
TESTS_FAST += synth.columns
cmd.synth.columns   = $(area_run) --asic --only '*_n[37]_16x1' --rules synth/rules.json --report $(REPORTS)/area-columns.json
needs.synth.columns = $(AREA_BIN) $(AREA_DIR)/lib/lib.json $(AREA_DIR)/rtl $(TOOLS)

# --- accepting new figures -------------------------------------------------------------

.PHONY: area-figures
area-figures: ## the figures of the last `make area` become those that synth/rules.json expects
	@jq -s --indent 1 -f synth/figures.jq synth/rules.json $(AREA_REPORT) > $(BUILD)/synth/rules.json
	@jq -r '"{", " \"bounds\": [", (.bounds | map("  " + tojson) | join(",\n")), " ],", " \"figures\": [", (.figures | map("  " + tojson) | join(",\n")), " ]", "}"' \
	    $(BUILD)/synth/rules.json > synth/rules.json
	@echo 'synth/rules.json: say in the commit why the figures moved'

.PHONY: area-trials
area-trials: $(AREA_DIR)/lib/lib.json $(TOOLS)
	@TEQ_RTL=$(RTL) synth/asic/trials.sh $(AREA_DIR)/lib $(BUILD)/synth/trials $(REPORTS)/area_trials.json

CHANGED ?=## folder of changed copies of rtl/ for `make engine-trials`, one a trial
.PHONY: engine-trials
engine-trials: $(AREA_DIR)/lib/lib.json $(TOOLS) ## area of what was tried (docs/trials.md); CHANGED=folder, ONLY='latches*'
	@ONLY='$(ONLY)' synth/asic/engine_trials.sh $(AREA_DIR)/lib $(BUILD)/synth/engine_trials $(REPORTS)/trials.json $(RTL) $(CHANGED)

include synth/energy/energy.mk
include synth/sweep/sweep.mk
