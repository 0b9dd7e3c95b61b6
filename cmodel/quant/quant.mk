# SPDX-License-Identifier: Apache-2.0
#
# The networks through all methods: build/reports/nets.json, nets.md and a page each.

DATA ?= ../shared/data## folder of kws.onnx, ic.onnx and their samples, where present

# name, folder, scale, zero point
nets.digits = cmodel/digits/data 0.125 8
nets.kws    = $(DATA) 0.5847029 83
nets.ic     = $(DATA) 1 0

NETS ?= $(foreach n,digits kws ic,$(if $(wildcard $(firstword $(nets.$(n)))/$(n).onnx),$(n)))

$(BUILD)/nets/%.rows: $(TEQ) cmodel/quant/quant.mk
	@mkdir -p $(@D)
	$(TEQ) report $(word 1,$(nets.$*))/$*.onnx -c $(word 1,$(nets.$*))/$*_calib_x.npy \
	  -i $(word 1,$(nets.$*))/$*_eval_x.npy -l $(word 1,$(nets.$*))/$*_eval_y.npy -s $(word 2,$(nets.$*)) \
	  -z $(word 3,$(nets.$*)) $(NETS_FLAGS) -m $(BUILD)/nets/$*.md -o $(REPORTS)/net_$*.html -r $@

.PHONY: nets
nets: $(NETS:%=$(BUILD)/nets/%.rows) $(TOOLS) ## every network by every method: build/reports/nets.json, nets.md, a page each
	@mkdir -p $(REPORTS)
	@{ printf '{"command": "make nets", "date": "%s", "commit": "%s", "tools": ' "$$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
	   "$$(git rev-parse --short=12 HEAD 2>/dev/null)"; jq -c '.tools // .' $(TOOLS); printf ', "rows": [\n'; \
	   cat $(NETS:%=$(BUILD)/nets/%.rows) | sed '$$!s/$$/,/'; printf ']}\n'; } > $(REPORTS)/nets.json.new
	@mv $(REPORTS)/nets.json.new $(REPORTS)/nets.json
	@cat $(NETS:%=$(BUILD)/nets/%.md) > $(REPORTS)/nets.md
	@cat $(REPORTS)/nets.md

# Networks that no constant of the quantizer was set on, made and trained here by PyTorch.
UNSEEN = $(BUILD)/unseen

.PHONY: nets-unseen
nets-unseen: $(TEQ) $(TOOLS) ## small networks made here by PyTorch, by teq and int: build/reports/unseen.json; skipped without it
	@mkdir -p $(UNSEEN) $(REPORTS)
	@status=0; python3 scripts/unseen/train.py $(UNSEEN) || status=$$?; \
	if [ $$status = 77 ]; then exit 0; elif [ $$status != 0 ]; then exit $$status; fi; \
	python3 scripts/unseen/judge.py $(TEQ) $(UNSEEN) > $(UNSEEN)/rows; \
	jq -s --slurpfile tools $(TOOLS) --arg date "$$(date -u +%Y-%m-%dT%H:%M:%SZ)" --arg commit "$$(git rev-parse --short=12 HEAD 2>/dev/null)" \
	  '{date: $$date, commit: $$commit, tools: ($$tools[0].tools // $$tools[0]), rows: .}' $(UNSEEN)/rows > $(REPORTS)/unseen.json; \
	jq -r '.rows[] | "\(.network), \(.method), \(.target): \(.bits_avg * 100 | round / 100) bits, loss \(.loss_points * 100 | round / 100) points, expected \(.expected_loss * 100 | round / 100)"' $(REPORTS)/unseen.json

# Part of `make bench`: quantize and eval of each network for the published array.
BENCH_PARTS += bench-nets
.PHONY: bench-nets
bench-nets: $(TEQ) $(TOOLS)
	@mkdir -p $(BUILD)/nets $(REPORTS)
	@rm -f $(BUILD)/nets/bench.rows
	@$(foreach n,$(NETS),$(TEQ) bench $(word 1,$(nets.$(n)))/$(n).onnx -c $(word 1,$(nets.$(n)))/$(n)_calib_x.npy \
	  -i $(word 1,$(nets.$(n)))/$(n)_eval_x.npy -s $(word 2,$(nets.$(n))) -z $(word 3,$(nets.$(n))) --json >> $(BUILD)/nets/bench.rows && ) true
	@jq -s --slurpfile tools $(TOOLS) --arg date "$$(date -u +%Y-%m-%dT%H:%M:%SZ)" --arg commit "$$(git rev-parse --short=12 HEAD 2>/dev/null)" \
	  '{date: $$date, commit: $$commit, tools: ($$tools[0].tools // $$tools[0]), rows: .}' $(BUILD)/nets/bench.rows > $(REPORTS)/bench_nets.json
	@jq -r '.rows[] | "\(.network): quantize \(.quantize_s | . * 10 | round / 10) s (\(.quantize_cpu_s | . * 10 | round / 10) s of processors, \(.megabytes | round) MB), eval \(.eval_gmac_per_s | . * 100 | round / 100) GMAC/s, \(.n) samples in \(.eval_s | . * 1000 | round / 1000) s; of the float executor \(.eval_to_float | . * 100 | round / 100), of sgemm \(.eval_to_sgemm | . * 100 | round / 100)"' $(REPORTS)/bench_nets.json
