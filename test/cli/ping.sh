#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# ping.sh: `aemp ping` counts what is answered and what is not.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"

start_node ruth --nodeid ruth --bind "$NODE"
ruth=$pid

aemp ping ruth --count 3 --interval 0.01 --seed "$NODE"
ok
expect 'each and all' 'ruth: 1: *.* ms
ruth: 2: *.* ms
ruth: 3: *.* ms
ruth: 3 sent, 3 answered, 0 % lost, min/avg/max/mdev = *.*/*.*/*.*/*.* ms' "$out"
aemp ping ruth --count 1 --json --seed "$NODE"
ok
expect 'the same as JSON' '{"n":1,"ms":*}
{"node":"ruth","sent":1,"answered":1,"lost":0,"min_ms":*,"avg_ms":*,"max_ms":*,"mdev_ms":0.0}' "$out"

aemp ping --seed "$NODE"
usage
aemp ping ruth --count 0 --seed "$NODE"
usage
expect 'what is wrong' "*--count*'0'*expected a whole number*" "$err"
aemp ping ruth --interval soon --seed "$NODE"
usage
aemp ping nobody --count 1 --timeout 0.3 --seed "$NODE"
no
expect 'what is missing' '*nobody*' "$err"

# Without --count it ends when it is told to; what was lost is no failure where something came back.
mkfifo "$TMPDIR/ping.out"
"$AEMP" ping ruth --interval 0.05 --timeout 0.5 --seed "$NODE" >"$TMPDIR/ping.out" 2>"$TMPDIR/ping.err" &
started="$started $!"
ping=$!
exec 3<"$TMPDIR/ping.out"
said='aemp ping ruth'
wait_log 'ruth: 2: * ms'
kill "$ruth"
ended "$ruth"
wait_log 'ruth: *: no answer: *'
kill -INT "$ping"
wait_log 'ruth: * sent, * answered, *% lost, *'
ended "$ping"
exit_code 0
