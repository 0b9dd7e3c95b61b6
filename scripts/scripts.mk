# SPDX-License-Identifier: Apache-2.0
#
# What concerns all folders: the test runner, lint, coverage, faults, documents.
# Included last, so that it sees the tests of all fragments.

# --- the test runner -----------------------------------------------------------------

RUNTESTS := $(BUILD)/bin/runtests

$(RUNTESTS): scripts/runtests.c
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(CC) -D_POSIX_C_SOURCE=200809L -std=c17 -O2 $(TEQ_WARN) -o $@ $< -lcjson

# $(call run_tests,SUITE,NAMES,LEFT OUT): build what the tests need, then run them.
run_tests = $(if $(filter-out --%,$(findstring n,$(firstword $(MAKEFLAGS)))),true,\
  $(shell mkdir -p $(BUILD)/tests)\
  $(file >$(BUILD)/tests/$(1).list,$(foreach t,$(2),$(t) $(cmd.$(t))$(newline)))\
  $(MAKE_J) needs TESTS='$(2)' && \
  $(RUNTESTS) --suite $(1) --list $(BUILD)/tests/$(1).list --jobs $(J) --seed $(SEED) \
    --timeout $(TEST_TIMEOUT) --tools $(TOOLS) --logs $(LOGS) --left-out '$(strip $(3))' \
    --json $(REPORTS)/$(if $(filter fast all,$(1)),test,test-$(1)).json)

define newline


endef

# The tools that judge are judged first.
TESTS_FAST += scripts.selftest
cmd.scripts.selftest = scripts/selftest.sh $(RUNTESTS)
needs.scripts.selftest = $(RUNTESTS)

# What is made from the list of registers is what lies there.
TESTS_FAST += scripts.registers
cmd.scripts.registers = scripts/registers.sh --check
needs.scripts.registers =

# The timing diagrams that lie there are those that the cycle models make.
WAVES := $(BUILD)/waves
TESTS_FAST += scripts.waves
cmd.scripts.waves = rm -rf $(BUILD)/waves_check && mkdir -p $(BUILD)/waves_check && $(WAVES) $(BUILD)/waves_check && \
    for f in $(BUILD)/waves_check/*.svg; do cmp "$$f" docs/figures/$$(basename "$$f") || { echo "run make waves"; exit 1; }; done
needs.scripts.waves = $(WAVES)

.PHONY: needs
needs: $(RUNTESTS) $(TOOLS) $(foreach t,$(TESTS),$(needs.$(t)))
	@:

##@ Tests
TEST_TIMEOUT ?= 1800## seconds after which a test is stopped and fails
ONLY ?=## `make test ONLY='c.% tb.array%'`: tests with these names only

chosen = $(sort $(if $(ONLY),$(filter $(ONLY),$(1)),$(1)))

.PHONY: test test-all test-fresh lint faults cov docs filelist registers
test: ## the chosen subset of the tests; says what it leaves out
	+@$(call run_tests,fast,$(call chosen,$(TESTS_FAST)),$(filter-out $(call chosen,$(TESTS_FAST)),$(sort $(TESTS_FAST) $(TESTS_SLOW))))

test-all: ## all tests
	+@$(call run_tests,all,$(call chosen,$(TESTS_FAST) $(TESTS_SLOW)),)

# --- lint ----------------------------------------------------------------------------

lint: ## Verilator, Icarus and Yosys over rtl/lint.txt; file lists; shell scripts
	@if command -v shellcheck > /dev/null; then shellcheck .ci/run $$(find scripts tb synth -name '*.sh' 2> /dev/null); fi
	@J=$(J) scripts/lint.sh rtl/lint.txt $(RTL)
	@scripts/filelist.sh --check

filelist: ## rtl/teq.f and teq.core, from what lies in rtl/
	@scripts/filelist.sh

registers: ## teq_regs.vh, regs.h and docs/registers.md, from rtl/core/registers.txt
	@scripts/registers.sh

# --- coverage ------------------------------------------------------------------------

# COV_DAT: what the benches leave in build/cov/*.dat.
cov: $(TOOLS) ## coverage: line, branch, toggle of the Verilog; line, branch of the C
	@find $(BUILD)/cov -name '*.gcda' -delete 2> /dev/null || true
	+@$(MAKE_J) COV=1 test-c
	+@$(if $(COV_DAT),$(MAKE_J) $(COV_DAT))
	@mkdir -p $(REPORTS)
	@scripts/cov.sh $(REPORTS)/cov.json $(TOOLS) $(BUILD)/cov/cmodel $(COV_DAT)

# --- faults by hand ------------------------------------------------------------------

# Faults whose text the Verilog no longer has would be found by `make faults` alone, which takes long.
TESTS_FAST += scripts.faults
cmd.scripts.faults = scripts/mutants/run.sh --check scripts/mutants/faults.txt

FAULTS ?=## names of faults for `make faults`; empty: all

.PHONY: fault-tests
faults: $(TOOLS) $(RUNTESTS) ## put the faults of scripts/mutants/faults.txt in; each must be caught
	@J=$(J) SEED=$(SEED) scripts/mutants/run.sh scripts/mutants/faults.txt $(REPORTS)/faults.json $(FAULTS)

# The benches on a changed copy, called by the script with RTL and TB_BUILD.
fault_tests = $(filter $(or $(ONLY),tb.%),$(filter-out tb.selftest% %.gates,$(sort $(TESTS_FAST))))
fault-tests:
	+@$(call run_tests,fault-$(FAULT),$(fault_tests),)

# --- a fresh machine -----------------------------------------------------------------

FRESH ?= sim test## goals that `make test-fresh` tries
test-fresh: ## the same on an empty Debian, in a chroot (root, debootstrap)
	@scripts/test_fresh.sh $(FRESH)

# --- documents -----------------------------------------------------------------------

docs: ## write the reports' figures into the documents (docs/tables.txt)
	@mkdir -p $(BUILD)/reports
	@$(MAKE) --no-print-directory -s help > $(BUILD)/reports/help.txt
	@scripts/docgen.sh

##@ Housekeeping
.PHONY: all clean
all: $(ALL) ## build the library, the command and the test programs, run nothing

clean: ## remove build/
	$(Q)rm -rf $(BUILD)

# Timing diagrams of the interfaces, drawn from the cycle models.
$(WAVES): $(wildcard scripts/waves/*.c scripts/waves/*.h) $(LIBTEQ)
	@mkdir -p $(@D)
	@echo '  CC waves'
	$(Q)$(CC) $(TEQ_CFLAGS) -o $@ $(filter %.c,$^) $(LIBTEQ) $(TEQ_LDLIBS)

.PHONY: waves
waves: $(WAVES) ## docs/figures/wave_*.svg: timing diagrams of the interfaces, from the cycle models
	@$(WAVES) docs/figures
