#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# run.sh [name...]: `make threat-controls`. Each patch in controls/ takes one defence out of the library, or of the tool. Its
# first line, "# test: FILTER", names tests of threats: each of them must fail then, or it proves nothing. A control fails when
# its patch does not apply or compile, when no test has that name, and when one of them passes or is skipped. THREAT_OBJ: the
# objects of the tests.
set -u

BUILD=${BUILD:-build} CXX=${CXX:-g++}
flags='-std=c++20 -O1 -Iinclude'
dir=$BUILD/threat-controls
controls=test/threats/controls
passed=0 failed=''

# What is to be compiled: a source, or for a header whoever includes it, directly or through one other header.
sources_of() {
  case $1 in
    *.cc) echo "$1" ;;
    src/*.h)
      {
        grep -l "^#include \"${1#src/}\"" src/*/*.cc
        grep -l "^#include \"${1#src/}\"" src/*/*.h | while read -r header; do
          grep -l "^#include \"${header#src/}\"" src/*/*.cc
        done
      } | sort -u | while read -r source; do
        # Not those of other systems.
        [ ! -f "$BUILD/obj/${source%.cc}.o" ] || echo "$source"
      done
      ;;
  esac
}

without_defence() {  # without_defence NAME: makes $dir/NAME/tests, and aemp if the patch changes the tool
  tree=$dir/$1
  rm -rf "$tree"
  mkdir -p "$tree"
  cp -R src tools "$tree"
  patch -s -p1 -d "$tree" <"$controls/$1.patch" >"$tree/log" 2>&1 || { echo "$1: does not apply"; cat "$tree/log"; return 1; }
  objects='' tools=$(find "$BUILD/obj/tools/aemp" -name '*.o')
  for source in $(sed -n 's|^+++ b/\([^ 	]*\).*|\1|p' "$controls/$1.patch" | while read -r file; do sources_of "$file"; done); do
    object=$tree/$(echo "$source" | tr / _).o
    # shellcheck disable=SC2086
    $CXX $flags "-I$tree/src" -c "$tree/$source" -o "$object" || { echo "$1: does not compile"; return 1; }
    case $source in
      src/*) objects="$objects $object" ;;
      *) tools="$(echo "$tools" | grep -v "/${source%.cc}\.o") $object" ;;
    esac
  done
  # shellcheck disable=SC2086
  $CXX -pthread -o "$tree/tests" $objects $THREAT_OBJ "$BUILD/libaemp.a" -lgtest_main -lgtest || return 1
  # shellcheck disable=SC2086
  $CXX -o "$tree/aemp" $objects $tools "$BUILD/libaemp.a" || return 1
}

try() {  # try NAME
  filter=$(sed -n '1s/^# test: //p' "$controls/$1.patch")
  [ -n "$filter" ] || { echo "$1: names no test"; return 1; }
  without_defence "$1" || return 1
  AEMP=$dir/$1/aemp timeout "${TEST_TIMEOUT:-300}" "$dir/$1/tests" "--gtest_filter=$filter" --gtest_color=no >"$dir/$1/out" 2>&1
  run=$(grep -c '^\[ RUN      \]' "$dir/$1/out")
  good=$(grep -cE '^\[       OK \]|^\[  SKIPPED \] .* ms\)$' "$dir/$1/out")
  rm -rf "$dir/$1/src" "$dir/$1/tools" "$dir/$1"/*.o "$dir/$1/tests" "$dir/$1/aemp"
  [ "$run" -gt 0 ] || { echo "$1: no test is named $filter"; return 1; }
  [ "$good" = 0 ] || { echo "NOT NOTICED  $1: $good of $run tests did not fail"; return 1; }
  echo "noticed  $1: $run of $run tests"
}

# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(find $controls -name '*.patch' | sed 's|.*/||; s|\.patch$||' | LC_ALL=C sort)
for name; do
  if try "$name"; then passed=$((passed + 1)); else failed="$failed $name"; fi
done
[ -z "$failed" ] || echo "not noticed, or not built:$failed"
# shellcheck disable=SC2086
set -- $failed
echo "$passed passed, $# failed"
[ $# = 0 ] && [ $passed -gt 0 ]
