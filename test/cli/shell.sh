#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# shell.sh: `aemp shell`, typed into a pseudo-terminal of two sizes, one of which changes; what is on the screen then is in
# shell.80x24 and shell.200x60. And the same from a pipe and a file.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"

start_node ruth nodeid ruth binds "$NODE"

# From a pipe, and from a file whose last line does not end.
lines='info
=
can info
call can nothing
cal ruth time
snd ruth devnull {"a": [1, 2]}
'
printf '%s' "$lines" >"$TMPDIR/lines"
printf 'can %s' "'info'" >>"$TMPDIR/lines"
"$AEMP" shell ruth --seed "$NODE" <"$TMPDIR/lines" >"$TMPDIR/out" 2>"$TMPDIR/err"
same "exit code" 0 $?
same "errors" '' "$(cat "$TMPDIR/err")"
expect "replies" 'ruth	*
[*] ruth
true
false
[1-9]*
true' "$(cat "$TMPDIR/out")"
# A pipe that comes in pieces, between which the node answers others.
{
  printf 'ca'
  "$AEMP" cal ruth time --seed "$NODE" >"$TMPDIR/time"
  printf 'n info\n\n   \ncan time'
} | "$AEMP" shell --json --seed "$NODE" >"$TMPDIR/out"
same "replies" '[true]
[true]' "$(cat "$TMPDIR/out")"

# What fails is said, and the rest done.
printf 'nothing\ncal ruth#x hello\nsnd\n{"a"\n=!\ncan info\n' |
  "$AEMP" shell ruth --seed "$NODE" >"$TMPDIR/out" 2>"$TMPDIR/err"
same "exit code" 1 $?
same "replies" true "$(cat "$TMPDIR/out")"
expect "errors" "aemp: die: function 'nothing' *
aemp: no_such_port: *
aemp: expected snd PORT ARG...
aemp: '{\"a\"': expected JSON that ends
*" "$(cat "$TMPDIR/err")"
aemp shell --seed "$NODE-nobody" --timeout 0.1
no
aemp shell a b --seed "$NODE"
usage

# Lines that end with CR and LF.
printf 'can time\r\n\r\ninfo\r\n' | "$AEMP" shell --json --seed "$NODE" >"$TMPDIR/out" || fail "CR and LF: exit code $?"
expect "replies" '[[]true[]]
[[]"ruth",*' "$(cat "$TMPDIR/out")"

# A long line, without an end, takes no stack.
head -c 1000000 /dev/zero | tr '\0' x >"$TMPDIR/lines"
# shellcheck disable=SC3045 # dash, bash and the BSDs have it
(ulimit -s 256 && exec "$AEMP" shell ruth --seed "$NODE" <"$TMPDIR/lines") >"$TMPDIR/out" 2>"$TMPDIR/err"
same "exit code for a long line" 1 $?
expect "errors" "aemp: *not defined*" "$(cat "$TMPDIR/err")"

# Who is ended before the last line has not done all of them.
mkfifo "$TMPDIR/in" "$TMPDIR/replies"
"$AEMP" shell ruth --seed "$NODE" <"$TMPDIR/in" >"$TMPDIR/replies" &
pid=$!
started="$started $pid"
exec 5>"$TMPDIR/in" 4<"$TMPDIR/replies"
echo 'can info' >&5
read -r line <&4
kill -TERM "$pid"
ended "$pid"
same "exit code after SIGTERM" 143 "$rc"
exec 5>&- 4<&-

command -v python3 >/dev/null 2>&1 || { echo "SKIP test cli/shell.sh: install python3"; exit 0; }

# In a terminal: a mistake that is mended, the line before once more, completion, text wider than the screen, another node.
cat >"$TMPDIR/typed" <<'EOF'
wait ruth>
type cann nothing\x02\x02\x02\x02\x02\x02\x02\x02\x08\x05\r
wait can nothing\nfalse
type \e[A\x17info\r
wait can info\ntrue
type up\t\r
wait up_nodes\nshell-test
type kno\t\x15tim\t\x15can tx\x08ime\r
wait can time\ntrue
type can 'abcdefghijklmnopqrstuvwxyz 0123456789 abcdefghijklmnopqrstuvwxyz 0123456789 é ü'
wait ü
screen
type \e[H\e[C\x0b\x03
wait ^C
type no such\r
wait not defined\nruth>
type =n\x08ru\t\r
type =\r
wait * ruth\nruth>
screen
type \x04
end
EOF
for size in 80x24 200x60; do
  python3 test/cli/terminal.py $size "$TMPDIR/typed" "$AEMP" shell ruth --nodeid shell-test --seed "$NODE" >"$TMPDIR/screens" ||
    fail "the shell in a terminal of $size: exit code $?"
  diff "test/cli/shell.$size" "$TMPDIR/screens" || fail "other screens than test/cli/shell.$size"
done

# It is resized while a long line is typed; and it leaves the terminal as it was, however it ends.
cat >"$TMPDIR/typed" <<'EOF'
wait ruth>
type can '0123456789 0123456789 0123456789 0123456789'
wait 456789'
resize 30x10
wait ruth> 0123456789 0123456789'
type \r
wait false
type \x04
end
EOF
python3 test/cli/terminal.py 80x24 "$TMPDIR/typed" "$AEMP" shell ruth --seed "$NODE" || fail "resized: exit code $?"
for signal in INT TERM HUP QUIT; do
  cat >"$TMPDIR/typed" <<END
wait ruth>
run kill -$signal \$(cat $TMPDIR/pid)
wait isig icanon
end
END
  python3 test/cli/terminal.py 100x24 "$TMPDIR/typed" /bin/sh -c \
    "sh -c 'echo \$\$ >$TMPDIR/pid; exec \"$AEMP\" shell ruth --seed \"$NODE\"'; stty -a" || fail "SIG$signal: exit code $?"
done
cat >"$TMPDIR/typed" <<'EOF'
wait ruth>
type \x04
wait icanon
end
EOF
python3 test/cli/terminal.py 80x24 "$TMPDIR/typed" /bin/sh -c "'$AEMP' shell ruth --seed '$NODE'; stty -a" || fail "stty: exit code $?"

# A node ID that is wider than the terminal.
start_node long nodeid a-name-that-is-much-longer-than-this-terminal-is-wide binds "$NODE-2"
cat >"$TMPDIR/typed" <<'EOF'
wait -is-wide>
type can info
wait -is-wide> can info
screen
type \r
wait true
type \x04
end
EOF
python3 test/cli/terminal.py 32x4 "$TMPDIR/typed" "$AEMP" shell --seed "$NODE-2" >"$TMPDIR/screen" || fail "narrow: exit code $?"
edge=--------------------------------
same 'the screen' "$edge
rminal-is-wide> can info
$edge" "$(cat "$TMPDIR/screen")"
exit 0
