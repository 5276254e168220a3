#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# python.sh: a node in another language, node.py, which knows no more than aemp-protocol(7) says.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null 2>&1 || { echo 'needs python3'; exit 77; }
here=$(cd "$(dirname "$0")" && pwd)

start_node ruth --nodeid ruth --bind "$NODE"
cat >"$TMPDIR/py.py" <<'END'
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from node import Node, Port

EVERY_KIND = [None, True, False, 0, 23, 24, -1, -25, 2**63, -2**63, 1.5, "gr\u00fc\u00dfe", b"\x00\xff", [1, [2]], {"k": [1]}]


def say(*what):
    print(*what, flush=True)


class Py(Node):
    def dials(self, path):
        """Joins ruth: asks, is answered, monitors what is not there."""
        self.dial(path)
        heard = []
        reply = self.port(lambda *m: heard.append(list(m)))
        ruth = Port(("ruth", 0, 0))
        self.snd(ruth, "up_nodes", reply)
        self.snd(ruth, "snd", reply, *EVERY_KIND)
        self.snd(ruth, "can", "no", reply)
        while len(heard) < 3:
            self.step()
        assert "py" in heard[0], heard
        assert heard[1] == EVERY_KIND, heard[1]
        down = []
        self.mon(Port(("ruth", self.links["ruth"].incarnation, 999)), lambda *r: down.append(r))
        while not down:
            self.step()
        assert down[0][0] == "no_such_port", down
        say("joined", heard[2])

    def serves(self, path):
        """Is dialled by the tool."""
        self.mortal = self.port(say)
        self.listen(path)
        say("listening")
        while True:
            self.step()

    def on_tool(self, tag, *rest):
        if tag == "echo":
            self.snd(rest[-1], *rest[:-1])
        elif tag == "where":
            self.snd(rest[-1], self.mortal)
        elif tag == "kill me":
            self.mon(rest[-1], lambda *reason: say("down", *reason))
            self.kil(rest[-1], "die", "as you wish")
        elif tag == "die":
            self.kill(self.mortal, "die", "was told to")
        elif not tag.startswith("aemp."):
            say("got", tag, *rest)


    def monitored(self, port, link, on):
        super().monitored(port, link, on)
        if on and port == self.mortal:
            say("monitored")


py = Py("py")
py.on_message = py.on_tool
py.dials(sys.argv[2])
py.serves(sys.argv[3])
END
mkfifo "$TMPDIR/py.out"
python3 "$TMPDIR/py.py" "$here" "$TMPDIR/s" "$TMPDIR/p" >"$TMPDIR/py.out" 2>"$TMPDIR/py.err" &
started="$started $!"
exec 3<"$TMPDIR/py.out"
said=py.py
heard() {
  read -r line <&3 || fail "py.py ended: $(cat "$TMPDIR/py.err")"
  expect 'what py.py says' "$1" "$line"
}
heard 'joined *'
heard listening

PY=unix:$TMPDIR/p
aemp snd py hello 42 --seed "$PY"
ok
heard 'got hello 42'
aemp cal py echo 1 '[true,null]' '{"a":"b"}' 2.5 --seed "$PY" --json
ok
same 'all of it back' '[1,[true,null],{"a":"b"},2.5]' "$out"
# A port of the tool, monitored and killed from Python.
aemp cal py 'kill me' --seed "$PY"
no
expect 'the reason that Python gave' '*as you wish*' "$err"
heard 'down die as you wish'
# A port of Python, monitored by the tool; then one that is dead already.
aemp cal py where --seed "$PY"
ok
expect 'a port' 'py#*' "$out"
mortal=$out
aemp snd "$mortal" to the port --seed "$PY"
ok
heard 'to the port'
"$AEMP" mon "$mortal" --seed "$PY" >"$TMPDIR/mon.out" 2>"$TMPDIR/mon.err" &
started="$started $!"
mon=$!
heard monitored
aemp snd py die --seed "$PY"
ok
ended "$mon"
said="aemp mon $mortal"
exit_code 0
same 'the reason' "$(printf 'die\twas told to')" "$(cat "$TMPDIR/mon.out")"
aemp mon "$mortal" --seed "$PY"
ok
expect 'the reason' 'no_such_port*' "$out"
