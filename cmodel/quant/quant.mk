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
