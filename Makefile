# `make help` lists what there is to do.
#
# In the project this tests the reference solution; in a student's handout,
# which has no solution/, the same targets test the student's files.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

B := build
PY := /usr/bin/python3
LAB ?= lab1
SRC ?= $(firstword $(wildcard solution starter))
JOBS ?= $(shell nproc 2>/dev/null || echo 1)
SUBMISSIONS ?=
T ?=
SEED ?=
CASE ?=
unexport ASAN_OPTIONS
unexport UBSAN_OPTIONS

CFLAGS := -std=c11 -g -O1 -Wall -Wextra -Wpedantic -Werror -fno-omit-frame-pointer
CXXFLAGS := -std=c++17 -g -O1 -Wall -Wextra -Werror
SANITIZE := -fsanitize=address,undefined

lab1_slug := lab1-ring
lab1_files := ring.c

.PHONY: help
help: ## this list
	@grep -hE '^[a-z][a-zA-Z0-9 %-]*:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /|/' | \
	    awk -F'|' '{ printf "  make %-16s %s\n", $$1, $$2 }'
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
host_c := $(wildcard labs/host/*.c) $(wildcard labs/base/*.c) labs/$($(LAB)_slug)/calls.c
host_h := $(wildcard labs/include/dynamo/*.h) $(wildcard labs/host/*.h)
kit_headers := $(patsubst labs/include/%,$(KIT)/include/%,$(wildcard labs/include/dynamo/*.h))
host_o = $(patsubst labs/%.c,$(KIT)/obj/$(1)/%.o,$(host_c))
# Objects lie flat in obj/VARIANT, named folder-file.o.
flat = $(subst /,-,$(patsubst labs/%.c,%.o,$(1)))
kit_objects := $(foreach v,check debug fast,$(addprefix $(KIT)/obj/$v/,$(call flat,$(host_c))))

.PHONY: kit
kit: $(KIT)/stamp

$(KIT)/include/%: labs/include/%
	@mkdir -p $(@D) && cp $< $@
define host_object
$(KIT)/obj/check/$(call flat,$(1)): $(1) $(host_h) | $(call need,student)
	@mkdir -p $$(@D) && gcc $(CFLAGS) $(SANITIZE) -Ilabs/include -Ilabs/host -c $$< -o $$@
$(KIT)/obj/debug/$(call flat,$(1)): $(1) $(host_h) | $(call need,student)
	@mkdir -p $$(@D) && gcc $(CFLAGS) $(SANITIZE) -Ilabs/include -Ilabs/host -c $$< -o $$@
$(KIT)/obj/fast/$(call flat,$(1)): $(1) $(host_h) | $(call need,student)
	@mkdir -p $$(@D) && gcc $(CFLAGS) -O2 -Ilabs/include -Ilabs/host -c $$< -o $$@
endef
$(foreach c,$(host_c),$(eval $(call host_object,$c)))

$(KIT)/stamp: $(kit_objects) $(kit_headers) labs/host/build-host.sh \
              labs/host/allowed-symbols.txt labs/host/heap.syms
	@cp labs/host/build-host.sh labs/host/allowed-symbols.txt labs/host/heap.syms $(KIT)/
	@touch $@

# ---- The judges: built once, they start hosts and never contain them ----

J := $(B)/judge
harness_o := $(patsubst tests/%.cc,$(J)/%.o,$(wildcard tests/harness/*.cc))
lab1_model_o := $(patsubst tests/%.cc,$(J)/%.o,$(filter-out %_test.cc,$(wildcard tests/lab1-ring/*.cc)))
judge_libs := -lgmock -lgtest -lcrypto -lpthread
suites := $(patsubst tests/lab1-ring/%_test.cc,%,$(wildcard tests/lab1-ring/*_test.cc))

.PHONY: judges
judges: $(addprefix $(J)/lab1-,$(suites))

$(J)/%.o: tests/%.cc | $(call need,student)
	@mkdir -p $(@D)
	@echo '  c++ $<'
	@g++ $(CXXFLAGS) -MMD -MP -Itests -Ilabs/include -c $< -o $@
-include $(shell find $(J) -name '*.d' 2>/dev/null)

$(J)/err.o: labs/base/err.c labs/include/dynamo/err.h | $(call need,student)
	@mkdir -p $(@D) && gcc $(CFLAGS) -Ilabs/include -c $< -o $@

$(J)/lab1-%: $(J)/lab1-ring/%_test.o $(harness_o) $(lab1_model_o) $(J)/err.o
	@g++ -o $@ $^ $(judge_libs)

# ---- A student's work ----

# The host of SRC, and of SRC for the debugger. The name of SRC is part of the
# path, so that two sources never share objects.
src_key := $(subst /,_,$(SRC))
H := $(B)/hosts/$(src_key)
lab1_src := $(addprefix $(SRC)/,$(lab1_files))

$(H)/lab1-%/host: $(lab1_src) $(KIT)/stamp
	@sh $(KIT)/build-host.sh $(KIT) $(@D) $* $(lab1_src)

judge_flags = --lab=labs/$(lab1_slug)/lab.toml --source=$(SRC) \
              --steps=$(H)/failures $(if $(SEED),--seed=$(SEED)) \
              $(if $(CASE),--case=$(CASE)) $(if $(T),--gtest_filter=$(T))
lab1_judges := $(addprefix $(J)/lab1-,$(suites))

.PHONY: test-lab1
test-lab1: $(H)/lab1-check/host $(lab1_judges) ## test lab 1, the ring
	@sh labs/run-judges.sh '$(T)' $(lab1_judges) -- \
	    --host=$(H)/lab1-check/host $(judge_flags)

.PHONY: debug-lab1
debug-lab1: $(H)/lab1-debug/host $(lab1_judges) ## replay the last failure of T=... under gdb
	@test -n '$(T)' || { echo 'Which test? make debug-lab1 T=Suite.Test'; exit 1; }
	@test -z '$(SEED)' -a -f '$(H)/failures/$(T).gdb' || \
	    $(MAKE) --no-print-directory test-lab1 SRC=$(SRC) T=$(T) SEED=$(SEED) CASE=$(CASE) || true
	@test -f '$(H)/failures/$(T).gdb' || \
	    { echo 'There is no failure of $(T) to replay.'; exit 1; }
	ASAN_OPTIONS=symbolize=1:abort_on_error=1 gdb -q -x '$(H)/failures/$(T).gdb' \
	    --args $(H)/lab1-debug/host --replay '$(H)/failures/$(T).steps'
