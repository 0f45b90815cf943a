# `make help` lists what there is to do.
#
# In the project this tests the reference solution; in a student's handout,
# which has no solution/, the same targets test the student's files.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

B := build
PY := /usr/bin/python3 -B
SRC ?= $(firstword $(wildcard solution starter))
JOBS ?= $(shell nproc 2>/dev/null || echo 1)
unexport ASAN_OPTIONS
unexport UBSAN_OPTIONS

CFLAGS := -std=c11 -g -O1 -Wall -Wextra -Wpedantic -Werror -fno-omit-frame-pointer
CXXFLAGS := -std=c++17 -g -O1 -Wall -Wextra -Werror
SANITIZE := -fsanitize=address,undefined

lab1_slug := lab1-ring
lab1_files := ring.c

comma := ,
.PHONY: help
help: ## this list
	@sed -n '$(if $(wildcard solution),/^# ---- Only in a student/$(comma)/^else/d;,/^else/q;)/^[a-z][^=]*## /p' Makefile | \
	    sed 's/:.*## /|/' | awk -F'|' '{ printf "  make %-16s %s\n", $$1, $$2 }'
	@echo
	@echo '  SRC=folder   whose files are tested (now: $(SRC))'
	@echo '  T=Suite.Test SEED=0x1 CASE=7   one test, one seed, one case'

# ---- Packages: labs/packages.txt is the one list ----

need = $(B)/deps-$(1)
.PHONY: deps
deps: $(call need,student) ## install the Debian packages that are missing
$(B)/deps-%: labs/packages.txt labs/install-packages.sh
	@sh labs/install-packages.sh $*
	@mkdir -p $(@D) && touch $@

# ---- The kit: what a host is built from, beside the student's files ----

KIT := $(B)/kit
host_c := $(wildcard labs/host/*.c labs/base/*.c) labs/$(lab1_slug)/calls.c
host_h := $(wildcard labs/include/dynamo/*.h labs/host/*.h)
kit_headers := $(patsubst labs/include/%,$(KIT)/include/%,$(wildcard labs/include/dynamo/*.h))
kit_files := $(addprefix $(KIT)/,build-host.sh allowed-symbols.txt heap.syms)
# Objects lie flat in obj/VARIANT, named folder-file.o.
flat = $(subst /,-,$(patsubst labs/%.c,%.o,$(1)))
variants := check fast
kit_objects := $(foreach v,$(variants),$(addprefix $(KIT)/obj/$v/,$(call flat,$(host_c))))
# In a report, our own files are told from a student's by this prefix.
kit_flags_check := $(SANITIZE) -ffile-prefix-map=labs/=dynamo-kit/
kit_flags_fast := -O2

.PHONY: kit
kit: $(KIT)/stamp

$(KIT)/include/%: labs/include/%
	@mkdir -p $(@D) && cp $< $@
$(kit_files): $(KIT)/%: labs/host/%
	@mkdir -p $(@D) && cp $< $@
define host_object
$(KIT)/obj/$(2)/$(call flat,$(1)): $(1) $(host_h) Makefile | $(call need,student)
	@mkdir -p $$(@D) && gcc $(CFLAGS) $(kit_flags_$(2)) -Ilabs/include -Ilabs/host -c $$< -o $$@
endef
$(foreach v,$(variants),$(foreach c,$(host_c),$(eval $(call host_object,$c,$v))))
$(KIT)/stamp: $(kit_objects) $(kit_headers) $(kit_files)
	@touch $@

# ---- The judges: built once; they start hosts and never contain them ----

J := $(B)/judge
judge_o = $(patsubst tests/%.cc,$(J)/%.o,$(1))
harness_o := $(call judge_o,$(filter-out tests/harness/main.cc,$(wildcard tests/harness/*.cc))) $(J)/err.o
lab1_model_o := $(call judge_o,$(filter-out %_test.cc,$(wildcard tests/$(lab1_slug)/*.cc)))
lab1_judges := $(patsubst tests/$(lab1_slug)/%_test.cc,$(J)/lab1-%,$(wildcard tests/$(lab1_slug)/*_test.cc))
judge_libs := -lgmock -lgtest -lcrypto -lpthread

.PHONY: judges
judges: $(lab1_judges)

$(J)/%.o: tests/%.cc | $(call need,student)
	@mkdir -p $(@D)
	@echo '  c++ $<'
	@g++ $(CXXFLAGS) -MMD -MP -Itests -Ilabs/include -c $< -o $@
-include $(shell find $(J) -name '*.d' 2>/dev/null)
$(J)/err.o: labs/base/err.c labs/include/dynamo/err.h | $(call need,student)
	@mkdir -p $(@D) && gcc $(CFLAGS) -Ilabs/include -c $< -o $@
$(J)/lab1-%: $(J)/$(lab1_slug)/%_test.o $(harness_o) $(J)/harness/main.o $(lab1_model_o)
	@g++ -o $@ $^ $(judge_libs)

# ---- A student's work ----

# The name of SRC is part of the path: two sources never share objects.
H := $(B)/hosts/$(subst /,_,$(SRC))
lab1_src := $(addprefix $(SRC)/,$(lab1_files))

$(H)/lab1-%/host: $(lab1_src) $(KIT)/stamp
	@sh $(KIT)/build-host.sh $(KIT) $(@D) $* $(lab1_src)

judge_flags = --lab=labs/$(lab1_slug)/lab.toml --source=$(SRC) \
              --steps=$(H)/failures $(if $(SEED),--seed=$(SEED)) \
              $(if $(CASE),--case=$(CASE)) $(if $(T),'--gtest_filter=$(T)')

.PHONY: test-lab1
test-lab1: $(H)/lab1-check/host $(lab1_judges) ## test lab 1, the ring
	@sh labs/run-judges.sh '$(T)' $(lab1_judges) -- \
	    --host=$(H)/lab1-check/host $(judge_flags)

.PHONY: debug-lab1
debug-lab1: $(H)/lab1-check/host ## replay the last failure of T=... under gdb
	@sh labs/debug.sh lab1 '$(T)' '$(SRC)' '$(SEED)' '$(CASE)' $(H)

F := $(B)/figures/lab1
$(F)/$(subst /,_,$(SRC))-figures: labs/$(lab1_slug)/figures.c $(lab1_src) $(wildcard labs/base/*.c) $(kit_headers) | $(call need,student) $(call need,figures)
	@mkdir -p $(@D)
	@gcc -std=c11 -O2 -Wall -Wextra -Wpedantic -Ilabs/include -o $@ $(filter %.c,$^) -lcrypto -lm
.PHONY: figures-lab1
figures-lab1: $(F)/$(subst /,_,$(SRC))-figures ## draw Figures 6 and 8 from the ring
	@$(PY) handouts/figures/draw_lab1.py --program $< --out $(F)

.PHONY: clean
clean: ## remove all that was built
	rm -rf $(B)

# ---- Only in a student's handout ----

ifeq ($(wildcard solution),)
.PHONY: test
test: test-lab1 ## test all labs
else

# ---- Only in the project ----

.PHONY: test
test: ready ## prove everything: reference, mutants, attacks, grader, handouts
	@$(PY) tests/prove.py --jobs $(JOBS) $(if $(STEPS),--steps $(STEPS))

# All that the proofs need, built and installed.
.PHONY: ready
ready: $(foreach s,student figures instructor maintainer,$(call need,$s)) \
       kit judges $(B)/confine $(J)/harness-test $(B)/hosts/solution/lab1-check/host \
       $(F)/solution-figures

starter/%.c: solution/%.c labs/starter.awk
	@awk -f labs/starter.awk $< | cat -s > $@
.PHONY: starter
starter: $(addprefix starter/,$(lab1_files)) ## make starter/ from solution/ again

harness_test_o := $(call judge_o,$(wildcard tests/harness_test/*.cc))
$(J)/harness-test: $(harness_test_o) $(harness_o) $(lab1_model_o)
	@g++ -o $@ $^ $(judge_libs) -lgtest_main

$(B)/confine: $(wildcard grader/confine/*.c grader/confine/*.h) | $(call need,student)
	@mkdir -p $(@D)
	@gcc -std=c11 -O1 -g -Wall -Wextra -Wpedantic -Werror -o $@ $(filter %.c,$^) -lseccomp

EXAMPLES := $(B)/examples/lab1
.PHONY: grade
grade: $(call need,student) $(call need,instructor) kit judges $(B)/confine ## grade SUBMISSIONS=folder, or the examples
	@$(if $(SUBMISSIONS),,$(PY) -m grader examples --lab lab1 $(EXAMPLES))
	@$(PY) -m grader grade --lab lab1 --jobs $(JOBS) '$(or $(SUBMISSIONS),$(EXAMPLES))'

.PHONY: handout
handout: $(call need,student) $(call need,instructor) ## build the student's package, HTML and PDF
	@$(PY) handouts/build.py tarball --lab lab1 --out $(B)/handout

.PHONY: lint format
lint: $(call need,maintainer) ## check format and style
	@sh tests/lint.sh check
format: $(call need,maintainer) ## mend the format
	@sh tests/lint.sh mend

.PHONY: flakes-lab1 bench-lab1 fresh ci
flakes-lab1: kit judges $(B)/hosts/solution/lab1-check/host ## repeat both suites REPEATS=1000 times under load
	@$(PY) tests/flakes.py --repeats $(or $(REPEATS),1000)
bench-lab1: ready ## measure: from save to verdict, time a submission
	@$(PY) tests/bench.py
fresh: ## prove that a fresh minimal Debian needs only git and make
	@sh tests/fresh.sh
ci: test
endif
