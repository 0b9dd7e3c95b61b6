# SPDX-License-Identifier: Apache-2.0
#
# The benches, and the configurations in which each must pass. tb.mk says how to
# read this; a bench is a line, a configuration is a line.

# --- the harness itself ---------------------------------------------------------------

# Not tests by themselves: most of these must fail. selftest.sh knows which.
vdirs.selftest := tb/harness/selftest
$(eval $(call bench,selftest,selftest_fifo,tb/harness/selftest/test_selftest.c))
selftest_config = $(eval $(call config,selftest,$(1),,,WIDTH=$(2) LOG2_N=$(3) BUG=$(4) CHECK=$(5)))
$(call selftest_config,good,33,2,0,0)
$(call selftest_config,narrow,7,1,0,0)
$(call selftest_config,wide,200,3,0,0)
$(call selftest_config,no_reset,33,2,1,0)
$(call selftest_config,wrong_data,33,2,2,0)
$(call selftest_config,lost_beat,33,2,3,0)
$(call selftest_config,unknown,33,2,4,0)
$(call selftest_config,no_compare,33,2,0,1)
$(call selftest_config,no_output,33,2,0,2)
$(call selftest_config,no_input,33,2,0,3)

TESTS_FAST += tb.selftest
cmd.tb.selftest = tb/harness/selftest/selftest.sh $(TB_BUILD)/selftest
needs.tb.selftest = $(foreach s,verilator icarus,$(configs.selftest:%=$(TB_BUILD)/selftest/%/$(s)/sim)) \
    $(TB_BUILD)/selftest/good/vcd/sim

# --- adder tree -----------------------------------------------------------------------
# Shapes: the published tiles, one word, odd counts, a word as wide as the
# accumulator, the partial products of Booth (GROUP 4, STEP 2) and Baugh-Wooley.

$(eval $(call bench,column_sum,teq_column_sum,tb/test_column_sum.c))
column_sum_config = $(eval $(call config,column_sum,$(1),$(2),$(3),N_WORDS=$(4) WORD_W=$(5) GROUP=$(6) STEP=$(7) ACC_W=$(8) ADDER=$(9)))
$(call column_sum_config,16x8,verilator cov,fast,16,8,1,0,16,cells)
# Icarus re-evaluates the whole tree for each bit that changes: a small one there.
$(call column_sum_config,3x5,icarus,fast,3,5,1,0,8,cells)
$(call column_sum_config,16x8_plain,verilator cov,fast,16,8,1,0,16,plain)
$(call column_sum_config,booth8,verilator,fast,64,9,4,2,23,cells)
$(call column_sum_config,bw8,verilator,slow,128,8,8,1,23,cells)
$(call column_sum_config,booth5,verilator,slow,48,6,3,2,17,cells)
$(call column_sum_config,bw4_plain,verilator,slow,64,4,4,1,15,plain)
$(call column_sum_config,1x1,verilator,fast,1,1,1,0,1,cells)
$(call column_sum_config,1x8,verilator,slow,1,8,1,0,8,cells)
$(call column_sum_config,2x8,verilator,slow,2,8,1,0,16,cells)
$(call column_sum_config,3x7,verilator,slow,3,7,1,0,7,cells)
$(call column_sum_config,5x9,verilator,slow,5,9,1,0,17,cells)
$(call column_sum_config,33x10,verilator,slow,33,10,1,0,40,cells)
$(call column_sum_config,64x8,verilator,slow,64,8,1,0,18,cells)

# The same in two stages.
$(eval $(call bench,column_pipe,teq_column_pipe,tb/test_column_sum.c))
column_pipe_config = $(eval $(call config,column_pipe,$(1),$(2),$(3),N_WORDS=$(4) WORD_W=$(5) GROUP=$(6) STEP=$(7) ACC_W=$(8) ADDER=$(9) GATE=$(10)))
$(call column_pipe_config,16x8,verilator cov,fast,16,8,1,0,16,cells,0)
$(call column_pipe_config,3x5_gate,icarus,fast,3,5,1,0,8,cells,1)
$(call column_pipe_config,16x8_plain,verilator cov,fast,16,8,1,0,16,plain,0)
$(call column_pipe_config,booth8_gate,verilator,fast,64,9,4,2,23,cells,1)
$(call column_pipe_config,bw8,verilator,slow,128,8,8,1,23,cells,0)
$(call column_pipe_config,booth5_plain,verilator,slow,48,6,3,2,17,plain,0)
$(call column_pipe_config,1x1,verilator,slow,1,1,1,0,1,cells,1)
$(call column_pipe_config,1x1_wide,verilator,slow,1,1,1,0,2,cells,1)
$(call column_pipe_config,1x8_plain,verilator,slow,1,8,1,0,8,plain,1)
$(call column_pipe_config,2x8,verilator,slow,2,8,1,0,40,cells,1)
$(call column_pipe_config,3x7,verilator,slow,3,7,1,0,7,cells,0)
$(call column_pipe_config,33x10,verilator,slow,33,10,1,0,40,cells,0)
$(call column_pipe_config,64x8,verilator,slow,64,8,1,0,18,cells,0)

# --- row head: exhaustive ---------------------------------------------------------------

$(eval $(call bench,row_head,teq_row_head,tb/test_row_head.c))
row_head_config = $(eval $(call config,row_head,$(1),$(2),$(3),K_RES=$(4) MB=$(5) NA_MAX=$(6) GATE=$(7)))
$(call row_head_config,k4,verilator icarus cov,fast,4,7,5,0)
$(call row_head_config,k4_gate,verilator icarus cov,fast,4,7,5,1)
$(call row_head_config,k1,verilator,slow,1,4,2,0)
$(call row_head_config,k2,verilator,slow,2,6,3,0)
$(call row_head_config,k8,verilator,slow,8,7,5,0)
$(call row_head_config,k8_max,verilator,slow,8,10,7,1)

# --- cells: every weight ------------------------------------------------------------------

$(eval $(call bench,cell_shift,teq_cell_shift,tb/test_cell.c))
$(eval $(call bench,cell_select,teq_cell_select,tb/test_cell.c))
cell_config = $(eval $(call config,cell_$(1),n$(2)_k$(3)_$(4)_$(5),$(6),$(7),N_MAX=$(2) K_RES=$(3) MB=$(4) PW=$(5)))
$(call cell_config,shift,4,4,7,8,verilator icarus cov,fast)
$(call cell_config,shift,4,4,6,8,verilator,slow)
$(call cell_config,shift,5,4,7,8,verilator,fast)
$(call cell_config,shift,5,8,7,8,verilator,slow)
$(call cell_config,shift,3,1,7,7,verilator,slow)
$(call cell_config,shift,2,4,4,6,verilator,slow)
$(call cell_config,shift,3,2,10,10,verilator,slow)
$(call cell_config,shift,7,8,10,12,verilator,slow)
$(call cell_config,shift,7,1,8,9,verilator,slow)
$(call cell_config,select,3,2,6,6,verilator icarus cov,fast)
$(call cell_config,select,4,4,7,8,verilator,fast)
$(call cell_config,select,2,1,4,4,verilator,slow)
$(call cell_config,select,4,8,10,12,verilator,slow)
$(call cell_config,select,4,1,7,8,verilator,slow)

$(eval $(call bench,cell_booth,teq_cell_booth,tb/test_cell_int.c))
$(eval $(call bench,cell_bw,teq_cell_bw,tb/test_cell_int.c))
cell_int_config = $(eval $(call config,cell_$(1),b$(2),$(3),$(4),B=$(2)))
$(call cell_int_config,booth,8,verilator cov,fast)
$(call cell_int_config,booth,7,verilator,slow)
$(call cell_int_config,booth,6,verilator,slow)
$(call cell_int_config,booth,5,verilator icarus,fast)
$(call cell_int_config,booth,4,verilator,slow)
$(call cell_int_config,booth,3,verilator,slow)
$(call cell_int_config,bw,8,verilator cov,fast)
$(call cell_int_config,bw,7,verilator,slow)
$(call cell_int_config,bw,6,verilator,slow)
$(call cell_int_config,bw,5,verilator icarus,slow)
$(call cell_int_config,bw,4,verilator,slow)
$(call cell_int_config,bw,3,verilator,slow)

# --- tile: all engines --------------------------------------------------------------------

$(eval $(call bench,tile,teq_tile,tb/test_tile.c))
tile_config = $(eval $(call config,tile,$(1),$(2),$(3),ENGINE=$(4) ROWS=$(5) COLS=$(6) LOAD_COLS=$(7) N_MAX=$(8) NA_MAX=$(9) $(10)))
exp_7_7  := K_RES=4 MB=7 PW=7 ACC_W=15
exp_7_8  := K_RES=4 MB=7 PW=8 ACC_W=16
$(call tile_config,shift_4x4,verilator cov,fast,shift,4,4,2,4,5,$(exp_7_7))
$(call tile_config,shift_4x4_plain,icarus,fast,shift,4,4,2,4,5,$(exp_7_8) ADDER=plain)
$(call tile_config,shift_4x4_gate,verilator cov,fast,shift,4,4,1,4,5,$(exp_7_7) GATE=1)
$(call tile_config,shift_4x4_gate,gates,fast,shift,4,4,1,4,5,$(exp_7_7) GATE=1)
$(call tile_config,shift_4x4_chain,verilator cov,fast,shift,4,4,2,4,5,$(exp_7_7) CHAIN=1 ADDER=plain)
$(call tile_config,shift_4x6_chain_gate,verilator cov,fast,shift,4,6,2,4,5,$(exp_7_7) CHAIN=1 PSUM=0 DOUBLE=0 GATE=1)
$(call tile_config,shift_4x6_chain_gate,gates,slow,shift,4,6,2,4,5,$(exp_7_7) CHAIN=1 PSUM=0 DOUBLE=0 GATE=1)
$(call tile_config,booth8_4x4_chain_gate,verilator,slow,booth,4,4,2,7,8,ACC_W=23 CHAIN=1 GATE=1)
# Weights through latches: one set and two, with a register inside the sums too.
$(call tile_config,shift_4x4_w_latch,verilator cov,fast,shift,4,4,2,4,5,$(exp_7_7) W_LATCH=1 GATE=1)
$(call tile_config,shift_4x6_w_latch_single,verilator cov,fast,shift,4,6,2,4,5,$(exp_7_7) W_LATCH=1 CHAIN=1 PSUM=0 DOUBLE=0 GATE=1)
$(call tile_config,shift_12x4_w_latch,verilator cov,fast,shift,12,4,2,4,5,$(exp_7_7) W_LATCH=1 DOUBLE=0 GATE=1)
$(call tile_config,shift_12x4_w_latch,gates,fast,shift,12,4,2,4,5,$(exp_7_7) W_LATCH=1 DOUBLE=0 GATE=1)
$(call tile_config,shift_4x4_w_latch,gates,slow,shift,4,4,2,4,5,$(exp_7_7) W_LATCH=1 GATE=1)
$(call tile_config,shift_4x6_w_latch_single,gates,fast,shift,4,6,2,4,5,$(exp_7_7) W_LATCH=1 CHAIN=1 PSUM=0 DOUBLE=0 GATE=1)
$(call tile_config,booth8_4x4_w_latch,icarus,fast,booth,4,4,2,7,8,ACC_W=23 W_LATCH=1 DOUBLE=0 ADDER=plain)
$(call tile_config,shift_4x4_w_latch_pipe,verilator,slow,shift,4,4,1,4,5,$(exp_7_7) W_LATCH=1 PIPE=1 DOUBLE=0)
$(call tile_config,shift_4x4_pipe_gate,verilator cov,fast,shift,4,4,2,4,5,$(exp_7_7) PIPE=1 GATE=1)
$(call tile_config,shift_4x4_pipe_gate,gates,fast,shift,4,4,2,4,5,$(exp_7_7) PIPE=1 GATE=1)
$(call tile_config,shift_4x6_pipe_chain,verilator cov,fast,shift,4,6,2,4,5,$(exp_7_7) PIPE=1 CHAIN=1 DOUBLE=0 ADDER=plain)
$(call tile_config,select_4x4_pipe,icarus,fast,select,4,4,2,3,5,K_RES=2 MB=6 PW=6 ACC_W=14 PIPE=1 ADDER=plain GATE=1)
$(call tile_config,booth8_4x4_pipe_chain,verilator,fast,booth,4,4,2,7,8,ACC_W=23 PIPE=1 CHAIN=1 GATE=1)
$(call tile_config,booth8_4x4_pipe_chain,gates,slow,booth,4,4,2,7,8,ACC_W=23 PIPE=1 CHAIN=1 GATE=1)
$(call tile_config,bw8_4x4_pipe,verilator,fast,bw,4,4,2,7,8,ACC_W=23 PIPE=1 PSUM=0)
$(call tile_config,shift_16x32_pipe,verilator,slow,shift,16,32,4,4,5,$(exp_7_7) PIPE=1 GATE=1)
$(call tile_config,shift_1x1_pipe,verilator,slow,shift,1,1,1,7,2,K_RES=1 MB=4 PW=4 ACC_W=8 PIPE=1)
$(call tile_config,shift_4x4_single,verilator,slow,shift,4,4,4,4,5,$(exp_7_8) DOUBLE=0 PSUM=0)
$(call tile_config,shift_16x16,verilator,slow,shift,16,16,2,4,5,$(exp_7_7))
$(call tile_config,shift_16x32_n5,verilator,slow,shift,16,32,4,5,5,$(exp_7_7))
$(call tile_config,shift_32x32,verilator,slow,shift,32,32,4,4,5,$(exp_7_8) ADDER=plain)
$(call tile_config,shift_8x16_k8,verilator,slow,shift,8,16,2,5,7,K_RES=8 MB=10 PW=12 ACC_W=20)
$(call tile_config,shift_1x1,verilator,slow,shift,1,1,1,7,2,K_RES=1 MB=4 PW=4 ACC_W=8)
$(call tile_config,select_4x4,verilator cov,fast,select,4,4,2,3,5,K_RES=2 MB=6 PW=6 ACC_W=14)
$(call tile_config,select_8x8_n4,verilator,slow,select,8,8,2,4,5,$(exp_7_7))
$(call tile_config,booth8_4x4,verilator cov,fast,booth,4,4,2,7,8,ACC_W=23)
$(call tile_config,booth8_4x4_plain,icarus,slow,booth,4,4,2,7,8,ACC_W=23 ADDER=plain)
$(call tile_config,booth8_4x4_gate,verilator cov,fast,booth,4,4,2,7,8,ACC_W=23 GATE=1)
$(call tile_config,booth5_8x8,verilator,slow,booth,8,8,2,4,5,ACC_W=17)
$(call tile_config,bw8_4x4,verilator cov,fast,bw,4,4,2,7,8,ACC_W=23)
$(call tile_config,bw4_8x16,verilator,slow,bw,8,16,2,3,4,ACC_W=15)

# --- around the tile ------------------------------------------------------------------------

$(eval $(call bench,weight_expand,teq_weight_expand,tb/test_weight_expand.c))
$(foreach n,2 3 5 7,$(eval $(call config,weight_expand,n$(n),verilator,slow,N_MAX=$(n))))
$(eval $(call config,weight_expand,n4,verilator icarus cov,fast,N_MAX=4))

$(eval $(call bench,fifo2,teq_fifo2,tb/test_fifo2.c))
$(eval $(call config,fifo2,w97,verilator icarus cov,fast,W=97))
$(eval $(call config,fifo2,w1,verilator,slow,W=1))

$(eval $(call bench,requantize,teq_requantize,tb/test_requantize.c))
requantize_config = $(eval $(call config,requantize,$(1),$(2),$(3),INT=$(4) ACC_W=$(5) NA_MAX=$(6)))
$(call requantize_config,acc16,verilator cov,fast,0,16,5)
$(call requantize_config,acc16_n2,verilator,slow,0,16,2)
$(call requantize_config,acc16_n3,icarus,fast,0,16,3)
$(call requantize_config,acc24_n7,verilator,slow,0,24,7)
$(call requantize_config,acc40,verilator,slow,0,40,4)
$(call requantize_config,int8,verilator icarus cov,fast,1,23,8)
$(call requantize_config,int4,verilator,slow,1,15,4)

# --- zeros toggle nothing -------------------------------------------------------------------

$(eval $(call bench,zeros,teq_tile,tb/test_zero_toggles.c))
zeros_config = $(eval $(call config,zeros,$(1),icarus,$(2),ENGINE=$(1) ROWS=4 COLS=4 LOAD_COLS=2 N_MAX=$(3) NA_MAX=$(4) $(5) ADDER=plain))\
    $(eval args.zeros.$(1) = --wave $$(TB_BUILD)/zeros/$(1)/icarus/zeros.vcd)
$(call zeros_config,shift,fast,4,5,$(exp_7_8))
$(call zeros_config,select,fast,3,5,K_RES=2 MB=6 PW=6 ACC_W=14)
$(call zeros_config,booth,fast,7,8,ACC_W=23)
$(call zeros_config,bw,fast,7,8,ACC_W=23)

# --- the array: tb/array.mk ------------------------------------------------------------------

include tb/array.mk

# --- engine count -------------------------------------------------------------------------

$(eval $(call bench,count_tile,teq_count_tile,tb/test_count_tile.c))
count_config = $(eval $(call config,count_tile,$(1),$(2),$(3),ROWS=$(4) COLS=$(5) LOAD_COLS=$(6) N_MAX=$(7) \
    NA_MAX=$(8) A_SIGNED=$(9) BETA=$(10) CNT_W=$(11) ACC_W=$(12) $(13)))
$(call count_config,4x4_n3,verilator cov,fast,4,4,2,3,3,0,0,8,24)
$(call count_config,4x4_n3_beta,verilator cov,fast,4,4,1,3,3,1,1,8,24,GATE=1)
# Icarus re-evaluates a whole bin for each hit that changes: a small one there, and short.
args.count_tile.2x1_n3_beta = --cycles 3000
$(call count_config,2x1_n3_beta,icarus,fast,2,1,1,3,3,1,1,8,24,ADDER=plain)
$(call count_config,16x1_n3,verilator,fast,16,1,1,3,3,0,0,11,24)
# Many bins: built without optimisation, which takes far longer than the run.
$(foreach c,16x2_n4 16x1_n4_beta 16x1_n5 2x1_n7_beta,$(eval opt.count_tile.$(c) = -O0))
$(call count_config,16x2_n4,verilator,slow,16,2,2,4,4,0,0,11,24,ADDER=plain)
$(call count_config,16x1_n4_beta,verilator,slow,16,1,1,4,4,1,1,12,28,ADDER=plain)
$(call count_config,16x1_n5,verilator,slow,16,1,1,5,5,0,0,11,27,ADDER=plain)
$(call count_config,5x3_n4_a5,verilator,slow,5,3,3,4,5,0,1,9,24,DOUBLE=0)
$(call count_config,64x1_n2,verilator,slow,64,1,1,2,2,1,0,16,32)
$(call count_config,2x1_n7_beta,verilator,slow,2,1,1,7,7,1,1,8,17,ADDER=plain)

$(eval $(call config,array,shift_4x4,gates,slow,$(params.array.shift_4x4)))

# --- the board's serial line ----------------------------------------------------------------

$(eval $(call bench,uart,teq_uart_axil,tb/test_uart.c))
$(eval $(call config,uart,div4,verilator icarus cov,fast,DIV=4))
$(eval $(call config,uart,div7,verilator,fast,DIV=7))
