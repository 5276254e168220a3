#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# exchange.sh: snd, cal and call against a node, and what they say when there is no answer.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"

follow_node ruth --nodeid ruth --bind "$NODE" --bind 127.0.0.1:0 --insecure
tcp=${ready##* }

# A reply as text and as JSON.
aemp cal ruth time --seed "$NODE"
ok
expect "$said" '[1-9]*.*' "$out"
aemp cal 'ruth#' info --json --seed "$tcp" --insecure
ok
expect "$said" '?"ruth","*"]' "$out"
aemp call ruth can time --json --seed "$NODE"
ok
same "$said" '[true]' "$out"
aemp call ruth can nothing --seed "$NODE"
ok
same "$said" false "$out"
aemp call 'ruth#' known_nodes --nodeid bert --json --seed "$NODE"
ok
expect "$said" '?"*"bert"*"ruth"]' "$out"
# The node may call us as well.
aemp call ruth up_nodes --nodeid bert --bind "unix:$TMPDIR/bert" --seed "$NODE"
ok
expect "$said" '*bert*' "$out"

# When snd is done, the message has been there.
aemp snd ruth hello 42 --seed "$NODE"
ok
same "$said" '' "$out"
wait_log "*function 'hello' is not defined*"
aemp snd ruth snd ruth hello2 --seed "$NODE"
ok
aemp snd ruth 'snd' 'ruth#' hello3 --seed "$tcp" --insecure --json
ok
same "$said" '' "$out"
wait_log "*function 'hello3' is not defined*"
aemp snd 'ruth#x' hello --seed "$NODE"
ok
# More than one frame holds, to a port and to the node port.
big=$(printf '%0100000d' 0)
aemp snd 'ruth#x' "t$big" "t$big" --seed "$NODE"
ok
aemp snd ruth devnull "$big" --seed "$NODE"
ok

# The network says no.
aemp cal 'ruth#x' hello --seed "$NODE"
no
expect "$said" 'aemp: ruth#x: no_such_port: *' "$err"
aemp call ruth nothing --seed "$NODE"
no
expect "$said" "aemp: node ruth: die: function 'nothing' of node ruth: it is not defined" "$err"
aemp call ruth devnull --timeout 0.1 --seed "$NODE"
no
expect "$said" "aemp: timed out after 0.1 s: function 'devnull' of node ruth sent no reply*" "$err"
aemp cal ruth devnull --timeout 0.1 --seed "$NODE"
no
expect "$said" "aemp: timed out after 0.1 s: ruth sent no reply" "$err"
for command in 'snd bert#x hello' 'cal bert hello' 'mon bert' 'call bert hello'; do
  # Not that node.
  # shellcheck disable=SC2086
  aemp $command --timeout 0.2 --seed "$NODE"
  no
  expect "$said" 'aemp: timed out after 0.2 s: no link to node bert; there is one to ruth' "$err"
  # No node.
  # shellcheck disable=SC2086
  aemp $command --timeout 0.1 --seed "$NODE-missing"
  no
  expect "$said" "aemp: timed out after 0.1 s: no link to node bert: *$NODE-missing*" "$err"
done
# The other end does not allow TCP without encryption.
start_node careful --nodeid careful --bind "$NODE-2"
aemp cal careful time --seed "$NODE-2"
ok

# Node IDs in use: of the seed, and of a node that has a link to it.
for command in 'cal bert time' 'run --bind unix:@aemp-test-'$$; do
  # shellcheck disable=SC2086
  aemp $command --nodeid ruth --seed "$NODE"
  in_use
  expect "$said" '*aemp: node ID ruth is in use: choose another with --nodeid *' "$err"
done
start_node anna --nodeid anna --bind "$NODE-3" --seed "$NODE"
wait_log '*link to anna * is up'
for command in 'cal ruth devnull' 'mon ruth' 'run'; do
  # shellcheck disable=SC2086
  aemp $command --nodeid anna --seed "$NODE"
  in_use
  expect "$said" '*aemp: node ID anna is in use: choose another with --nodeid *' "$err"
done
# The one that had it keeps it.
aemp call ruth up_nodes --seed "$NODE"
ok
expect "$said" '*anna*' "$out"

# Nowhere to print the reply.
"$AEMP" cal ruth time --seed "$NODE" >&- 2>"$TMPDIR/closed.err"
same "exit code with stdout closed" 1 $?
expect "stderr with stdout closed" 'aemp: cannot write to standard output: *' "$(cat "$TMPDIR/closed.err")"
"$AEMP" cal 'ruth#x' time --seed "$NODE" <&- >&- 2>&-
same "exit code with all closed" 1 $?
if [ -w /dev/full ]; then
  "$AEMP" cal ruth time --seed "$NODE" >/dev/full 2>"$TMPDIR/full.err"
  same "exit code with stdout full" 1 $?
  expect "stderr with stdout full" 'aemp: cannot write to standard output: *' "$(cat "$TMPDIR/full.err")"
fi
