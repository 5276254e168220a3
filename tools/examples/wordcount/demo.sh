#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# demo.sh BUILD: counts the words of 20 MB of this project's own text on two worker processes, one of which is killed midway;
# over loopback TCP, then over a unix socket. Fails unless the total is that of `wc -w`, and unless the killed worker had
# answered at least one line and held at least one (wordcount itself sees to that).
set -u

build=${1:?usage: demo.sh BUILD}
case $build in /*) ;; *) build=$PWD/$build ;; esac
cd "$(dirname "$0")/../../.." || exit 1
tmp=$(mktemp -d "${TMPDIR:-/tmp}/wordcount.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
exec 3>&1

make_input() {
  find Makefile ./*.md LICENSE include src test tools man -type f 2>/dev/null | LC_ALL=C sort |
    xargs cat >"$tmp/once" || return 1
  size=$(wc -c <"$tmp/once")
  [ "$size" -gt 0 ] || return 1
  total=0
  while [ "$total" -lt 20000000 ]; do
    cat "$tmp/once" || return 1
    total=$((total + size))
  done >"$tmp/input"
}

# Ends by itself; the limit is for the worst case.
limited() {
  if command -v timeout >/dev/null 2>&1; then timeout --foreground -k 5 60 "$@"; else "$@"; fi
}

# Some versions of wc count words without any printable byte.
any_byte=
[ "$(printf '\001' | LC_ALL=C wc -w)" -eq 0 ] || any_byte=--any-byte

make_input || { echo "demo: cannot write $tmp/input" >&2; exit 1; }
expected=$(LC_ALL=C wc -w <"$tmp/input" | tr -d ' ')
for transport in tcp unix; do
  echo "-- two workers over $transport, one will be killed"
  # shellcheck disable=SC2086
  if ! counted=$(limited "$build/examples/wordcount" --transport "$transport" --kill-one $any_byte "$tmp/input" 2>&3); then
    echo "demo: wordcount over $transport failed" >&2
    exit 1
  fi
  echo "$counted words; wc -w counts $expected"
  [ "$counted" = "$expected" ] || { echo "demo: the totals differ" >&2; exit 1; }
done
echo "-- both totals are right"
