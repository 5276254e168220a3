#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# wordcount.sh: the example as real processes. Its total is that of `wc -w` in the C locale for whatever bytes, with and
# without a worker being killed; it says what is wrong with its arguments; it leaves no process behind.
set -u

wordcount=${BUILD:-$PWD/build}/examples/wordcount
[ -x "$wordcount" ] || { echo "$wordcount is not built"; exit 1; }
tmp=$(mktemp -d "${TMPDIR:-/tmp}/wordcount-test.XXXXXX") || exit 1
started=
# What has ended may have left its process ID to a process of somebody else.
clean_up() {
  for one in $started; do
    ! grep -qsx "PPid:[[:space:]]*$$" "/proc/$one/status" || kill -9 "$one" 2>/dev/null
  done
  rm -rf "$tmp"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
failures=0

fail() {
  echo "FAILED: $*"
  sed 's/^/  | /' "$tmp/err"
  failures=$((failures + 1))
  [ "$failures" -lt 5 ] || exit 1
}
any_byte=
[ "$(printf '\001' | LC_ALL=C wc -w)" -eq 0 ] || any_byte=--any-byte

# count WHAT ARGUMENT...: the total must be that of wc. Files are $files.
count() {
  what=$1
  shift
  # shellcheck disable=SC2086
  expected=$(cat $files | LC_ALL=C wc -w | tr -d ' ')
  # shellcheck disable=SC2086
  counted=$("$wordcount" $any_byte "$@" $files 2>"$tmp/err") || fail "$what: exit code $?"
  [ "$counted" = "$expected" ] || fail "$what: counted $counted words, wc $expected"
}
# refuse CODE TEXT ARGUMENT...: fails with this exit code, prints nothing but a sentence with TEXT.
refuse() {
  code=$1
  text=$2
  shift 2
  output=$("$wordcount" "$@" 2>"$tmp/err")
  rc=$?
  [ "$rc" = "$code" ] || fail "$*: exit code $rc instead of $code"
  [ -z "$output" ] || fail "$*: printed $output"
  grep -qF -e "$text" "$tmp/err" || fail "$*: does not say '$text'"
}

# Single lines with bytes of each kind.
n=0
for text in '' '\n' 'one' ' one\ttwo\vthree\ffour\rfive\n\nsix \n' '\001' '\001a' 'a\001b\n' '\000' 'a \000 b\n' \
  'a\000b' '\377\376 \300\200\n' 'a \342\200\224 b\n' '\177 \205a\240b\n' '\n\n  \n' 'last line, not ended'; do
  n=$((n + 1))
  # shellcheck disable=SC2059
  printf "$text" >"$tmp/case$n"
  files=$tmp/case$n
  count "case $n"
  # Each file ends its words: together they count as before.
  total=$((${total:-0} + counted))
done
# shellcheck disable=SC2086
counted=$("$wordcount" $any_byte "$tmp"/case* 2>"$tmp/err")
[ "$counted" = "$total" ] || fail "all cases: $counted words instead of $total"

# Lines longer than a piece, with words, spaces and unprintable bytes where they are cut.
LC_ALL=C awk -v dir="$tmp" '
  function repeat(c, n,   s) { s = c; while (length(s) < n) s = s s; return substr(s, 1, n) }
  BEGIN {
    a = repeat("a", 65536); x = repeat("\001", 65536)
    printf "%s", a a a > (dir "/long1")
    printf "%s\n", a " " a "b c\n" a > (dir "/long2")
    printf "%s", substr(a, 2) " a" x "a " x " " x "\n" x > (dir "/long3")
    printf "%s", x "a" x "a" > (dir "/long4")
    printf "%s", substr(a, 2) "\n" a "\n" a > (dir "/long5")
  }'
for i in 1 2 3 4 5; do
  files=$tmp/long$i
  count "long line $i"
done

# All bytes in a fixed disorder, white space among them often enough for several thousand lines.
LC_ALL=C awk 'BEGIN {
  x = 1
  for (i = 0; i < 400000; i++) {
    x = (x * 16807) % 2147483647
    byte = int(x / 65536) % 300
    printf "%c", byte < 256 ? byte : byte < 290 ? 32 : 10
  }
}' >"$tmp/noise"
[ "$(LC_ALL=C tr -dc '\000' <"$tmp/noise" | wc -c)" -gt 100 ] || fail "the test has no NUL bytes to offer"
[ "$(wc -l <"$tmp/noise")" -gt 4000 ] || fail "the test has too few lines to offer"
files=$tmp/noise
for transport in tcp unix; do
  count "noise over $transport" --transport "$transport"
  count "noise over $transport, one killed" --transport "$transport" --kill-one
  grep -Eq 'had answered [1-9][0-9]* lines and held [1-9][0-9]* unanswered' "$tmp/err" ||
    fail "kill over $transport: does not tell what the worker had done"
done
for i in 1 2 3 4 5 6 7 8; do count "kill $i" --kill-one; done

# What it refuses.
refuse 1 "$tmp/missing: No such file" "$tmp/noise" "$tmp/missing"
refuse 1 "$tmp: Is a directory" "$tmp"
refuse 1 "nobody was killed" --kill-one "$tmp/case3"
refuse 2 "no file given"
refuse 2 "unknown option --frob" --frob "$tmp/noise"
refuse 2 "--worker needs a value" "$tmp/noise" --worker
refuse 2 "NODE=ADDRESS" --worker w1 "$tmp/noise"
refuse 2 "tcp or unix" --transport pigeon "$tmp/noise"
refuse 2 "--kill-one" --kill-one --worker w1=127.0.0.1:1 "$tmp/noise"
refuse 2 "--bind" worker --nodeid w1
refuse 1 "unix:$tmp/no/such/place: No such file" worker --nodeid w1 --bind "unix:$tmp/no/such/place"

# start_worker NODE BIND: sets $worker to NODE=ADDRESS and $pid.
start_worker() {
  mkfifo "$tmp/$1"
  "$wordcount" worker --nodeid "$1" --bind "$2" >"$tmp/$1" 2>>"$tmp/err" &
  pid=$!
  started="$started $pid"
  read -r worker <"$tmp/$1"
}
start_worker w1 127.0.0.1:0
first=$worker first_pid=$pid
start_worker w2 "unix:$tmp/socket"
files=$tmp/noise
count "two workers of ours" --worker "$first" --worker "$worker"
count "the same again" --worker "$worker" --worker "$first"

# One of them is killed from outside while the feeder waits for the second half of a file. (A pipe that is open for both
# directions here can be opened and closed by the feeder as it likes.)
feed() { timeout 60 cat "$tmp/noise" >&4 || fail "$1: the feeder does not read"; }
mkfifo "$tmp/slow"
exec 4<>"$tmp/slow"
# shellcheck disable=SC2086
"$wordcount" $any_byte --worker "$first" --worker "$worker" "$tmp/slow" >"$tmp/total" 2>"$tmp/err" 4>&- &
feeder=$!
started="$started $feeder"
feed "first half"  # more than both windows and the pipe hold: afterwards lines have been answered
kill -9 "$first_pid"
feed "second half"
exec 4>&-
wait "$feeder" || fail "a worker was killed: exit code $?"
grep -q '^lost w1: ' "$tmp/err" || fail "a worker was killed: its loss went unnoticed"
expected=$(cat "$tmp/noise" "$tmp/noise" | LC_ALL=C wc -w | tr -d ' ')
[ "$(cat "$tmp/total")" = "$expected" ] || fail "a worker was killed: counted $(cat "$tmp/total"), wc $expected"

# A worker that is told to end leaves nothing behind.
kill "$pid"
wait "$pid" || fail "worker: exit code $? after SIGTERM"
[ ! -e "$tmp/socket" ] || fail "worker: left its socket behind"
started=

# Workers of a feeder that is killed end by themselves: after its first line, reading comes to an end only when nobody
# holds the pipe of its messages any more.
mkfifo "$tmp/messages"
exec 4<>"$tmp/slow"
"$wordcount" "$tmp/slow" >/dev/null 2>"$tmp/messages" 4>&- &
feeder=$!
started=$feeder
exec 5<"$tmp/messages"
read -r line <&5
kill -9 "$feeder"
timeout 60 cat <&5 >/dev/null || fail "workers outlive their feeder"
case $line in "w1 is at "*) ;; *) fail "the feeder says '$line'" ;; esac

[ "$failures" = 0 ] && echo "all as wc counts"
[ "$failures" = 0 ]
