# SPDX-License-Identifier: Apache-2.0
#
# `make sim`: the embedded network on the array, one configuration for each engine.


$(eval $(call bench,sim,teq_array,tb/sim.c))
test.sim += tb/array_ports.c
libs.sim = $(LIBTEQ) -lprotobuf-c -llapacke -lopenblas -lcjson
# name, suite, engine, rows, cols, N_MAX, K_RES, MB, PW, ACC_W, NA_MAX, LOAD_COLS, PSUM_DEPTH, ADDR_W, N_REQUANT
sim_config = $(eval $(call config,sim,$(1),verilator,$(2),ENGINE=$(3) ROWS=$(4) COLS=$(5) N_MAX=$(6) K_RES=$(7) MB=$(8) PW=$(9) ACC_W=$(10) NA_MAX=$(11) LOAD_COLS=$(12) PSUM_DEPTH=$(13) ADDR_W=$(14) N_REQUANT=$(15) $(16)))
$(call sim_config,shift,fast,shift,16,16,4,4,7,7,15,5,2,128,7,16)
$(call sim_config,select,slow,select,16,16,3,2,6,6,14,4,2,128,7,16)
# full adders as cells would be 464 trees: slow to build, and count_tile has them
$(call sim_config,count,slow,count,16,16,4,4,7,8,27,4,16,1,1,16,ADDER=plain)
$(call sim_config,booth,slow,booth,16,16,7,4,7,8,23,8,2,128,7,16)
$(call sim_config,bw,slow,bw,16,16,4,4,7,8,17,5,2,128,7,16)
# a smaller array with few requantizers, all streams stalling at random
$(call sim_config,stall,fast,shift,8,8,4,4,7,7,15,5,2,32,5,4)
cmd.tb.sim.stall = TEQ_SIM_STALLS=1 TEQ_SIM_IMAGES=12 TEQ_SIM_BATCH=5 $(TB_BUILD)/sim/stall/verilator/sim --seed $(SEED)

##@ First steps
.PHONY: sim
sim: $(TOOLS) ## the embedded network on the Verilog array, every cycle checked (ENGINE=shift|select|count|booth|bw)
	@$(MAKE_J) -s $(TB_BUILD)/sim/$(ENGINE)/verilator/sim
	@mkdir -p $(REPORTS)
	@TEQ_SIM_JSON=$(REPORTS)/sim.raw.json $(TB_BUILD)/sim/$(ENGINE)/verilator/sim --seed $(SEED)
	@jq --slurpfile tools $(TOOLS) --arg date "$$(date -u +%Y-%m-%dT%H:%M:%SZ)" --arg commit "$$(git rev-parse --short=12 HEAD 2>/dev/null)" \
	    '. + {date: $$date, commit: $$commit, tools: ($$tools[0].tools // $$tools[0])}' $(REPORTS)/sim.raw.json > $(REPORTS)/sim.json
	@rm -f $(REPORTS)/sim.raw.json

# One image of each larger network, quantized for the published array with its defaults,
# on that array: every layer, two-term weights and inputs included. Needs $(DATA).
NETS_ARRAY = $(foreach n,kws ic,$(if $(wildcard $(firstword $(nets.$(n)))/$(n).onnx),$(n)))

$(BUILD)/nets/%.teq: $(TEQ) cmodel/quant/quant.mk
	@mkdir -p $(@D)
	$(TEQ) quantize $(word 1,$(nets.$*))/$*.onnx -c $(word 1,$(nets.$*))/$*_calib_x.npy -s $(word 2,$(nets.$*)) -z $(word 3,$(nets.$*)) -q -o $@

# $(call on_array,name): the bench with its settings
on_array = TEQ_SIM_TEQ=$(BUILD)/nets/$(1).teq TEQ_SIM_ONNX=$(word 1,$(nets.$(1)))/$(1).onnx \
    TEQ_SIM_CALIB=$(word 1,$(nets.$(1)))/$(1)_calib_x.npy TEQ_SIM_EVAL=$(word 1,$(nets.$(1)))/$(1)_eval_x.npy \
    TEQ_SIM_LABELS=$(word 1,$(nets.$(1)))/$(1)_eval_y.npy TEQ_SIM_SCALE=$(word 2,$(nets.$(1))) TEQ_SIM_ZERO=$(word 3,$(nets.$(1))) \
    TEQ_SIM_IMAGES=$(NETS_IMAGES) TEQ_SIM_BATCH=1 $(TB_BUILD)/sim/shift/verilator/sim --seed $(SEED)
NETS_IMAGES ?= 1## images of each network in `make nets-array`

TESTS_SLOW += tb.nets_array
cmd.tb.nets_array = $(if $(NETS_ARRAY),$(foreach n,$(NETS_ARRAY),$(call on_array,$(n)) &&) echo '$(words $(NETS_ARRAY)) passed$(,) 0 failed',exit 77)
needs.tb.nets_array = $(TB_BUILD)/sim/shift/verilator/sim $(NETS_ARRAY:%=$(BUILD)/nets/%.teq)

.PHONY: nets-array
nets-array: $(TB_BUILD)/sim/shift/verilator/sim $(NETS_ARRAY:%=$(BUILD)/nets/%.teq) $(TOOLS) ## an image of each network of $(DATA) on the Verilog array, every layer and cycle checked
	@$(if $(NETS_ARRAY),,echo 'nets-array: no networks in $(DATA), nothing to run' && exit 0)
	@$(foreach n,$(NETS_ARRAY),TEQ_SIM_JSON=$(BUILD)/nets/$(n).array.json $(call on_array,$(n)) &&) true
	@$(if $(NETS_ARRAY),jq -s --slurpfile tools $(TOOLS) --arg date "$$(date -u +%Y-%m-%dT%H:%M:%SZ)" --arg commit "$$(git rev-parse --short=12 HEAD 2>/dev/null)" \
	    '{command: "make nets-array"$(,) date: $$date$(,) commit: $$commit$(,) tools: ($$tools[0].tools // $$tools[0])$(,) rows: .}' \
	    $(NETS_ARRAY:%=$(BUILD)/nets/%.array.json) > $(REPORTS)/nets_array.json)
