# SPDX-License-Identifier: Apache-2.0
#
# Energy of the tiles on the codes of real layers: docs/energy.md.

ENERGY_BIN    := $(BUILD)/synth/energy
ENERGY_DIR    := $(BUILD)/energy/$(notdir $(AREA_DIR))
ENERGY_REPORT := $(REPORTS)/energy$(if $(LIB),-$(notdir $(AREA_DIR))).json
ENERGY_SRC    := $(wildcard synth/energy/*.c) synth/area/designs.c synth/area/files.c synth/asic/liberty.c
SHAPE  ?= 16x32## tiles of `make energy`
PERIOD ?= 10## clock period of `make energy`, ns: one for all designs
NET    ?=## networks of `make energy`: NET='digits kws'; empty: all that are there

# Designs, and the format that a network is in to run on each. `int` networks come from the
# same quantizer.
ENERGY_TILES   := shift_n4 shift_n5 int8_booth_n7 int8_bw_n7 int6_n5 int5_n4 int4_n3
ENERGY_FORMATS := shift4 shift5 int8 int6 int5 int4
ENERGY_NETS    := $(or $(NET),$(NETS))
quantize_flags = $(if $(filter int%,$(1)),-m int -b $(1:int%=%),-m teq -t $(1))

$(ENERGY_BIN): $(ENERGY_SRC) $(wildcard synth/energy/*.h synth/area/area.h synth/asic/liberty.h) $(LIBTEQ)
	@mkdir -p $(@D)
	@echo '  CC energy'
	$(Q)$(CC) $(TEQ_CFLAGS) -O3 $(CFLAGS) -o $@ $(ENERGY_SRC) $(LIBTEQ) $(TEQ_LDLIBS) -lz

define energy_network
$(BUILD)/energy/nets/$(1)-$(2).teq: $(TEQ) $(wildcard $(word 1,$(nets.$(1)))/$(1).onnx)
	@mkdir -p $$(@D)
	@echo '  TEQ $(1) $(2)'
	$(Q)$(TEQ) quantize $(word 1,$(nets.$(1)))/$(1).onnx -c $(word 1,$(nets.$(1)))/$(1)_calib_x.npy -s $(word 2,$(nets.$(1))) \
	    -z $(word 3,$(nets.$(1))) $(call quantize_flags,$(2)) -q --json -o $$@ > $$(@:.teq=.json)
endef
$(foreach n,$(ENERGY_NETS),$(foreach f,$(ENERGY_FORMATS),$(eval $(call energy_network,$(n),$(f)))))

ENERGY_TEQ := $(foreach n,$(ENERGY_NETS),$(ENERGY_FORMATS:%=$(BUILD)/energy/nets/$(n)-%.teq))
energy_run = $(ENERGY_BIN) --list synth/asic/designs.txt --area $(AREA_DIR) --nets $(BUILD)/energy/nets --out $(ENERGY_DIR) \
    --tools $(TOOLS) --shape $(SHAPE) --period $(PERIOD) --seed $(SEED) --jobs $(J) \
    --commit "$$(git describe --always --dirty 2> /dev/null)" \
    $(foreach n,$(ENERGY_NETS),--net $(n)$(,)$(word 1,$(nets.$(n)))/$(n)_eval_x.npy$(,)$(word 2,$(nets.$(n)))$(,)$(word 3,$(nets.$(n))))

.PHONY: energy energy-netlists
energy-netlists: $(AREA_BIN) $(AREA_DIR)/lib/lib.json $(TOOLS)
	@for tile in $(ENERGY_TILES); do case "$${tile}_$(SHAPE)" in $(or $(ONLY),*)) \
	    $(area_run) --asic --only "$${tile}_$(SHAPE)" --report $(REPORTS)/area-only.json | sed -n '/^\[/p' ;; esac; done

energy: $(ENERGY_BIN) energy-netlists $(ENERGY_TEQ) ## energy of every tile beside INT8 on real layers; LIB=, ONLY=, NET=, SHAPE=, PERIOD=
	@mkdir -p $(ENERGY_DIR)
	@$(energy_run) --report $(if $(ONLY),$(REPORTS)/energy-only.json --only '$(ONLY)',$(ENERGY_REPORT))

# The simulator on circuits that are added up by hand. (The library reader is the front end of
# a program: it never frees.)
TESTS_FAST += synth.energy
cmd.synth.energy   = export ASAN_OPTIONS=detect_leaks=0; mkdir -p $(BUILD)/synth/test && $(BUILD)/synth/test_energy synth/test/power.lib $(BUILD)/synth/test
needs.synth.energy = $(BUILD)/synth/test_energy

$(BUILD)/synth/test_energy: synth/test/test_energy.c $(addprefix synth/energy/,sim.c netlist.c cells.c sim.h netlist.h cells.h) synth/asic/liberty.c
	@mkdir -p $(@D)
	@echo '  CC test_energy'
	$(Q)$(CC) $(TEQ_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all -o $@ $(filter %.c,$^) -lz -lm
