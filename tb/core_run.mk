# SPDX-License-Identifier: Apache-2.0
#
# Whole networks on the Verilog core: the program behind `teq run --backend rtl|gates`.
# ROWSxCOLS names the configuration, as `teq compile --core` does. ADDER=plain changes no
# value and simulates faster; the trees of full adders have benches of their own.

$(eval $(call bench,core_run,teq_core,tb/core_run.c))
test.core_run += tb/core_ports.c
libs.core_run = $(LIBTEQ) -lprotobuf-c -llapacke -lopenblas -lcjson
# name, LOAD_COLS, ROWS, COLS, ACT_WORDS, WGT_WORDS, PRG_WORDS
core_run_config = $(eval $(call config,core_run,$(1),,,ENGINE=shift ROWS=$(3) COLS=$(4) N_MAX=4 K_RES=4 MB=7 PW=8 ACC_W=16 NA_MAX=5 \
    LOAD_COLS=$(2) PSUM_DEPTH=128 ACT_WORDS=$(5) WGT_WORDS=$(6) PRG_WORDS=$(7) ADDER=plain))
$(call core_run_config,16x16,2,16,16,2048,4096,4096)
$(call core_run_config,8x8,2,8,8,2048,4096,4096)
