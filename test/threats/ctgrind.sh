#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# ctgrind.sh: `make ctgrind`. The cryptography, compiled by g++ and by clang++, under valgrind with its secrets undefined; see
# ctgrind.cc. A build that does not report the branch that was planted in it fails.
set -u

BUILD=${BUILD:-build}
dir=$BUILD/ctgrind
passed=0 failed=0
if ! command -v valgrind >/dev/null 2>&1 || ! echo '#include <valgrind/memcheck.h>' | g++ -E -x c++ - >/dev/null 2>&1; then
  echo 'SKIP ctgrind: install valgrind'
  exit 0
fi

result() {  # result RC TEXT
  if [ "$1" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $2"; fi
}

compile() {  # compile CXX FLAGS: makes $dir/CXX/ctgrind
  out=$dir/$1
  mkdir -p "$out"
  flags="-std=c++20 -O2 -g $2 -Iinclude -Isrc"
  for source in src/crypto/*.cc src/session/records.cc src/session/credentials.cc; do
    object=$out/$(basename "$source" .cc).o
    # shellcheck disable=SC2086
    $1 $flags -c "$source" -o "$object" || return 1
  done
  equal=$(nm "$out/secret.o" | sed -n 's/.* T \(_ZN4aemp6crypto5equal.*\)/\1/p')
  # shellcheck disable=SC2086
  $1 $flags "-DAEMP_EQUAL=\"$equal\"" -c test/threats/ctgrind.cc -o "$out/ctgrind.o" || return 1
  $1 -Wl,"--wrap=$equal" -o "$out/ctgrind" "$out"/*.o "$BUILD/libaemp.a"
}

watch() {  # watch CXX ARGUMENT...: memcheck's verdict, 0: nothing to report
  compiler=$1
  shift
  valgrind -q --error-exitcode=99 --track-origins=no --num-callers=20 "$dir/$compiler/ctgrind" "$@" >"$dir/$compiler/out" 2>&1
}

for compiler in g++ clang++; do
  command -v $compiler >/dev/null 2>&1 || { echo "SKIP ctgrind with $compiler: install it"; continue; }
  # What valgrind 3.19 can read of clang's.
  [ $compiler = g++ ] && more='' || more=-gdwarf-4
  compile $compiler "$more" || { result 1 "$compiler: does not compile"; continue; }
  watch $compiler planted
  [ $? = 99 ]
  result $? "$compiler: the planted branch was not reported"
  watch "$compiler"
  rc=$?
  [ $rc = 0 ] || head -n 60 "$dir/$compiler/out"
  result $rc "$compiler: something depends on a secret"
  echo "$compiler: $(grep -c '^kernel' "$dir/$compiler/out") kernels, $(tail -n 1 "$dir/$compiler/out")"
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
