# shellcheck shell=sh disable=SC2034
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# lib.sh: what the tests of the tool share. They find the tool in $AEMP and write to $TMPDIR.
#
#   aemp ARG...               runs the tool; its exit code is in $rc, what it printed in $out and $err
#   expect WHAT PATTERN GOT   fails unless the pattern (of case) matches
#   same WHAT WANT GOT        fails unless they are equal
#   ok, no, usage, in_use     the exit code must be 0, 1, 2, 3
#   start_node NAME ARG...    runs `aemp run ARG...`, waits for its ready line; sets $pid and $ready; log in $TMPDIR/NAME.log
#                             ($pid is the node itself; where `alone` is empty, it is the process that supervises it)
#   follow_node NAME ARG...   the same with a log for wait_log
#   follow NAME ARG...        runs `aemp ARG...` with a log for wait_log; sets $pid; stdout in $TMPDIR/NAME.out
#   wait_log PATTERN          waits until the log of the last follow has a line that matches; sets $line
#   ended PID                 waits for the end of a process that this script started; sets $rc
set -u
alone=--nosupervise
unset AEMP_LOG AEMP_TRACE AEMP_RC XDG_CONFIG_HOME HOME

: "${AEMP:?is the tool to test}" "${TMPDIR:?is a directory to write to}"
NODE=unix:$TMPDIR/s
started=
out=
err=
rc=
pid=
ready=
line=
said=

# What was started and not waited for ends with the script, however it ends.
end_started() {
  for one in $started; do ! is_ours "$one" || kill -9 "$one" 2>/dev/null; done
}
# What has ended may have left its process ID to a process of somebody else.
export TMPDIR
is_ours() {
  if [ -d /proc/self ]; then
    # Of a process that has just ended there is nothing to read.
    { tr '\0' '\n' <"/proc/$1/environ"; } 2>/dev/null | grep -qxF "TMPDIR=$TMPDIR"
  else
    [ "$(ps -o ppid= -p "$1" | tr -d ' ')" = $$ ]
  fi
}
trap end_started EXIT
trap 'exit 130' INT TERM

fail() {
  echo "FAIL: $*" >&2
  [ -z "$out" ] || echo "stdout: $out" >&2
  [ -z "$err" ] || echo "stderr: $err" >&2
  exit 1
}

aemp() {
  said="aemp $*"
  out=$("$AEMP" "$@" 2>"$TMPDIR/stderr")
  rc=$?
  err=$(cat "$TMPDIR/stderr")
}

expect() {
  # shellcheck disable=SC2254
  case $3 in $2) ;; *) fail "$1: expected: $2, got: $3" ;; esac
}

same() { [ "$2" = "$3" ] || fail "$1: expected: $2, got: $3"; }

exit_code() { [ "$rc" = "$1" ] || fail "$said: exit code $rc, expected $1"; }
ok() { exit_code 0; expect "stderr of $said" '' "$err"; }
no() { exit_code 1; expect "stdout of $said" '' "$out"; }
usage() { exit_code 2; expect "stdout of $said" '' "$out"; expect "stderr of $said" 'aemp: *' "$err"; }
in_use() { exit_code 3; }

# Both ends of a fifo wait for each other, so a process that ended without a word is noticed.
start_node() {
  name=$1
  shift
  said="aemp run $*"
  mkfifo "$TMPDIR/$name.ready"
  # shellcheck disable=SC2086
  "$AEMP" run $alone "$@" >"$TMPDIR/$name.ready" 2>"$TMPDIR/$name.log" &
  started="$started $!"
  pid=$!
  exec 4<"$TMPDIR/$name.ready"
  read -r ready <&4 || fail "$said: no ready line: $(cat "$TMPDIR/$name.log")"
  exec 4<&-
}

follow_node() {
  name=$1
  shift
  said="aemp run $*"
  mkfifo "$TMPDIR/$name.ready" "$TMPDIR/$name.log"
  # shellcheck disable=SC2086
  AEMP_LOG=7 "$AEMP" run $alone "$@" >"$TMPDIR/$name.ready" 2>"$TMPDIR/$name.log" &
  started="$started $!"
  pid=$!
  exec 4<"$TMPDIR/$name.ready" 3<"$TMPDIR/$name.log"
  read -r ready <&4 || fail "$said: no ready line: $(cat <&3)"
  exec 4<&-
}

follow() {
  name=$1
  shift
  said="aemp $*"
  mkfifo "$TMPDIR/$name.log"
  AEMP_LOG=7 "$AEMP" "$@" >"$TMPDIR/$name.out" 2>"$TMPDIR/$name.log" &
  started="$started $!"
  pid=$!
  exec 3<"$TMPDIR/$name.log"
}

wait_log() {
  while read -r line <&3; do
    # shellcheck disable=SC2254
    case $line in $1) return ;; esac
  done
  fail "$said: it ended, and its log had no line that matches: $1"
}

ended() {
  wait "$1"
  rc=$?
}
