# SPDX-License-Identifier: Apache-2.0
#
# Proofs over the RTL: docs/formal.md.

##@ Proofs
.PHONY: formal
PROOFS ?=## names of proofs for `make formal`; empty: all
formal: $(TOOLS) ## prove what tb/formal/proofs.txt lists; every proof must fail on broken RTL
	@J=$(J) tb/formal/formal.sh --report $(REPORTS)/formal.json $(PROOFS)

TESTS_FAST += formal.quick
cmd.formal.quick = tb/formal/formal.sh --quick

# Illegal parameters stop elaboration in all three tools and say what is legal.
TESTS_FAST += rtl.illegal
cmd.rtl.illegal = scripts/lint.sh rtl/illegal.txt
