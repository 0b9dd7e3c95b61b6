# SPDX-License-Identifier: Apache-2.0
#
# `make sim`: the embedded network on the array, one configuration for each engine.


$(eval $(call bench,sim,teq_array,tb/sim.c))
test.sim += tb/array_ports.c
libs.sim = $(LIBTEQ) -lprotobuf-c -llapacke -lopenblas -lcjson
# name, suite, engine, rows, cols, N_MAX, K_RES, MB, PW, ACC_W, NA_MAX, LOAD_COLS, PSUM_DEPTH, ADDR_W, N_REQUANT
sim_config = $(eval $(call config,sim,$(1),verilator,$(2),ENGINE=$(3) ROWS=$(4) COLS=$(5) N_MAX=$(6) K_RES=$(7) MB=$(8) PW=$(9) ACC_W=$(10) NA_MAX=$(11) LOAD_COLS=$(12) PSUM_DEPTH=$(13) ADDR_W=$(14) N_REQUANT=$(15) $(16)))
$(call sim_config,shift,fast,shift,16,16,4,4,7,8,16,5,2,128,7,16)
$(call sim_config,select,slow,select,16,16,3,2,6,6,14,4,2,128,7,16)
# full adders as cells would be 464 trees: slow to build, and count_tile has them
$(call sim_config,count,slow,count,16,16,4,4,7,8,27,4,16,1,1,16,ADDER=plain)
$(call sim_config,booth,slow,booth,16,16,7,4,7,8,23,8,2,128,7,16)
$(call sim_config,bw,slow,bw,16,16,4,4,7,8,17,5,2,128,7,16)
# a smaller array with few requantizers, all streams stalling at random
$(call sim_config,stall,fast,shift,8,8,4,4,7,8,16,5,2,32,5,4)
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
