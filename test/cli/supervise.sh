#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# supervise.sh: a node that crashes, hangs or is asked to is started again, and leaves when it is told to; it stays in the
# background, in its pidfile and in its log.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"
alone=

# The process that is the node: the child of the one that supervises it.
node_of() {
  children=/proc/$1/task/$1/children
  [ -r "$children" ] || { echo "$children cannot be read"; exit 77; }
  process=$(cat "$children")
  process=${process% }
  [ -n "$process" ] || fail "process $1 has no child"
}

# A crash, twice; the second pause is longer.
follow_node ruth nodeid ruth binds "$NODE" --hang-timeout 2
node_of "$pid"
first=$process
kill -SEGV "$process"
wait_log '*<1> supervisor: the node has ended (Segmentation fault): restart 1 of 10 in 0.1 s'
wait_log '*<2> ruth: started anew: ruth unix:*'
node_of "$pid"
[ "$process" != "$first" ] || fail "the same process"
aemp cal ruth time --seed "$NODE"
ok
kill -KILL "$process"
wait_log '*: the node has ended (Killed): restart 2 of 10 in 0.2 s'
wait_log '*: started anew: *'

# It hangs: nothing is heard of it, and signals do not make its supervisor more patient.
node_of "$pid"
kill -STOP "$process"
while kill -HUP "$pid"; do sleep 0.3; done &
storm=$!
started="$started $storm"
wait_log '*<1> supervisor: the node has been silent for 2.0 s: it hangs'
kill "$storm"
wait_log '*: restart 3 of 10 in 0.4 s'
wait_log '*: started anew: *'

# It is asked to, over the network: that is no crash, and it left in order.
aemp restart ruth --seed "$NODE"
ok
same "$said" '' "$out"
wait_log '*: the node is started anew, as it was asked to'
wait_log '*: started anew: *'
aemp cal ruth time --seed "$NODE"
ok

# It ends itself: then that was all.
node_of "$pid"
kill -TERM "$process"
ended "$pid"
same "exit code when the node has left" 0 "$rc"
[ ! -e "${NODE#unix:}" ] || fail "the socket is still there"
exec 3<&-

# SIGTERM to the supervisor, while the node runs and while it does not.
follow_node kim nodeid kim binds "$NODE"
kill -TERM "$pid"
ended "$pid"
same "exit code after SIGTERM" 0 "$rc"
exec 3<&-

# The supervisor dies: its node leaves, as nobody would watch over it.
follow_node orphan nodeid orphan binds "$NODE"
kill -KILL "$pid"
wait_log '*<1> orphan: its supervisor has ended: leaving'
ended "$pid"
while read -r _ <&3; do :; done
[ ! -e "${NODE#unix:}" ] || fail "the socket is still there"
exec 3<&-

# A node that takes longer to leave than it may be silent does not hang: a peer that is stopped has not read what ruth has for it.
alone=--nosupervise
start_node bert nodeid bert binds "$NODE-b"
bert=$pid
alone=
owe() {  # owe NAME ARG...: follow_node, as ruth, who leaves slowly
  kill -CONT "$bert"
  follow_node "$@" nodeid ruth binds "$NODE" seeds "$NODE-b" heartbeat_timeout 60
  aemp cal bert time --seed "$NODE"
  ok
  kill -STOP "$bert"
  printf 'snd ruth# snd bert# "%s"\ntime\n' "$(head -c 1000000 /dev/zero | tr '\0' x)" >"$TMPDIR/lines"
  "$AEMP" shell ruth --seed "$NODE" <"$TMPDIR/lines" >"$TMPDIR/out" || fail "shell: exit code $?"
}
never_hangs() {
  ended "$pid"
  exit_code 0
  while read -r line <&3; do
    case $line in *'it hangs'*) fail "$line" ;; esac
  done
  exec 3<&-
}
owe slow1 --hang-timeout 1
kill -TERM "$pid"
never_hangs
owe slow2 --hang-timeout 1
node_of "$pid"
kill -TERM "$process"
never_hangs

# Nor does a second signal, as Ctrl-C is to the node, cut that short.
alone=--nosupervise
owe slow3
"$AEMP" mon ruth --nodeid watcher --seed "$NODE" >"$TMPDIR/mon" &
monitor=$!
started="$started $monitor"
wait_log '*link to watcher * is up*'
kill -TERM "$pid"
ended "$monitor"
expect 'what others hear' '*left the network' "$(cat "$TMPDIR/mon")"
kill -INT "$pid"
kill -HUP "$pid"
kill -TERM "$pid"
never_hangs
alone=
kill -KILL "$bert"

# Nobody reads the log any more; and who started it had blocked the signal that ends it, and ignores that of a child's end.
if env --block-signal=TERM true 2>/dev/null; then
  mkfifo "$TMPDIR/quiet.ready" "$TMPDIR/quiet.log"
  env --block-signal=TERM --ignore-signal=CHLD "$AEMP" run nodeid quiet binds "$NODE" >"$TMPDIR/quiet.ready" 2>"$TMPDIR/quiet.log" &
  pid=$!
  started="$started $pid"
  exec 4<"$TMPDIR/quiet.ready" 3<"$TMPDIR/quiet.log"
  read -r ready <&4 || fail "no ready line"
  exec 4<&- 3<&-
  node_of "$pid"
  kill -HUP "$process"
  aemp cal quiet time --seed "$NODE"
  ok
  kill -SEGV "$process"
  tries=0
  rc=1
  while [ "$rc" != 0 ] && [ "$((tries += 1))" -lt 20 ]; do
    aemp cal quiet time --seed "$NODE"
  done
  ok
  kill -TERM "$pid"
  ended "$pid"
  exit_code 0
fi

# It crashes too often.
follow_node weak nodeid weak binds "$NODE" --max-restarts 1
node_of "$pid"
kill -SEGV "$process"
wait_log '*: restart 1 of 1 in 0.1 s'
wait_log '*: started anew: *'
node_of "$pid"
kill -SEGV "$process"
wait_log '*: the node has ended (Segmentation fault) after 1 restarts in a row: giving up'
ended "$pid"
same "exit code when it gave up" 1 "$rc"
exec 3<&-
rm -f "${NODE#unix:}"

# What is wrong from the beginning is not tried again.
aemp run nodeid bad binds nonsense
usage
expect "$said" 'aemp: binds: nonsense: *' "$err"
aemp run binds "unix:$TMPDIR/no/such/folder/s"
no
expect "$said" 'aemp: cannot listen on *' "$err"

# Without a supervisor there is one process, and nobody to start it again.
start_node alone nodeid alone binds "$NODE" --nosupervise
same "children" '' "$(cat "/proc/$pid/task/$pid/children")"
aemp restart alone --seed "$NODE"
no
expect "$said" "aemp: node alone is not restarted: not_supervised: *" "$err"
kill -TERM "$pid"
ended "$pid"
same "exit code" 0 "$rc"
aemp run --nosupervise --max-restarts 3
usage
expect "$said" 'aemp: --nosupervise: *' "$err"
aemp restart
usage
aemp restart nobody --seed "$NODE" --timeout 0.1
no

# In the background: it is ready when the command returns; its log is opened anew.
pidfile=$TMPDIR/pid
log=$TMPDIR/daemon.log
aemp run -d nodeid demon binds "$NODE" --pidfile "$pidfile" --logfile "$log"
ok
expect "$said" 'demon unix:*' "$out"
read -r daemon <"$pidfile"
started="$started $daemon"
aemp cal demon time --seed "$NODE"
ok
aemp run nodeid second --pidfile "$pidfile"
usage
expect "$said" "aemp: pidfile *: process $daemon has it: *" "$err"
mv "$log" "$log.1"
mkfifo "$log"
exec 3<>"$log"
kill -HUP "$daemon"
wait_log '*<2> demon: reloaded: secrets*'
exec 3<&-
exec 5<"$pidfile"
kill -TERM "$daemon"
# It holds a lock on it until its end.
flock 5
exec 5<&-
[ ! -e "$pidfile" ] || fail "the pidfile is still there"
aemp run -d nodeid demon binds "unix:$TMPDIR/no/such/folder/s"
no
aemp run -d nodeid demon binds "$NODE" --logfile "$TMPDIR/no/such/folder/log"
no
expect "$said" "aemp: cannot open the logfile '*/no/such/folder/log': No such file *" "$err"
# Where the disk is full, nothing is left of a pidfile.
out=$( (trap '' XFSZ && ulimit -f 0 && exec "$AEMP" run nodeid demon --pidfile "$TMPDIR/full") 2>&1)
same "exit code for a full disk" 1 $?
expect "a full disk" "aemp: cannot write the pidfile *full': File too large" "$out"
[ ! -e "$TMPDIR/full" ] || fail "a pidfile without a process ID is there"

# SIGTERM while the process is there that will be the node, but not yet the node.
[ -f "${BUILD:-build}/libaemp.so" ] || exit 0
cat >"$TMPDIR/gate.cc" <<'END'
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

extern "C" int execvp(const char* program, char* const* argv) {
  close(open(getenv("GATE_REACHED"), O_WRONLY));
  open(getenv("GATE_OPENED"), O_RDONLY);
  return reinterpret_cast<int (*)(const char*, char* const*)>(dlsym(RTLD_NEXT, "execvp"))(program, argv);
}
END
${CXX:-g++} -fPIC -shared -o "$TMPDIR/gate.so" "$TMPDIR/gate.cc" || fail 'cannot compile'
mkfifo "$TMPDIR/reached" "$TMPDIR/opened" "$TMPDIR/early"
GATE_REACHED=$TMPDIR/reached GATE_OPENED=$TMPDIR/opened LD_PRELOAD=$TMPDIR/gate.so \
  "$AEMP" run nodeid early binds "$NODE" >"$TMPDIR/early" &
pid=$!
started="$started $pid"
exec 4<"$TMPDIR/early"
cat "$TMPDIR/reached"
kill -TERM "$pid"
read -r ready <&4 && fail "it is started in spite of SIGTERM: $ready"
ended "$pid"
exit_code 0
