#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# jobpool.sh: the example as real processes, over unix sockets and over TCP with a secret. Workers come late, are killed with a
# job in hand, are stopped until they are given up and then go on; each job's result is printed once.
# shellcheck source=test/cli/lib_examples.sh
. "$(dirname "$0")/lib_examples.sh"

# The dispatcher alone reads from descriptor 5, and nobody else holds it: closed, it is the end of its input.
dispatch() {
  number=0
  clear boss
  : >"$TMPDIR/expected"
  # shellcheck disable=SC2086
  "$examples/jobpool" dispatch --seed "$seed" $secret <"$TMPDIR/jobs" >"$TMPDIR/boss.out" 2>"$TMPDIR/boss.err" &
  boss=$!
  started="$started $boss"
  exec 5>"$TMPDIR/jobs"
}

# worker NAME KIND...
worker() {
  name=$1
  shift
  # shellcheck disable=SC2086
  example "$name" jobpool worker "$name" "$@" --bind "$(place "$name")" --seed "$seed" $secret 5>&-
}

# job LINE RESULT: asks for it.
job() {
  number=$((number + 1))
  printf '%s\n' "$1" >&5
  printf '%s\n' "$number $2" >>"$TMPDIR/expected"
}

# factors N: so many numbers to factor.
factors() {
  for _ in $(seq "$1"); do
    n=$((1009 * (number + 1)))
    job "factor $n" "$(echo "$n" | awk '{ for (p = 2; p <= $1; ++p) for (; $1 % p == 0; $1 /= p) s = s (s ? " " : "") p; print s }')"
  done
}

busy_with() { seen boss err "$2 goes to $1"; }

# What is printed is what was expected.
all_there() {
  LC_ALL=C sort "$TMPDIR/boss.out" | diff "$TMPDIR/sorted" - || lost_track "results are missing, wrong, or there twice"
}

# Waits for the results, and ends the dispatcher, which prints no more.
all_once() {
  LC_ALL=C sort "$TMPDIR/expected" >"$TMPDIR/sorted"
  for n in $(seq "$number"); do
    grep -q "^$n " "$TMPDIR/boss.out" || seen boss out "$n *"
  done
  all_there
  exec 5>&-
  ended "$boss"
  [ "$rc" = 0 ] || lost_track "the dispatcher: exit code $rc"
  all_there
}

story() {
  # shellcheck disable=SC2086
  start_node "seed-$transport" nodeid seed --bind "$(place seed)" $secret
  seed=${ready##* }
  seed_pid=$pid

  # Jobs wait for a worker of their kind.
  dispatch
  job 'factor 360' '2 2 2 3 3 5'
  job 'reverse live on' 'no evil'
  job 'dance' 'failed: unknown kind of job'
  job 'factor zero' 'failed: expected a whole number from 1 to 1000000000000000'
  worker w1 factor
  seen boss out '1 *'
  seen boss out '4 *'
  worker w2 factor reverse
  seen boss out '2 *'
  seen boss err 'w2 is ready for factor'

  # A worker is killed with a job in hand: another does it. (The first of the idle ones gets the next.)
  stop w1
  factors 2
  busy_with w1 5
  seen boss out '6 *'
  crash w1
  seen boss err '5 waits again'
  seen boss out '5 *'

  # The same once more; then it is back, and stopped instead of killed until it is given up. Its late answer is nobody's.
  mark boss
  worker w1 factor
  seen boss err 'w1 is ready for factor'
  stop w1
  factors 1
  busy_with w1 7
  seen boss out '7 *'
  mark boss
  go_on w1
  seen boss err 'w1 is ready for factor'

  # Again and again, among many jobs, with one worker at a time.
  worker w3 factor
  for name in w1 w2 w3 w2 w1 w3; do
    stop "$name"
    factors 20
    crash "$name"
    worker "$name" factor reverse
  done

  # Who was there before the seed was killed is found still, and who comes after it is back too.
  if [ "$transport" = unix ]; then
    kill -KILL "$seed_pid"
    ended "$seed_pid"
    factors 10
    start_node seed-again nodeid seed --bind "$seed" 5>&-
    worker w4 reverse
    seen boss err 'w4 is ready for reverse'
    job 'reverse again' 'niaga'
  fi
  all_once

  # A dispatcher that is killed takes its jobs along, and the workers are there for the next.
  dispatch
  factors 10
  seen boss out '1 *'
  kill -KILL "$boss"
  ended "$boss"
  exec 5>&-
  dispatch
  factors 50
  all_once
  for name in w1 w2 w3; do finish "$name"; done
  [ ! -e "$TMPDIR/w1.sock" ] || fail "w1 left its socket behind"
}

mkfifo "$TMPDIR/jobs"
story
transport=tcp secret="--secret-file $TMPDIR/secret"
aemp gensecret "$TMPDIR/secret"
story

refuse 'role' jobpool
refuse 'unknown role boss' jobpool boss
refuse 'unknown option --frob' jobpool dispatch --frob
refuse '--seed needs a value' jobpool dispatch --seed
refuse 'needs a --seed' jobpool dispatch
refuse 'takes no --bind' jobpool dispatch --seed "$seed" --bind 127.0.0.1:0
refuse 'options only' jobpool dispatch factor --seed "$seed"
refuse 'kinds of jobs' jobpool worker w1
refuse 'unknown kind of job dance' jobpool worker w1 factor dance
echo "each result once"
