#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# size.sh: what `make static` has built in $BUILD/static must be static and small. Prints the sizes of the tool, of a minimal
# program with one node, one port and one message, and of an empty program, all static and stripped.
set -u

BUILD=${BUILD:-build}
cxx=${CXX:-g++}
dir=$BUILD/static
max_tool=$((1536 * 1024)) max_text=$((400 * 1024))
wrong=0
bad() { echo "$*"; wrong=1; }

build() {  # build NAME: the program on standard input, against the static library
  # shellcheck disable=SC2086
  $cxx -std=c++20 -Iinclude -Os -fno-pie -ffunction-sections -fdata-sections -static -no-pie -s \
    -Wl,--gc-sections,--fatal-warnings -o "$dir/$1" -x c++ - -x none "$dir/libaemp.a"
}
text() { size "$1" | awk 'NR == 2 {print $1}'; }
bytes() { wc -c <"$1" | tr -d ' '; }

mkdir -p "$dir"
echo 'int main() { return 0; }' | build empty || exit 1
build minimal <<'END' || exit 1
#include <aemp/aemp.h>

int main() {
  aemp::Loop loop;
  aemp::Node node(loop);
  aemp::Config config;
  config.nodeid = "minimal";
  config.insecure = true;
  config.binds = {"127.0.0.1:0"};
  node.configure(config);
  int seen = 0;
  aemp::Port port = node.port([&](aemp::Message message) { seen = message.as<int>(0); });
  node.snd(port, 1);
  loop.run_once();
  return seen == 1 ? 0 : 1;
}
END

for program in empty minimal aemp; do
  [ -f "$dir/$program" ] || { bad "$dir/$program is not there"; continue; }
  printf '%-8s %8s bytes, text %8s\n' "$program" "$(bytes "$dir/$program")" "$(text "$dir/$program")"
  ! readelf -l "$dir/$program" | grep -q INTERP || bad "$program is not fully static"
done
"$dir/minimal" || bad "the minimal program fails"
over=$(($(text "$dir/minimal") - $(text "$dir/empty")))
echo "minimal: $over bytes of text over empty"
[ $over -le $max_text ] || bad "minimal: $over bytes of text over empty, at most $max_text"
[ ! -f "$dir/aemp" ] || [ "$(bytes "$dir/aemp")" -le $max_tool ] || bad "aemp: more than $max_tool bytes"
exit $wrong
