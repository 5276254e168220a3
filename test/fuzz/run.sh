#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# run.sh need         checks that $CXX brings libFuzzer
# run.sh TARGET...    `make fuzz`: feeds each target for $TIME seconds, starting from its corpus and what earlier runs found, which
#                     is kept in $BUILD/found/<target>. An input that breaks a promise is left in $BUILD/crashes and shown; it
#                     belongs into test/fuzz/corpus/<target>, with the fix. Last line: `N passed, N failed`.
set -u

if [ "${1:?usage: run.sh need | run.sh TARGET...}" = need ]; then
  : "${CXX:=clang++}"
  probe=$(mktemp -d "${TMPDIR:-/tmp}/aemp-fuzz.XXXXXX") || exit 1
  echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' >"$probe/probe.cc"
  # shellcheck disable=SC2086
  $CXX -fsanitize=fuzzer,address -o "$probe/probe" "$probe/probe.cc" >"$probe/log" 2>&1
  rc=$?
  if [ $rc != 0 ]; then
    tail -n 3 "$probe/log" >&2
    version=$(echo __clang_major__ | $CXX -E -P -x c++ - 2>/dev/null | tail -n 1)
    case $version in '' | *[!0-9]*) package=clang ;; *) package="clang libclang-rt-$version-dev" ;; esac
    echo "run.sh: '$CXX' cannot build fuzzers; install clang and its libFuzzer (Debian: apt-get install $package)" >&2
  fi
  rm -rf "$probe"
  exit $rc
fi

: "${BUILD:=$PWD/build/fuzz}" "${TIME:=60}" "${JOBS:=1}"
export BUILD TIME
mkdir -p "$BUILD/found" "$BUILD/crashes" "$BUILD/log"

# shellcheck disable=SC2016
printf '%s\n' "$@" | xargs -P "$JOBS" -I '{}' sh -c '
  mkdir -p "$BUILD/found/$1"
  "$BUILD/fuzz-$1" -max_total_time="$TIME" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$BUILD/crashes/$1-" "$BUILD/found/$1" "test/fuzz/corpus/$1" >"$BUILD/log/$1" 2>&1
  echo $? >"$BUILD/log/$1.rc"' run '{}'

passed=0 failed=0
for target; do
  log=$BUILD/log/$target
  rc=$(cat "$log.rc" 2>/dev/null || echo lost)
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  corpus=$(sed -n 's/.* cov: \([0-9]*\) ft: [0-9]* corp: \([0-9]*\)\/\([^ ]*\).*/\2 inputs (\3), \1 edges/p' "$log" | tail -n 1)
  if [ "$rc" = 0 ] && [ "${executions:-0}" -gt 0 ]; then
    printf 'ok    %-8s %10s executions, corpus %s\n' "$target" "$executions" "$corpus"
    passed=$((passed + 1))
  else
    tail -n 60 "$log"
    printf 'FAIL  %-8s %10s executions, exit code %s (all of it: %s)\n' "$target" "${executions:-?}" "$rc" "$log"
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
