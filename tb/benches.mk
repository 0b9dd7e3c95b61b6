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
