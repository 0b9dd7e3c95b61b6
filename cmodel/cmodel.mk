# SPDX-License-Identifier: Apache-2.0
#
# The C side: build/cmodel/libteq.a, the command build/teq, unit tests build/test/test_*.
#
# Files are found by name, so a new file needs no line here:
#
#   cmodel/{num,model,core,driver,quant,net}/*.c   the library
#   cmodel/cli/*.c                     the command
#   cmodel/test/test_*.c               one cmocka program each
#   cmodel/test/example*.c             one program each: the examples quoted by the docs
#   cmodel/test/fuzz_*.c               one libFuzzer target each (`make fuzz`)
#   cmodel/test/*.c, all others        helpers, linked to all of these
#
# A file that needs flags of its own (SIMD) gets them by its path:
#
#   CFLAGS.cmodel/net/gemm_avx2.c = -mavx2 -mfma
#
# SAN=1 (address and undefined-behaviour sanitizers) and COV=1 (gcov) build the same
# under build/san and build/cov.

CC       ?= cc
AR       ?= ar
ifeq ($(origin CC),default)
CC       := gcc
endif
CLANG    ?= clang
ONNX_PROTO ?= /usr/include/onnx/onnx.proto

VARIANT := $(if $(SAN),/san)$(if $(COV),/cov)
CB      := $(BUILD)$(VARIANT)
GEN     := $(BUILD)/gen
LIBTEQ  := $(CB)/cmodel/libteq.a
TEQ     := $(CB)/teq

TEQ_CPPFLAGS := -D_POSIX_C_SOURCE=200809L -Icmodel/include -I$(GEN)
TEQ_WARN     := -Wall -Wextra -Wconversion -Wshadow $(if $(SAN)$(COV),,-Werror)
TEQ_CFLAGS   := $(TEQ_CPPFLAGS) -std=c17 -O2 -g -ffp-contract=off $(TEQ_WARN) \
                $(if $(SAN),-fsanitize=address$(,)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer) \
                $(if $(COV),--coverage -O0 -fprofile-update=atomic)
TEQ_LDFLAGS  := $(if $(SAN),-fsanitize=address$(,)undefined) $(if $(COV),--coverage)
TEQ_LDLIBS   := -lprotobuf-c -llapacke -lopenblas -lcjson -lm -lpthread

# The integer executor's inner loops: vectorised.
CFLAGS.cmodel/quant/kernel.c = -O3
CFLAGS.cmodel/quant/rows.c = -O3
CFLAGS.cmodel/quant/polish.c = -O3
# The float executor's too.
CFLAGS.cmodel/model/matmul.c = -O3
CFLAGS.cmodel/net/exec_conv.c = -O3
CFLAGS.cmodel/net/exec_depthwise.c = -O3
CFLAGS.cmodel/net/exec_ops.c = -O3

LIB_SRC  := $(sort $(wildcard $(addsuffix /*.c,$(addprefix cmodel/,num model core driver quant net))))
CLI_SRC  := $(sort $(wildcard cmodel/cli/*.c))
TEST_SRC := $(sort $(wildcard cmodel/test/test_*.c))
EXAM_SRC := $(sort $(wildcard cmodel/test/example*.c))
FUZZ_SRC := $(sort $(wildcard cmodel/test/fuzz_*.c))
HELP_SRC := $(filter-out $(TEST_SRC) $(EXAM_SRC) $(FUZZ_SRC),$(sort $(wildcard cmodel/test/*.c)))

obj = $(patsubst cmodel/%.c,$(CB)/cmodel/%.o,$(1))

# --- objects -------------------------------------------------------------------------

$(GEN)/onnx.pb-c.c $(GEN)/onnx.pb-c.h &: $(ONNX_PROTO)
	@mkdir -p $(GEN)
	$(Q)protoc-c --proto_path=$(dir $<) --c_out=$(GEN) $(notdir $<)

$(CB)/cmodel/%.o: cmodel/%.c cmodel/cmodel.mk | $(GEN)/onnx.pb-c.h
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(CC) $(TEQ_CFLAGS) $(CFLAGS.$<) $(CFLAGS) -MMD -MP -c -o $@ $<

$(CB)/cmodel/gen/onnx.pb-c.o: $(GEN)/onnx.pb-c.c cmodel/cmodel.mk
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(CC) $(filter-out $(TEQ_WARN) --coverage,$(TEQ_CFLAGS)) -w $(CFLAGS) -MMD -MP -c -o $@ $<

LIB_OBJ := $(call obj,$(LIB_SRC)) $(CB)/cmodel/gen/onnx.pb-c.o

# The list of objects is written to a file that changes only with the list, so that a
# file that was removed leaves the archive too.
$(CB)/cmodel/objects: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(LIB_OBJ) | cmp -s - $@ || printf '%s\n' $(LIB_OBJ) > $@

$(LIBTEQ): $(LIB_OBJ) $(CB)/cmodel/objects
	@rm -f $@
	@echo '  AR $@'
	$(Q)$(AR) rcs $@ $(LIB_OBJ)

.PHONY: FORCE
FORCE:

# --- programs ------------------------------------------------------------------------

TEST_BIN := $(patsubst cmodel/test/%.c,$(CB)/test/%,$(TEST_SRC) $(EXAM_SRC))

$(TEQ): $(call obj,$(CLI_SRC)) $(LIBTEQ)
	@echo '  LD $@'
	$(Q)$(CC) $(TEQ_LDFLAGS) $(LDFLAGS) -o $@ $^ $(TEQ_LDLIBS)

$(TEST_BIN): $(CB)/test/%: $(CB)/cmodel/test/%.o $(call obj,$(HELP_SRC)) $(LIBTEQ)
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)$(CC) $(TEQ_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS.$*) -lcmocka $(TEQ_LDLIBS)

ALL += $(LIBTEQ) $(if $(CLI_SRC),$(TEQ)) $(TEST_BIN)

-include $(patsubst %.o,%.d,$(LIB_OBJ) $(call obj,$(CLI_SRC) $(TEST_SRC) $(EXAM_SRC) $(HELP_SRC)))

# --- targets -------------------------------------------------------------------------

##@ Software
.PHONY: teq test-c fuzz
teq: $(TEQ) ## build the command build/teq (SAN=1, COV=1: variants)

# One table for C and Verilog, kept in git; a test makes it again and compares.
GEN_TABLES := $(BUILD)/bin/gen_tables

$(GEN_TABLES): cmodel/num/gen/gen_tables.c
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(CC) $(TEQ_CPPFLAGS) -std=c17 -O2 $(TEQ_WARN) -o $@ $<

.PHONY: tables
tables: $(GEN_TABLES) ## write the antilog table again, for C and for Verilog
	$(GEN_TABLES) cmodel/num/antilog_table.c rtl/teq_antilog.vh

C_TESTS := $(addprefix c.,$(notdir $(TEST_BIN)))
TESTS_FAST += $(C_TESTS)
$(foreach t,$(TEST_BIN),$(eval cmd.c.$(notdir $(t)) ?= $(t))$(eval needs.c.$(notdir $(t)) += $(t)))
needs.c.test_num_tables += $(GEN_TABLES)

# What the documents say that it prints.
cmd.c.example_array = $(CB)/test/example_array | diff - cmodel/test/example_array.out

# The command from outside, and the float executor against onnxruntime where that is
# installed (PyPI; else skipped).
TESTS_FAST += c.inspect c.quantize c.unseen c.onnxruntime
cmd.c.unseen = cmodel/test/judge_unseen.sh $(TEQ)
needs.c.unseen = $(TEQ)
cmd.c.quantize = cmodel/test/cli_quantize.sh $(TEQ) $(CB)/test/test_autoencoder
needs.c.quantize = $(TEQ) $(CB)/test/test_autoencoder
cmd.c.inspect = cmodel/test/cli_inspect.sh $(TEQ)
needs.c.inspect = $(TEQ)
cmd.c.onnxruntime = command -v python3 > /dev/null || exit 77; python3 scripts/compare_onnxruntime.py $(TEQ) \
    $(addprefix cmodel/test/corpus/fuzz_onnx/,net.onnx last.onnx pools.onnx) \
    $(wildcard cmodel/digits/data/*.onnx ../shared/data/*.onnx)
needs.c.onnxruntime = $(TEQ)

# Sanitizers: the same programs again, counted as one test.
TESTS_SLOW += c.sanitizers
cmd.c.sanitizers = $(MAKE) --no-print-directory -j$(J) SAN=1 test-c
needs.c.sanitizers =

test-c: ## unit tests of the C library alone (SAN=1: under the sanitizers)
	+@$(call run_tests,$(if $(SAN),c-san,$(if $(COV),c-cov,c)),$(C_TESTS),)

# Fuzzing wants clang: the library is compiled once more, instrumented.
FUZZ_TIME ?= 20## seconds for each target of `make fuzz`
FUZZ_BIN  := $(patsubst cmodel/test/%.c,$(BUILD)/fuzz/%,$(FUZZ_SRC))
FUZZ_OBJ  := $(patsubst cmodel/%.c,$(BUILD)/fuzz/obj/%.o,$(LIB_SRC) $(HELP_SRC) $(FUZZ_SRC))

$(BUILD)/fuzz/obj/%.o: cmodel/%.c cmodel/cmodel.mk | $(GEN)/onnx.pb-c.h
	@mkdir -p $(@D)
	@echo '  CLANG $<'
	$(Q)$(CLANG) $(TEQ_CPPFLAGS) -std=c17 -O1 -g -w -ffp-contract=off $(CFLAGS.$<) \
	    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -MMD -MP -c -o $@ $<

$(FUZZ_BIN): $(BUILD)/fuzz/%: $(BUILD)/fuzz/obj/test/%.o \
    $(patsubst cmodel/%.c,$(BUILD)/fuzz/obj/%.o,$(LIB_SRC) $(HELP_SRC)) $(GEN)/onnx.pb-c.c
	@echo '  CLANG $@'
	$(Q)$(CLANG) $(TEQ_CPPFLAGS) -g -w -fsanitize=fuzzer,address,undefined -o $@ $^ $(TEQ_LDLIBS)

-include $(FUZZ_OBJ:.o=.d)

FUZZ_TESTS := $(addprefix c.,$(notdir $(FUZZ_BIN)))
$(foreach t,$(FUZZ_BIN),$(eval needs.c.$(notdir $(t)) = $(t))\
  $(eval cmd.c.$(notdir $(t)) = mkdir -p $(t).corpus && $(t) -max_total_time=$$(FUZZ_TIME) -seed=$$(SEED) \
      -rss_limit_mb=4096 -artifact_prefix=$(t). $(t).corpus $$(wildcard cmodel/test/corpus/$(notdir $(t)))))

fuzz: ## fuzz the readers, FUZZ_TIME seconds each (clang)
	+@$(call run_tests,fuzz,$(FUZZ_TESTS),)

include cmodel/quant/quant.mk
