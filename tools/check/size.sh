#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# size.sh: what `make static` has built in $BUILD/static must be static and small. Prints the sizes of the tool, of a program with
# one node, one port and one message, of the same without the directory of nodes and the configuration file, and of an empty one, all static and stripped.
set -u

BUILD=${BUILD:-build}
cxx=${CXX:-g++}
dir=$BUILD/static
# Budgets of 1.75 MiB, 400 KiB and 600 KiB; a fiftieth more is an error.
max_tool=$((1792 * 1024 * 51 / 50)) max_minimal=$((400 * 1024 * 51 / 50)) max_node=$((600 * 1024 * 51 / 50))
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
cat >"$dir/node.cc" <<'END' || exit 1
#include <aemp/aemp.h>
#ifdef MINIMAL
#include <aemp/no_mesh.h>
#include <aemp/no_rc.h>
#endif

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
build node <"$dir/node.cc" || exit 1
{ echo '#define MINIMAL'; cat "$dir/node.cc"; } | build minimal || exit 1

for program in empty minimal node aemp; do
  [ -f "$dir/$program" ] || { bad "$dir/$program is not there"; continue; }
  printf '%-8s %8s bytes, text %8s\n' "$program" "$(bytes "$dir/$program")" "$(text "$dir/$program")"
  ! readelf -l "$dir/$program" | grep -q INTERP || bad "$program is not fully static"
done
for program in minimal node; do
  "$dir/$program" || bad "the program $program fails"
  over=$(($(text "$dir/$program") - $(text "$dir/empty")))
  most=$max_node
  [ $program = node ] || most=$max_minimal
  echo "$program: $over bytes of text over empty"
  [ $over -le $most ] || bad "$program: $over bytes of text over empty, at most $most"
done
[ ! -f "$dir/aemp" ] || [ "$(bytes "$dir/aemp")" -le $max_tool ] || bad "aemp: more than $max_tool bytes"
if [ -f "$dir/aemp" ]; then
  said=$("$dir/aemp" run --norc --nosupervise nodeid x binds '' services ./x.so 2>&1)
  case $said in *"'./x.so': this aemp is linked statically"*) ;; *) bad "aemp: a module: $said" ;; esac
fi
exit $wrong
