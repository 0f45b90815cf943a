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
# As many jobs as there are cores, unless the command line says otherwise.
ifeq ($(filter -j% --jobserver%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(JOBS)
endif
unexport ASAN_OPTIONS
unexport UBSAN_OPTIONS

CFLAGS := -std=c11 -g -O1 -Wall -Wextra -Wpedantic -Werror -fno-omit-frame-pointer
# A student debugs the host, not the judge: it is built in two thirds of the time
# without debug information (who wants it says JUDGE_DEBUG=-g, after make clean), and a
# newer compiler's warnings are not the student's.
JUDGE_DEBUG := -g0
CXXFLAGS := -std=c++17 -O1 $(JUDGE_DEBUG) $(if $(wildcard solution),-Wall -Wextra -Werror)
SANITIZE := -fsanitize=address,undefined

# Of each lab: its folders' name, its own files, and those of earlier labs that
# its host is built from. Both lists stand in lab.toml, one a line.
lab1_slug := lab1-ring
lab2_slug := lab2-quorum
lab3_slug := lab3-vclock
lab4_slug := lab4-failure
lab5_slug := lab5-tail
# A handout has one of them.
labs := $(foreach l,lab1 lab2 lab3 lab4 lab5,$(if $(wildcard labs/$($l_slug)),$l))
listed = $(shell sed -n 's/^$(2) = \[\([^]]*\)\].*/\1/p' labs/$($(1)_slug)/lab.toml | tr -d '",')
$(foreach l,$(labs),$(foreach k,files needs,$(eval $l_$k := $(call listed,$l,$k))))

comma := ,
.PHONY: help
help: ## this list
	@sed -n '$(if $(wildcard solution),/^# ---- Only in a student/$(comma)/^else/d;,/^else/q;)/^[$$a-z][^=]*## /p' Makefile | \
	    awk -v labs='$(labs)' -f labs/help.awk
	@echo
	@echo '  SRC=folder   whose files are tested (now: $(SRC))'
	@echo '  T=Suite.Test SEED=0x1 CASE=7   one test, one seed, one case'
	@echo '  NEMESIS=file   labs 2 to 4: what befalls the cluster, as a script says (tests/nemesis)'

# ---- Packages: labs/packages.txt is the one list ----

need = $(B)/deps-$(1)
.PHONY: deps
deps: $(call need,student) ## install the Debian packages that are missing
$(B)/deps-%: labs/packages.txt labs/install-packages.sh
	@sh labs/install-packages.sh $*
	@mkdir -p $(@D) && touch $@

# ---- The kit: what a host is built from, beside the student's files ----

KIT := $(B)/kit
node_c := $(wildcard labs/base/*.c labs/wire/*.c labs/env/*.c) labs/store/memory.c
host_c := $(wildcard labs/host/*.c) $(node_c)
host_h := $(wildcard labs/include/dynamo/* labs/host/*.h labs/wire/*.h labs/env/*.h labs/store/*.h)
kit_headers := $(patsubst labs/include/%,$(KIT)/include/%,$(wildcard labs/include/dynamo/*))
kit_files := $(addprefix $(KIT)/,build-host.sh allowed-symbols.txt heap.syms)
# Objects lie flat in obj, named folder-file.o; a lab's own in a folder of it.
flat = $(subst /,-,$(patsubst labs/%.c,%.o,$(1)))
lab_c = $(filter-out %/figures.c,$(wildcard labs/$($(1)_slug)/*.c))
# What a node of the lab runs, beside the student's files.
programs_o = $(filter-out %/calls.o,$(patsubst labs/$($(1)_slug)/%.c,$(KIT)/obj/$(1)/%.o,$(call lab_c,$(1))))
kit_objects := $(addprefix $(KIT)/obj/,$(call flat,$(host_c)) $(foreach l,$(labs),$(patsubst labs/$($l_slug)/%.c,$l/%.o,$(call lab_c,$l))))
# In a report, our own files are told from a student's by this prefix.
# The kit leaves no pointers into its own frames: only students' are watched for it.
kit_flags := $(SANITIZE) --param asan-use-after-return=0 -O2 -ffile-prefix-map=labs/=dynamo-kit/

.PHONY: kit
kit: $(KIT)/stamp

$(KIT)/include/%: labs/include/%
	@mkdir -p $(@D) && cp $< $@
$(kit_files): $(KIT)/%: labs/host/%
	@mkdir -p $(@D) && cp $< $@
define host_object
$(KIT)/obj/$(2): $(1) $(host_h) Makefile | $(call need,student)
	@mkdir -p $$(@D) && gcc $(CFLAGS) $(kit_flags) -Ilabs/include -Ilabs/host -Ilabs -c $$< -o $$@
endef
$(foreach c,$(host_c),$(eval $(call host_object,$c,$(call flat,$c))))
$(foreach l,$(labs),$(foreach c,$(call lab_c,$l),$(eval $(call host_object,$c,$l/$(notdir $(c:.c=.o))))))
$(KIT)/stamp: $(kit_objects) $(kit_headers) $(kit_files)
	@touch $@

# ---- The judges: built once; they start hosts and never contain them ----

J := $(B)/judge
# A suite's files, tests/SLUG/*public_test.cc. Where it has several, their tests run
# in the order of the lab's parts, but functions before stores made of them: they
# take a tenth of the time, and what fails first is where to look first.
lab1_order := *
lab2_order := votes_ register_ masking_ staleness_
lab3_order := clocks_ siblings_ dotted_ store_ dotted_store_ cart_
lab4_order := detector_ sloppy_ merkle_ view_ handoff_ antientropy_ gossip_
lab5_order := histogram_ load_ fanout_
suite_cc = $(foreach o,$($(1)_order),$(wildcard tests/$($(1)_slug)/$o$(2)_test.cc))
# A student builds the judge once, and most of the time goes into headers: there,
# files that go together without a clash of names are compiled as one piece.
piece_answers := $(patsubst %,tests/harness/%.cc,answer bytes placement hints session student_ring report trace_reader trace_page)
piece_trials := $(patsubst %,tests/harness/%.cc,refusals student_quorum student_staleness student_thing trial)
piece_world := $(filter-out %_node.cc,$(wildcard tests/harness/world/*.cc))
$(foreach l,$(labs),$(eval piece_$l-model := $(wildcard tests/$($l_slug)/*_model.cc)) \
    $(eval piece_$l-tests := $(call suite_cc,$l,public)))
pieces := answers trials world $(foreach l,$(labs),$l-model $l-tests)
object_of = $(if $(wildcard solution),,$(foreach p,$(pieces),$(if $(filter $(1),$(piece_$p)),$(J)/pieces/$p.o)))
judge_o = $(sort $(foreach f,$(1),$(or $(strip $(call object_of,$f)),$(patsubst tests/%.cc,$(J)/%.o,$f))))
harness_o := $(call judge_o,$(filter-out tests/harness/main.cc tests/harness/trace_tool.cc,$(wildcard tests/harness/*.cc))) $(J)/c/base-err.o
check_o := $(call judge_o,$(wildcard tests/check/*.cc))
node_o := $(addprefix $(J)/c/,$(filter-out base-err.o,$(call flat,$(node_c))))
world_o := $(call judge_o,$(filter-out %_node.cc,$(wildcard tests/harness/world/*.cc))) $(check_o) $(node_o)
isolated_o := $(J)/harness/world/isolated_node.o
direct_o := $(J)/harness/world/direct_node.o $(J)/c/direct_heap.o
lab1_model_o := $(call judge_o,$(filter-out %_test.cc,$(wildcard tests/$(lab1_slug)/*.cc)))
lab2_figures_o := $(call judge_o,$(wildcard tests/$(lab2_slug)/figures_*.cc))
lab2_model_o := $(filter-out $(lab2_figures_o),$(call judge_o,$(filter-out %_test.cc,$(wildcard tests/$(lab2_slug)/*.cc))))
lab3_figures_o := $(call judge_o,$(wildcard tests/$(lab3_slug)/figures_*.cc))
lab3_model_o := $(filter-out $(lab3_figures_o),$(call judge_o,$(filter-out %_test.cc,$(wildcard tests/$(lab3_slug)/*.cc))))
lab4_figures_o := $(call judge_o,$(wildcard tests/$(lab4_slug)/figures_*.cc))
lab4_model_o := $(filter-out $(lab4_figures_o),$(call judge_o,$(filter-out %_test.cc,$(wildcard tests/$(lab4_slug)/*.cc))))
lab5_model_o := $(call judge_o,$(filter-out %_test.cc,$(wildcard tests/$(lab5_slug)/*.cc)))
# What a lab's judges link besides the harness.
lab1_judge_o := $(lab1_model_o)
lab2_judge_o := $(lab2_model_o) $(world_o) $(isolated_o)
lab3_judge_o := $(lab3_model_o) $(world_o) $(isolated_o)
lab4_judge_o := $(lab4_model_o) $(world_o) $(isolated_o)
lab5_judge_o := $(lab5_model_o)
judge_libs := -lgmock -lgtest -lcrypto -lmsgpuck -lpthread
suites := $(if $(wildcard solution),public hidden,public)
suite_o = $(foreach f,$(call suite_cc,$(1),$(2)),$(call judge_o,$f))
lab_judges = $(foreach s,$(suites),$(J)/$(1)-$s)
# What students look for with their own program, and nobody gets points for.
lab3_hunts_o := $(call judge_o,tests/$(lab3_slug)/hunts_test.cc)

lab1_judges := $(call lab_judges,lab1)
lab2_judges := $(call lab_judges,lab2)
lab3_judges := $(call lab_judges,lab3)
lab4_judges := $(call lab_judges,lab4)
lab5_judges := $(call lab_judges,lab5)

.PHONY: judges
judges: $(foreach l,$(labs),$($l_judges))

$(J)/%.o: tests/%.cc | $(call need,student)
	@mkdir -p $(@D)
	@echo '  c++ $<'
	@g++ $(CXXFLAGS) -MMD -MP -Itests -Ilabs -Ilabs/include -c $< -o $@
# In the project only to see that it can be built: SYNTAX=-fsyntax-only.
define piece
$(J)/pieces/$(1).o: $(piece_$(1)) | $(call need,student)
	@mkdir -p $$(@D)
	@echo '  c++ $(piece_$(1))'
	@printf '#include "%s"\n' $(piece_$(1):tests/%=%) >$(J)/pieces/$(1).cc
	@g++ $(CXXFLAGS) -MMD -MP -Itests -Ilabs -Ilabs/include $(SYNTAX) -c $(J)/pieces/$(1).cc -o $$@
endef
$(foreach p,$(pieces),$(eval $(call piece,$p)))
-include $(shell find $(J) -name '*.d' 2>/dev/null)
# The kit's C that worlds need on the judge's side.
define judge_c
$(J)/c/$(2): $(1) $(host_h) Makefile | $(call need,student)
	@mkdir -p $$(@D) && gcc $(CFLAGS) -O2 -Ilabs/include -Ilabs -c $$< -o $$@
endef
$(foreach c,$(node_c) labs/store/lmdb.c,$(eval $(call judge_c,$c,$(call flat,$c))))
$(eval $(call judge_c,tests/harness/world/direct_heap.c,direct_heap.o))
# What a student's objects are linked with to explore, in one piece.
$(J)/lab2-direct.o $(J)/lab3-direct.o $(J)/lab4-direct.o: $(J)/%-direct.o: $(harness_o) $(world_o) $(direct_o)
	@ld -r -o $@ $^
$(J)/lab2-direct.o: $(call suite_o,lab2,public) $(lab2_model_o)
$(J)/lab3-direct.o: $(call suite_o,lab3,public) $(lab3_hunts_o) $(lab3_model_o)
$(J)/lab4-direct.o: $(call suite_o,lab4,public) $(lab4_model_o)
$(J)/lab3-hunts: $(lab3_hunts_o) $(harness_o) $(J)/harness/main.o $(lab3_judge_o)
	@g++ -o $@ $^ $(judge_libs)
define lab_judge
$(J)/$(1)-$(2): $(call suite_o,$(1),$(2)) $(harness_o) $(J)/harness/main.o $($(1)_judge_o)
	@g++ -o $$@ $$^ $(judge_libs)
endef
$(foreach l,$(labs),$(foreach s,$(suites),$(eval $(call lab_judge,$l,$s))))

$(J)/trace-tool: $(J)/harness/trace_tool.o $(harness_o)
	@g++ -o $@ $^ $(judge_libs)

# ---- A student's work ----

# The name of SRC is part of the path: two sources never share objects.
H := $(B)/hosts/$(subst /,_,$(SRC))
# A file of an earlier lab is the student's own if it is in SRC, else the
# reference's: its source in the project, an object in a student's handout.
lent := labs/reference/$(shell uname -m)
lab_src = $(addprefix $(SRC)/,$($(1)_files)) \
          $(foreach f,$($(1)_needs),$(firstword $(wildcard $(SRC)/$f solution/$f) $(lent)/$(f:.c=.o)))
# What a host was linked from.
lab_o = $(foreach f,$(call lab_src,$(1)),$(if $(filter %.c,$f),$(H)/$(1)/$(notdir $(f:.c=.o)),$f))

define lab_host
$(H)/$(1)/host: $(call lab_src,$(1)) $(H)/$(1)/sources $(KIT)/stamp
	@sh $(KIT)/build-host.sh $(KIT) $$(@D) $(1) $(call lab_src,$(1))
# Their names: one that comes or goes may be older than the host.
$(H)/$(1)/sources: again
	@mkdir -p $$(@D)
	@echo '$(call lab_src,$(1))' | cmp -s - $$@ || echo '$(call lab_src,$(1))' >$$@
endef
$(foreach l,$(labs),$(eval $(call lab_host,$l)))
.PHONY: again
$(lent)/%.o:
	@echo 'This lab needs $*.c of an earlier lab, and has none for this machine ($(notdir $(lent))):' \
	    'copy your own, as starter/$*.c of that lab, to $(SRC)/$*.c.' >&2; exit 1

# Every save waits for this link. What explores is not debugged.
quick_link := -Wl,--strip-debug $(if $(shell command -v ld.gold),-fuse-ld=gold)
# The explorers: a public suite, the simulator and a student's nodes in one
# program, which no judge believes.
$(H)/%-direct: $(H)/%/host $(J)/%-direct.o $(J)/harness/main.o
	@g++ $(SANITIZE) $(quick_link) -o $@ $(filter %.o,$^) \
	    $(call lab_o,$*) $(call programs_o,$*) $(judge_libs)

judge_flags = --lab=labs/$($(1)_slug)/lab.toml --source=$(SRC) \
              --host=$(H)/$(1)/host --steps=$(H)/failures \
              $(if $(SEED),--seed=$(SEED)) $(if $(CASE),--case=$(CASE)) $(if $(PEERS),--peers=$(PEERS)) \
              $(if $(T),'--gtest_filter=$(T)') $(if $(NEMESIS),'--nemesis=$(NEMESIS)')

.PHONY: $(foreach l,$(labs),test-$l debug-$l)
ifneq ($(filter lab1,$(labs)),)
test-lab1: $(H)/lab1/host $(lab1_judges) ## test lab 1, the ring
	@sh labs/run-judges.sh '$(T)' $(lab1_judges) -- $(call judge_flags,lab1)
endif
ifneq ($(filter lab2,$(labs)),)
test-lab2: $(H)/lab2/host $(H)/lab2-direct $(lab2_judges) ## test lab 2, quorums
	@sh labs/run-judges.sh '$(T)' $(lab2_judges) -- $(call judge_flags,lab2) \
	    --direct=$(H)/lab2-direct
trace-lab2: $(H)/lab2/host $(lab2_judges) ## a page of the run T=... SEED=... CASE=...
endif

ifneq ($(filter lab3,$(labs)),)
test-lab3: $(H)/lab3/host $(H)/lab3-direct $(lab3_judges) ## test lab 3, versions
	@sh labs/run-judges.sh '$(T)' $(lab3_judges) -- $(call judge_flags,lab3) \
	    --direct=$(H)/lab3-direct
trace-lab3: $(H)/lab3/host $(lab3_judges) $(J)/lab3-hunts ## a page of the run T=... SEED=... CASE=...
.PHONY: find-lab3
find-lab3: $(H)/lab3/host $(H)/lab3-direct $(J)/lab3-hunts ## find a run of your own store in which clocks fail: T=Race.LosesAWrite
	@sh labs/run-judges.sh '$(T)' $(J)/lab3-hunts -- $(call judge_flags,lab3) \
	    --direct=$(H)/lab3-direct
endif

ifneq ($(filter lab4,$(labs)),)
test-lab4: $(H)/lab4/host $(H)/lab4-direct $(lab4_judges) ## test lab 4, failures
	@sh labs/run-judges.sh '$(T)' $(lab4_judges) -- $(call judge_flags,lab4) \
	    --direct=$(H)/lab4-direct
trace-lab4: $(H)/lab4/host $(lab4_judges) ## a page of the run T=... SEED=... CASE=...
endif

ifneq ($(filter lab5,$(labs)),)
test-lab5: $(H)/lab5/host $(lab5_judges) ## test lab 5, tail latency
	@sh labs/run-judges.sh '$(T)' $(lab5_judges) -- $(call judge_flags,lab5)
endif

.PHONY: trace-lab2 trace-lab3 trace-lab4
trace-lab2 trace-lab3 trace-lab4: trace-%: $(J)/trace-tool
	@sh labs/trace.sh $* '$(T)' '$(SEED)' '$(CASE)' $(J) $(H) labs/$($*_slug)/lab.toml '$(NEMESIS)'

$(addprefix debug-,$(labs)): debug-%: $(H)/%/host ## replay the last failure of T=... under gdb
	@sh labs/debug.sh $* '$(T)' '$(SRC)' '$(SEED)' '$(CASE)' $(H)

# Experiments that call a student's functions as they are.
F := $(B)/figures
define lab_figures
$(F)/$(1)/$(subst /,_,$(SRC))-figures: labs/$($(1)_slug)/figures.c $(call lab_src,$(1)) $(wildcard labs/base/*.c) $(kit_headers) | $(call need,student) $(call need,figures)
	@mkdir -p $$(@D)
	@gcc -std=c11 -O2 -Wall -Wextra -Wpedantic -Ilabs/include -o $$@ $$(filter %.c,$$^) -lcrypto -lm
endef
$(foreach l,$(filter lab1 lab5,$(labs)),$(eval $(call lab_figures,$l)))
ifneq ($(filter lab1,$(labs)),)
.PHONY: figures-lab1
figures-lab1: $(F)/lab1/$(subst /,_,$(SRC))-figures ## draw Figures 6 and 8 from the ring
	@$(PY) handouts/figures/draw_lab1.py --program $< --out $(F)/lab1
endif

# A student's nodes in worlds, linked as the explorers are.
$(H)/lab2-figures: $(lab2_figures_o)
$(H)/lab3-figures: $(lab3_figures_o)
$(H)/lab2-figures $(H)/lab3-figures: $(H)/%-figures: $(H)/%/host $(J)/%-direct.o
	@g++ $(SANITIZE) -o $@ $(filter %.o,$^) \
	    $(call lab_o,$*) $(call programs_o,$*) $(judge_libs)
# Lab 4's have worlds of a thousand nodes, and are made without sanitizers; what is
# lent has them in it. A host counts what its nodes allocate; here that is the C
# library's, also of what is lent.
$(H)/plain/%.o: $(if $(wildcard solution),$(B)/reference,$(lent))/%.o labs/host/heap.syms
	@mkdir -p $(@D) && awk '{ print $$2, $$1 }' labs/host/heap.syms >$@.syms
	@objcopy --redefine-syms=$@.syms $< $@
lab4_figures_all := $(lab4_figures_o) $(J)/lab4-direct.o $(filter-out %/calls.c,$(call lab_c,lab4)) $(addprefix $(SRC)/,$(lab4_files))
$(H)/lab4-figures: $(lab4_figures_all) $(patsubst $(lent)/%,$(H)/plain/%,$(call lab_src,lab4)) $(H)/lab4/host
# As most students have it.
$(H)/lab4-figures-lent: $(lab4_figures_all) $(patsubst %.c,$(H)/plain/%.o,$(lab4_needs)) $(H)/lab4/host
$(H)/lab4-figures $(H)/lab4-figures-lent:
	@gcc $(filter-out -Werror,$(CFLAGS)) -O2 -Ilabs/include -o $@ $(filter %.c %.o,$^) $(if $(filter $(H)/plain/%,$^),$(SANITIZE)) \
	    $(judge_libs) -lstdc++ -lm
ifneq ($(filter lab2,$(labs)),)
.PHONY: figures-lab2
figures-lab2: $(H)/lab2-figures $(J)/trace-tool | $(call need,figures) ## draw what R and W cost, and buy
	@$(PY) handouts/figures/draw_lab2.py --program $< --out $(B)/figures/lab2
	@$< --run=stale-get | $(J)/trace-tool page --root=../../../ - $(B)/figures/lab2/stale-get.html
	@echo 'A stale get of your register: $(B)/figures/lab2/stale-get.html'
endif

ifneq ($(filter lab3,$(labs)),)
.PHONY: figures-lab3
figures-lab3: $(H)/lab3-figures | $(call need,figures) ## draw what clocks lose, and how many versions gets find
	@$(PY) handouts/figures/draw_lab3.py --program $< --out $(B)/figures/lab3
endif

ifneq ($(filter lab4,$(labs)),)
.PHONY: figures-lab4
figures-lab4: $(H)/lab4-figures | $(call need,figures) ## draw what outages do to clients, and what repair costs
	@$(PY) handouts/figures/draw_lab4.py --program $< --out $(B)/figures/lab4
endif

ifneq ($(filter lab5,$(labs)),)
.PHONY: figures-lab5
figures-lab5: $(F)/lab5/$(subst /,_,$(SRC))-figures ## draw what stalls, averages and many calls do to tails
	@$(PY) handouts/figures/draw_lab5.py --program $< --out $(F)/lab5
endif

.PHONY: clean
clean: ## remove all that was built
	rm -rf $(B)

# ---- Only in a student's handout ----

ifeq ($(wildcard solution),)
.PHONY: test
test: $(addprefix test-,$(labs)) ## test all labs
else

# ---- Only in the project ----

.PHONY: test
test: ready ## prove everything: reference, mutants, attacks, grader, handouts
	@MAKEFLAGS= $(PY) tests/prove.py --jobs $(JOBS) $(if $(STEPS),--steps $(STEPS))

# All that the proofs need, built and installed.
.PHONY: ready
ready: $(foreach s,student figures instructor maintainer,$(call need,$s)) \
       kit judges reference $(foreach l,$(labs),$(B)/hosts/solution/$l/host) $(B)/confine \
       fuzzers $(addprefix $(J)/,lab3-hunts harness-test world-test trace-tool cluster-test cluster-chaos conformance-test) \
       $(B)/dynamo-node $(B)/dynamo-load $(addprefix $(B)/hosts/solution/,lab2-direct lab3-direct lab4-direct lab2-conformance lab3-conformance lab4-conformance lab2-figures lab3-figures lab4-figures lab4-figures-lent) $(foreach l,lab1 lab5,$(F)/$l/solution-figures)

starter/%.c: solution/%.c labs/starter.awk
	@awk -f labs/starter.awk $< | cat -s > $@
.PHONY: starter
starter: $(addprefix starter/,$(notdir $(wildcard solution/*.c))) ## make starter/ from solution/ again

# ---- Real clusters: dynamo-node on libuv, and what starts and breaks them ----

uv_o := $(addprefix $(J)/c/,$(call flat,$(wildcard labs/uv/*.c)))
$(foreach c,$(wildcard labs/uv/*.c),$(eval $(call judge_c,$c,$(call flat,$c))))
$(uv_o): $(wildcard labs/uv/*.h)
$(B)/dynamo-node: $(uv_o) $(node_o) $(J)/c/base-err.o $(J)/c/store-lmdb.o $(sort $(call lab_src,lab2) $(call lab_src,lab3) $(call lab_src,lab4)) $(filter-out %/calls.c %/programs.c,$(call lab_c,lab4))
	@gcc $(CFLAGS) -O2 -Ilabs/include -o $@ $^ -luv -llmdb -lhiredis -lcrypto -lmsgpuck -lm

# What loads a store of the Redis protocol and measures it.
load_o := $(addprefix $(J)/c/,$(call flat,$(wildcard labs/load/*.c)))
$(foreach c,$(wildcard labs/load/*.c),$(eval $(call judge_c,$c,$(call flat,$c))))
$(load_o): $(wildcard labs/load/*.h labs/uv/*.h)
$(B)/dynamo-load: $(load_o) $(addprefix $(J)/c/,uv-buffer.o uv-latency.o base-err.o base-prng.o)
	@gcc -o $@ $^ -luv -lhiredis -lm

.PHONY: bench-peers
bench-peers: $(B)/dynamo-node $(B)/dynamo-load $(call need,maintainer) ## measure: three nodes beside redis-server, REPEATS=5 SECONDS=3 PROGRAM=dvv
	@$(PY) tests/bench_peers.py --repeats $(or $(REPEATS),5) --seconds $(or $(SECONDS),3) --program $(or $(PROGRAM),dvv)

.PHONY: cluster
cluster: $(B)/dynamo-node ## a store on this machine to talk to: NODES=5 N=3 R=2 W=2 PROGRAM=dvv FIRST= PORT=7001 DATA=build/cluster
	@exec $(PY) labs/uv/cluster.py --node $(B)/dynamo-node --nodes $(or $(NODES),5) --program $(or $(PROGRAM),dvv) \
	    $(if $(N),-n $(N)) $(if $(R),-r $(R)) $(if $(W),-w $(W)) $(if $(FIRST),--first $(FIRST)) --port $(or $(PORT),7001) --data $(or $(DATA),$(B)/cluster)

cluster_o := $(call judge_o,$(wildcard tests/harness/cluster/*.cc) tests/cluster/cluster_options.cc) $(check_o) \
             $(harness_o) $(J)/c/uv-frame.o $(J)/c/uv-listener.o $(J)/c/uv-latency.o
cluster_libs := -luv -llmdb -lhiredis -lcrypto -lgmock -lgtest -lpthread
$(J)/cluster-test: $(call judge_o,$(wildcard tests/cluster/*_test.cc) tests/cluster/test_main.cc tests/cluster/raw_connection.cc) $(cluster_o)
	@g++ -o $@ $^ $(cluster_libs)
$(J)/cluster-chaos: $(J)/cluster/chaos_main.o $(cluster_o)
	@g++ -o $@ $^ $(cluster_libs)
.PHONY: test-cluster handoff-lab4 chaos soak
test-cluster: $(J)/cluster-test $(B)/dynamo-node ## the real runtime's own tests
	@$(J)/cluster-test --node=$(B)/dynamo-node
handoff-lab4: $(J)/cluster-test $(B)/dynamo-node ## how soon 1,000 keys come home to a replica that was down, by hints and by anti-entropy
	@$(J)/cluster-test --node=$(B)/dynamo-node --gtest_brief=1 --gtest_filter='Handoff.*'
chaos: $(J)/cluster-chaos $(B)/dynamo-node ## real nodes killed and cut off under load: CYCLES=200 SEED=1 PROGRAM=register
	@$(J)/cluster-chaos --node=$(B)/dynamo-node $(if $(PROGRAM),--program=$(PROGRAM)) --cycles=$(or $(CYCLES),200) --seed=$(or $(SEED),1)
soak: $(J)/cluster-chaos $(B)/dynamo-node ## lab 4's nodes in such chaos, their disks lost too, for MINUTES=60; nothing may grow
	@$(J)/cluster-chaos --node=$(B)/dynamo-node --program=failure --minutes=$(or $(MINUTES),60) $(if $(SEED),--seed=$(SEED))

# The same scripts in every world. Of the cluster's files only those that do not
# share a name with worlds_model.cc.
play_o := $(call judge_o,$(addprefix tests/conformance/,play.cc script.cc scripts.cc version_scripts.cc failure_scripts.cc simulated_stage.cc)) $(lab2_model_o) $(world_o) $(harness_o)
conformance_o := $(call judge_o,$(filter-out %/direct_main.cc,$(wildcard tests/conformance/*.cc))) \
                 $(play_o) $(isolated_o) $(filter-out %/chaos.o %/load.o,$(cluster_o))
$(J)/conformance-test: $(conformance_o)
	@g++ -o $@ $^ $(cluster_libs) -lmsgpuck
$(J)/conformance-direct.o: $(J)/conformance/direct_main.o $(play_o) $(direct_o)
	@ld -r -o $@ $^
$(H)/lab2-conformance $(H)/lab3-conformance $(H)/lab4-conformance: $(H)/%-conformance: $(H)/%/host $(J)/conformance-direct.o
	@g++ $(SANITIZE) -o $@ $(J)/conformance-direct.o $(call lab_o,$*) $(call programs_o,$*) $(judge_libs)
.PHONY: test-conformance
test-conformance: $(J)/conformance-test $(B)/dynamo-node $(addprefix $(H)/,lab2-conformance lab3-conformance lab4-conformance) ## clients are told the same in every world
	@for l in lab2:Scripts:$(lab2_slug) lab3:VersionScripts:$(lab3_slug) lab4:FailureScripts:$(lab4_slug); do \
	    set -- $$(echo $$l | tr : ' '); \
	    $(J)/conformance-test --node=$(B)/dynamo-node --direct=$(H)/$$1-conformance --host=$(H)/$$1/host \
	        --lab=labs/$$3/lab.toml --gtest_filter="$$2/*" $(if $(SEED),--seed=$(SEED)) || exit 1; done

harness_test_o := $(call judge_o,$(wildcard tests/harness_test/*.cc))
$(J)/harness-test: $(harness_test_o) $(harness_o) $(lab1_model_o) $(check_o) $(node_o) $(J)/c/store-lmdb.o
	@g++ -o $@ $^ $(judge_libs) -llmdb -lgtest_main

# A simulated world by itself: toy programs as its nodes, called directly. Their
# heap is the node's, as a student's is.
toy_o := $(addprefix $(J)/c/,$(patsubst tests/world/%.c,%.o,$(wildcard tests/world/*.c)))
$(foreach c,$(wildcard tests/world/*.c),$(eval $(call judge_c,$c,$(notdir $(c:.c=.raw.o)))))
$(toy_o): $(J)/c/%.o: $(J)/c/%.raw.o labs/host/heap.syms
	@objcopy --redefine-syms=labs/host/heap.syms $< $@
$(J)/world-test: $(call judge_o,$(wildcard tests/world/*.cc)) $(toy_o) $(harness_o) $(world_o) $(direct_o)
	@g++ -o $@ $^ $(judge_libs) -lgtest_main

$(B)/confine: $(wildcard grader/confine/*.c grader/confine/*.h) | $(call need,student)
	@mkdir -p $(@D)
	@gcc -std=c11 -O1 -g -Wall -Wextra -Wpedantic -Werror -static -o $@ $(filter %.c,$^) -lseccomp

# What is lent to those who have no working file of an earlier lab, by the grader
# and in handouts. It is compiled here, as a source or its lines could be read by a
# student's build, and so that it names nothing of the source: no path, no line, no
# variable. What students hand to it is still checked, by the address sanitizer.
REFERENCE := $(B)/reference
$(REFERENCE)/%.o: solution/%.c $(KIT)/stamp
	@mkdir -p $(@D)
	@gcc $(filter-out -g,$(CFLAGS)) -O2 -DNDEBUG -fsanitize=address --param asan-stack=0 --param asan-globals=0 \
	    -fno-common -fno-ident -I$(KIT)/include -x c -c - -o $@ <$<
	@objcopy --strip-unneeded --redefine-syms=$(KIT)/heap.syms $@
.PHONY: reference
reference: $(sort $(foreach l,$(labs),$(patsubst %.c,$(REFERENCE)/%.o,$($l_needs))))

EXAMPLES := $(B)/examples/all
LABS := $(subst $() ,$(comma),$(labs))
.PHONY: grade
grade: $(call need,student) $(call need,instructor) kit judges reference $(B)/confine ## grade SUBMISSIONS=folder LABS=lab1,lab2, or the examples of all
	@$(if $(SUBMISSIONS),,$(PY) -m grader examples --lab $(LABS) $(EXAMPLES))
	@$(PY) -m grader grade --lab $(LABS) --jobs $(JOBS) '$(or $(SUBMISSIONS),$(EXAMPLES))'

.PHONY: handout
handout: $(call need,student) $(call need,instructor) reference ## build the students' packages, HTML and PDF, of LABS=lab1,lab2 or all
	@$(PY) handouts/build.py tarball --lab $(or $(LAB),$(LABS)) --reference $(REFERENCE) --out $(B)/handout

.PHONY: lint format
lint: $(call need,maintainer) ## check format and style
	@sh tests/lint.sh check
format: $(call need,maintainer) ## mend the format
	@sh tests/lint.sh mend

.PHONY: $(addprefix flakes-,$(labs)) $(addprefix bench-,$(labs)) fresh
flakes-lab1: kit judges $(B)/hosts/solution/lab1/host ## repeat both suites REPEATS=1000 times under load
flakes-lab3: kit judges $(B)/hosts/solution/lab3/host ## repeat both suites REPEATS=100 times under load
flakes-lab4: kit judges $(B)/hosts/solution/lab4/host ## repeat both suites REPEATS=100 times under load
flakes-lab5: kit judges $(B)/hosts/solution/lab5/host ## repeat both suites REPEATS=1000 times under load
flakes-lab2: ready ## repeat real clusters REPEATS=300 times under load, both suites a third as often
$(addprefix flakes-,$(labs)):
	@$(PY) tests/flakes.py --lab $(@:flakes-%=%) $(if $(REPEATS),--repeats $(REPEATS)) $(if $(START),--start $(START)) $(if $(SUITES),--suites '$(SUITES)')
$(addprefix bench-,$(labs)): bench-%: ready ## measure: from save to verdict, time a submission
	@MAKEFLAGS= $(PY) tests/bench.py --lab $*

# The worlds' speed: isolated, direct, and direct without sanitizers.
bench_o := $(J)/bench_world.o $(harness_o) $(world_o)
$(J)/bench-isolated: $(bench_o) $(isolated_o)
	@g++ -o $@ $^ $(judge_libs)
$(J)/bench-direct: $(bench_o) $(direct_o) $(B)/hosts/solution/lab2/host
	@g++ $(SANITIZE) -o $@ $(filter %.o,$^) $(judge_libs) \
	    $(patsubst %.c,$(B)/hosts/solution/lab2/%.o,$(lab2_files) $(lab2_needs)) $(call programs_o,lab2)
$(J)/bench-plain: $(bench_o) $(direct_o) labs/$(lab2_slug)/programs.c $(call lab_src,lab2)
	@gcc $(CFLAGS) -O2 -Ilabs/include -o $@ $^ $(judge_libs) -lstdc++ -lm
.PHONY: bench
bench: $(addprefix $(J)/bench-,isolated direct plain) ## measure: events a second of simulated worlds
	@for b in $^; do $$b --lab=labs/$(lab2_slug)/lab.toml --host=$(B)/hosts/solution/lab2/host || exit 1; done

# Lab 3's reference for a long time.
$(J)/lab3-swarm: $(J)/swarm.o $(harness_o) $(world_o) $(direct_o) $(lab3_model_o) $(B)/hosts/solution/lab3/host
	@g++ $(SANITIZE) -o $@ $(filter %.o,$^) $(judge_libs) \
	    $(patsubst %.c,$(B)/hosts/solution/lab3/%.o,$(lab3_files) $(lab3_needs)) $(call programs_o,lab3)
.PHONY: swarm-lab3
swarm-lab3: $(J)/lab3-swarm ## lab 3's store: every schedule within bounds, then SEEDS=10000 random runs
	@$(J)/lab3-swarm --lab=labs/$(lab3_slug)/lab.toml --cases=$(or $(SEEDS),10000) $(if $(SEED),--seed=$(SEED))

$(J)/lab4-swarm: $(J)/swarm_failure.o $(harness_o) $(world_o) $(direct_o) $(lab4_model_o) $(B)/hosts/solution/lab4/host
	@g++ $(SANITIZE) -o $@ $(filter %.o,$^) $(judge_libs) \
	    $(patsubst %.c,$(B)/hosts/solution/lab4/%.o,$(lab4_files) $(lab4_needs)) $(call programs_o,lab4)
.PHONY: swarm-lab4
swarm-lab4: $(J)/lab4-swarm ## lab 4's store: SEEDS=10000 random runs, sloppy, strict, with anti-entropy, with joins
	@$(J)/lab4-swarm --lab=labs/$(lab4_slug)/lab.toml --cases=$(or $(SEEDS),10000) $(if $(SEED),--seed=$(SEED))

# Fuzzers (libFuzzer): what decodes bytes, and worlds whose choices are bytes. All
# that is C is watched for what an input reaches, the simulator is not.
Z := $(B)/fuzz
fuzz_flags := -g -O1 -fno-omit-frame-pointer -Wall -Wextra -Werror -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
fuzz_o = $(patsubst %,$(Z)/%.o,$(1))
fuzz_node_o := $(call fuzz_o,$(node_c) labs/base/err.c)
fuzz_world_o := $(call fuzz_o,tests/fuzz/world_fuzz.cc labs/$(lab2_slug)/programs.c $(addprefix solution/,$(lab2_files) $(lab2_needs))) \
    $(filter-out $(J)/c/%,$(harness_o) $(world_o)) $(direct_o) $(J)/$(lab2_slug)/worlds_model.o
$(Z)/%.c.o: %.c $(host_h) | $(call need,maintainer)
	@mkdir -p $(@D) && clang -std=c11 $(fuzz_flags) -Ilabs/include -Ilabs -Itests -c $< -o $@
$(Z)/%.cc.o: %.cc $(wildcard tests/harness/*.h tests/harness/world/*.h) | $(call need,maintainer)
	@mkdir -p $(@D) && echo '  clang++ $<' && clang++ -std=c++17 $(fuzz_flags) -Ilabs/include -Ilabs -Itests -c $< -o $@
$(Z)/world: $(sort $(fuzz_world_o) $(fuzz_node_o))
$(Z)/message $(Z)/effects: $(Z)/%: $(Z)/tests/fuzz/%_fuzz.c.o $(fuzz_node_o)
$(Z)/world $(Z)/message $(Z)/effects:
	@clang++ -fsanitize=fuzzer,address,undefined -o $@ $^ -lgmock -lgtest -lcrypto -lmsgpuck -lpthread -lm
$(Z)/seeds: $(Z)/tests/fuzz/seeds.c.o $(fuzz_node_o)
	@clang -fsanitize=address,undefined -o $@ $^ -lmsgpuck -lcrypto
.PHONY: fuzzers fuzz
fuzzers: $(addprefix $(Z)/,world message effects seeds)
fuzz: fuzzers ## fuzz FUZZ=message,effects,world for RUNS=100000 inputs each
	@$(PY) tests/fuzz/run.py --programs $(Z) $(if $(FUZZ),--only $(FUZZ)) $(if $(RUNS),--runs $(RUNS)) $(if $(SEED),--seed $(SEED))
fresh: ## prove that a fresh minimal Debian needs only git and make
	@sh tests/fresh.sh
endif
