#!/usr/bin/env bash
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# selftest.sh: a check that cannot fail is worthless. Makes a small tree that passes the checks that read sources and objects,
# plants one violation after the other in it, and fails unless the check that is meant for it complains about that file.
set -u

check=$PWD/tools/check
cxx=${CXX:-g++}
tree=$(mktemp -d) || exit 1
trap 'rm -rf "$tree"' EXIT
export BUILD=$tree/build
cd "$tree" || exit 1
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
wrong=0

line='// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.'
put() {  # put FILE: standard input, with the copyright line before it
  mkdir -p "${1%/*}"
  { echo "$line"; cat; } >"$1"
}
guarded() {  # guarded FILE GUARD: standard input as a header
  { printf '#ifndef %s\n#define %s\n' "$2" "$2"; cat; printf '#endif\n'; } | put "$1"
}
compile() {  # compile FILE
  mkdir -p "build/obj/${1%/*}"
  $cxx -std=c++20 -O1 -Iinclude -Isrc -c "$1" -o "build/obj/${1%.cc}.o" || { echo "$1 does not compile"; wrong=1; }
}
accepts() {  # accepts CHECK
  local said
  said=$(sh "$check/$1.sh" 2>&1) || { printf '%s does not accept the clean tree:\n%s\n' "$1" "$said"; wrong=1; }
}
rejects() {  # rejects CHECK FILE: the file was planted; it is removed afterwards
  local said
  if said=$(sh "$check/$1.sh" 2>&1); then
    echo "$1 did not notice $2:"
    sed -n '2,6p' "$2"
    wrong=1
  elif [[ $said != *"$2"* ]]; then
    printf '%s does not name %s, but says:\n%s\n' "$1" "$2" "$said"
    wrong=1
  fi
  rm -rf "$2" "build/obj/${2%.cc}.o"
}
function_of() { echo "int f(int a) {"; yes '  a += a;' | head -n "$1"; echo "  return a;"; echo "}"; }

echo /build/ >.gitignore
guarded include/aemp/value.h AEMP_VALUE_H <<<'#include <string>'
guarded include/aemp/aemp.h AEMP_AEMP_H <<<'#include <aemp/value.h>'
guarded src/base/text.h AEMP_BASE_TEXT_H <<<'namespace aemp { int text(int n); }'
put src/base/text.cc <<<$'#include "base/text.h"\nnamespace aemp { int text(int n) { return n; } }'
put src/os/clock.cc <<<$'#include <unistd.h>\n#include <chrono>\nnamespace aemp { int clock_id() { return getpid() + (int)std::chrono::steady_clock::now().time_since_epoch().count(); } }'
put src/node/node.cc <<<$'#include "base/text.h"\nnamespace aemp { int node() { return text(1); } }'
put src/loop/post.cc <<<$'#include <mutex>\nnamespace aemp { void post(std::mutex& m) { std::lock_guard<std::mutex> lock(m); } }'
function_of 57 | put tools/aemp/main.cc
{ yes '  // .' | head -n 499; } | put test/base/text_test.cc
for source in src/*/*.cc; do compile "$source"; done
for name in includes text sizes symbols headers; do accepts $name; done

include_of() { put "$1" <<<"#include $2"; rejects includes "$1"; }
include_of src/base/up.cc '"node/node.h"'
include_of src/base/bare.cc '"text.h"'
include_of src/other/floor.cc '<string>'
include_of src/base/system.cc '<sys/socket.h>'
include_of src/node/stream.cc '<iostream>'
include_of src/os/stream.cc '<sstream>'
include_of src/node/function.cc '<functional>'
include_of src/node/thread.cc '<thread>'
include_of src/node/mutex.cc '<mutex>'
include_of src/node/all.cc '<aemp/aemp.h>'
include_of include/aemp/inner.h '"base/text.h"'
include_of include/aemp/system.h '<unistd.h>'
include_of tools/aemp/inner.cc '"base/text.h"'

symbol_of() { put "$1" <<<"$2"; compile "$1"; rejects symbols "$1"; }
symbol_of src/base/up.cc 'namespace aemp { int node(); int up() { return node(); } }'
symbol_of src/node/system.cc 'extern "C" int close(int); namespace aemp { void shut() { close(3); } }'
symbol_of src/node/unknown.cc 'extern "C" int anything(); namespace aemp { void any() { anything(); } }'
symbol_of src/node/clock.cc $'#include <chrono>\nnamespace aemp { auto t() { return std::chrono::steady_clock::now(); } }'
symbol_of src/node/random.cc $'#include <random>\nnamespace aemp { auto r() { return std::random_device()(); } }'
symbol_of src/node/sleep.cc $'#include <thread>\nnamespace aemp { void s() { std::this_thread::sleep_for(std::chrono::seconds(1)); } }'
symbol_of src/node/lock.cc $'#include <mutex>\nnamespace aemp { void l(std::mutex& m) { m.lock(); } }'
symbol_of src/node/print.cc $'#include <cstdio>\nnamespace aemp { void p() { std::puts(""); } }'
symbol_of src/node/stream.cc $'#include <sstream>\nnamespace aemp { std::string s(int n) { std::ostringstream o; o << n; return o.str(); } }'
symbol_of src/os/global.cc $'#include <string>\nnamespace aemp { std::string global(100, 0); }'

text_of() { put "$1" <<<"$2"; rejects text "$1"; }
echo '// nobody' >src/base/owner.cc; rejects text src/base/owner.cc
mkdir -p tools/check; printf '#!/bin/sh\necho\n' >tools/check/owner.sh; rejects text tools/check/owner.sh
text_of src/base/guard.h $'#ifndef GUARD_H\n#define GUARD_H\n#endif'
text_of src/base/half.h '#ifndef AEMP_BASE_HALF_H'
text_of include/aemp/once.h '#pragma once'
text_of src/base/later.cc '// TO''DO: all of it'
text_of test/base/wait_test.cc 'void f() { std::this_thread::sleep_for(1s); }'
text_of src/base/shared.cc 'std::shared_ptr<int> p;'
text_of src/base/ruler.cc '// -----------'
text_of src/base/dead.cc $'#if 0\n#endif'
text_of src/loop/platform.cc $'#ifdef __linux__\n#endif'

top_of() { mkdir -p "$(dirname "$1")"; echo 'more' >"$1"; rejects text "${1%%/*}"; }
top_of NOTES.md
top_of scripts/run.sh
top_of Makefile.old
# In a repository it is what git tracks that counts.
if command -v git >/dev/null 2>&1; then
  git init -q . && git add . && echo mine >notes || wrong=1
  accepts text
  git add notes && rejects text notes
  rm -rf .git
fi

{ yes '  // .' | head -n 500; } | put src/base/long.cc; rejects sizes src/base/long.cc
{ yes '  // .' | head -n 300; } | put src/base/long.h; rejects sizes src/base/long.h
function_of 58 | put src/base/function.cc; rejects sizes src/base/function.cc
{ echo 'struct S {'; function_of 58; echo '};'; } | put src/base/member.h; rejects sizes src/base/member.h
{ echo 'struct S { int a, b; S() : a{1}, b(2) {'; function_of 58 | sed 1d; echo '};'; } | put src/base/ctor.cc
rejects sizes src/base/ctor.cc
put src/base/braces.cc <<<'int f() { {'; rejects sizes src/base/braces.cc

echo 'std::string s;' | guarded include/aemp/alone.h AEMP_ALONE_H; rejects headers include/aemp/alone.h
echo '#include <random>' | guarded include/aemp/heavy.h AEMP_HEAVY_H; rejects headers include/aemp/heavy.h
echo $'#include <chrono>\n#include <regex>' | guarded include/aemp/heavier.h AEMP_HEAVIER_H; rejects headers include/aemp/heavier.h
{ echo '#include <string>'; seq -f 'int v%g();' 6000; } | guarded include/aemp/value.h AEMP_VALUE_H
if sh "$check/headers.sh" >/dev/null 2>&1; then echo "headers did not notice what aemp.h adds"; wrong=1; fi
guarded include/aemp/value.h AEMP_VALUE_H <<<'#include <string>'
for n in $(seq 21); do guarded "include/aemp/h$n.h" "AEMP_H${n}_H" </dev/null; done
if sh "$check/headers.sh" >/dev/null 2>&1; then echo "headers did not notice too many headers"; wrong=1; fi

# Names: one page for a header with everything that there is to be read in one, and small tables.
rm -rf include src tools
guarded include/aemp/thing.h AEMP_THING_H <<'END'
#define AEMP_THING_LIMIT 'x'
#define AEMP_THING_PART_(x) #x
namespace aemp {
class Hidden;  // internal
class Seam;    // the other side
namespace detail {
struct Inner { int inner_member; };
}  // namespace detail
enum class Colour : unsigned char { red = 1, green };
inline constexpr Colour Favourite = Colour::red;
struct Sizes {
  static constexpr int kMost = 24;
  long first_{20'000}, width = 1, height[kMost] = {};  // not "words" of a comment
  enum class Unit { metre, foot };
};
using Alias = Sizes;
class [[nodiscard]] Thing : public Sizes {
 public:
  explicit Thing(Sizes sizes) noexcept : part_(sizes), more_{1} {}
  Thing& operator=(const Thing& other) noexcept {
    if (this != &other) part_ = other.part_;
    return *this;
  }
  int behind_operator() const { return 1; }
  explicit operator bool() const { return true; }
  ~Thing();
  template <class F>
  requires(sizeof(F) >= 1 && Callable<F&, int>) Thing call(F f) {
    int local = 0;
    return f(local);
  }
  bool plain(int parameter = 1) const noexcept(true);
  const Sizes& wrapped(std::map<int, std::less<>> (*f)(int),
                       Function<void(int)> g) const;

 protected:
  int guarded_member = 0;

 private:
  struct Secret {
   public:
    int told;
  };
  Sizes part_;
  int more_;
};
template <class T>
bool free_function(const T& value) noexcept;
}  // namespace aemp
END
guarded include/aemp/detail/owned.h AEMP_DETAIL_OWNED_H <<<$'namespace aemp {\nclass Elsewhere;\nstruct Owned {\n  int kept() const;\n};\n}'
put tools/aemp/help.cc <<<$'constexpr Command kCommands[] = {\n    {"run", "[X]",\n     R"(Runs.)", &run},\n    {"stat", "", "", &stat},\n};'
put tools/aemp/options.cc <<<$'constexpr Option kOptions[] = {\n    {"--seed", kAddress, f},\n    {"-d", nullptr, f},\n};'
put src/config/config_keys.cc <<<$'constexpr ConfigKey kKeys[] = {\n    {"seeds", f},\n    {"limits.half_open", f},\n};'
put src/wire/format.h <<<$'enum FrameType : std::uint8_t {\n  kFrameData = 0x01,  // all\n  kFrameIdleAsk = 0x0a,  // nothing\n};'
put src/node/calls.cc <<<$'void f() {\n  lose(*link_, "overrun", text);\n  message(\n      "timeout", 1);\n}\nconstexpr Wrong kRefused{"refused", "no"};'
mkdir man
thing=(AEMP_THING_LIMIT Seam Colour red green Favourite Sizes kMost first_ width height Unit metre foot Thing behind_operator call plain
  wrapped free_function)
printf '.It Va %s\n' "${thing[@]}" >man/aemp_thing.3
printf '.It Va %s\n' Owned kept >man/aemp_other.3
printf '%s\n' '.It Cm run Op Ar stat' '.It Cm log , stat Ar node' '.It Fl -seed Ar address' '.It Fl -daemon , Fl d' >man/aemp.1
printf '.It Cm %s\n' seeds half_open >man/aemp.conf.5
printf '.It 0x%s Ta %s Ta nothing\n' 01 DATA 0a IDLE_ASK >man/aemp-protocol.7
printf '.It Li %s\n' overrun timeout refused >man/libaemp.3
accepts names
lacks() {  # lacks PAGE LINE NAME: without that line of the page, names says that NAME is missing
  local said
  cp "$1" kept
  grep -vxF -e "$2" kept >"$1"
  # As a comment it does not count.
  printf '.\\" %s\n' "$2" >>"$1"
  if said=$(sh "$check/names.sh" 2>&1); then
    echo "names did not notice that $1 lacks $3"
    wrong=1
  elif [[ $said != *" $3 "*"$1" || $said == *$'\n'* ]]; then
    printf 'names says of %s in %s:\n%s\n' "$3" "$1" "$said"
    wrong=1
  fi
  mv kept "$1"
}
for name in "${thing[@]}"; do lacks man/aemp_thing.3 ".It Va $name" "$name"; done
lacks man/aemp.1 '.It Cm run Op Ar stat' run
lacks man/aemp.1 '.It Cm log , stat Ar node' stat
lacks man/aemp.1 '.It Fl -seed Ar address' --seed
lacks man/aemp.1 '.It Fl -daemon , Fl d' -d
lacks man/aemp.conf.5 '.It Cm half_open' half_open
lacks man/aemp-protocol.7 '.It 0x0a Ta IDLE_ASK Ta nothing' 0x0a=IDLE_ASK
for name in overrun timeout refused; do lacks man/libaemp.3 ".It Li $name" "$name"; done
cp man/aemp_other.3 kept; echo '.It Va Owned' >man/aemp_other.3
[[ $(sh "$check/names.sh") == 'include/aemp/detail/owned.h: kept is in no page man/*.3' ]] || { echo "names did not notice kept"; wrong=1; }
mv kept man/aemp_other.3
guarded include/aemp/paged.h AEMP_PAGED_H </dev/null; rejects names include/aemp/paged.h
for source in tools/aemp/help.cc tools/aemp/options.cc src/config/config_keys.cc src/wire/format.h; do
  cp "$source" kept; put "$source" <<<'int nothing;'; rejects names "$source"; mv kept "$source"
done
put src/node/calls.cc <<<'int nothing;'; rejects names src/node
exit $wrong
