# SPDX-License-Identifier: Apache-2.0
#
# The benches of teq_array, and the configurations in which they must pass.

test.array += tb/array_ports.c tb/array_stim.c tb/array_corners.c
$(eval $(call bench,array,teq_array,tb/test_array.c))
array_config = $(eval $(call config,array,$(1),$(2),$(3),ENGINE=$(4) ROWS=$(5) COLS=$(6) N_MAX=$(7) NA_MAX=$(8) $(9)))
$(call array_config,shift_4x4,verilator cov,fast,shift,4,4,4,5,K_RES=4 MB=7 PW=8 ACC_W=16 LOAD_COLS=1 N_REQUANT=4 PSUM_DEPTH=8 ADDR_W=3)
