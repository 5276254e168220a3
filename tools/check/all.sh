#!/usr/bin/env bash
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# all.sh [step...]: `make check`. Runs every step but those of $WITHOUT, the cheap ones first, and goes on after one that fails.
# A step whose tool is missing is skipped with one line `SKIP <step>: install <package>`. The last line is `N passed, N failed`.
set -u

: "${BUILD:=$PWD/build}" "${CXX:=g++}"
export BUILD CXX
read -ra make <<<"${SUBMAKE:-make}"
logs=$BUILD/check
mkdir -p "$logs"
only=" $* "
passed=0
failed=()
skipped=()

# step NAME "TOOL:PACKAGE..." COMMAND...
step() {
  local name=$1 needs=$2 need start rc
  shift 2
  [[ $only == "  " || $only == *" $name "* ]] || return 0
  [[ " ${WITHOUT:-} " != *" $name "* ]] || return 0
  for need in $needs; do
    if ! command -v "${need%%:*}" >/dev/null 2>&1; then
      echo "SKIP $name: install ${need#*:}"
      skipped+=("$name")
      return 0
    fi
  done
  start=$SECONDS
  "$@" </dev/null >"$logs/$name.log" 2>&1
  rc=$?
  grep -h '^SKIP ' "$logs/$name.log"
  if [ $rc = 0 ]; then
    printf 'ok    %-9s %4d s  %s\n' "$name" $((SECONDS - start)) "$(grep ' passed, ' "$logs/$name.log" | tail -n 1)"
    passed=$((passed + 1))
  else
    tail -n 300 "$logs/$name.log"
    printf 'FAIL  %-9s %4d s  %s\n' "$name" $((SECONDS - start)) "(all of it: $logs/$name.log)"
    failed+=("$name")
  fi
}

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

step includes "" sh tools/check/includes.sh
step text "" sh tools/check/text.sh
step sizes "" sh tools/check/sizes.sh
step format clang-format:clang-format sh tools/check/format.sh check
step man mandoc:mandoc sh tools/check/man.sh
step shell shellcheck:shellcheck shell_scripts
step selftest "$CXX:g++ nm:binutils" bash tools/check/selftest.sh
step headers "$CXX:g++" sh tools/check/headers.sh
step refusals "$CXX:g++" sh test/base/must_not_compile.sh
step warnings "$CXX:g++" built
step symbols nm:binutils sh tools/check/symbols.sh
step size "$CXX:g++ readelf:binutils" "${make[@]}" size
step tests "$CXX:g++" tests
step asan clang++:clang sanitized ALSO=warnings asan
step tsan "$CXX:g++" "${make[@]}" tsan

[ ${#skipped[@]} = 0 ] || echo "skipped: ${skipped[*]}"
[ ${#failed[@]} = 0 ] || echo "failed: ${failed[*]}"
echo "$passed passed, ${#failed[@]} failed"
[ ${#failed[@]} = 0 ] && [ $passed -gt 0 ]
