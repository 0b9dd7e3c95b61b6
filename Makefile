# SPDX-License-Identifier: Apache-2.0
#
# TEQ. `make` alone prints what can be made.
#
# Each folder brings a fragment (*.mk) that is included here and sees:
#
#   BUILD     everything that is made lies under it
#   REPORTS   JSON reports, one file a command
#   RTL       folder of the Verilog sources, normally `rtl`. `make faults` runs the
#             benches on a damaged copy with RTL=... TB_BUILD=..., so a fragment never
#             writes `rtl/` itself but $(RTL)/
#   TB_BUILD  everything that is made from the Verilog for simulation lies under it
#   LIBTEQ    the C library; link with $(LIBTEQ) $(TEQ_LDLIBS), compile with $(TEQ_CFLAGS)
#   TOOLS     order-only prerequisite of reports: build/reports/tools.json, the versions
#
# Help. `target: ... ## text` and `NAME ?= value ## text` show up in `make help`, a line
# `##@ text` is a heading.
#
# Tests. A test is a name (letters, digits, . _ + -), a command, and what the command needs:
#
#   TESTS_FAST += tb.array_4x4             # `make test` and `make test-all`
#   TESTS_SLOW += tb.array_32x32           # `make test-all` only
#   cmd.tb.array_4x4   = $(TB_BUILD)/array_4x4/sim --seed $(SEED)
#   needs.tb.array_4x4 = $(TB_BUILD)/array_4x4/sim
#
# The needs are built first, in parallel; then the commands run from here, J at a time,
# each with its own log build/logs/NAME.log, no input, and TEQ_SEED in the environment.
# Exit status 0 passes, 77 skips, all else fails. A program that runs several cases
# counts as so many if it uses cmocka, or if its last line is `N passed, N failed` or
# `N passed, N failed, N skipped`.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
, := ,
MAKEFLAGS += --no-builtin-rules

# `make deps test`: the packages first, then a fresh make that sees them. Without this
# `make -j deps test` would run both at once.
AFTER_DEPS := $(filter-out deps,$(MAKECMDGOALS))
ifneq ($(and $(filter deps,$(MAKECMDGOALS)),$(AFTER_DEPS)),)

.PHONY: deps after-deps $(AFTER_DEPS)
deps:
	@scripts/deps.sh
after-deps: deps
	@$(MAKE) --no-print-directory $(AFTER_DEPS)
$(AFTER_DEPS): after-deps
	@:

else

BUILD    := build
REPORTS  ?= $(BUILD)/reports
LOGS     ?= $(BUILD)/logs
RTL      ?= rtl
TB_BUILD ?= $(BUILD)/tb
TOOLS    := $(BUILD)/reports/tools.json

##@ Variables, as in `make sim ENGINE=count SEED=7`
ENGINE ?= shift## engine of the array: select, shift or count
LIB    ?=## Liberty file for `make area`; empty: osu018 of Debian
SEED   ?= 1## seed of every random test
J      ?= $(or $(patsubst -j%,%,$(filter -j%,$(MAKEFLAGS))),$(shell nproc))## jobs at a time; else the N of make -jN, else all cores

V ?=## 1: show whole commands
Q := $(if $(V),,@)

export TEQ_SEED = $(SEED)

# Submakes take the -j of the user, or J of their own.
MAKE_J = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(J))

##@ First steps
.PHONY: help deps
help: ## this list
	@awk -f scripts/help.awk $(MAKEFILE_LIST)

deps: ## install what is missing (apt); says nothing when all is there
	@scripts/deps.sh

-include cmodel/cmodel.mk cmodel/digits/digits.mk tb/tb.mk tb/formal/formal.mk synth/synth.mk
include scripts/scripts.mk

$(TOOLS): scripts/versions.sh
	@mkdir -p $(@D)
	@scripts/versions.sh > $@

endif
