#!/usr/bin/env bash
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# all.sh [step...]: `make check`. Runs every step but those of $WITHOUT, the cheap ones first and $JOBS at a time, and goes on after
# one that fails.
# $ASAN_TESTS are the folders of test/ that the step asan is to run; without it, all of them, and clang++'s warnings about everything.
# A step whose tool is missing is skipped with one line `SKIP <step>: install <package>`. The last line is `N passed, N failed`.
set -u

: "${BUILD:=$PWD/build}" "${CXX:=g++}"
export BUILD CXX
read -ra make <<<"${SUBMAKE:-make}"
logs=$BUILD/check
mkdir -p "$logs"
only=" $* "
rm -f "$logs"/*.result
jobs=${JOBS:-$(nproc 2>/dev/null || echo 2)}

# step NAME "TOOL:PACKAGE..." COMMAND...
step() {
  local name=$1 needs=$2 need start rc
  shift 2
  [[ $only == "  " || $only == *" $name "* ]] || return 0
  [[ " ${WITHOUT:-} " != *" $name "* ]] || return 0
  for need in $needs; do
    if ! command -v "${need%%:*}" >/dev/null 2>&1; then
      echo "SKIP $name: install ${need#*:}"
      echo skipped >"$logs/$name.result"
      return 0
    fi
  done
  start=$SECONDS
  "$@" </dev/null >"$logs/$name.log" 2>&1
  rc=$?
  {
    grep -h '^SKIP ' "$logs/$name.log"
    if [ $rc = 0 ]; then
      printf 'ok    %-9s %4d s  %s\n' "$name" $((SECONDS - start)) "$(grep ' passed, ' "$logs/$name.log" | tail -n 1)"
      echo passed >"$logs/$name.result"
    else
      tail -n 300 "$logs/$name.log"
      printf 'FAIL  %-9s %4d s  %s\n' "$name" $((SECONDS - start)) "(all of it: $logs/$name.log)"
      echo failed >"$logs/$name.result"
    fi
  } >"$logs/$name.said"
  cat "$logs/$name.said"  # in one piece, whatever runs beside it
}

# The same, beside others of its kind: for what uses one processor.
quick() {
  while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
  step "$@" &
}

with_result() { grep -lx "$1" "$logs"/*.result 2>/dev/null | sed 's|.*/||; s|\.result$||' | tr '\n' ' '; }

shell_scripts() {
  # shellcheck disable=SC2046
  shellcheck $(find tools test .ci -type f \( -name '*.sh' -o -path .ci/run \) 2>/dev/null)
}

# Everything once more, by the other compiler: its warnings and its sanitizers are had from the same objects. Its ThreadSanitizer
# is not, for that cannot be linked with the tests' own operator new.
sanitized() {
  CXX=clang++ sh test/fuzz/run.sh need && "${make[@]}" CXX=clang++ "$@"
}

built() { "${make[@]}" warnings; }

tests() { "${make[@]}" run-tests; }

quick selftest "$CXX:g++ nm:binutils" bash tools/check/selftest.sh
quick headers "$CXX:g++" sh tools/check/headers.sh
quick includes "" sh tools/check/includes.sh
quick text "" sh tools/check/text.sh
quick sizes "" sh tools/check/sizes.sh
quick format clang-format:clang-format sh tools/check/format.sh check
quick man mandoc:mandoc sh tools/check/man.sh
quick patches patch:patch sh tools/check/patches.sh
quick names "" sh tools/check/names.sh
quick shell shellcheck:shellcheck shell_scripts
wait
step refusals "$CXX:g++" sh test/base/must_not_compile.sh
step warnings "$CXX:g++" built
step symbols nm:binutils sh tools/check/symbols.sh
step exports "nm:binutils c++filt:binutils" sh tools/check/exports.sh
step size "$CXX:g++ readelf:binutils" "${make[@]}" size
step tests "$CXX:g++" tests
if [ -n "${ASAN_TESTS:-}" ]; then
  step asan clang++:clang sanitized TEST_DIRS="$ASAN_TESTS" asan
else
  step asan clang++:clang sanitized ALSO=warnings asan
fi
step tsan "$CXX:g++" "${make[@]}" tsan

failed=$(with_result failed)
skipped=$(with_result skipped)
passed=$(with_result passed | wc -w)
[ -z "$skipped" ] || echo "skipped: $skipped"
[ -z "$failed" ] || echo "failed: $failed"
echo "$passed passed, $(echo "$failed" | wc -w) failed"
[ -z "$failed" ] && [ "$passed" -gt 0 ]
