#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# mon.sh: the end of ports and nodes, as told by `aemp mon`.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"

watch() {  # watch ARG...: until there is a link; there is no limit to the time from then on
  rm -f "$TMPDIR/mon.log"
  follow mon mon "$@"
  mon=$pid
  wait_log '*link to ruth * is up'
}

# A port that does not exist.
start_node ruth --nodeid ruth --bind "$NODE"
aemp mon 'ruth#x' --seed "$NODE"
ok
expect "$said" 'no_such_port	*' "$out"
aemp mon 'ruth#0123456789A.1' --json --seed "$NODE"
ok
expect "$said" '?"no_such_port",*]' "$out"

# SIGTERM and SIGINT: the node leaves.
for signal in TERM INT; do
  node=$pid
  watch ruth --timeout 3 --seed "$NODE"
  kill -s $signal "$node"
  ended "$node"
  same "exit code of the node" 0 "$rc"
  ended "$mon"
  same "exit code of mon" 0 "$rc"
  same "reason" 'transport_error	ruth	left the network' "$(cat "$TMPDIR/mon.out")"
  rm -f "$TMPDIR/ruth.ready"
  start_node ruth --nodeid ruth --bind "$NODE"
done

# SIGKILL: it is lost.
node=$pid
watch ruth --json --seed "$NODE"
kill -KILL "$node"
ended "$mon"
same "exit code of mon" 0 "$rc"
expect "reason" '?"transport_error","ruth","*"]' "$(cat "$TMPDIR/mon.out")"
[ "$(cat "$TMPDIR/mon.out")" != '["transport_error","ruth","left the network"]' ] || fail "it said goodbye after SIGKILL"

# Many watchers of one node.
rm -f "$TMPDIR/ruth.ready"
start_node ruth --nodeid ruth --bind "$NODE"
node=$pid
mons=
mkfifo "$TMPDIR/mons.log"
for i in 1 2 3 4 5 6 7 8; do
  AEMP_LOG=7 "$AEMP" mon ruth --seed "$NODE" >"$TMPDIR/mon$i.out" 2>"$TMPDIR/mons.log" &
  mons="$mons $!"
done
started="$started $mons"
exec 3<"$TMPDIR/mons.log"
for i in 1 2 3 4 5 6 7 8; do wait_log '*link to ruth * is up'; done
kill -TERM "$node"
for one in $mons; do
  ended "$one"
  same "exit code of mon" 0 "$rc"
done
for i in 1 2 3 4 5 6 7 8; do
  same "reason" 'transport_error	ruth	left the network' "$(cat "$TMPDIR/mon$i.out")"
done
