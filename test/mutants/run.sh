#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# run.sh [name...]: `make mutants`. Each patch in this directory puts one mistake into the library; aemp-sim, linked with the
# objects that the patch changes and else with the library as it is, must find it within $SEEDS seeds. Prints at which seed, and
# fails when a mutant survives or a patch does not apply. What crashes or hangs is found too.
set -u

BUILD=${BUILD:-build} CXX=${CXX:-g++} JOBS=${JOBS:-2} SEEDS=${SEEDS:-200}
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
  timeout "${TEST_TIMEOUT:-120}" "$dir/$1/aemp-sim" --quiet --jobs "$JOBS" --depth 4 --count "$SEEDS" >"$dir/$1/out" 2>&1
  rc=$?
  rm -rf "$dir/$1/src" "$dir/$1"/*.o
  case $rc in
    0) return 2 ;;
    124) echo "caught    $1: hangs" ;;
    *) echo "caught    $1: $(grep -m 1 FAILED "$dir/$1/out" | sed 's/FAILED: //'):$(sed -n 's/^ *violated://p' "$dir/$1/out" | head -n 1 | cut -c 1-90)" ;;
  esac
}

story=$(find "$BUILD/obj/test/sim" -name '*.o' ! -name '*_test.o' ! -name main.o)
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(find test/mutants -name '*.patch' | sed 's|.*/||; s|\.patch$||' | LC_ALL=C sort)
for name; do
  try "$name"
  case $? in
    0) caught=$((caught + 1)) ;;
    2) echo "SURVIVED  $name"; survivors="$survivors $name" ;;
    *) survivors="$survivors $name" ;;
  esac
done
[ -z "$survivors" ] || echo "survived or not built:$survivors"
# shellcheck disable=SC2086
set -- $survivors
echo "$caught passed, $# failed"
[ $# = 0 ] && [ $caught -gt 0 ]
