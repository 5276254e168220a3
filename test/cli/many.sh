#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# many.sh: 60 nodes and 3 seeds as real processes. A third of them is killed: whoever watches one of these is told, and the rest
# finds together.
# shellcheck source=test/cli/lib_examples.sh
. "$(dirname "$0")/lib_examples.sh"

aemp gensecret "$TMPDIR/secret"
ok

# background NAME ARG...: `aemp ARG...` with NAME.out and NAME.err, which has the log up to links
background() {
  name=$1
  shift
  clear "$name"
  AEMP_LOG=7 "$AEMP" "$@" --secret-file "$TMPDIR/secret" >"$TMPDIR/$name.out" 2>"$TMPDIR/$name.err" &
  echo $! >"$TMPDIR/$name.pid"
  started="$started $!"
}

seeds=
for n in 1 2 3; do
  if [ -z "$seeds" ]; then
    background "s$n" run --nosupervise nodeid "s$n" binds 127.0.0.1:0
  else
    background "s$n" run --nosupervise nodeid "s$n" binds 127.0.0.1:0 seeds "$seeds"
  fi
  seen "s$n" out "s$n 127.0.0.1:*"
  address=${line#* }
  seeds=${seeds:+$seeds,}$address
done
first=${seeds%%,*}

for n in $(seq 60); do background "n$n" run --nosupervise nodeid "n$n" binds 127.0.0.1:0 seeds "$seeds"; done
for n in $(seq 60); do seen "n$n" err '*attached to global node*'; done

for n in $(seq 20); do background "mon$n" mon "n$n" --seed "$first"; done
for n in $(seq 20); do seen "mon$n" err "*link to n$n * is up*"; done

for n in $(seq 20); do kill -9 "$(cat "$TMPDIR/n$n.pid")"; done
kill -9 "$(cat "$TMPDIR/s3.pid")"
for n in $(seq 20); do
  ended "$(cat "$TMPDIR/mon$n.pid")"
  same "exit code of mon $n" 0 "$rc"
  expect "what it printed" "transport_error	n$n	*" "$(cat "$TMPDIR/mon$n.out")"
done

# Those that were attached to the dead seed turn to another one. Then all that live can be reached from any of them.
for n in $(seq 21 60); do
  grep -q 'attached to global node s3' "$TMPDIR/n$n.err" || continue
  mark "n$n"
  grep -q 'link to s3 .* is down' "$TMPDIR/n$n.err" || seen "n$n" err '*link to s3 * is down*'
  sed -n '/link to s3 .* is down/,$p' "$TMPDIR/n$n.err" | grep -q 'attached to global node s[12]' ||
    seen "n$n" err '*attached to global node s[12]*'
done
for n in 21 40 60; do
  aemp call "n$n" time --seed "$first" --secret-file "$TMPDIR/secret" --timeout 60
  ok
done
aemp trace --seed "$first" --secret-file "$TMPDIR/secret" --timeout 60
ok
same 'nodes that live' 42 "$(printf '%s\n' "$out" | awk 'NR > 1 && $3 != "-" || NR > 1 && $5 ~ /^127/ {print $1}' | sort -u | wc -l)"
