#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# systemd.sh: what a service tells systemd, and sockets that systemd hands over, with a few lines of Python in its place.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null 2>&1 || { echo "install python3"; exit 77; }

# Prints what it is told, a line for each of its own.
cat >"$TMPDIR/listen.py" <<'EOF'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
name = sys.argv[1]
s.bind("\0" + name[1:] if name[0] == "@" else name)
print("listening", flush=True)
while True:
    print(s.recv(4096).decode(), flush=True)
EOF
# Listens, and becomes the program that its other arguments name, with the socket as descriptor 3.
cat >"$TMPDIR/hand_over.py" <<'EOF'
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
fd = os.dup(s.fileno()) if s.fileno() == 3 else s.fileno()
os.dup2(fd, 3)
os.environ["LISTEN_FDS"] = "1"
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
EOF

told() {  # told PATTERN: waits for such a line
  while read -r line <&5; do
    # shellcheck disable=SC2254
    case $line in $1) return ;; esac
  done
  fail "systemd was not told: $1"
}

# listen SOCKET: what it is told is for `told`, from now on.
listen() {
  rm -f "$TMPDIR/told"
  mkfifo "$TMPDIR/told"
  python3 "$TMPDIR/listen.py" "$1" >"$TMPDIR/told" &
  listener=$!
  started="$started $!"
  exec 5<"$TMPDIR/told"
  told listening
}

for socket in "$TMPDIR/notify" "@aemp-notify-$$"; do
  listen "$socket"

  # A node hangs that is silent for half of it: what a machine with other things to do may take is not silence.
  export NOTIFY_SOCKET="$socket" WATCHDOG_USEC=2000000
  for alone in '' --nosupervise; do
    rm -f "$TMPDIR/s" "$TMPDIR"/ruth.*
    follow_node ruth nodeid ruth binds "$NODE"
    told READY=1
    told 'STATUS=*'
    told "MAINPID=$pid"
    told WATCHDOG=1
    told WATCHDOG=1
    kill -HUP "$pid"
    told RELOADING=1
    told 'MONOTONIC_USEC=[1-9]*'
    told READY=1
    kill -TERM "$pid"
    told STOPPING=1
    ended "$pid"
    same "exit code" 0 "$rc"
    exec 3<&-
  done
  unset NOTIFY_SOCKET WATCHDOG_USEC
  kill "$listener"
  exec 5<&-
done

# While a node that crashes is not started yet, the one that supervises it is alive.
listen "@aemp-watchdog-$$"
export NOTIFY_SOCKET="@aemp-watchdog-$$" WATCHDOG_USEC=2000000
alone=
follow_node weak nodeid weak binds "$NODE"
for n in 1 2 3 4 5 6; do
  told READY=1
  kill -SEGV "$(cat "/proc/$pid/task/$pid/children")"
  told "STATUS=the node has ended (Segmentation fault): restart $n of 10 in *"
done
pulses=0
while read -r line <&5 && [ "$line" != READY=1 ]; do
  [ "$line" != WATCHDOG=1 ] || pulses=$((pulses + 1))
done
# At once, at the end and three times between them; twice if it waited for the whole pause.
[ "$pulses" -ge 4 ] || fail "it was alive $pulses times in a pause of 3.2 s, expected each second"
kill -TERM "$pid"
ended "$pid"
exit_code 0
unset NOTIFY_SOCKET WATCHDOG_USEC
kill "$listener"
exec 5<&- 3<&-

# Nobody is there: it is said, and the node runs.
export NOTIFY_SOCKET="$TMPDIR/nobody"
follow_node lonely nodeid lonely binds "$NODE"
wait_log 'aemp: cannot tell systemd at */nobody: *'
unset NOTIFY_SOCKET
kill -TERM "$pid"
ended "$pid"
same "exit code" 0 "$rc"
exec 3<&-

# A socket that was handed over, to a node that crashes; who comes meanwhile waits.
activate() {  # activate NAME ARG...: aemp run ARG... with the socket
  name=$1
  shift
  rm -f "${NODE#unix:}"
  mkfifo "$TMPDIR/$name.ready" "$TMPDIR/$name.log"
  AEMP_LOG=7 python3 "$TMPDIR/hand_over.py" "${NODE#unix:}" "$AEMP" run "$@" >"$TMPDIR/$name.ready" 2>"$TMPDIR/$name.log" &
  started="$started $!"
  pid=$!
  exec 4<"$TMPDIR/$name.ready" 3<"$TMPDIR/$name.log"
  read -r ready <&4 || fail "$name: no ready line: $(cat <&3)"
}
activate given nodeid given binds "$NODE"
same "ready line" "given $NODE" "$ready"
aemp cal given time --seed "$NODE"
ok
kill -KILL "$(cat "/proc/$pid/task/$pid/children")"
wait_log '*: restart 1 of 10 in *'
aemp cal given time --seed "$NODE"
ok
kill -TERM "$pid"
ended "$pid"
same "exit code" 0 "$rc"
[ -S "${NODE#unix:}" ] || fail "the socket is not the node's to remove"

activate other nodeid other binds "$NODE-2"
wait_log '*<1> other: nobody listens on descriptor 3*'
kill -TERM "$pid"
ended "$pid"
exit 0
