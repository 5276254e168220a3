#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# test.sh [gtest options]: runs $BUILD/aemp-tests, split over the processors, then test/cli/*.sh (not with options, nor with
# SCRIPTS empty). Its last line is `N passed, N failed`; it fails when anything failed or nothing was run. Tests find the tool in $AEMP, the
# build in $BUILD, and a directory of their own to write to in $TMPDIR. A script of test/cli passes with exit code 0
# and counts as skipped with 77, and its lines `SKIP ...` show; lib*.sh is not run but sourced by the others.
set -u

BUILD=${BUILD:-$PWD/build}
AEMP=$BUILD/aemp
limit=${TEST_TIMEOUT:-900}
shards=${TEST_SHARDS:-$(nproc 2>/dev/null || echo 2)}
export BUILD AEMP limit shards
# A report ends the run, so that it shows beside the test that caused it.
export TSAN_OPTIONS="${TSAN_OPTIONS:-halt_on_error=1}" UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
out=$(mktemp -d "${TMPDIR:-/tmp}/aemp-test.XXXXXX") || exit 1
export out
trap 'rm -rf "$out"' EXIT
trap 'exit 130' INT TERM
passed=0
failed=0

# ThreadSanitizer of g++ 12 cannot start where addresses are randomised over more bits than it knows.
wrap=
if [ -x "$BUILD/aemp-tests" ]; then
  if "$BUILD/aemp-tests" --gtest_list_tests 2>&1 | grep -q 'ThreadSanitizer: unexpected memory mapping'; then
    wrap="setarch $(uname -m) -R"
  fi
fi
command -v timeout >/dev/null 2>&1 && wrap="$wrap timeout --foreground -k 10 $limit"
export wrap

run_unit_tests() {
  # xargs rather than `&`: a shell's background jobs ignore SIGINT, and so would the tests.
  # shellcheck disable=SC2016
  seq 0 $((shards - 1)) | xargs -P "$shards" -I '{}' sh -c '
    shard=$1; shift
    mkdir -p "$out/tmp$shard"
    GTEST_TOTAL_SHARDS=$shards GTEST_SHARD_INDEX=$shard TMPDIR=$out/tmp$shard \
      $wrap "$BUILD/aemp-tests" --gtest_brief=0 --gtest_color=no "$@" >"$out/unit$shard" 2>&1
    echo $? >"$out/rc$shard"' shard '{}' "$@"
  for shard in $(seq 0 $((shards - 1))); do
    log=$out/unit$shard
    rc=$(cat "$out/rc$shard" 2>/dev/null || echo lost)
    ok=$(grep -c '\[       OK \] ' "$log")
    bad=$(grep -cE '\[  FAILED  \] .* \([0-9]+ ms\)$' "$log")
    if ! grep -q '^\[==========\] .* ran\.' "$log"; then
      bad=$((bad + 1))
      echo "aemp-tests ended with exit code $rc (124: over $limit s) in: $(grep '\[ RUN      \]' "$log" | tail -n 1)"
    elif [ "$rc" != 0 ] && [ "$bad" = 0 ]; then
      bad=1
      echo "aemp-tests ended with exit code $rc after its last test"
    fi
    grep '\[  SKIPPED \] .* ms)$' "$log" | sed -e 's/.*\] /SKIP test /' -e 's/ ([0-9]* ms)$//'
    if [ "$bad" != 0 ] || [ "$rc" != 0 ]; then show_failures "$log"; fi
    passed=$((passed + ok))
    failed=$((failed + bad))
  done
}

# The output of failed tests, and of one that did not end.
show_failures() {
  awk '/\[ RUN      \]/ {buffer = ""} {buffer = buffer $0 "\n"}
    /\[       OK \]/ {buffer = ""} /\[  FAILED  \] .* \([0-9]+ ms\)$/ {printf "%s", buffer; buffer = ""}
    END {printf "%s", buffer}' "$1" | tail -n 400
}

# Most of the time they wait for processes: twice as many as there are processors run at once.
run_cli_tests() {
  # shellcheck disable=SC2016
  find test/cli -name '*.sh' ! -name 'lib*' -printf '%f\n' | LC_ALL=C sort |
    xargs -P $((2 * shards)) -I '{}' sh -c '
      mkdir -p "$out/$1.tmp"
      set -- "$1" "test/cli/$1"
      [ -x "$2" ] && set -- "$1" "./$2" || set -- "$1" sh "$2"
      name=$1; shift
      TMPDIR=$out/$name.tmp $wrap "$@" </dev/null >"$out/$name.log" 2>&1
      echo $? >"$out/$name.rc"' script '{}'
  for script in test/cli/*.sh; do
    [ -f "$script" ] || continue
    name=${script##*/}
    case $name in lib*.sh) continue ;; esac
    rc=$(cat "$out/$name.rc" 2>/dev/null || echo lost)
    case $rc in
      0)
        passed=$((passed + 1))
        grep '^SKIP ' "$out/$name.log"
        ;;
      77) echo "SKIP test cli/$name: $(tail -n 1 "$out/$name.log")" ;;
      *)
        failed=$((failed + 1))
        tail -n 200 "$out/$name.log"
        echo "FAILED test/cli/$name (exit code $rc)"
        ;;
    esac
  done
}

[ ! -x "$BUILD/aemp-tests" ] || run_unit_tests "$@"
[ $# -gt 0 ] || [ -z "${SCRIPTS-all}" ] || run_cli_tests
[ $((passed + failed)) -gt 0 ] || echo "nothing was run"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
