# shellcheck shell=sh disable=SC2034
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# lib_examples.sh: what the tests of the examples share, beside lib.sh. They run programs of $BUILD/examples as processes by a
# name of the test's own.
#
#   $transport                    unix or tcp; $seed, a seed's address; $secret, options for a node
#   place NAME                    prints where a node is to listen
#   example NAME PROGRAM ARG...   starts it; $TMPDIR/NAME.out, NAME.err
#   say NAME TEXT                 a line for its standard input
#   seen NAME out|err PATTERN     waits until a line that it printed matches (as in case); fails when that takes too long
#   mark NAME...                  from here on, seen sees nothing of what they have printed so far
#   printed N NAME TEXT           exactly N lines of its .out are TEXT
#   stop NAME, go_on NAME         SIGSTOP, SIGCONT
#   crash NAME                    SIGKILL, and it is gone
#   finish NAME                   SIGTERM, and it has ended with exit code 0
#   refuse TEXT PROGRAM ARG...    exit code 2, and a sentence with TEXT
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"

examples=${BUILD:-$PWD/build}/examples
patience=240  # seconds; nothing depends on how fast it goes
transport=unix
seed=
secret=

place() {
  if [ "$transport" = unix ]; then echo "unix:$TMPDIR/$1.sock"; else echo 127.0.0.1:0; fi
}

# Its standard input is open for both directions, so that it does not end with the first who writes.
example() {
  name=$1
  program=$2
  shift 2
  [ -p "$TMPDIR/$name.in" ] || mkfifo "$TMPDIR/$name.in" || exit 1
  clear "$name"
  "$examples/$program" "$@" <>"$TMPDIR/$name.in" >"$TMPDIR/$name.out" 2>"$TMPDIR/$name.err" &
  echo $! >"$TMPDIR/$name.pid"
  started="$started $!"
}

# Before a process starts: nobody takes what the one before printed for its output.
clear() {
  : >"$TMPDIR/$1.out"
  : >"$TMPDIR/$1.err"
  mark "$1"
}

mark() {
  for one in "$@"; do
    wc -l <"$TMPDIR/$one.out" >"$TMPDIR/$one.out.mark"
    wc -l <"$TMPDIR/$one.err" >"$TMPDIR/$one.err.mark"
  done
}

say() { printf '%s\n' "$2" >"$TMPDIR/$1.in"; }

seen() {
  found=
  # A new one each time: the tail of the last call may have that one open still. Read from that, a line could end this call before
  # its follower is more than a copy of this shell, which forgets a signal; then it would wait for a reader for ever.
  rm -f "$TMPDIR/follow"
  mkfifo "$TMPDIR/follow" || exit 1
  from=$(($(cat "$TMPDIR/$1.$2.mark") + 1))
  timeout "$patience" tail -n "+$from" -f "$TMPDIR/$1.$2" >"$TMPDIR/follow" &
  follower=$!
  while [ -z "$found" ] && read -r line; do
    # shellcheck disable=SC2254
    case $line in $3) found=1 ;; esac
  done <"$TMPDIR/follow"
  kill "$follower" 2>/dev/null
  wait "$follower" 2>/dev/null
  [ -n "$found" ] || lost_track "$1 has not printed: $3"
}

printed() {
  n=$(grep -cxF -e "$3" "$TMPDIR/$2.out")
  [ "$n" = "$1" ] || lost_track "$2 printed $n times instead of $1: $3"
}

lost_track() {
  tail -n 30 "$TMPDIR"/*.out "$TMPDIR"/*.err >&2
  fail "$1"
}

stop() { kill -STOP "$(cat "$TMPDIR/$1.pid")"; }
go_on() { kill -CONT "$(cat "$TMPDIR/$1.pid")"; }

crash() {
  pid=$(cat "$TMPDIR/$1.pid")
  kill -KILL "$pid"
  ended "$pid"
}

finish() {
  pid=$(cat "$TMPDIR/$1.pid")
  kill -TERM "$pid"
  ended "$pid"
  [ "$rc" = 0 ] || lost_track "$1: exit code $rc after SIGTERM"
}

refuse() {
  text=$1
  program=$2
  shift 2
  said="$program $*"
  out=$("$examples/$program" "$@" 2>"$TMPDIR/stderr")
  rc=$?
  err=$(cat "$TMPDIR/stderr")
  exit_code 2
  expect "stdout of $said" '' "$out"
  expect "stderr of $said" "$program: *$text*" "$err"
}
