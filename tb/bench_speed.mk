# SPDX-License-Identifier: Apache-2.0
#
# `make bench`: how fast the array is simulated, by Verilog, cycle model and fast model.

$(eval $(call bench,speed,teq_array,tb/bench_speed.c))
test.speed += tb/array_ports.c tb/speed_report.c
libs.speed = -lcjson
opt.speed.shift_16x16 = -O2
$(eval $(call config,speed,shift_16x16,,,ENGINE=shift ROWS=16 COLS=16 N_MAX=4 NA_MAX=5 \
    K_RES=4 MB=7 PW=7 ACC_W=15 LOAD_COLS=2 N_REQUANT=16 PSUM_DEPTH=128 ADDR_W=7))
CFLAGS.tb/bench_speed.c = -O3

##@ Simulation
.PHONY: bench
bench: $(TB_BUILD)/speed/shift_16x16/verilator/sim $(TOOLS) $(BENCH_PARTS) ## simulation speed of the 16 x 16 array beside plain C; speed of quantize and eval
	@mkdir -p $(REPORTS)
	@TEQ_BENCH_JSON=$(REPORTS)/bench.json TEQ_TOOLS_JSON=$(TOOLS) $< --seed $(SEED)
