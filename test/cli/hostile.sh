#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# hostile.sh: what the tool makes of a node that answers what it likes: names that drive terminals, wrong types, numbers out of
# all bounds. No control character reaches stdout or stderr, no command waits for nothing, and what others said is shown.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null 2>&1 || { echo "SKIP test cli/hostile.sh: install python3"; exit 0; }
here=$(cd "$(dirname "$0")" && pwd)

cat >"$TMPDIR/mallory.py" <<'END'
import math, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from node import Node, Port

BAD = "x\x1b[31m\x9b\u202e\x07\"];evil\n"
COUNTS = ("ports monitors watchers local_messages remote_messages run_queue_bytes links_up dials half_open links_taken links_lost "
          "accepted id_conflicts overruns channels channel_bytes_in channel_bytes_out refused_told slowest_callbacks loop_lag "
          "loop_lag_max peer_count loop_busy slowest_time loop_turns").split()
OF_PEER = ("rtt age queued_bytes reconnects links_lost messages_in messages_out bytes_in bytes_out total_bytes_in total_bytes_out "
           "total_messages_in total_messages_out monitors watchers").split()


def peer(**more):
    return dict({n: 1 for n in OF_PEER}, node="bert", up=True, address=BAD, last_down=BAD) | more


def stats(**more):
    return dict({n: 0 for n in COUNTS}, slowest=BAD, loop_turn_times=[1, 2, 3], peers=[peer()], **{"refused_" + BAD: 3}) | more


# What is said to `stats` and to `aemp.trace`.
ANSWERS = {
    "names": ([stats()], [["mallory", BAD, 0, 5]]),
    "peers": ([stats(peers=[peer(node=BAD)])], [[BAD, BAD, 5, 5]]),
    "ports": ([stats(peers=[peer(node="mallory#x")])], [["mallory#x", BAD, 5, 5]]),
    "nothing": ([], [[]]),
    "text": ([BAD], [BAD]),
    "maps": ([{}], [{}]),
    "floats": ([stats(ports=math.nan, loop_lag_max=math.inf, peers=[peer(age=1e300, rtt=-math.inf)])], [["bert", "a", math.nan, 1e300]]),
    "integers": ([stats(loop_turn_times=[-1], peers=[peer(age=2**64 - 1, rtt=-1)])], [["bert", "a", -1, 5]]),
    "keys": ([{1: 2, "peers": 7}], [[1, 2, 3, 4]]),
    "node": ([stats(node="ruth")], []),
    "turns": ([stats(loop_turn_times=[])], [["bert", "a", 1]]),
}


class Mallory(Node):
    how = "names"

    def on_tool(self, tag, *rest):
        if tag in ANSWERS:
            self.how = tag
        elif tag == "stats":
            self.snd(rest[-1], *ANSWERS[self.how][0])
        elif tag == "aemp.trace":
            self.snd(rest[-1], *ANSWERS[self.how][1])
        elif tag == "can":
            self.snd(rest[-1], BAD, "na\u00efve", "na\u00eeve", 7, [], "z" * 3000)
        elif tag == "say":
            self.snd(rest[-1], BAD, {BAD: BAD}, [BAD])
        elif tag == "die":
            self.mon(rest[-1], lambda *reason: None)
            self.kil(rest[-1], BAD, [BAD])


mallory = Mallory("mallory")
mallory.on_message = mallory.on_tool
mallory.listen(sys.argv[2])
print("listening", flush=True)
while True:
    mallory.step()
END
mkfifo "$TMPDIR/ready"
python3 "$TMPDIR/mallory.py" "$here" "$TMPDIR/s" >"$TMPDIR/ready" 2>"$TMPDIR/mallory.err" &
started="$started $!"
read -r _ <"$TMPDIR/ready" || fail "it ended: $(cat "$TMPDIR/mallory.err")"

printed() { printf '%s: %s\n%s\n' "$said" "$out" "$err" >>"$TMPDIR/printed"; }
answers() { aemp snd mallory "$1" --seed "$NODE"; ok; }

for how in names peers ports nothing text maps floats integers keys turns node; do
  answers "$how"
  for command in 'stat mallory' 'stat mallory --json' 'stat mallory --prom' 'trace mallory' 'trace mallory --dot' 'trace mallory --json' \
    trace 'trace --dot'; do
    # shellcheck disable=SC2086
    aemp $command --seed "$NODE" --timeout 10
    printed
    case $err in *'timed out'*) fail "$said ($how): $err" ;; esac
    case $how.$command in
      node.'stat mallory --json')
        no
        expect "$said ($how)" '*node mallory: its answer makes no sense: *' "$err"
        ;;
      names.* | *.'stat mallory --json') ;;
      nothing.trace* | text.* | maps.* | floats.* | integers.* | keys.* | peers.trace* | ports.trace* | turns.trace*)
        no
        expect "$said ($how)" '*node mallory: its answer makes no sense: *' "$err"
        ;;
    esac
  done
done

start_node ruth nodeid ruth binds "$NODE-2"
aemp trace 'ruth#' --seed "$NODE-2"
ok

for command in 'cal mallory die' 'call mallory die' 'restart mallory --timeout 0.2' 'cal mallory say --json' 'call mallory can'; do
  # shellcheck disable=SC2086
  aemp $command --seed "$NODE"
  printed
done

python3 -c 'import sys, unicodedata
for line in open(sys.argv[1], encoding="utf-8"):
    if any(c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf") for c in line):
        sys.exit("not for a terminal: %r" % line)' "$TMPDIR/printed" || fail 'control characters were printed'

# On terminals: terminal.py knows no other sequences than those that belong there.
for how in names peers ports text floats integers; do
  answers "$how"
  cat >"$TMPDIR/typed" <<'END'
wait 1 nodes
wait mallory
resize 1x1
resize 60x9
wait 1 nodes
type q
end
END
  python3 test/cli/terminal.py 200x20 "$TMPDIR/typed" "$AEMP" top mallory --interval 0.05 --seed "$NODE" ||
    fail "top of mallory, $how: exit code $?"
done
cat >"$TMPDIR/typed" <<'END'
wait mallory>
type na\t
wait mallory> na
type \x15say\r
wait u202e
type \x15z\t
wait zzzz
type \x15\x04
end
END
python3 test/cli/terminal.py 80x24 "$TMPDIR/typed" "$AEMP" shell mallory --seed "$NODE" || fail "shell of mallory: exit code $?"
exit 0
