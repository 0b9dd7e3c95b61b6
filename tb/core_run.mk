# SPDX-License-Identifier: Apache-2.0
#
# Whole networks on the Verilog core: the program behind `teq run --backend rtl|gates`.
# ROWSxCOLS names the configuration, as `teq compile --core` does. ADDER=plain changes no
# value and simulates faster; the trees of full adders have benches of their own.

$(eval $(call bench,core_run,teq_core,tb/core_run.c))
test.core_run += tb/core_ports.c
libs.core_run = $(LIBTEQ) -lprotobuf-c -llapacke -lopenblas -lcjson
# name, LOAD_COLS, ROWS, COLS, ACT_WORDS, WGT_WORDS, PRG_WORDS
core_run_config = $(eval $(call config,core_run,$(1),,,ENGINE=shift ROWS=$(3) COLS=$(4) N_MAX=4 K_RES=4 MB=7 PW=7 ACC_W=15 NA_MAX=5 \
    LOAD_COLS=$(2) PSUM_DEPTH=128 ACT_WORDS=$(5) WGT_WORDS=$(6) PRG_WORDS=$(7) ADDER=plain))
$(call core_run_config,16x16,2,16,16,2048,4096,4096)
$(call core_run_config,16x16_large,4,16,16,8192,16384,16384)
$(call core_run_config,8x8,2,8,8,2048,4096,4096)
$(call core_run_config,16x32,4,16,32,2048,4096,4096)
# as silicon would have it: full adders and clock gates of the library
core_4x4 := LOAD_COLS=4 PSUM_DEPTH=64 ACT_WORDS=512 WGT_WORDS=1024 PRG_WORDS=1024
$(eval $(call config,core_run,4x4,,,ENGINE=shift ROWS=4 COLS=4 N_MAX=4 K_RES=4 MB=7 PW=7 ACC_W=15 NA_MAX=5 $(core_4x4) GATE=1 ADDER=cells))

TESTS_FAST += tb.core_digits
cmd.tb.core_digits = tb/core_digits.sh $(TEQ) $(TB_BUILD)/core_run/16x16/verilator/sim '$(CC) $(TEQ_CFLAGS) $(TEQ_LDFLAGS)' '$(LIBTEQ) $(TEQ_LDLIBS)'
needs.tb.core_digits = $(TEQ) $(LIBTEQ) $(TB_BUILD)/core_run/16x16/verilator/sim

TESTS_SLOW += tb.core_gates
cmd.tb.core_gates = tb/core_gates.sh $(TEQ) $(TB_BUILD)/core_run/4x4/gates/sim $(core_4x4)
needs.tb.core_gates = $(TEQ) $(TB_BUILD)/core_run/4x4/gates/sim

# --- the networks: build/reports/core.json ---------------------------------------------

# teq: the method that keeps the accuracy, with weights of two terms where it wants them;
# one: weights of one term in every layer.
nets_rtl.teq = -m teq -t shift4
nets_rtl.one = -m range --one-term -t shift4
NETS_RTL_IMAGES ?= 10## images of each network in `make nets-rtl`
NETS_RTL := $(foreach n,$(NETS),$(n)-one $(n)-teq)
nets_rtl_net = $(firstword $(subst -, ,$*))
nets_rtl_data = $(word 1,$(nets.$(nets_rtl_net)))/$(nets_rtl_net)
nets_rtl_scale = -s $(word 2,$(nets.$(nets_rtl_net))) -z $(word 3,$(nets.$(nets_rtl_net)))

$(BUILD)/nets_rtl/%.teq: $(TEQ)
	@mkdir -p $(@D)
	@$(TEQ) quantize $(nets_rtl_data).onnx -c $(nets_rtl_data)_calib_x.npy $(nets_rtl_scale) \
	    $(nets_rtl.$(lastword $(subst -, ,$*))) -q -o $@ > $(@:.teq=.quant)

$(BUILD)/nets_rtl/%.row: $(BUILD)/nets_rtl/%.teq $(TB_BUILD)/core_run/16x16/verilator/sim
	@$(TEQ) compile $< -o $(@:.row=.img) -l $(@:.row=.lst) --json > $(@:.row=.compiled)
	@for b in cmodel rtl; do $(TEQ) run $(@:.row=.img) -i $(nets_rtl_data)_eval_x.npy -l $(nets_rtl_data)_eval_y.npy $(nets_rtl_scale) \
	    -n $(NETS_RTL_IMAGES) -e $< -b $$b --simulator $(TB_BUILD)/core_run/16x16/verilator/sim --json > $(@:.row=).$$b 2> $(@:.row=).log \
	    || { cat $(@:.row=).log; exit 1; }; done
	@jq -c -n --slurpfile c $(@:.row=.compiled) --slurpfile m $(@:.row=.cmodel) --slurpfile r $(@:.row=.rtl) --argjson cells 256 \
	    --arg network $(nets_rtl_net) --arg weights '$(if $(findstring one,$*),one term,as method teq chose)' -f tb/core_row.jq > $@

.PRECIOUS: $(BUILD)/nets_rtl/%.teq
.PHONY: nets-rtl
nets-rtl: $(NETS_RTL:%=$(BUILD)/nets_rtl/%.row) $(TOOLS) ## the networks on the Verilog core: words, cycles, utilisation (build/reports/core.json)
	@mkdir -p $(REPORTS)
	@jq -s --slurpfile tools $(TOOLS) --arg date "$$(date -u +%Y-%m-%dT%H:%M:%SZ)" --arg commit "$$(git rev-parse --short=12 HEAD 2>/dev/null)" \
	    '{date: $$date, commit: $$commit, tools: ($$tools[0].tools // $$tools[0]), rows: .}' $(NETS_RTL:%=$(BUILD)/nets_rtl/%.row) > $(REPORTS)/core.json
	@jq -r '.rows[] | "\(.network), \(.weights): \(.cycles) cycles (predicted \(.predicted_cycles)), utilisation \(.utilisation), mismatches \(.mismatches), \(.seconds_per_image) s an image"' $(REPORTS)/core.json
	@jq -e '[.rows[].mismatches] | add == 0' $(REPORTS)/core.json > /dev/null
