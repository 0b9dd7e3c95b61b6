# SPDX-License-Identifier: Apache-2.0
#
# The blocks of teq_core one by one, and the configurations in which each must pass.
# $(call block,NAME,TOP): tb/blocks/NAME.c on the module TOP.

block = $(eval test.core_$(1) += tb/blocks/block.c)$(eval $(call bench,core_$(1),$(2),tb/blocks/$(1).c))
block_config = $(eval $(call config,core_$(1),$(2),$(3),$(4),$(5)))

# Four lanes of eight banks, with everything; sixteen; linear codes without residuals.
test.core_reader += tb/array_ports.c
$(call block,reader,teq_core_reader)
$(call block_config,reader,4_of_8,verilator cov,fast,ROWS=4 NB=8 LB=3 NA_MAX=5 PSUM_DEPTH=6 ADDR_W=3 AW=4 WORDS=13 REACH=12 U_W=12 TILE_W=72)
$(call block_config,reader,4x4_int,verilator icarus cov,fast,IS_INT=1 ROWS=4 NB=4 LB=2 NA_MAX=8 PSUM_DEPTH=8 ADDR_W=3 AW=5 WORDS=32 \
    RESIDUAL=0 CHAIN=0 REACH=24 U_W=16 TILE_W=100)
$(call block_config,reader,16x16,verilator,slow,ROWS=16 NB=16 LB=4 NA_MAX=5 PSUM_DEPTH=8 ADDR_W=3 AW=6 WORDS=48 REACH=24 U_W=16 TILE_W=100)

$(call block,input,teq_core_input)
$(call block_config,input,nb4,verilator icarus cov,fast,NA_MAX=5 LB=2 AW=4 WORDS=13 REACH=12 L_W=12)
$(call block_config,input,nb16_int,verilator cov,fast,NA_MAX=8 LB=4 AW=4 WORDS=16 REACH=24 L_W=20)

$(call block,weights,teq_core_weights)
$(call block_config,weights,4x4,verilator icarus cov,fast,N_MAX=2 ROWS=4 COLS=4 LOAD_COLS=2 WORDS=24 AW=5 REACH=12)
$(call block_config,weights,4x4_direct,verilator cov,fast,N_MAX=4 ROWS=4 COLS=4 LOAD_COLS=1 WORDS=64 AW=6 REACH=24 INDIRECT=0)
$(call block_config,weights,8x8_int,verilator,slow,IS_INT=1 N_MAX=7 ROWS=8 COLS=8 LOAD_COLS=8 WORDS=32 AW=5 REACH=24)

$(call block,writer,teq_core_writer)
$(call block_config,writer,4,verilator icarus cov,fast,COLS=4 LB=2 AW=5 WORDS=27 REACH=12)
$(call block_config,writer,16,verilator,slow,COLS=16 LB=4 AW=6 WORDS=64 REACH=24)
$(call block_config,writer,8_of_16,verilator,slow,COLS=8 LB=4 AW=6 WORDS=64 REACH=24)

# WGT_W: 1, 3 and 5 beats a word.
$(call block,image,teq_core_image)
$(call block_config,image,w80,verilator icarus cov,fast,WGT_W=80 WGT_WORDS=25 WGT_AW=5 PRG_WORDS=32 PRG_AW=5 CONFIG=96'h187c0080040f774005040404)
$(call block_config,image,w20,verilator,slow,WGT_W=20 WGT_WORDS=32 WGT_AW=5 PRG_WORDS=20 PRG_AW=5 CONFIG=96'h187c0080010f774005040404)
$(call block_config,image,w160,verilator,slow,WGT_W=160 WGT_WORDS=16 WGT_AW=4 PRG_WORDS=64 PRG_AW=6 CONFIG=96'h187c0080080f774005040404)
$(call block_config,image,w10240,verilator,slow,WGT_W=10240 WGT_WORDS=6 WGT_AW=3 PRG_WORDS=20 PRG_AW=5 CONFIG=96'h187c0080200f774005044040)

$(call block,config,teq_core_config)
$(call block_config,config,a12,verilator icarus cov,fast,REACH=12 A_W=12)
$(call block_config,config,a21_serial,verilator,slow,SERIAL=1 REACH=24 A_W=21)

$(call block,counters,teq_core_counters)
$(call block_config,counters,all,verilator icarus cov,fast,ROWS=8 NA_MAX=3)
$(call block_config,counters,cycles,verilator cov,fast,ROWS=8 NA_MAX=3 ALL=0)

$(call block,error,teq_core_error)
$(call block_config,error,all,verilator icarus cov,fast,)

$(call block,max,teq_core_max)
$(call block_config,max,4_of_8,verilator icarus cov,fast,LANES=4 N=8 NA_MAX=3)
$(call block_config,max,8_int,verilator,slow,IS_INT=1 LANES=8 N=8 NA_MAX=8)

$(call block,act,teq_core_act)
$(call block_config,act,nb8,verilator icarus cov,fast,NB=8 LB=3 CODE_W=6 WORDS=13 AW=4)
$(call block_config,act,nb16_parity,verilator,slow,NB=16 LB=4 CODE_W=9 WORDS=32 AW=5 PARITY=1)

# With everything; linear codes and nothing that can be left out.
test.core_sequencer += cmodel/test/core_gen.c
$(call block,sequencer,teq_core_sequencer)
$(call block_config,sequencer,4x4,verilator icarus cov,fast,ROWS=4 COLS=4 N_MAX=4 NA_MAX=5 LOAD_CYCLES=1 REACH=12 A_W=12 U_W=12 TILE_W=72)
$(call block_config,sequencer,8x4_int_bare,verilator,slow,IS_INT=1 ROWS=8 COLS=4 N_MAX=7 NA_MAX=8 LOAD_CYCLES=2 RESIDUAL=0 INDIRECT=0 \
    MAXIMUM=0 CHAIN=0 REACH=24 A_W=21 U_W=16 TILE_W=100)

$(call block,regs,teq_core_regs)
$(call block_config,regs,all,verilator icarus cov,fast,CONFIG=96'h187c0080010f774005040404 ACT_WORDS=41 WGT_WORDS=52 PRG_WORDS=63)
