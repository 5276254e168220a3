#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# run.sh [name...]: `make mutants`. Each patch in this directory puts one mistake into the library; aemp-sim, linked with the
# objects that the patch changes and else with the library as it is, must find it within $SEEDS seeds. Prints at which seed, and
# whether the exploration of two nodes' meeting would have found it too, which does not count. Fails when a mutant survives or a
# patch does not apply. A seed that crashes or hangs is found too: aemp-sim names it.
set -u

BUILD=${BUILD:-build} CXX=${CXX:-g++} JOBS=${JOBS:-2} SEEDS=${SEEDS:-500}
flags='-std=c++20 -O1 -Iinclude'
dir=$BUILD/mutants
survivors='' caught=0

mutate() {  # mutate NAME: makes $dir/NAME/aemp-sim
  tree=$dir/$1
  rm -rf "$tree"
  mkdir -p "$tree"
  cp -R src "$tree/src"
  patch -s -p1 -F3 -d "$tree" <"test/mutants/$1.patch" >"$tree/log" 2>&1 || { echo "$1: does not apply"; cat "$tree/log"; return 1; }
  changed=$(sed -n 's|^+++ b/src/||p' "test/mutants/$1.patch")
  objects=
  for source in $(sources_of "$changed"); do
    object=$tree/$(echo "$source" | tr / _).o
    # shellcheck disable=SC2086
    $CXX $flags "-I$tree/src" -c "$tree/$source" -o "$object" || return 1
    objects="$objects $object"
  done
  # shellcheck disable=SC2086
  $CXX -o "$tree/aemp-sim" $objects "$BUILD"/obj/test/sim/main.o "$BUILD"/obj/test/support/alloc_count.o $story "$BUILD/libaemp.a"
}

# What is to be compiled: a source, or for a header whoever includes it, directly or through one other header.
sources_of() {
  case $1 in
    *.cc) echo "src/$1" ;;
    *.h)
      {
        grep -l "^#include \"$1\"" src/*/*.cc
        grep -l "^#include \"$1\"" src/*/*.h | while read -r header; do
          grep -l "^#include \"${header#src/}\"" src/*/*.cc
        done
      } | sort -u
      ;;
  esac
}

try() {  # try NAME
  mutate "$1" || return 1
  simulate "$1" --depth 0 --count "$SEEDS"
  rc=$?
  seed=$(sed -n 's/^FAILED: seed/seed/p' "$dir/$1/out" | head -n 1)
  why=$(sed -n 's/^ *violated://p' "$dir/$1/out" | head -n 1 | cut -c 1-90)
  if simulate "$1" --depth 4 --count 0; then explored='not by exploration'; else explored='by exploration too'; fi
  rm -rf "$dir/$1/src" "$dir/$1"/*.o
  [ $rc != 0 ] || { echo "SURVIVED  $1, $explored" | sed 's/ too$//'; return 2; }
  [ -n "$seed" ] || { echo "$1: failed without a seed (status $rc)"; return 1; }
  echo "caught    $1: $seed, $explored:$why"
}

simulate() {  # simulate NAME OPTION...: what it says goes to the file "out"
  mutant=$1
  shift
  timeout "${TEST_TIMEOUT:-300}" "$dir/$mutant/aemp-sim" --quiet --jobs "$JOBS" "$@" >"$dir/$mutant/out" 2>&1
}

story=$(find "$BUILD/obj/test/sim" -name '*.o' ! -name '*_test.o' ! -name main.o)
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(find test/mutants -name '*.patch' | sed 's|.*/||; s|\.patch$||' | LC_ALL=C sort)
for name; do
  try "$name"
  case $? in
    0) caught=$((caught + 1)) ;;
    *) survivors="$survivors $name" ;;
  esac
done
[ -z "$survivors" ] || echo "survived or not built:$survivors"
# shellcheck disable=SC2086
set -- $survivors
echo "$caught passed, $# failed"
[ $# = 0 ] && [ $caught -gt 0 ]
