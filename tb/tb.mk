# SPDX-License-Identifier: Apache-2.0
#
# Simulation: benches, their configurations, and what runs them.
#
#   $(eval $(call bench,NAME,TOP,TEST))
#       a bench: the C file TEST (more files: test.NAME += ...) on the module TOP.
#       The Verilog is found by module name in $(RTL) (elsewhere: vdirs.NAME = ...).
#       libs.NAME = ... links more than the harness and the cycle models.
#
#   $(eval $(call config,NAME,CONFIG,SIMULATORS,SUITE,PARAMETERS))
#       a configuration of it: PARAMETERS as A=1 B=shift, SUITE fast or slow,
#       SIMULATORS any of
#           verilator   RTL, two-state, random initial state
#           icarus      RTL, four-state
#           gates       netlist of this configuration in library cells, in Verilator
#           cov         counts for `make cov`
#       Called again, it adds simulators in another suite. args.NAME and
#       args.NAME.CONFIG are passed to the program; opt.NAME.CONFIG = -O0 chooses
#       the optimisation of the simulator (default -O2; most of the build is parsing).
#
# The test is tb.NAME.CONFIG (.icarus, .gates). Everything is built once:
#
#   build/tbc/            C objects: harness, cycle models, tests (position independent,
#                         because Icarus loads the test as a module)
#   build/verilated/VAR/  Verilator's run time, for each variant
#   $(TB_BUILD)/NAME/CONFIG/VAR/sim   the program. VAR: verilator, icarus, gates, cov,
#                         wave, deep (FST), vcd. All take --help.

VERILATOR ?= verilator
IVERILOG  ?= iverilog
VVP       ?= vvp
CXX       := $(if $(filter default,$(origin CXX)),g++,$(CXX))
CCACHE    ?= $(shell command -v ccache)
TBC       := $(BUILD)/tbc
VRT       := $(BUILD)/verilated
WAVES     := $(BUILD)/waves

# Where Verilog modules are looked for, by file name.
TB_VDIRS = $(RTL) $(RTL)/core $(RTL)/count $(RTL)/baseline $(RTL)/board

# --- C objects -----------------------------------------------------------------------

TB_CFLAGS = $(filter-out --coverage -fsanitize% -fno-sanitize%,$(TEQ_CFLAGS)) -fPIC -Itb/harness
TB_MODEL_SRC := $(sort $(wildcard cmodel/num/*.c cmodel/model/*.c cmodel/core/*.c cmodel/driver/*.c))
TB_HARNESS_SRC := tb/harness/bench.c tb/harness/rng.c tb/harness/vcd.c
TB_LIB := $(TBC)/libbench.a

tbc = $(patsubst %.c,$(TBC)/%.o,$(1))

$(TBC)/%.o: %.c tb/tb.mk | $(GEN)/onnx.pb-c.h
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CCACHE) $(CC) $(TB_CFLAGS) $(CFLAGS.$<) -MMD -MP -c -o $@ $<

$(TB_LIB): $(call tbc,$(TB_HARNESS_SRC) $(TB_MODEL_SRC))
	@rm -f $@
	@$(AR) rcs $@ $^

-include $(patsubst %.o,%.d,$(call tbc,$(TB_HARNESS_SRC) $(TB_MODEL_SRC)))

# --- Verilator's run time ------------------------------------------------------------

VERILATOR_ROOT ?= $(shell $(VERILATOR) --getenv VERILATOR_ROOT 2>/dev/null)

# What a variant adds: flags of verilator, macros of its C++, files of the run time.
# wave: down to the ports of the cells. Of the 16 x 16 array all nets are three times as
# many, and are for who asks for them (deep); optimising these builds takes longer than
# what they are run for.
vflag.wave := --trace-fst --trace-structs --trace-depth 4
vflag.deep := --trace-fst --trace-structs
vopt.wave  := -O0
vopt.deep  := -O0
vopt.gates := -O1
vopt.cov   := -O0
vflag.vcd  := --trace
vflag.cov  := --coverage-line --coverage-toggle
vmac.verilator := -DVM_TRACE=0 -DVM_TRACE_FST=0 -DVM_TRACE_VCD=0 -DVM_COVERAGE=0
vmac.gates := $(vmac.verilator)
vmac.wave  := -DVM_TRACE=1 -DVM_TRACE_FST=1 -DVM_TRACE_VCD=0 -DVM_COVERAGE=0
vmac.vcd   := -DVM_TRACE=1 -DVM_TRACE_FST=0 -DVM_TRACE_VCD=1 -DVM_COVERAGE=0
vmac.cov   := -DVM_TRACE=0 -DVM_TRACE_FST=0 -DVM_TRACE_VCD=0 -DVM_COVERAGE=1
vrun.wave  := verilated_fst_c
vrun.vcd   := verilated_vcd_c
vrun.cov   := verilated_cov
vmac.deep  := $(vmac.wave)
vlib.wave  := -lz
vlib.deep  := -lz
vrt.gates  := verilator
vrt.deep   := wave

VCXX = $(CCACHE) $(CXX) -std=gnu++17 -I$(VERILATOR_ROOT)/include -I$(VERILATOR_ROOT)/include/vltstd -DVM_SC=0 \
       -faligned-new -fcf-protection=none

define verilated_rules
$(VRT)/$(1)/libverilated.a: tb/tb.mk
	@mkdir -p $$(@D)
	@echo "  VERILATED $(1)"
	@for f in verilated verilated_threads $(vrun.$(1)); do \
	    $$(VCXX) $(vmac.$(1)) -O2 -w -c -o $$(@D)/$$$$f.o $$(VERILATOR_ROOT)/include/$$$$f.cpp; done
	@rm -f $$@
	@$(AR) rcs $$@ $$(@D)/*.o
endef
$(foreach v,verilator wave vcd cov,$(eval $(call verilated_rules,$(v))))

# --- gates ---------------------------------------------------------------------------
#
# The same flow that `make area` measures makes the netlist; the models of its cells come
# from the functions in the Liberty file. A core's memories are macros: black boxes to
# synthesis, rtl/teq_ram.v in simulation.

GATES     := $(BUILD)/gates
GATES_LIB ?= $(or $(LIB),/usr/share/qflow/tech/osu018/osu018_stdcells.lib)

$(GATES)/libmap: $(wildcard synth/asic/lib*.[ch])
	@mkdir -p $(@D)
	@$(CC) -D_POSIX_C_SOURCE=200809L -std=c17 -O2 -o $@ $(filter %.c,$^) -lcjson -lz -lm

$(GATES)/cells.v: $(GATES)/libmap $(GATES_LIB) $(wildcard synth/asic/libs/*.conf)
	@mkdir -p $(GATES)/lib
	@$< $(GATES_LIB) synth/asic/libs $(GATES)/lib > $(GATES)/libmap.log
	@yosys -q -p 'read_liberty -ignore_miss_func $(GATES_LIB); proc; write_verilog -noattr $@' > $(GATES)/cells.log

$(GATES)/rtl/made: $(wildcard $(RTL)/*.v $(RTL)/*.vh $(RTL)/*/*.v $(RTL)/*/*.vh) synth/asic/macro/teq_ram.v
	@rm -rf $(@D) && mkdir -p $(@D) && cp -r $(RTL)/. $(@D) && cp synth/asic/macro/teq_ram.v $(@D) && touch $@

# $(call netlist_rules,NAME,CONFIG)
define netlist_rules
netlist.$(1).$(2) = $(TB_BUILD)/$(1)/$(2)/netlist/netlist.v $(GATES)/cells.v $(if $(filter teq_core,$(top.$(1))),$(RTL)/teq_ram.v)
$(TB_BUILD)/$(1)/$(2)/netlist/netlist.v: $(params_file) $(GATES)/cells.v $(wildcard synth/asic/*.tcl synth/asic/*.abc synth/asic/latch/*.v) \
    $$(wildcard $$(RTL)/*.v $$(RTL)/*/*.v) $(if $(filter teq_core,$(top.$(1))),$(GATES)/rtl/made)
	@echo "  SYNTH $(1).$(2)"
	@mkdir -p $$(@D)
	@TEQ_RTL=$(if $(filter teq_core,$(top.$(1))),$(GATES)/rtl,$$(RTL)) TEQ_TOP=$(top.$(1)) TEQ_PARAMS='$(subst =, ,$(params.$(1).$(2)))' TEQ_LIB=$(GATES)/lib \
	    TEQ_OUT=$$(@D)/out TEQ_VERILOG=$$@ yosys -Q -T -q -l $$(@D)/log -c synth/asic/synth.tcl > $$(@D)/out.log 2>&1 \
	    || { tail -n 5 $$(@D)/out.log; exit 1; }
endef

# --- one program ---------------------------------------------------------------------

# A parameter that is no number is a string, and the tools want it quoted.
nodigits = $(subst 0,,$(subst 1,,$(subst 2,,$(subst 3,,$(subst 4,,$(subst 5,,$(subst 6,,$(subst 7,,$(subst 8,,$(subst 9,,$(1)))))))))))
isnumber = $(or $(findstring ',$(1)),$(if $(filter-out -,$(call nodigits,$(1))),,yes))
pvalue   = $(subst $(firstword $(subst =, ,$(1)))=,,$(1))
quoted   = $(if $(call isnumber,$(call pvalue,$(1))),$(1),$(firstword $(subst =, ,$(1)))=\"$(call pvalue,$(1))\")
vparams  = $(foreach p,$(1),"-G$(call quoted,$(p))")
iparams  = $(foreach p,$(2),"-P$(1).$(call quoted,$(p))")

# $(call defines,NAME,CONFIG,VARIANT): dut_info of this program.
defines = -DDUT_BENCH='"$(1)"' -DDUT_CONFIG='"$(2)"' -DDUT_SIMULATOR='"$(3)"' -DDUT_TOP='"$(top.$(1))"' \
          -DDUT_PARAMS='"$(subst ','\'',$(params.$(1).$(2)))"'

# $(call vsources,NAME,CONFIG,VARIANT): what Verilator reads.
vsources = $(if $(filter gates,$(3)),$(netlist.$(1).$(2)),\
    $(foreach p,$(params.$(1).$(2)),"-G$(call quoted,$(p))") \
    $(foreach d,$(or $(vdirs.$(1)),$(TB_VDIRS)),-y $(d) -I$(d)) $(top.$(1)).v)

# What is built of a configuration depends on its parameters: they are kept in a file, which
# is thrown away when they are other ones.
params_file = $(TB_BUILD)/$(1)/$(2)/params
define params_rules
ifneq ($(wildcard $(params_file)),)
ifneq ($$(file <$(params_file)),$$(params.$(1).$(2)))
$$(shell rm -f $(params_file))
endif
endif
$(params_file):
	@mkdir -p $$(@D)
	@printf '%s\n' '$$(subst ','\'',$$(params.$(1).$(2)))' > $$@
endef

# The verilated archive depends on what Verilator read (sim.d), the program on the
# archive and the test.
define verilator_rules
$(TB_BUILD)/$(1)/$(2)/$(3)/Vdut__ALL.a: tb/tb.mk $(params_file) $(if $(filter gates,$(3)),$$(netlist.$(1).$(2)))
	@echo "  VERILATE $(1).$(2) $(3)"
	@rm -rf $$(@D)
	@mkdir -p $$(@D)
	@$(VERILATOR) --cc --prefix Vdut --top-module $(top.$(1)) --Mdir $$(@D) -MMD \
	    --x-initial unique --x-assign unique -Wno-lint -Wno-style -Werror-UNOPTFLAT --output-split 200000 \
	    $(if $(filter gates,$(3)),--output-split-cfuncs 1000) $(vflag.$(3)) $$(call vsources,$(1),$(2),$(3))
	@sed -n 's/.*VL_\(IN\|OUT\)[0-9W]*(&\([A-Za-z0-9_]*\),\([0-9]*\),.*/\1(\2, \3)/p' $$(@D)/Vdut.h \
	    | grep -v '(clk_i,' > $$(@D)/dut_ports.h
	@sed -e 's/^.*: *//' -e 's/ \+/\n/g' $$(@D)/Vdut__ver.d | sed -n 's|^[^ ]*\.vh*$$$$|$$@: &\n&:|p' > $$(@D)/sim.d
	@$$(MAKE) --no-print-directory -s -C $$(@D) -f Vdut.mk Vdut__ALL.a \
	    OPT_FAST=$(or $(opt.$(1).$(2)),$(vopt.$(3)),-O2) OPT_SLOW=-O0 OPT_GLOBAL= OBJCACHE=$(CCACHE) > $$(@D)/build.log
-include $(TB_BUILD)/$(1)/$(2)/$(3)/sim.d

$(TB_BUILD)/$(1)/$(2)/$(3)/sim: $(TB_BUILD)/$(1)/$(2)/$(3)/Vdut__ALL.a tb/harness/dut_verilator.cpp \
    tb/harness/dut.h $$(call tbc,$$(test.$(1))) $(TB_LIB) $$(filter %.a,$$(libs.$(1))) \
    $(VRT)/$(or $(vrt.$(3)),$(3))/libverilated.a
	@$$(VCXX) $(vmac.$(3)) -O1 -Wall -Itb/harness -I$$(@D) $$(call defines,$(1),$(2),$(3)) \
	    $$$$(grep -q '&clk_i,' $$(@D)/Vdut.h || echo -DDUT_NO_CLOCK) -c -o $$(@D)/dut.o tb/harness/dut_verilator.cpp
	@$(CXX) -o $$@ $$(@D)/dut.o $$(filter %.o,$$^) $$(@D)/Vdut__ALL.a $(VRT)/$(or $(vrt.$(3)),$(3))/libverilated.a \
	    $(TB_LIB) $$(libs.$(1)) -Wl,--as-needed -lm -lpthread $(vlib.$(3))
endef

define icarus_rules
$(TB_BUILD)/$(1)/$(2)/icarus/sim.vvp: tb/harness/dut_waves.v tb/tb.mk $(params_file)
	@echo "  ICARUS $(1).$(2)"
	@mkdir -p $$(@D)
	@$(IVERILOG) -g2005 -o $$@ -M$$(@D)/files -s $(top.$(1)) -s dut_waves -DDUT_TOP=$(top.$(1)) \
	    $$(call iparams,$(top.$(1)),$(params.$(1).$(2))) -Y .v $$(foreach d,$$(or $$(vdirs.$(1)),$$(TB_VDIRS)),-y $$(d) -I$$(d)) \
	    $$(firstword $$(wildcard $$(addsuffix /$(top.$(1)).v,$$(or $$(vdirs.$(1)),$$(TB_VDIRS)))) $(top.$(1)).v) tb/harness/dut_waves.v
	@sort -u $$(@D)/files | sed -e 's|^.*$$$$|$$@: &\n&:|' > $$(@D)/sim.d
-include $(TB_BUILD)/$(1)/$(2)/icarus/sim.d

$(TB_BUILD)/$(1)/$(2)/icarus/bench.vpi: tb/harness/dut_icarus.c tb/harness/dut.h $$(call tbc,$$(test.$(1))) \
    $(TB_LIB) $$(filter %.a,$$(libs.$(1))) tb/tb.mk $(params_file)
	@mkdir -p $$(@D)
	@$(CCACHE) $(CC) $(TB_CFLAGS) $$$$(iverilog-vpi --cflags) $$(call defines,$(1),$(2),icarus) -c -o $$(@D)/dut.o tb/harness/dut_icarus.c
	@$(CC) -shared -Wl,-Bsymbolic -o $$@ $$(@D)/dut.o $$(filter %.o,$$^) $(TB_LIB) $$(libs.$(1)) -Wl,--as-needed -lm

$(TB_BUILD)/$(1)/$(2)/icarus/sim: $(TB_BUILD)/$(1)/$(2)/icarus/sim.vvp $(TB_BUILD)/$(1)/$(2)/icarus/bench.vpi
	@printf '%s\n' '#!/bin/sh' 'case "$$$$*" in *.fst*) format=-fst ;; *) format= ;; esac' \
	    'exec $(VVP) -n -M "$$$${0%/*}" -m bench "$$$${0%/*}/sim.vvp" $$$$format "$$$$@"' > $$@
	@chmod +x $$@
endef

# --- the two lines of a bench --------------------------------------------------------

define bench
TB_BENCHES += $(1)
top.$(1) := $(2)
test.$(1) += $(3)
endef

suite.fast := TESTS_FAST
suite.slow := TESTS_SLOW
suffix.icarus := .icarus
suffix.gates  := .gates

# The variants for waves are there for every configuration, and built when asked for.
define config
ifeq ($$(filter $(2),$$(configs.$(1))),)
configs.$(1) += $(2)
params.$(1).$(2) := $(strip $(5))
$$(eval $$(call params_rules,$(1),$(2)))
$$(eval $$(call netlist_rules,$(1),$(2)))
$$(foreach v,verilator wave deep vcd cov gates,$$(eval $$(call verilator_rules,$(1),$(2),$$(v))))
$$(eval $$(call icarus_rules,$(1),$(2)))
endif
$(foreach s,$(filter-out cov,$(3)),
$(suite.$(4)) += tb.$(1).$(2)$(suffix.$(s))
cmd.tb.$(1).$(2)$(suffix.$(s)) = $(TB_BUILD)/$(1)/$(2)/$(s)/sim --seed $$(SEED) $$(args.$(1)) $$(args.$(1).$(2))
needs.tb.$(1).$(2)$(suffix.$(s)) = $(TB_BUILD)/$(1)/$(2)/$(s)/sim)
$(if $(filter cov,$(3)),
COV_DAT += $(BUILD)/cov/$(1)-$(2).dat
$(BUILD)/cov/$(1)-$(2).dat: $(TB_BUILD)/$(1)/$(2)/cov/sim
	@mkdir -p $$(@D)
	@$$< --seed $$(SEED) $$(args.$(1)) $$(args.$(1).$(2)) --coverage $$@)
endef

include tb/benches.mk tb/blocks/blocks.mk tb/core.mk tb/sim.mk tb/bench_speed.mk tb/core_run.mk tb/board.mk

-include $(patsubst %.o,%.d,$(call tbc,$(sort $(foreach b,$(TB_BENCHES),$(test.$(b))))))

# --- targets -------------------------------------------------------------------------

##@ Simulation
.PHONY: wave soak benches
BENCH ?=## bench of `make wave` and `make soak`, see `make benches`; empty: `make sim`, all benches
CONFIG ?=## its configuration
SIM    ?= wave## simulator of `make wave`: wave (Verilator), deep (every net) or icarus
FROM   ?= 0## first cycle of `make wave`
TO     ?=## its last cycle; empty: the end
CYCLES ?=## cycles to run instead of the bench's own number
SOAK   ?= 60## seconds of `make soak`

benches: ## list the benches and their configurations
	@$(foreach b,$(TB_BENCHES),$(foreach c,$(configs.$(b)),printf '%-14s %-20s %s\n' '$(b)' '$(c)' "$(params.$(b).$(c))";))

# Without BENCH: two images of `make sim`.
wave_bench  = $(or $(BENCH),sim)
wave_config = $(or $(CONFIG),$(if $(BENCH),,$(ENGINE)))
known = $(filter $(wave_config),$(configs.$(wave_bench)))
wave_program = $(TB_BUILD)/$(wave_bench)/$(wave_config)/$(SIM)/sim

wave: $(if $(known),$(wave_program)) ## run BENCH, CONFIG, SEED and write an FST of cycles FROM..TO
	@$(if $(known),:,echo 'make wave: BENCH=$(wave_bench) CONFIG=$(wave_config) is none of these:'; $(MAKE) --no-print-directory benches; exit 2)
	@mkdir -p $(WAVES)
	@status=0; $(if $(BENCH),,TEQ_SIM_IMAGES=2) $(wave_program) --seed $(SEED) $(args.$(wave_bench)) $(args.$(wave_bench).$(wave_config)) \
	    $(if $(CYCLES),--cycles $(CYCLES)) --wave $(WAVES)/$(wave_bench).$(wave_config).fst --from $(FROM) $(if $(TO),--to $(TO)) || status=$$?; \
	echo 'gtkwave $(WAVES)/$(wave_bench).$(wave_config).fst'; exit $$status

# The configurations that run on Verilator in make test; with BENCH or CONFIG, of make test-all.
soak_tests = $(TESTS_FAST) $(if $(BENCH)$(CONFIG),$(TESTS_SLOW))
soak_sims = $(foreach b,$(or $(BENCH),$(filter-out sim,$(TB_BENCHES))),$(foreach c,$(or $(CONFIG),$(configs.$(b))),\
    $(if $(filter tb.$(b).$(c),$(soak_tests)),$(TB_BUILD)/$(b)/$(c)/verilator/sim)))

soak: $(soak_sims) ## run the benches with random seeds for SOAK seconds, or until one fails
	@end=$$((SECONDS + $(SOAK))); runs=0; while (( SECONDS < end )); do for s in $(soak_sims); do \
	    TEQ_SEED=random $$s > $(TB_BUILD)/soak.log || { cat $(TB_BUILD)/soak.log; exit 1; }; \
	    runs=$$((runs + 1)); (( SECONDS < end )) || break; done; done; echo "$$runs runs, no failure"
