# SPDX-License-Identifier: Apache-2.0
#
# The benches of teq_array, and the configurations in which they must pass.
# $(call array_config,NAME,SIMULATORS,SUITE,ENGINE,ROWS,COLS,N_MAX,NA_MAX,LOAD_COLS,N_REQUANT,PSUM_DEPTH,ADDR_W,OTHERS)

test.array += tb/array_ports.c tb/array_stim.c tb/array_corners.c
$(eval $(call bench,array,teq_array,tb/test_array.c))
array_config = $(eval $(call config,array,$(1),$(2),$(3),ENGINE=$(4) ROWS=$(5) COLS=$(6) N_MAX=$(7) NA_MAX=$(8) \
    LOAD_COLS=$(9) N_REQUANT=$(10) PSUM_DEPTH=$(11) ADDR_W=$(12) $(13)))

# Shift: the published shapes, each N_MAX, each K_RES, every structural parameter.
# PUBLISHED: 7-bit values, 7-bit products, 15-bit accumulators, 4 residues.
PUBLISHED := K_RES=4 MB=7 PW=7 ACC_W=15
$(call array_config,shift_4x4,verilator cov,fast,shift,4,4,4,5,1,4,8,3,$(PUBLISHED))
$(call array_config,shift_4x4_small,icarus,fast,shift,4,4,3,3,2,2,4,2,K_RES=2 MB=6 PW=6 ACC_W=13 ADDER=plain)
$(call array_config,shift_4x4_single,verilator cov,fast,shift,4,4,4,5,2,2,1,1,$(PUBLISHED) DOUBLE=0)
$(call array_config,shift_4x4_gate,verilator cov,fast,shift,4,4,4,5,4,1,5,3,$(PUBLISHED) GATE=1)
# Partial sums in latches: a bank in part, a bank and one word, three.
$(call array_config,shift_4x4_latch,verilator cov,fast,shift,4,4,4,5,1,4,5,3,$(PUBLISHED) PSUM_LATCH=1 GATE=1)
$(call array_config,shift_8x8_latch_chain,verilator,slow,shift,8,8,4,5,4,8,17,5,$(PUBLISHED) PSUM_LATCH=1 PIPE=1 CHAIN=1 ADDER=plain)
$(call array_config,shift_4x4_latch_small,icarus,fast,shift,4,4,3,3,2,2,2,1,K_RES=2 MB=6 PW=6 ACC_W=13 PSUM_LATCH=1 ADDER=plain)
$(call array_config,booth8_4x4_latch,verilator,slow,booth,4,4,7,8,2,4,40,6,ACC_W=23 PSUM_LATCH=1 GATE=1)
# Weights through latches.
$(call array_config,shift_4x4_w_latch,verilator cov,fast,shift,4,4,4,5,1,4,5,3,$(PUBLISHED) W_LATCH=1 GATE=1)
$(call array_config,shift_4x4_w_latch_single,icarus,fast,shift,4,4,3,3,2,2,4,2,K_RES=2 MB=6 PW=6 ACC_W=13 W_LATCH=1 DOUBLE=0 ADDER=plain)
$(call array_config,booth8_8x8_w_latch_pipe,verilator,slow,booth,8,8,7,8,2,4,40,6,ACC_W=23 W_LATCH=1 PIPE=1 GATE=1)
$(call array_config,shift_4x4_serial,verilator cov,fast,shift,4,4,4,5,4,4,5,3,$(PUBLISHED) SERIAL=1 ADDER=plain)
$(call array_config,shift_4x4_serial_small,icarus,fast,shift,4,4,3,3,2,4,4,2,K_RES=2 MB=6 PW=6 ACC_W=13 SERIAL=1 ADDER=plain)
$(call array_config,shift_8x16_chain,verilator cov,fast,shift,8,16,4,5,4,16,5,3,$(PUBLISHED) CHAIN=1 GATE=1 ADDER=plain)
$(call array_config,shift_4x4_chain_single,verilator,slow,shift,4,4,4,5,2,2,1,1,$(PUBLISHED) CHAIN=1 DOUBLE=0)
$(call array_config,shift_4x4_chain_serial,verilator,slow,shift,4,4,4,5,4,4,5,3,$(PUBLISHED) CHAIN=1 SERIAL=1 ADDER=plain)
$(call array_config,shift_4x4_chain_small,icarus,fast,shift,4,4,3,3,2,2,4,2,K_RES=2 MB=6 PW=6 ACC_W=13 CHAIN=1 ADDER=plain)
$(call array_config,shift_4x4_pipe,verilator cov,fast,shift,4,4,4,5,1,4,8,3,$(PUBLISHED) PIPE=1)
$(call array_config,shift_8x8_pipe_chain,verilator,fast,shift,8,8,4,5,4,8,5,3,$(PUBLISHED) PIPE=1 CHAIN=1 GATE=1 ADDER=plain)
$(call array_config,shift_4x4_pipe_small,icarus,fast,shift,4,4,3,3,2,2,4,2,K_RES=2 MB=6 PW=6 ACC_W=13 PIPE=1 CHAIN=1 ADDER=plain)
$(call array_config,shift_4x4_pipe_single,verilator,slow,shift,4,4,4,5,2,2,1,1,$(PUBLISHED) PIPE=1 CHAIN=1 DOUBLE=0)
$(call array_config,shift_4x4_pipe_serial,verilator,slow,shift,4,4,4,5,4,4,5,3,$(PUBLISHED) PIPE=1 SERIAL=1 ADDER=plain)
$(call array_config,select_4x4_pipe,verilator,fast,select,4,4,3,5,2,2,4,2,K_RES=2 MB=6 PW=6 ACC_W=14 PIPE=1 ADDER=plain)
$(call array_config,booth8_4x4_pipe,verilator,fast,booth,4,4,7,8,2,2,4,2,ACC_W=23 PIPE=1 GATE=1)
$(call array_config,bw4_4x4_pipe,verilator,fast,bw,4,4,3,4,2,4,1,1,ACC_W=15 PIPE=1 ADDER=plain)
$(call array_config,shift_16x16_pipe,verilator,slow,shift,16,16,4,5,2,16,128,7,$(PUBLISHED) PIPE=1)
$(call array_config,booth8_4x6_chain,verilator,slow,booth,4,6,7,8,2,3,4,2,ACC_W=23 CHAIN=1 GATE=1 ADDER=plain)
$(call array_config,select_8x8_serial,verilator,slow,select,8,8,3,7,4,8,16,4,K_RES=2 MB=6 PW=6 ACC_W=14 SERIAL=1 ADDER=plain)
$(call array_config,shift_16x16,verilator,fast,shift,16,16,4,5,2,16,128,7,$(PUBLISHED))
$(call array_config,shift_16x32_n5,verilator,slow,shift,16,32,5,5,4,8,128,7,$(PUBLISHED))
$(call array_config,shift_8x8_k1,verilator,slow,shift,8,8,2,2,1,8,2,1,K_RES=1 MB=4 PW=4 ACC_W=9)
$(call array_config,shift_8x8_n6,verilator,slow,shift,8,8,6,6,2,8,16,4,K_RES=4 MB=8 PW=10 ACC_W=18)
$(call array_config,shift_8x8_n7,verilator,slow,shift,8,8,7,7,1,4,100,7,K_RES=8 MB=10 PW=12 ACC_W=20)
$(call array_config,shift_8x16_k8,verilator,slow,shift,8,16,5,7,2,4,33,6,K_RES=8 MB=10 PW=12 ACC_W=20)
$(call array_config,shift_8x16_plain,verilator,slow,shift,8,16,4,5,2,16,128,7,$(PUBLISHED) ADDER=plain)
$(call array_config,shift_32x32,verilator,slow,shift,32,32,4,5,4,32,64,6,$(PUBLISHED))
$(call array_config,shift_1x1,verilator,slow,shift,1,1,4,5,1,1,3,2,$(PUBLISHED))
$(call array_config,shift_4x4_wide,verilator,slow,shift,4,4,4,5,1,4,1,1,K_RES=4 MB=7 PW=8 ACC_W=40)

# Select: up to N_MAX = 4.
$(call array_config,select_4x4,verilator cov,fast,select,4,4,3,5,2,2,4,2,K_RES=2 MB=6 PW=6 ACC_W=14)
$(call array_config,select_8x8_n4,verilator,slow,select,8,8,4,5,2,8,128,7,$(PUBLISHED))
$(call array_config,select_8x16_n2,verilator,slow,select,8,16,2,3,4,16,8,3,K_RES=1 MB=5 PW=6 ACC_W=14)
$(call array_config,select_16x16,verilator,slow,select,16,16,3,4,2,16,128,7,K_RES=2 MB=6 PW=6 ACC_W=14)
$(call array_config,select_8x8_k8,verilator,slow,select,8,8,4,7,4,8,16,4,K_RES=8 MB=10 PW=12 ACC_W=20)
$(call array_config,select_32x32,verilator,slow,select,32,32,3,4,4,32,64,6,K_RES=2 MB=6 PW=6 ACC_W=15)
$(call array_config,select_4x4_small,icarus,slow,select,4,4,3,3,2,2,4,2,K_RES=2 MB=6 PW=6 ACC_W=13 ADDER=plain)

# INT b: N_MAX = b - 1, NA_MAX = b, ACC_W = 2 b + 7.
$(call array_config,booth8_4x4,verilator cov,fast,booth,4,4,7,8,2,2,4,2,ACC_W=23)
$(call array_config,booth4_4x4,icarus,fast,booth,4,4,3,4,2,4,1,1,ACC_W=15 ADDER=plain)
$(call array_config,booth8_16x16,verilator,slow,booth,16,16,7,8,2,16,128,7,ACC_W=23)
$(call array_config,booth7_8x8,verilator,slow,booth,8,8,6,7,1,8,16,4,ACC_W=21)
$(call array_config,booth6_8x16,verilator,slow,booth,8,16,5,6,2,4,16,4,ACC_W=19)
$(call array_config,booth5_8x8,verilator,slow,booth,8,8,4,5,8,8,1,1,ACC_W=17)
$(call array_config,booth8_32x32,verilator,slow,booth,32,32,7,8,4,32,64,6,ACC_W=24 ADDER=plain)
$(call array_config,bw8_4x4,verilator cov,fast,bw,4,4,7,8,2,2,4,2,ACC_W=23)
$(call array_config,bw8_8x8,verilator,slow,bw,8,8,7,8,2,8,128,7,ACC_W=23)
$(call array_config,bw8_16x16,verilator,slow,bw,16,16,7,8,2,16,128,7,ACC_W=23)
$(call array_config,bw8_32x32,verilator,slow,bw,32,32,7,8,4,32,64,6,ACC_W=24 ADDER=plain)
$(call array_config,bw4_8x16,verilator,slow,bw,8,16,3,4,4,16,16,4,ACC_W=15)
$(call array_config,bw4_4x4,icarus,slow,bw,4,4,3,4,2,4,1,1,ACC_W=15 ADDER=plain)

# Count: partial sums stay in the histograms. ACC_W holds any sum of 1023 lanes, or wraps.
$(call array_config,count_4x4,verilator cov,fast,count,4,4,4,4,2,2,1,1,ACC_W=27)
$(call array_config,count_4x2_n3,icarus,fast,count,4,2,3,3,1,2,1,1,ACC_W=17 ADDER=plain)
# Many bins: built without optimisation, which takes far longer than the run (and gigabytes).
$(foreach c,8x8_n5 16x16 8x16_n3 32x32_n3 16x4_n7,$(eval opt.array.count_$(c) = -O0))
args.array.count_16x4_n7 = --cycles 200000
$(call array_config,count_8x8_n5,verilator,slow,count,8,8,5,5,8,4,1,1,ACC_W=27 DOUBLE=0)
$(call array_config,count_16x16,verilator,slow,count,16,16,4,5,4,16,1,1,ACC_W=27 ADDER=plain)
$(call array_config,count_8x16_n3,verilator,slow,count,8,16,3,4,4,4,1,1,ACC_W=24 ADDER=plain)
$(call array_config,count_32x32_n3,verilator,slow,count,32,32,3,3,32,32,1,1,ACC_W=24 ADDER=plain)
$(call array_config,count_16x4_n7,verilator,slow,count,16,4,7,7,4,4,1,1,ACC_W=40 ADDER=plain)

# What must not toggle: counted in a VCD, so these are run here and not by `config`.
test.array_toggle += tb/array_ports.c
$(eval $(call bench,array_toggle,teq_array,tb/test_array_toggle.c))
define array_toggle_config
$$(eval $$(call config,array_toggle,$(1),,,$(3) ROWS=4 COLS=4 LOAD_COLS=2 N_REQUANT=4 PSUM_DEPTH=1 ADDR_W=1))
$(suite.$(2)) += tb.array_toggle.$(1)
needs.tb.array_toggle.$(1) = $(TB_BUILD)/array_toggle/$(1)/vcd/sim
cmd.tb.array_toggle.$(1) = $(TB_BUILD)/array_toggle/$(1)/vcd/sim --seed $$(SEED) --wave $(TB_BUILD)/array_toggle/$(1)/toggle.vcd
endef
$(eval $(call array_toggle_config,shift,fast,ENGINE=shift N_MAX=4 NA_MAX=5 $(PUBLISHED)))
$(eval $(call array_toggle_config,select,slow,ENGINE=select N_MAX=3 NA_MAX=5 K_RES=2 MB=6 PW=6 ACC_W=14))
$(eval $(call array_toggle_config,booth,fast,ENGINE=booth N_MAX=3 NA_MAX=4 ACC_W=15))
$(eval $(call array_toggle_config,bw,slow,ENGINE=bw N_MAX=3 NA_MAX=4 ACC_W=15))
