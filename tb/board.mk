# SPDX-License-Identifier: Apache-2.0
#
# teq_board as it goes into an FPGA, with a faster line: a network from ONNX through the
# serial line to its answers.

$(eval $(call bench,board,teq_board,tb/board_run.c))
libs.board = $(LIBTEQ) -lprotobuf-c -llapacke -lopenblas -lcjson
board_hx8k := $(filter-out DIV=%,$(shell grep -v '^\#' synth/fpga/hx8k.txt))
$(eval $(call config,board,hx8k,,,DIV=4 $(board_hx8k)))

TESTS_FAST += tb.board_small
cmd.tb.board_small = tb/board_small.sh $(TEQ) $(TB_BUILD)/board/hx8k/verilator/sim $(board_hx8k)
needs.tb.board_small = $(TEQ) $(TB_BUILD)/board/hx8k/verilator/sim
