# SPDX-License-Identifier: Apache-2.0
#
# Energy of the tiles on the codes of real layers: docs/energy.md.

ENERGY_BIN    := $(BUILD)/synth/energy
ENERGY_DIR    := $(BUILD)/energy/$(notdir $(AREA_DIR))
of_lib         = $(if $(LIB),-$(notdir $(AREA_DIR)))
ENERGY_REPORT  = $(REPORTS)/energy$(of_lib)$(if $(ENERGY_USUAL),,-$(SHAPE)).json
ENERGY_SRC    := $(wildcard synth/energy/*.c) synth/area/designs.c synth/area/files.c synth/area/rules.c synth/asic/liberty.c
SHAPE  ?= 64x32## tiles of `make energy`, or several: SHAPE='16x32 16x16', of DESIGNS
PERIOD ?= 10## clock period of `make energy`, ns: one for all designs
NET    ?=## networks of `make energy`: NET='digits kws'; empty: all that are there

ENERGY_RULES := synth/energy/rules.json

# If neither another shape nor another list is asked for, the tiles are those that take least of all: tall ones, with
# latches for weights and for partial sums (synth/asic/tall.txt). Networks come in the format of each design from the
# project's quantizer, INT included; further ones for more loss allowed (POINT_LOSSES: mixed INT too) and with
# --objective energy (ENERGY_LOSSES).
TALL_TXT   := synth/asic/tall.txt
ENERGY_USUAL := $(and $(filter file,$(origin DESIGNS)),$(filter 64x32,$(SHAPE)),$(if $(filter-out 64x32,$(SHAPE)),,one))
ENERGY_LIST := $(if $(ENERGY_USUAL),$(TALL_TXT),$(DESIGNS))
TALL       := $(filter $(TALL_TXT),$(ENERGY_LIST))
LATCHED    := $(REPORTS)/energy_latches$(of_lib).json
PSUM_DEPTH ?= $(if $(TALL),32,128)## words of the memory of partial sums, `make energy`; 128 but for the tall tiles
LATCHES    ?= $(if $(TALL),$(LATCHED))## report of `make energy-latches`: partial sums in latches; empty: a RAM as synth/energy/ram.h has it
TILES      ?= $(if $(TALL),$(TALL_LIST),shift_n4 shift_chain_n4 int8_booth_n7 int8_bw_n7 int8_chain_n7 int6_n5 int5_n4 int5_chain_n4 int4_n3)## designs of `make energy`, the shape apart
TALL_LIST  := shift_n4 shift_6_6_n4 shift_5_6_n4 int8_booth_n7 int8_bw_n7 int6_n5 int5_n4 int4_n3
POINT_LOSSES  ?= $(if $(TALL),2)## `make energy`, `make pareto`: networks for these losses allowed, points, beside 1
ENERGY_LOSSES ?= $(if $(TALL),0.9 2)## likewise with --objective energy
ENERGY_NETS := $(or $(NET),$(NETS))

$(ENERGY_BIN): $(ENERGY_SRC) $(wildcard synth/energy/*.h synth/area/area.h synth/asic/liberty.h) $(LIBTEQ)
	@mkdir -p $(@D)
	@echo '  CC energy'
	$(Q)$(CC) $(TEQ_CFLAGS) -O3 $(CFLAGS) -o $@ $(ENERGY_SRC) $(LIBTEQ) $(TEQ_LDLIBS) -lz

energy_net = $(1)$(,)$(word 1,$(nets.$(1)))$(,)$(word 2,$(nets.$(1)))$(,)$(word 3,$(nets.$(1)))
energy_options = --list $(ENERGY_LIST) --area $(AREA_DIR) --nets $(BUILD)/energy/nets --out $(ENERGY_DIR) \
    --quantizer $(LIBTEQ) --tiles '$(TILES)' --tools $(TOOLS) --shape '$(SHAPE)' --period $(PERIOD) --psum-depth $(PSUM_DEPTH) $(if $(LATCHES),--latches $(LATCHES)) \
    --seed $(SEED) --jobs $(J) \
    $(if $(POINT_LOSSES),--losses '$(POINT_LOSSES)') $(if $(ENERGY_LOSSES),--energy-losses '$(ENERGY_LOSSES)') --commit "$$(git describe --always --dirty 2> /dev/null)" \
    $(foreach n,$(ENERGY_NETS),--net $(call energy_net,$(n)))

.PHONY: energy energy-netlists
energy-netlists: $(AREA_BIN) $(AREA_DIR)/lib/lib.json $(TOOLS) $(filter $(LATCHED),$(LATCHES))
	@names=(); for shape in $(SHAPE); do for tile in $(TILES); do case "$${tile}_$$shape" in $(or $(ONLY),*)) names+=("$${tile}_$$shape") ;; esac; done; done; \
	[[ -z $${names[*]} ]] || $(call area_of,$(ENERGY_LIST)) --asic --only "$${names[*]}" --report $(REPORTS)/area-energy.json | sed -n '/^\[/p'

energy: $(ENERGY_BIN) energy-netlists ## energy of tall tiles beside INT8 on real layers, or of others: SHAPE=16x32; LIB=, ONLY=, NET=, PERIOD=
	@mkdir -p $(ENERGY_DIR) $(BUILD)/energy/nets
	@$(ENERGY_BIN) $(energy_options) $(if $(ENERGY_RULES),--rules $(ENERGY_RULES)) --report $(if $(ONLY),$(REPORTS)/energy-only.json --only '$(ONLY)',$(ENERGY_REPORT))

.PHONY: check-ppa
check-ppa: check-area $(ENERGY_BIN) ## the rules for area, path and energy against the last reports
	@$(ENERGY_BIN) --check --rules synth/energy/rules.json --report $(ENERGY_REPORT)

# The paper's engine, with and without beta, beside INT8: a column, since a whole tile takes long to map.
.PHONY: energy-count
energy-count: ## engine count, with and without beta, and INT8: single columns
	+@$(MAKE) --no-print-directory energy SHAPE=16x1 TILES='count_n3 count_n4 count_beta_n3 count_beta_n4 int8_booth_n7 int8_bw_n7'

# The same engine on networks of the paper's method, n 3 to 7 a layer.
DNA_SHAPE ?= 16x8## shape of `make energy-dna`: 16x8, 16x1
DNA_TILES ?= int8_booth_n7 int8_bw_n7 count_beta_n4 count_beta_n6 count_n3 count_n7## designs of `make energy-dna`, of synth/asic/count.txt
dna_tiles = $(MAKE) --no-print-directory SHAPE=$(DNA_SHAPE) DESIGNS=synth/asic/count.txt TILES='$(DNA_TILES)'
.PHONY: energy-dna energy-dna-run
energy-dna: ## engine count on networks quantized by dna-teq, with and without beta, and INT8: tiles of 16 x 8
	+@$(dna_tiles) energy-dna-run

energy-dna-run: $(ENERGY_BIN) energy-netlists
	@mkdir -p $(ENERGY_DIR) $(BUILD)/energy/nets
	@$(ENERGY_BIN) $(energy_options) --dna --report $(REPORTS)/energy_dna$(if $(filter-out 16x8,$(SHAPE)),-$(SHAPE)).json

# Chained vectors: shift and INT8 with and without them, on a network with depthwise layers.
.PHONY: energy-chain
energy-chain: ## shift and INT8 with and without chained vectors (docs/trials.md)
	+@$(MAKE) --no-print-directory energy SHAPE=16x32 TILES='shift_n4 shift_chain_n4 int8_booth_n7 int8_chain_n7' \
	    ENERGY_RULES= NET='$(trial_net)' ENERGY_REPORT=$(REPORTS)/energy_chain.json

# Tiles with a register inside the columns' sums at a clock that those without do not reach, and
# those without at one that they do. Only leakage depends on the period. (No rules: theirs is the INT8 tile of the whole list.)
clock_energy = $(MAKE) --no-print-directory energy SHAPE=16x32 ENERGY_RULES= DESIGNS=synth/asic/pipe.txt NET='$(or $(NET),digits kws)'
.PHONY: energy-clock
energy-clock: ## tiles with PIPE = 1 at 4.5 ns beside those without at 7.5 ns (docs/energy.md, "At one clock")
	+@$(clock_energy) TILES='shift_pipe_n4 int8_pipe_n7 int5_pipe_n4' PERIOD=4.5 ENERGY_REPORT=$(BUILD)/energy/clock_pipe.json
	+@$(clock_energy) TILES='shift_n4 int8_booth_n7 int5_n4' PERIOD=7.5 ENERGY_REPORT=$(BUILD)/energy/clock_flat.json
	@jq -s '.[0] + {rows: map(.period_ns as $$p | .rows[] | select(.layer == "all") + {period_ns: $$p})}' \
	    $(BUILD)/energy/clock_flat.json $(BUILD)/energy/clock_pipe.json > $(REPORTS)/energy_clock.json

# Tall tiles need fewer partial sums. (The rules are of one shape.)
TALL_SHAPES ?= 16x32 32x32 64x32
TALL_TILES  ?= shift_chain_n4 int8_booth_n7 int5_n4
.PHONY: energy-tall
energy-tall: ## tiles TALL_TILES of TALL_SHAPES (docs/trials.md); mapping takes long
	+@$(MAKE) --no-print-directory energy DESIGNS=synth/asic/wide.txt SHAPE='$(TALL_SHAPES)' TILES='$(TALL_TILES)' \
	    ENERGY_RULES= ENERGY_LOSSES=1 ENERGY_REPORT=$(REPORTS)/energy_tall.json

# What latches and wider loads bring, the rest of the tall tiles alike: weights in flip-flops, two columns a cycle.
LATCH_TILES ?= shift_6_6_n4 shift_6_6_ff_n4 shift_6_6_two_n4 int8_booth_n7 int8_ff_n7 int8_two_n7
.PHONY: energy-latched
energy-latched: ## the tiles of `make energy` with weights in flip-flops, or two columns loaded at a time (docs/trials.md)
	+@$(MAKE) --no-print-directory energy SHAPE=64x32 TILES='$(LATCH_TILES)' ENERGY_RULES= ENERGY_REPORT=$(REPORTS)/energy_latched.json

# What a small engine beside the large one would be for: networks of n = 3.
.PHONY: energy-small
energy-small: ## tiles for n = 3, select and shift, beside the published one (docs/trials.md)
	+@$(MAKE) --no-print-directory energy SHAPE=16x32 TILES='select_n3 shift_n3 shift_n4 int8_booth_n7' ENERGY_RULES= ENERGY_REPORT=$(REPORTS)/energy_small.json

# And such with twice the columns.
.PHONY: energy-wide
energy-wide: ## tiles of 64 x 64 beside those of 64 x 32 (docs/trials.md); mapping takes long
	+@$(MAKE) --no-print-directory energy DESIGNS=$(TALL_TXT) SHAPE='64x32 64x64' TILES='shift_6_6_n4 int8_booth_n7' \
	    ENERGY_LOSSES= ENERGY_RULES= ENERGY_REPORT=$(REPORTS)/energy_wide.json

# Widths of values and products, and residues, chosen by what they cost in accuracy.
WIDTH_TILES ?= shift_4_4_n4 shift_5_5_n4 shift_5_6_n4 shift_6_6_n4 shift_6_7_n4 shift_n4 shift_7_8_n4 shift_8_8_n4 shift_k2_n4 shift_k8_n5 int8_booth_n7 int5_n4
.PHONY: energy-widths
energy-widths: ## shift tiles by widths of values and products and by residues: area, energy, accuracy (docs/trials.md)
	+@$(MAKE) --no-print-directory energy DESIGNS=synth/asic/widths.txt SHAPE=16x32 TILES='$(WIDTH_TILES)' \
	    ENERGY_RULES= ENERGY_REPORT=$(REPORTS)/energy_widths.json

# The simulator on circuits that are added up by hand. (The library reader is the front end of
# a program: it never frees.)
TESTS_FAST += synth.energy
cmd.synth.energy   = export ASAN_OPTIONS=detect_leaks=0; mkdir -p $(BUILD)/synth/test && $(BUILD)/synth/test_energy synth/test/power.lib $(BUILD)/synth/test
needs.synth.energy = $(BUILD)/synth/test_energy

$(BUILD)/synth/test_energy: synth/test/test_energy.c $(addprefix synth/energy/,sim.c netlist.c cells.c blocks.c sim.h netlist.h cells.h blocks.h) synth/asic/liberty.c
	@mkdir -p $(@D)
	@echo '  CC test_energy'
	$(Q)$(CC) $(TEQ_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all -o $@ $(filter %.c,$^) -lz -lm

# The same in a second way. docs/energy.md, "Two ways".
ENERGY_CHECKS ?= $(if $(TALL),shift_6_6_n4,shift_n4)_$(SHAPE):digits int8_booth_n7_$(SHAPE):digits
.PHONY: check-energy
check-energy: POINT_LOSSES =
check-energy: ENERGY_LOSSES =
check-energy: $(ENERGY_BIN) energy-netlists ## the simulator's energy against OpenSTA's from the same edges, within 15 %
	@mkdir -p $(ENERGY_DIR) $(BUILD)/energy/nets
	@synth/energy/check.sh $(ENERGY_BIN) $(AREA_DIR) $(BUILD)/energy/check $(REPORTS)/energy_check.json $(TOOLS) $(ENERGY_CHECKS) -- $(energy_options)

# And its edges against Icarus with OpenSTA's delays, on single columns: osu018 alone brings Verilog.
OSU018_V := /usr/share/qflow/tech/osu018/osu018_stdcells.v
ICARUS_TILES ?= shift_n4 int8_booth_n7
.PHONY: check-energy-edges energy-edges-run
check-energy-edges: ## edges of every net against Icarus with SDF, within 5 %
	+@$(MAKE) --no-print-directory SHAPE=16x1 TILES='$(ICARUS_TILES)' NET=digits energy-edges-run

energy-edges-run: $(ENERGY_BIN) $(AREA_BIN) $(AREA_DIR)/lib/lib.json $(TOOLS)
	@mkdir -p $(BUILD)/energy/nets $(BUILD)/energy/icarus
	@for tile in $(ICARUS_TILES); do \
	    $(area_run) --asic --only "$${tile}_16x1" --report $(REPORTS)/area-energy.json > $(BUILD)/energy/icarus/area.log; \
	    synth/energy/icarus.sh $(ENERGY_BIN) $(OSU018_V) $(AREA_DIR) $(BUILD)/energy/icarus $(BUILD)/energy/icarus/$$tile.json \
	        $${tile}_16x1 digits -- $(energy_options); done
	@jq -s --arg date "$$(date -u +%FT%TZ)" --arg commit "$$(git describe --always --dirty 2> /dev/null)" --slurpfile tools $(TOOLS) \
	    '{date: $$date, commit: $$commit, tools: $$tools[0], rows: .}' \
	    $(ICARUS_TILES:%=$(BUILD)/energy/icarus/%.json) > $(REPORTS)/energy_edges.json

# A sample of the energy on single columns of the embedded network, against the rules.
TESTS_FAST += synth.energy_columns
cmd.synth.energy_columns   = synth/test/energy_columns.sh $(ENERGY_BIN) $(AREA_BIN) $(AREA_DIR) $(RTL) $(TOOLS) $(LIBTEQ) $(BUILD)/energy/columns
needs.synth.energy_columns = $(ENERGY_BIN) $(AREA_BIN) $(AREA_DIR)/lib/lib.json $(TOOLS)

# The constraints for users.
TESTS_FAST += synth.sdc
cmd.synth.sdc   = $(area_run) --asic --only select_n3_16x1 --report $(REPORTS)/area-sdc.json && \
                  synth/test/sdc.sh $(AREA_DIR)/lib $(AREA_DIR)/select_n3_16x1.v teq_tile $(BUILD)/synth/test/sdc
needs.synth.sdc = $(AREA_BIN) $(AREA_DIR)/lib/lib.json $(TOOLS)

.PHONY: energy-figures
energy-figures: ## the ratios of the last `make energy` become those that synth/energy/rules.json expects
	@mkdir -p $(BUILD)/energy
	@jq -s --indent 1 -f synth/energy/figures.jq synth/energy/rules.json $(ENERGY_REPORT) > $(BUILD)/energy/rules.json
	@jq -r '"{", " \"bounds\": [", (.bounds | map("  " + tojson) | join(",\n")), " ],", " \"figures\": [", (.figures | map("  " + tojson) | join(",\n")), " ]", "}"' \
	    $(BUILD)/energy/rules.json > synth/energy/rules.json

# What the quantizer knows of energy (teq/energy.h): of the layers of each target's usual networks
# on its tile, the Booth tile for INT8.
ENERGY_MODEL := cmodel/net/energy_table.h
.PHONY: energy-model
energy-model: ## the quantizer's model of energy is fitted to the last `make energy SHAPE=16x32`: $(ENERGY_MODEL)
	@mkdir -p $(BUILD)/energy
	@jq -r '"# \(.library.library // .library), commit \(.commit), \(.date[:10]), tiles of \(.rows[0].shape).", (.rows[] | \
	    select(.layer != "all" and .kind != "pool" and .engine != "int8_bw" and (.format | test("^(shift|int)[0-9]$$"))) | \
	    "\(.format) \(.network) \(.layer) \(.pj_tile) \(.terms | "\(.vectors) \(.loads) \(.rows) \(.products)")")' \
	    $(REPORTS)/energy$(of_lib)-16x32.json > $(BUILD)/energy/model.txt
	@mv $(BUILD)/energy/model.txt synth/energy/model.txt
	@awk -f synth/energy/model.awk synth/energy/model.txt > $(BUILD)/energy/energy_table.h && mv $(BUILD)/energy/energy_table.h $(ENERGY_MODEL)
	@$(MAKE) --no-print-directory energy-model-report

.PHONY: energy-model-report
energy-model-report: $(TOOLS) ## how well the quantizer's model of energy explains what it was fitted to
	@awk -v report=1 -f synth/energy/model.awk synth/energy/model.txt | jq -s --arg date "$$(date -u +%FT%TZ)" \
	    --arg commit "$$(git describe --always --dirty)" --slurpfile tools $(TOOLS) \
	    '{date: $$date, commit: $$commit, tools: ($$tools[0].tools // $$tools[0]), rows: .}' > $(REPORTS)/energy_model.json
	@jq -r '.rows[] | "\(.target): \(.layers) layers, correlation \(.correlation), error \(.rms_error) rms, \(.worst_error) at worst (\(.worst)), \(.sum_error) of the sum"' \
	    $(REPORTS)/energy_model.json

TESTS_FAST += synth.energy_model
cmd.synth.energy_model = awk -f synth/energy/model.awk synth/energy/model.txt | diff - $(ENERGY_MODEL)

trial_net = $(firstword $(filter kws,$(ENERGY_NETS)) $(ENERGY_NETS))
# $(call trials_run,LIST,FOLDER,REPORT)
define trials_run
@mkdir -p $(BUILD)/energy/nets
@ONLY='$(ONLY)' TRIALS=$(1) synth/energy/trials.sh $(AREA_BIN) $(AREA_DIR)/lib $(BUILD)/energy/$(2) $(REPORTS)/$(3) $(RTL) $(TOOLS) \
    '$(CHANGED)' $(ENERGY_BIN) --nets $(BUILD)/energy/nets --quantizer $(LIBTEQ) --period $(PERIOD) --seed $(SEED) \
    --net $(call energy_net,$(trial_net))
endef
trials_need := $(ENERGY_BIN) $(AREA_BIN) $(AREA_DIR)/lib/lib.json $(TOOLS)
.PHONY: energy-trials energy-sums
energy-trials: $(trials_need) ## energy of what was tried (docs/trials.md), by blocks; CHANGED=folder, ONLY='code*'
	$(call trials_run,synth/energy/trials.txt,trials,energy_trials.json)
energy-sums: $(trials_need) ## energy of other ways to add up a column (docs/trials.md); ONLY='carry*'
	$(call trials_run,synth/energy/sums.txt,sums,energy_sums.json)

# Accuracy against energy. Every point is a network quantized with that loss allowed.
.PHONY: pareto
pareto: energy ## accuracy lost against energy and area: build/reports/pareto.json and .svg; POINT_LOSSES=, NET=
	+@$(MAKE) --no-print-directory energy-dna POINT_LOSSES= ENERGY_LOSSES= > $(BUILD)/energy/points.log
	@synth/energy/pareto.sh $(ENERGY_REPORT) $(REPORTS)/energy_dna.json $(REPORTS)/pareto.json $(REPORTS)/pareto.svg

# A memory of partial sums of latches: an anchor for the model of ram.h.
MEMORY_BIN := $(BUILD)/synth/memory
$(MEMORY_BIN): $(addprefix synth/energy/,memory/memory.c sim.c sim.h netlist.c netlist.h cells.c cells.h) synth/asic/liberty.c synth/asic/liberty.h
	@mkdir -p $(@D)
	@echo '  CC memory'
	$(Q)$(CC) $(TEQ_CFLAGS) -o $@ $(filter %.c,$^) -lz -lm

$(LATCHED): $(MEMORY_BIN) $(AREA_DIR)/lib/lib.json $(wildcard $(RTL)/teq_psum_*.v $(RTL)/teq_reg.v $(RTL)/teq_clock_gate.v) \
    $(wildcard synth/asic/latch/*.v synth/asic/*.tcl synth/asic/*.abc synth/asic/*.awk synth/asic/run.sh synth/energy/memory/*) | $(TOOLS)
	@mkdir -p $(@D) $(BUILD)/energy
	@$(memory_run) $(BUILD)/energy/memory $@ $(TOOLS) $(SEED) 60 16 32 64 128 > $(BUILD)/energy/latches.log

memory_run = synth/energy/memory/memory.sh $(MEMORY_BIN) $(RTL) $(AREA_DIR)/lib
.PHONY: energy-latches
energy-latches: $(LATCHED) ## a memory of partial sums made of latches: energy of a bit read and written
	@jq -c '.rows[]' $(LATCHED)
	@jq -r '.means[] | "ram.h, \(.for): \(.read) a bit read, \(.write) written, to tens"' $(LATCHED)

TESTS_FAST += synth.psum_latch
cmd.synth.psum_latch = $(memory_run) $(BUILD)/synth/test/memory $(BUILD)/synth/test/latches.json $(TOOLS) $(SEED) 15 16 && \
    jq -e '.rows[0] | .read_fj_bit > 0 and .write_fj_bit > .read_fj_bit / 2 and .both_fj_bit > .write_fj_bit and .read_still_fj_bit > 0 and \
        .read_still_fj_bit < .read_fj_bit and .write_still_fj_bit > 0 and .write_still_fj_bit < .write_fj_bit' $(BUILD)/synth/test/latches.json
needs.synth.psum_latch = $(MEMORY_BIN) $(AREA_DIR)/lib/lib.json $(TOOLS)

# What shapes and depths ask of the memory of partial sums: counted, not simulated.
DEPTH_BIN    := $(BUILD)/synth/depth
DEPTH_SHAPES ?= 16x32 32x32 64x32 32x16 64x16 16x64
$(DEPTH_BIN): synth/energy/memory/depth.c synth/energy/beats.c synth/energy/beats.h $(LIBTEQ)
	@mkdir -p $(@D)
	@echo '  CC depth'
	$(Q)$(CC) $(TEQ_CFLAGS) -o $@ $(filter %.c,$^) $(LIBTEQ) $(TEQ_LDLIBS)

.PHONY: energy-depth
energy-depth: $(DEPTH_BIN) $(TOOLS) ## vectors, loads and partial sums of the networks of the last `make energy`, by shape and PSUM_DEPTH
	@for net in $(ENERGY_NETS); do $(DEPTH_BIN) $(BUILD)/energy/nets/$$net-shift4.teq $(DEPTH_SHAPES) || exit 1; done \
	    | jq -s --arg date "$$(date -u +%FT%TZ)" --arg commit "$$(git describe --always --dirty 2> /dev/null)" --slurpfile tools $(TOOLS) \
	    '{date: $$date, commit: $$commit, tools: ($$tools[0].tools // $$tools[0]), rows: .}' > $(BUILD)/energy/depth.json
	@mv $(BUILD)/energy/depth.json $(REPORTS)/energy_depth.json
