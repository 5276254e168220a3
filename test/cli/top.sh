#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# top.sh: `aemp top` in pseudo-terminals of two sizes, one of which changes; the screens, with # for each figure, are in top.80x24
# and top.200x60.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"

aemp top --seed "$NODE"
usage
expect "$said" 'aemp: top: expected a terminal; *' "$err"
aemp top a b
usage
aemp top ruth --level 3 --seed "$NODE"
usage
expect "$said" 'aemp: --level is for log, not for top' "$err"
command -v python3 >/dev/null 2>&1 || { echo "SKIP test cli/top.sh: install python3"; exit 0; }

start_node ruth nodeid ruth binds "$NODE"
start_node bert nodeid bert seeds "$NODE" binds "$NODE-2"
bert=$pid

# Both nodes and both ends of their link; a smaller screen shows less and says so.
cat >"$TMPDIR/typed" <<'EOF'
wait 2 nodes, 2 ends of links
wait ruth bert
wait bert ruth
drawn
screen
resize 60x9
drawn
screen
type q
end
EOF
for size in 80x24 200x60; do
  python3 test/cli/terminal.py $size "$TMPDIR/typed" "$AEMP" top --nodeid top --interval 0.2 --seed "$NODE" >"$TMPDIR/out" ||
    fail "top in a terminal of $size: exit code $?"
  sed -e 's/[0-9][0-9.kms]*/#/g' -e 's/  *\(-\|#\)/ #/g' -e 's/  *$//' "$TMPDIR/out" >"$TMPDIR/screens"
  awk -v most="${size%x*}" 'length > most {print "too wide: " $0}' "$TMPDIR/out" | grep . && fail "lines wider than the screen"
  diff "test/cli/top.$size" "$TMPDIR/screens" || fail "other screens than test/cli/top.$size"
done

# One node only; it goes, and that is seen; the terminal is left as it was.
cat >"$TMPDIR/typed" <<EOF
wait 1 nodes
wait bert
type !
wait 1 silent
wait no reply
type \\x03
wait icanon
end
EOF
sed -i "s/^type !/run kill $bert/" "$TMPDIR/typed"
python3 test/cli/terminal.py 80x24 "$TMPDIR/typed" /bin/sh -c "'$AEMP' top bert --interval 0.2 --seed '$NODE'; stty -a" ||
  fail "top of a node that goes: exit code $?"
exit 0
