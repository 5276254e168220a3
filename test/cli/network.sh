#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# network.sh: what `aemp db`, `grp`, `log` and `trace` tell of a network of several processes.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"

start_node seed --nodeid seed --bind "$NODE"
follow_node bert --nodeid bert --bind "$NODE-bert" --seed "$NODE"
bert=$pid
wait_log '*attached to global node seed*'
exec 6<&3  # its log, which must not break

# Nothing is no error; a key that is not there is.
aemp db nothing --seed "$NODE"
ok
same 'an unknown family' '' "$out"
aemp db nothing --json --seed "$NODE"
ok
same 'an unknown family' '{}' "$out"
aemp db nothing key --seed "$NODE"
no
expect 'what is missing' "aemp: no key 'key'*" "$err"
aemp grp nobody --json --seed "$NODE"
ok
same 'an unknown group' '[]' "$out"
aemp db aemp.x --seed "$NODE"
usage
expect 'why not' '*reserved*' "$err"
aemp db --seed "$NODE"
ok
same 'no families' '' "$out"
aemp db --json --seed "$NODE"
ok
same 'no families' '[]' "$out"
aemp grp one two --seed "$NODE"
usage
aemp db x --seed "$NODE-nobody" --timeout 0.2
no
expect 'what is missing' '*no link to any node*' "$err"
aemp db x
usage
expect 'what is missing' '*no way to any node*--seed*' "$err"

# Who is connected to whom.
aemp trace --seed "$NODE"
ok
expect 'a head and both ends of the one link' 'NODE *PEER *RTT ms *QUEUED *ADDRESS*
bert *seed *unix:*
seed *bert *' "$out"
aemp trace bert --seed "$NODE"
ok
expect 'one node' 'NODE *
bert *seed *' "$out"
aemp trace --dot --seed "$NODE"
ok
expect 'a graph' 'graph aemp {*"bert" -- "seed"*}' "$out"
aemp trace --json --seed "$NODE"
ok
expect 'a line for each node' '{"node":"bert","links":[[]{"peer":"seed","rtt":*,"queued_bytes":0,"address":"unix:*"}[]]}
{"node":"seed","links":[[]{"peer":"bert",*}[]]}' "$out"
aemp trace --json --dot --seed "$NODE"
usage
expect 'what is wrong' '*--json or --dot*' "$err"
aemp trace no-such-node --seed "$NODE" --timeout 1
no

# Log lines of all, those that come later included; then of one.
mkfifo "$TMPDIR/caught" "$TMPDIR/caught-of-late"
"$AEMP" log --level 7 --nodeid catcher --seed "$NODE" >"$TMPDIR/caught" 2>"$TMPDIR/log.err" &
started="$started $!"
exec 5<"$TMPDIR/caught"
wait_caught() {
  while read -r line <&5; do
    # shellcheck disable=SC2254
    case $line in $1) return ;; esac
  done
  fail "aemp log ended without a line that matches $1: $(cat "$TMPDIR/log.err")"
}
# callers NODE: from now on that node logs something all the time; who catches sees it once it is known there.
callers() {
  (while "$AEMP" call "$1" time --seed "$NODE"; do :; done) >/dev/null 2>&1 &
  callers=$!
  started="$started $callers"
}
callers seed
wait_caught '????-??-?? ??:??:?? <7> seed: link to anon/*is up'
kill -TERM "$callers"
start_node late --nodeid late --bind "$NODE-late" --seed "$NODE"
wait_caught '*<7> seed: link to late *is up'
"$AEMP" log late --json --level 7 --nodeid second --seed "$NODE" >"$TMPDIR/caught-of-late" 2>/dev/null &
started="$started $!"
exec 7<"$TMPDIR/caught-of-late"
wait_caught '*<7> seed: link to second *is up'
callers late
read -r line <&7
expect 'nothing but lines of that node' '?"????-??-?? ??:??:??",7,"late","link to *' "$line"
kill -TERM "$callers"
kill -TERM "$bert"
ended "$bert"
wait_caught '*<7> seed: link to bert *is down*'
aemp log --level 10 --seed "$NODE"
usage
