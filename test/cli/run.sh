#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# run.sh: a node says on one line where it listens, is reached there, and leaves when it is told to.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"
alone=

# A unix path and TCP with a dynamic port, as options; SIGTERM.
start_node ruth --nodeid ruth --bind "$NODE" --bind 127.0.0.1:0 --insecure
expect "ready line" "ruth $NODE 127.0.0.1:[1-9]*" "$ready"
address=${ready##* }
for seed in "$NODE" "$address"; do
  aemp cal ruth info --insecure --seed "$seed"
  ok
  expect "$said" 'ruth	[0-9]*.[0-9]*.[0-9]*' "$out"
done
kill -TERM "$pid"
ended "$pid"
same "exit code after SIGTERM" 0 "$rc"
[ ! -e "${NODE#unix:}" ] || fail "the socket is still there"
same "log" '' "$(cat "$TMPDIR/ruth.log")"

# The same as keys, and the ready line as JSON; SIGINT. An abstract socket, an IPv6 address where there is one.
abstract=unix:@aemp-test-$$
start_node bert nodeid bert binds "[\"$abstract\",\"$NODE,1\"]" log_level 7 --json
same "ready line" "{\"nodeid\":\"bert\",\"binds\":[\"$abstract\",\"$NODE,1\"]}" "$ready"
for seed in "$abstract" "$NODE,1"; do
  aemp call bert info --json --seed "$seed"
  ok
  expect "$said" '["]bert","[0-9]*.[0-9]*.[0-9]*"[]]' "${out#[}"
done
kill -INT "$pid"
ended "$pid"
same "exit code after SIGINT" 0 "$rc"
expect "log" '*-*-* *:*:* <7> bert: *link to anon/* is up*' "$(cat "$TMPDIR/bert.log")"

# A name that is made up; binds with a comma between them.
start_node nameless --nodeid '%n/' binds "$NODE-2,$abstract"
expect "ready line" "$(uname -n)/?????????????????????? $NODE-2 $abstract" "$ready"
aemp cal "${ready%% *}" info --seed "$abstract"
ok

# Addresses that somebody else has. A file that is no socket stays what it is.
aemp run --bind "$NODE-2"
no
expect "$said" "aemp: *$NODE-2*" "$err"
echo precious >"$TMPDIR/file"
aemp run --bind "unix:$TMPDIR/file"
no
expect "$said" "aemp: *$TMPDIR/file*" "$err"
same "file" precious "$(cat "$TMPDIR/file")"
start_node other --nodeid other --insecure
aemp run --insecure --bind "${ready##* }" --bind "$NODE-3"
no
expect "$said" "aemp: *${ready##* }*" "$err"

# What a dead process left behind is taken over.
start_node dead --nodeid dead --bind "$NODE-4" --nosupervise
kill -KILL "$pid"
ended "$pid"
[ -e "${NODE#unix:}-4" ] || fail "no socket left behind"
start_node heir --nodeid heir --bind "$NODE-4"
aemp cal heir time --seed "$NODE-4"
ok

# Nowhere to say where it listens.
if [ -w /dev/full ]; then
  "$AEMP" run --nodeid full --bind "$NODE-5" >/dev/full 2>"$TMPDIR/full.err"
  same "exit code with stdout full" 1 $?
  expect "stderr with stdout full" 'aemp: cannot write to standard output: *' "$(cat "$TMPDIR/full.err")"
fi
