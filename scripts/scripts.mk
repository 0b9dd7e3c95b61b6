# SPDX-License-Identifier: Apache-2.0
#
# What concerns all folders: the test runner, lint, coverage, faults, documents.
# Included last, so that it sees the tests of all fragments.

# --- the test runner -----------------------------------------------------------------

RUNTESTS := $(BUILD)/bin/runtests

$(RUNTESTS): scripts/runtests.c
	@mkdir -p $(@D)
	$(CC) -D_POSIX_C_SOURCE=200809L -std=c17 -O2 $(TEQ_WARN) -o $@ $< -lcjson

# $(call run_tests,SUITE,NAMES,LEFT OUT): build what the tests need, then run them.
run_tests = $(if $(filter-out --%,$(findstring n,$(firstword $(MAKEFLAGS)))),true,\
  $(shell mkdir -p $(BUILD)/tests)\
  $(file >$(BUILD)/tests/$(1).list,$(foreach t,$(2),$(t) $(cmd.$(t))$(newline)))\
  $(MAKE_J) needs TESTS='$(2)' $(RUNTESTS) $(TOOLS) && \
  $(RUNTESTS) --suite $(1) --list $(BUILD)/tests/$(1).list --jobs $(J) --seed $(SEED) \
    --timeout $(TEST_TIMEOUT) --tools $(TOOLS) --logs $(LOGS) --left-out '$(strip $(3))' \
    --json $(REPORTS)/$(if $(filter fast all,$(1)),test,test-$(1)).json)

define newline


endef

.PHONY: needs
needs: $(foreach t,$(TESTS),$(needs.$(t)))
	@:

##@ Tests
TEST_TIMEOUT ?= 1800## seconds after which a test is stopped and fails
ONLY ?=## `make test ONLY='c.% tb.array%'`: tests with these names only

chosen = $(sort $(if $(ONLY),$(filter $(ONLY),$(1)),$(1)))

.PHONY: test test-all test-fresh lint faults cov docs filelist
test: ## the chosen subset of the tests; says what it leaves out
	+@$(call run_tests,fast,$(call chosen,$(TESTS_FAST)),$(filter-out $(call chosen,$(TESTS_FAST)),$(sort $(TESTS_SLOW))))

test-all: ## all tests
	+@$(call run_tests,all,$(call chosen,$(TESTS_FAST) $(TESTS_SLOW)),)
