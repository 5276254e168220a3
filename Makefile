# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
#   make            build/libaemp.a, .so and build/aemp make test     all tests; last line "N passed, N failed"
#   make demo       the word count, a worker killed     make check    everything that must hold before a commit
#   make bench      measure                             make static   build/static/aemp, fully static
#   make install    DESTDIR= PREFIX=/usr/local LIBDIR=lib   make uninstall  (with the same three)
#   make dist       build/aemp-VERSION.tar.gz, of the last commit   make deb   packages for Debian, in build/deb
#   make html       the manual pages for browsers, in build/html
#   make asan tsan  tests under sanitizers              make size     sizes of the static tool and of a minimal program
#   make sim        1000 simulated networks; SEEDS=N another number, SEED=N one of them, told in full
#   make scale      simulated networks of up to 10 000 nodes; SEEDS=N partitions instead of 1000; WHAT=pattern of GoogleTest
#   make chaos      real processes that are killed, stopped and cut off for TIME=60 seconds; SEED=N: one round of that plan
#   make mutants    mistakes put into the library, each of which the simulation must find
#   make threat-controls   each defence taken out in turn, which the tests of threats must notice
#   make ctgrind    the cryptography under valgrind: nothing may depend on secrets but what it computes
#   make fuzz       arbitrary bytes for every parser, TIME=60 seconds each; needs clang and its libFuzzer
#   make fuzz-cover   what the corpus of the fuzzers reaches of each decoder, at least 95 % of its lines
#   make long-vectors  published results of cryptography that take minutes to reach
#   make test-kqueue  all tests on the poller of the BSDs, over a stand-in for kqueue(2)
#   make bench-crypto  what the ciphers cost, which is also `aemp-bench crypto`
#   make bench-sodium  the same beside libsodium, if that is installed
#   make format     rewrite with clang-format           make clean
#
# Yours to set: CXX CXXFLAGS CPPFLAGS LDFLAGS BUILD (where results go) JOBS (for the targets that start a make) V=1 (show commands).

ifeq ($(origin CXX),default)
CXX := g++
endif
ifeq ($(origin AR),default)
AR := ar
endif
CXXFLAGS ?= -O2 -g
TEST_CXXFLAGS ?= -O1 -g1
BUILD ?= build
PREFIX ?= /usr/local
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all lib shared aemp bench-build tests examples everything warnings run-tests test sim scale chaos mutants threat-controls ctgrind fuzz fuzz-cover long-vectors \
  demo bench bench-crypto bench-sodium check \
  install uninstall dist deb html static asan tsan test-kqueue size format clean FORCE

all: lib shared aemp ; @:

# What is built from what.
PLATFORM := $(if $(filter Linux,$(shell uname -s)),linux,bsd)
POLLER := $(if $(filter linux,$(PLATFORM)),epoll,kqueue)
LIB_SRC := $(filter-out src/os/poller_% src/os/platform_%,$(wildcard src/*/*.cc)) \
  src/os/poller_$(POLLER).cc src/os/platform_$(PLATFORM).cc $(LIB_EXTRA)
# A static tool cannot load shared objects.
MODULES := dlopen
TOOL_SRC := $(filter-out tools/aemp/modules_%,$(wildcard tools/aemp/*.cc)) tools/aemp/modules_$(MODULES).cc
BENCH_SRC := $(wildcard tools/bench/*.cc)
EXAMPLE_SRC := $(wildcard tools/examples/*/*.cc)
EXAMPLES := $(sort $(patsubst tools/examples/%/,%,$(dir $(EXAMPLE_SRC))))
TEST_SUPPORT_SRC := $(filter-out $(LIB_EXTRA),$(wildcard test/support/*.cc))
# TEST_DIRS: some of the folders of test/, where not all of them are to be built and run.
TEST_DIRS = $(patsubst test/%/,%,$(wildcard test/*/))
TEST_SRC := $(wildcard $(TEST_DIRS:%=test/%/*_test.cc))
FUZZ_SRC := $(filter-out %_test.cc,$(wildcard test/fuzz/*.cc))
STORY_SRC := $(filter-out %/main.cc %_test.cc,$(wildcard test/sim/*.cc))
CHAOS_SRC := $(filter-out %_test.cc,$(wildcard test/chaos/*.cc))
# What the tests of threats share, and what they need of the other tests; ctgrind.cc is a program of its own.
THREAT_SRC := $(filter-out %_test.cc %/ctgrind.cc,$(wildcard test/threats/*.cc))
THREAT_SUPPORT_SRC := $(addprefix test/support/,alloc_count.cc byte_relay.cc cluster.cc net_host.cc no_rc.cc proxy.cc raw_peer.cc)
# What of it the tests need: histories are read and judged there too.
JUDGE_SRC := test/chaos/history.cc test/chaos/checker.cc
CRYPTO_BENCH_SRC := test/crypto/bench_main.cc test/crypto/bench_rows.cc test/crypto/bench_measure.cc
ifdef ONLY_THREAD_TESTS
thread_suite := ^ *(TYPED_)?TEST(_F|_P)?[(][A-Za-z0-9]*Thread
TEST_SRC := $(if $(TEST_SRC),$(shell grep -lE '$(thread_suite)' $(TEST_SRC)))
endif

to_obj = $(patsubst %.cc,$(BUILD)/obj/%.o,$(1))
LIB_OBJ := $(call to_obj,$(LIB_SRC))
TOOL_OBJ := $(call to_obj,$(TOOL_SRC))
BENCH_OBJ := $(call to_obj,$(BENCH_SRC))
EXAMPLE_OBJ := $(call to_obj,$(EXAMPLE_SRC))
STORY_OBJ := $(call to_obj,$(STORY_SRC))
FUZZ_OBJ := $(if $(ONLY_THREAD_TESTS),,$(call to_obj,$(FUZZ_SRC)))
SIM_OBJ := $(call to_obj,test/sim/main.cc test/support/alloc_count.cc) $(STORY_OBJ)
SCALE_OBJ := $(call to_obj,test/scale/scale.cc)
CHAOS_OBJ := $(call to_obj,$(CHAOS_SRC) test/support/proxy.cc test/sim/oracle.cc test/sim/totals.cc)
CRYPTO_BENCH_OBJ := $(call to_obj,$(CRYPTO_BENCH_SRC))
SODIUM_BENCH_OBJ := $(call to_obj,test/crypto/bench_sodium.cc) $(filter-out %/bench_main.o,$(CRYPTO_BENCH_OBJ))
LONG_OBJ := $(call to_obj,test/crypto/long_vectors.cc)
TEST_OBJ := $(call to_obj,$(TEST_SUPPORT_SRC) $(TEST_SRC) $(JUDGE_SRC) $(THREAT_SRC)) $(STORY_OBJ) $(FUZZ_OBJ)
THREAT_OBJ := $(call to_obj,$(wildcard test/threats/*_test.cc test/node/stranger_*_test.cc test/node/sources_test.cc) $(THREAT_SRC) $(THREAT_SUPPORT_SRC))
ALL_OBJ := $(sort $(LIB_OBJ) $(TOOL_OBJ) $(BENCH_OBJ) $(EXAMPLE_OBJ) $(TEST_OBJ) $(SIM_OBJ) $(SCALE_OBJ) $(CHAOS_OBJ) \
  $(CRYPTO_BENCH_OBJ) $(LONG_OBJ))

LIB := $(BUILD)/libaemp.a
# The version is stated in include/aemp/version.h only. A series has one binary interface: until 1.0 what has the same minor version.
version := $(shell awk '/define AEMP_VERSION_(MAJOR|MINOR|PATCH) /{v = v (v == "" ? "" : ".") $$3} END {print v}' \
  include/aemp/version.h)
version_words := $(subst ., ,$(version))
series := $(if $(filter 0,$(firstword $(version_words))),0.$(word 2,$(version_words)),$(firstword $(version_words)))
# What the linker of macOS calls otherwise is left out there: the shared library, and shared objects for the tool.
SHARED := $(if $(filter Darwin,$(shell uname -s)),,$(BUILD)/libaemp.so.$(version))
TOOL := $(if $(TOOL_SRC),$(BUILD)/aemp)
BENCH := $(if $(BENCH_SRC),$(BUILD)/aemp-bench $(BUILD)/aemp-bench-crypto)
TESTS := $(if $(TEST_SRC),$(BUILD)/aemp-tests)
# Processes that end with the one that started them, and networks of their own, are Linux's.
CHAOS := $(if $(filter linux,$(PLATFORM)),$(BUILD)/aemp-chaos)
# What the scripts of test/cli run. aemp-bench looks into /proc.
CLI := aemp shared examples $(CHAOS) $(if $(CHAOS),bench-build)
EXAMPLE_BIN := $(EXAMPLES:%=$(BUILD)/examples/%)

lib: $(LIB) ; @:
shared: $(SHARED) ; @:
aemp: $(TOOL) ; @:
bench-build: $(BENCH) ; @:
tests: $(TESTS) ; @$(if $(TESTS),:,rm -f $(BUILD)/aemp-tests)
examples: $(EXAMPLE_BIN) ; @:
everything: lib shared aemp bench-build tests examples $(CHAOS) $(BUILD)/aemp-sim $(BUILD)/aemp-scale $(BUILD)/long-vectors ; @:

# How. Only the library itself and its tests see src/; a program that embeds the library sees include/ alone.
# Where the sources lie must not be in what is built.
BASE_FLAGS := -std=c++20 -ffile-prefix-map=$(CURDIR)=. -Wall -Wextra -Wpedantic -Wconversion -ffunction-sections -fdata-sections -Iinclude
LINK_FLAGS := -Wl,--gc-sections
flags = $(BASE_FLAGS) $(CPPFLAGS) $(CXXFLAGS)
# The archive and the shared library are made of the same objects; linked into a program they are as fast as if made for it.
LIB_FLAGS := -Isrc -fPIC -fno-semantic-interposition
$(BUILD)/obj/src/%.o: flags = $(BASE_FLAGS) $(LIB_FLAGS) $(CPPFLAGS) $(CXXFLAGS)
test_flags = $(BASE_FLAGS) -Isrc -Itest -Itest/support/bsd -pthread $(CPPFLAGS) $(CXXFLAGS) $(TEST_CXXFLAGS)
$(BUILD)/obj/test/%.o: flags = $(test_flags)
# Half of what a test compiles is GoogleTest's header: that is compiled once.
GTEST_FIRST := $(BUILD)/obj/test/gtest_first.h
# A test is compiled more often than it runs long.
$(BUILD)/obj/test/%_test.o: flags = $(test_flags) -O0 -include $(GTEST_FIRST)
$(filter %_test.o,$(TEST_OBJ)): $(GTEST_FIRST).gch

quiet = $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-5s %s\n')
write_if_changed = @mkdir -p $(@D); printf '%s\n' '$(1)' | cmp -s - $@ || printf '%s\n' '$(1)' >$@

# Changed flags rebuild everything, a removed source rebuilds the archive.
$(BUILD)/flags: FORCE
	$(call write_if_changed,$(CXX) $(BASE_FLAGS) $(LIB_FLAGS) $(CPPFLAGS) $(CXXFLAGS) / $(TEST_CXXFLAGS) / $(LDFLAGS))

$(BUILD)/objects: FORCE
	$(call write_if_changed,$(LIB_OBJ) / $(TOOL_OBJ) / $(BENCH_OBJ) / $(EXAMPLE_OBJ) / $(TEST_OBJ))

# What the compiler says is kept beside the object, so that `make warnings` need not compile twice.
$(BUILD)/obj/%.o: %.cc $(BUILD)/flags
	@mkdir -p $(@D)
	$(say) CXX $<
	$(quiet)$(CXX) $(flags) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@ 2>$(@:.o=.warn); rc=$$?; \
	  cat $(@:.o=.warn) >&2; exit $$rc

$(GTEST_FIRST).gch: $(BUILD)/flags
	@mkdir -p $(@D); echo '#include <gtest/gtest.h>' >$(GTEST_FIRST)
	$(say) CXX $@
	$(quiet)$(CXX) $(test_flags) -O0 $(if $(findstring clang,$(CXX)),-fpch-instantiate-templates) -x c++-header $(GTEST_FIRST) -o $@

$(LIB): $(LIB_OBJ) $(BUILD)/objects
	$(say) AR $@
	@rm -f $@
	$(quiet)$(AR) rcs $@ $(LIB_OBJ)

EXPORTS := -Wl,--version-script=src/exports.map
$(SHARED): $(LIB_OBJ) src/exports.map $(BUILD)/objects
	$(say) LINK $@
	$(quiet)$(CXX) $(CXXFLAGS) $(LINK_FLAGS) $(LDFLAGS) -shared -o $@ -Wl,-z,defs,-soname,libaemp.so.$(series) $(EXPORTS) $(LIB_OBJ)
	@ln -sf $(@F) $(@D)/libaemp.so.$(series); ln -sf $(@F) $(@D)/libaemp.so

# The stand-in for kqueue(2) must see descriptors go.
STAND_IN_LINK := -Wl,--wrap=close,--wrap=dup2
link = $(CXX) $(CXXFLAGS) $(LINK_FLAGS) $(LDFLAGS) -o $@

# Shared objects that it loads find the whole library in it, but for the simulator.
tool_lib := $(if $(and $(SHARED),$(filter dlopen,$(MODULES))),-rdynamic $(EXPORTS) $(filter-out %/src/sim/%,$(LIB_OBJ)))
$(BUILD)/aemp: $(TOOL_OBJ) $(LIB) $(BUILD)/objects src/exports.map
	$(say) LINK $@
	$(quiet)$(link) $(TOOL_OBJ) $(or $(tool_lib),$(LIB)) $(if $(filter dlopen,$(MODULES)),-ldl)

$(BUILD)/aemp-bench: $(BENCH_OBJ) $(LIB) $(BUILD)/objects
	$(say) LINK $@
	$(quiet)$(link) $(BENCH_OBJ) $(LIB)

$(BUILD)/aemp-tests: $(TEST_OBJ) $(LIB) $(BUILD)/objects
	$(say) LINK $@
	$(quiet)$(link) -pthread $(STAND_IN_LINK) $(TEST_OBJ) $(LIB) -lgtest_main -lgtest

$(BUILD)/aemp-sim: $(SIM_OBJ) $(LIB) $(BUILD)/objects
	$(say) LINK $@
	$(quiet)$(link) $(SIM_OBJ) $(LIB)

$(BUILD)/aemp-scale: $(SCALE_OBJ) $(LIB) $(BUILD)/objects
	$(say) LINK $@
	$(quiet)$(link) -pthread $(SCALE_OBJ) $(LIB) -lgtest_main -lgtest

$(BUILD)/aemp-chaos: $(CHAOS_OBJ) $(LIB) $(BUILD)/objects
	$(say) LINK $@
	$(quiet)$(link) -pthread $(CHAOS_OBJ) $(LIB) -lgtest

$(BUILD)/aemp-bench-crypto: $(CRYPTO_BENCH_OBJ) $(LIB) $(BUILD)/objects
	$(say) LINK $@
	$(quiet)$(link) $(CRYPTO_BENCH_OBJ) $(LIB)

$(BUILD)/aemp-bench-sodium: $(SODIUM_BENCH_OBJ) $(LIB) $(BUILD)/objects
	$(say) LINK $@
	$(quiet)$(link) $(SODIUM_BENCH_OBJ) $(LIB) -lsodium

$(BUILD)/long-vectors: $(LONG_OBJ) $(LIB) $(BUILD)/objects
	$(say) LINK $@
	$(quiet)$(link) $(LONG_OBJ) $(LIB)

# Only in the build of `make fuzz`, whose flags bring the main program.
$(BUILD)/fuzz-%: $(BUILD)/obj/test/fuzz/%.o $(BUILD)/obj/test/support/memory_host.o $(LIB) $(BUILD)/objects
	$(say) LINK $@
	$(quiet)$(link) $(filter %.o,$^) $(LIB)

define example_rule
$(BUILD)/examples/$(1): $(filter $(BUILD)/obj/tools/examples/$(1)/%,$(EXAMPLE_OBJ)) $(LIB) $(BUILD)/objects
	@mkdir -p $$(@D)
	$$(say) LINK $$@
	$$(quiet)$$(link) $(filter $(BUILD)/obj/tools/examples/$(1)/%,$(EXAMPLE_OBJ)) $$(LIB)
endef
$(foreach name,$(EXAMPLES),$(eval $(call example_rule,$(name))))

-include $(ALL_OBJ:.o=.d)

# Targets that first see to their tools, and therefore build in a make of their own, on all processors unless -j was given.
submake = $(MAKE) --no-print-directory $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))
tool_env = CXX='$(CXX)' BUILD='$(abspath $(BUILD))'

# Fails if the compiler had anything to say about any file.
warnings: everything
	@cat /dev/null $(ALL_OBJ:.o=.warn) >$(BUILD)/warnings; [ ! -s $(BUILD)/warnings ] || \
	  { cat $(BUILD)/warnings; echo "compiler warnings: see above" >&2; exit 1; }

run-tests: tests $(if $(ONLY_THREAD_TESTS),,$(if $(filter cli,$(TEST_DIRS)),$(CLI)))
	@$(tool_env) $(if $(filter cli,$(TEST_DIRS)),,SCRIPTS=) sh tools/check/test.sh $(TEST_ARGS)

test:
	@CXX='$(CXX)' sh tools/check/need.sh test
	@+$(submake) tests $(CLI)
	@$(tool_env) sh tools/check/test.sh

# Simulated networks: 1000 seeds, or one of them told in full; DEPTH of the exploration with faults.
sim:
	@+$(submake) $(BUILD)/aemp-sim
	@$(BUILD)/aemp-sim $(if $(SEED),--seed $(SEED),--count $(or $(SEEDS),1000) --jobs $(JOBS) $(DEPTH:%=--depth %))

scale:
	@+$(submake) $(BUILD)/aemp-scale
	@SEEDS=$(or $(SEEDS),1000) $(BUILD)/aemp-scale --gtest_brief=1 $(WHAT:%=--gtest_filter='%')

# Real processes for TIME seconds, or one round of them; KEEP: a directory for the last round's histories.
chaos:
	@[ -n '$(CHAOS)' ] || { echo 'make chaos: needs Linux' >&2; exit 1; }
	@+$(submake) $(CHAOS)
	@$(CHAOS) $(if $(SEED),--seed $(SEED),--time $(or $(TIME),60) $(FIRST:%=--first %)) $(KEEP:%=--keep %)

mutants:
	@+$(submake) $(BUILD)/aemp-sim
	@$(tool_env) JOBS=$(JOBS) sh test/mutants/run.sh

threat-controls:
	@+$(submake) $(THREAT_OBJ) lib aemp
	@$(tool_env) THREAT_OBJ='$(abspath $(THREAT_OBJ))' sh test/threats/run.sh $(CONTROLS)

ctgrind:
	@+$(submake) lib
	@$(tool_env) sh test/threats/ctgrind.sh

demo:
	@CXX='$(CXX)' sh tools/check/need.sh demo
	@+$(submake) $(BUILD)/examples/wordcount
	@sh tools/examples/wordcount/demo.sh $(BUILD)

bench: bench-build
	@$(BUILD)/aemp-bench all

bench-crypto: $(BUILD)/aemp-bench-crypto
	@$(BUILD)/aemp-bench-crypto

bench-sodium:
	@if echo '#include <sodium.h>' | $(CXX) $(CPPFLAGS) -E -x c++ - >/dev/null 2>&1; then \
	  $(submake) $(BUILD)/aemp-bench-sodium && $(BUILD)/aemp-bench-sodium; \
	  else echo 'SKIP bench-sodium: install libsodium-dev'; fi

check:
	@+$(tool_env) JOBS=$(JOBS) SUBMAKE='$(submake)' bash tools/check/all.sh

SANITIZED := -O1 -g1 -fno-omit-frame-pointer
# Not vptr: clang's asks the kernel for a pipe at each check, and some tests leave no descriptor.
ASAN := -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=undefined
TSAN := -fsanitize=thread

# The tests themselves are not optimised here: that would take more than twice as long to compile.
asan:
	@+$(submake) BUILD=$(BUILD)/asan CXXFLAGS='$(SANITIZED) $(ASAN)' TEST_CXXFLAGS=-O0 $(ALSO) run-tests

FUZZ_CXX ?= clang++
FUZZERS := $(patsubst test/fuzz/%.cc,%,$(FUZZ_SRC))
fuzz:
	@CXX='$(FUZZ_CXX)' sh test/fuzz/run.sh need
	@+$(submake) BUILD=$(BUILD)/fuzz CXX='$(FUZZ_CXX)' CPPFLAGS='$(CPPFLAGS) -DAEMP_LIBFUZZER' TEST_CXXFLAGS= \
	  CXXFLAGS='$(SANITIZED) $(ASAN) -fsanitize=fuzzer-no-link' LDFLAGS='$(LDFLAGS) -fsanitize=fuzzer' \
	  $(FUZZERS:%=$(BUILD)/fuzz/fuzz-%)
	@BUILD='$(abspath $(BUILD))/fuzz' JOBS=$(JOBS) TIME=$(or $(TIME),60) sh test/fuzz/run.sh $(FUZZERS)

# What the corpus reaches of each decoder.
fuzz-cover:
	@CXX='$(FUZZ_CXX)' sh test/fuzz/run.sh need
	@+$(submake) BUILD=$(BUILD)/cover CXX='$(FUZZ_CXX)' CPPFLAGS='$(CPPFLAGS) -DAEMP_LIBFUZZER' TEST_CXXFLAGS= \
	  CXXFLAGS='-O1 -g1 -fprofile-instr-generate -fcoverage-mapping' LDFLAGS='$(LDFLAGS) -fsanitize=fuzzer' \
	  $(FUZZERS:%=$(BUILD)/cover/fuzz-%)
	@BUILD='$(abspath $(BUILD))/cover' sh test/fuzz/cover.sh $(FUZZERS)

# Published results of cryptography that the tests do not wait for.
long-vectors:
	@+$(submake) $(BUILD)/long-vectors
	@$(BUILD)/long-vectors

# All tests on the kqueue backend, with the kernel's part played by the stand-in of test/support.
test-kqueue:
	@+$(submake) BUILD=$(BUILD)/kqueue POLLER=kqueue LIB_EXTRA=test/support/kqueue.cc \
	  CPPFLAGS='$(CPPFLAGS) -Itest/support/bsd' LDFLAGS='$(LDFLAGS) $(STAND_IN_LINK)' run-tests

# Only what uses several threads: test suites with "Thread" in their names.
tsan:
	@+$(submake) BUILD=$(BUILD)/tsan CXXFLAGS='$(SANITIZED) $(TSAN)' TEST_CXXFLAGS=-O0 ONLY_THREAD_TESTS=1 \
	  TEST_ARGS='--gtest_filter=*Thread*' run-tests

# --fatal-warnings: glibc's getaddrinfo and getpw* only warn when linked statically, and then fail at run time.
# g++ optimises the whole program when it is linked: the archive holds what g++ alone can read. Each file's own variants of the same
# functions of the standard library are worth nothing here. clang++ does neither.
whole_program = $(shell $(CXX) -fno-ipa-sra -E -x c++ /dev/null >/dev/null 2>&1 && echo -fno-ipa-sra -flto=auto)
static:
	@+$(submake) BUILD=$(BUILD)/static MODULES=static CXXFLAGS='-Oz -fno-pie -fno-rtti $(whole_program)' \
	  LDFLAGS='-static -no-pie -s -Wl,--fatal-warnings' \
	  $(if $(whole_program),AR='$(patsubst ar,gcc-ar,$(AR))') lib aemp

size: static
	@$(tool_env) sh tools/check/size.sh

format:
	@sh tools/check/format.sh rewrite

clean:
	rm -rf $(BUILD)

# Installation. LIBDIR: where libraries go, under PREFIX.
LIBDIR ?= lib
MAN := $(sort $(wildcard man/*.[1-9]))
D = $(DESTDIR)$(PREFIX)
HEADERS := $(wildcard include/aemp/*.h include/aemp/*/*.h)
# Where units and users of the system are described.
SYSTEMD := $(if $(filter linux,$(PLATFORM)),systemd/system sysusers.d)
CMAKE := aemp-config.cmake aemp-config-version.cmake
up := ../../$(shell echo '$(LIBDIR)' | sed 's|[^/][^/]*|..|g')
fill_in = sed -e 's|@PREFIX@|$(PREFIX)|g; s|@LIBDIR@|$(LIBDIR)|g; s|@UP@|$(up)|g; s|@VERSION@|$(version)|g' \
  -e 's|@SERIES@|$(series)|g; s|@SERIES_PATTERN@|$(subst .,[.],$(series))|g'
# put FILE,TARGET: an installed file that says where others are.
put = $(fill_in) tools/package/$(1).in >$(D)/$(2) && chmod 644 $(D)/$(2)

install: all
	install -d $(D)/bin $(D)/$(LIBDIR)/pkgconfig $(D)/$(LIBDIR)/cmake/aemp $(sort $(dir $(HEADERS:%=$(D)/%)))
	$(if $(TOOL),install -m 755 $(TOOL) $(D)/bin/aemp)
	install -m 644 $(LIB) $(D)/$(LIBDIR)/libaemp.a
	$(if $(SHARED),install -m 644 $(SHARED) $(D)/$(LIBDIR)/)
	$(if $(SHARED),ln -sf $(notdir $(SHARED)) $(D)/$(LIBDIR)/libaemp.so.$(series))
	$(if $(SHARED),ln -sf libaemp.so.$(series) $(D)/$(LIBDIR)/libaemp.so)
	for h in $(HEADERS); do install -m 644 $$h $(D)/$$h || exit 1; done
	for m in $(MAN); do install -d $(D)/share/man/man$${m##*.} && \
	  install -m 644 $$m $(D)/share/man/man$${m##*.}/ || exit 1; done
	$(call put,aemp.pc,$(LIBDIR)/pkgconfig/aemp.pc)
	$(foreach f,$(CMAKE),$(call put,$(f),$(LIBDIR)/cmake/aemp/$(f)) &&) :
	install -d $(D)/share/bash-completion/completions
	install -m 644 tools/package/aemp.bash $(D)/share/bash-completion/completions/aemp
	$(if $(SYSTEMD),install -d $(SYSTEMD:%=$(D)/lib/%))
	$(if $(SYSTEMD),$(call put,aemp.service,lib/systemd/system/aemp@.service))
	$(if $(SYSTEMD),install -m 644 tools/package/aemp.sysusers $(D)/lib/sysusers.d/aemp.conf)

uninstall:
	rm -f $(D)/bin/aemp $(D)/$(LIBDIR)/libaemp.a $(D)/$(LIBDIR)/pkgconfig/aemp.pc
	rm -f $(D)/$(LIBDIR)/libaemp.so $(D)/$(LIBDIR)/libaemp.so.$(series) $(D)/$(LIBDIR)/libaemp.so.$(version)
	rm -rf $(D)/$(LIBDIR)/cmake/aemp $(D)/include/aemp
	rm -f $(D)/share/bash-completion/completions/aemp
	rm -f $(D)/lib/systemd/system/aemp@.service $(D)/lib/sysusers.d/aemp.conf
	for m in $(MAN); do rm -f $(D)/share/man/man$${m##*.}/$${m##*/}; done

# What is released: the files of the last commit.
dist:
	@mkdir -p $(BUILD)
	@git archive --format=tar --prefix=aemp-$(version)/ HEAD | gzip -9n >$(BUILD)/aemp-$(version).tar.gz
	@echo $(BUILD)/aemp-$(version).tar.gz

deb:
	@+$(submake) all
	@+BUILD='$(abspath $(BUILD))' CXX='$(CXX)' MAKE_INSTALL='$(submake) BUILD=$(BUILD) install' \
	  sh tools/package/deb.sh $(version) $(series)

html: $(MAN:man/%=$(BUILD)/html/%.html)
	@echo $(BUILD)/html

$(BUILD)/html/%.html: man/%
	@mkdir -p $(@D)
	@mandoc -T html -O man=%N.%S.html,toc $< >$@
