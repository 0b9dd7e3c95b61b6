# SPDX-License-Identifier: Apache-2.0
#
# The bench of teq_core, and the configurations in which it must pass.
# $(call core_config,NAME,SIMULATORS,SUITE,ENGINE,ROWS,COLS,N_MAX,NA_MAX,LOAD_COLS,PSUM_DEPTH,ACT_WORDS,OTHERS)

test.core += tb/core_ports.c tb/core_host.c tb/core_jobs.c tb/core_corners.c cmodel/test/core_gen.c
$(eval $(call bench,core,teq_core,tb/test_core.c))
core_config = $(eval $(call config,core,$(1),$(2),$(3),ENGINE=$(4) ROWS=$(5) COLS=$(6) N_MAX=$(7) NA_MAX=$(8) \
    LOAD_COLS=$(9) PSUM_DEPTH=$(10) ACT_WORDS=$(11) WGT_WORDS=256 PRG_WORDS=1024 $(12)))

BARE := SERIAL=1 RESIDUAL=0 INDIRECT=0 MAXIMUM=0 COUNTERS=0 CHAIN=0 REACH=12

# The adder trees of teq_column_sum have benches of their own: most cores have ADDER=plain,
# which is quicker to build and to simulate. 4x8 has two compact words in a word of WGT.
$(call core_config,shift_4x4,verilator,slow,shift,4,4,4,5,4,8,64,$(PUBLISHED))
$(call core_config,shift_4x4_plain,verilator cov,fast,shift,4,4,4,5,4,8,64,$(PUBLISHED) ADDER=plain)
$(call core_config,shift_4x8,verilator cov,fast,shift,4,8,2,4,2,16,64,K_RES=2 MB=6 PW=6 ACC_W=14 ADDER=plain)
$(call core_config,shift_8x8,verilator,slow,shift,8,8,4,5,2,8,64,$(PUBLISHED) ADDER=plain)
$(call core_config,shift_8x4,verilator,slow,shift,8,4,5,7,4,5,64,K_RES=8 MB=10 PW=12 ACC_W=20 ADDER=plain)
$(call core_config,shift_16x16,verilator,slow,shift,16,16,4,5,2,128,64,$(PUBLISHED) ADDER=plain)
$(call core_config,select_4x4,verilator,slow,select,4,4,3,5,4,4,64,K_RES=2 MB=6 PW=6 ACC_W=14 ADDER=plain)
$(call core_config,select_16x16,verilator,slow,select,16,16,3,4,2,128,64,K_RES=2 MB=6 PW=6 ACC_W=14 ADDER=plain)
$(call core_config,booth8_4x4,verilator cov,fast,booth,4,4,7,8,4,8,64,ACC_W=23 ADDER=plain)
$(call core_config,booth8_16x16,verilator,slow,booth,16,16,7,8,2,128,64,ACC_W=23 ADDER=plain)
$(call core_config,bw8_8x8,verilator,slow,bw,8,8,7,8,2,16,64,ACC_W=23 ADDER=plain)
$(call core_config,shift_4x4_latch,verilator,slow,shift,4,4,4,5,4,8,64,$(PUBLISHED) PSUM_LATCH=1 GATE=1 ADDER=plain)
$(call core_config,shift_4x8_w_latch,verilator,fast,shift,4,8,4,5,4,8,64,$(PUBLISHED) W_LATCH=1 GATE=1 ADDER=plain)
# A small requantizer; and nothing but what a small FPGA holds.
$(call core_config,shift_4x4_serial,verilator,slow,shift,4,4,4,5,4,8,64,$(PUBLISHED) SERIAL=1 ADDER=plain)
$(call core_config,shift_4x4_bare,verilator cov,fast,shift,4,4,4,5,1,8,64,$(PUBLISHED) $(BARE) ADDER=plain)
$(call core_config,shift_4x4_small,icarus,fast,shift,4,4,3,3,2,4,32,K_RES=2 MB=6 PW=6 ACC_W=13 ADDER=plain)

# Parity: a memory that flips bits (tb/core_flip/teq_ram.v) in place of the one in rtl/.
test.core_parity += tb/core_ports.c tb/core_host.c tb/core_jobs.c tb/core_corners.c cmodel/test/core_gen.c
vdirs.core_parity = tb/core_flip $(TB_VDIRS)
$(eval $(call bench,core_parity,teq_core,tb/test_core.c))
$(eval $(call config,core_parity,shift_4x4,verilator cov,fast,ENGINE=shift ROWS=4 COLS=4 N_MAX=4 NA_MAX=5 LOAD_COLS=4 \
    PSUM_DEPTH=8 ACT_WORDS=64 WGT_WORDS=256 PRG_WORDS=1024 $(PUBLISHED) ADDER=plain PARITY=1))

# Many programs, over several configurations.
soak_core = $(foreach c,shift_4x4_plain shift_4x8 shift_8x8 select_4x4 booth8_4x4 shift_4x4_bare,$(TB_BUILD)/core/$(c)/verilator/sim) \
    $(TB_BUILD)/core_parity/shift_4x4/verilator/sim
TESTS_SLOW += tb.core.programs
needs.tb.core.programs = $(soak_core)
cmd.tb.core.programs = tb/core_soak.sh $(SEED) $(PROGRAMS) $(REFUSED) $(soak_core)

PROGRAMS ?= 10000## programs of `make soak-core` that come to their end
REFUSED  ?= 1000## programs of `make soak-core` that are refused

.PHONY: soak-core
soak-core: $(soak_core) ## random programs on the core, legal and illegal, in several configurations
	@tb/core_soak.sh $(SEED) $(PROGRAMS) $(REFUSED) $(soak_core)

# How fast it is simulated.
test.core_speed += tb/core_ports.c tb/speed_report.c
libs.core_speed = -lcjson
CFLAGS.tb/core_speed.c = -O3
$(eval $(call bench,core_speed,teq_core,tb/core_speed.c))
$(eval $(call config,core_speed,shift_16x16,,,ENGINE=shift ROWS=16 COLS=16 N_MAX=4 NA_MAX=5 LOAD_COLS=2 PSUM_DEPTH=128 \
    ACT_WORDS=2048 WGT_WORDS=4096 PRG_WORDS=4096 $(PUBLISHED) ADDER=plain))

.PHONY: bench-core
bench-core: $(TB_BUILD)/core_speed/shift_16x16/verilator/sim $(TOOLS) ## simulation speed of the 16 x 16 core, Verilated and modelled
	@mkdir -p $(REPORTS)
	@TEQ_BENCH_JSON=$(REPORTS)/bench_core.json TEQ_TOOLS_JSON=$(TOOLS) $< --seed $(SEED)
