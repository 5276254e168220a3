#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# setsecret.sh: a secret that is typed on a terminal is not shown, and is stored; the terminal shows again what is typed then,
# however that ended.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null 2>&1 || { echo "SKIP test cli/setsecret.sh: install python3"; exit 0; }

AEMP_RC=$TMPDIR/conf
export AEMP_RC
aemp gensecret "$TMPDIR/secret"
ok
print=$out
secret=$(cat "$TMPDIR/secret")
typed() {  # typed COMMAND: in a shell on a terminal that says at the end what it is like; the steps are standard input
  cat >"$TMPDIR/steps"
  python3 test/cli/terminal.py 100x24 "$TMPDIR/steps" /bin/sh -c "$1; stty -a" >"$TMPDIR/screen" || fail "$1: exit code $?"
}

typed "'$AEMP' setsecret" <<END
wait secret:
type $secret\\r
wait $print
wait iexten echo
screen
end
END
! grep -q "${secret#aemp-s1.}" "$TMPDIR/screen" || fail 'the secret is on the screen'
grep -q "\"$secret\"" "$AEMP_RC" || fail 'the secret is not stored'
before=$(cat "$AEMP_RC")

# Control-C, and signals from elsewhere; what was typed by then is for nobody.
typed "'$AEMP' setsecret; echo code \$?" <<END
wait secret:
type half\\x03
wait interrupted
wait code 2
wait iexten echo
end
END
# shellcheck disable=SC3045 # dash, bash and the BSDs have it
ulimit -c 0
for signal in HUP.129 INT.130 QUIT.131 TERM.143; do
  typed "sh -c 'echo \$\$ >$TMPDIR/pid; exec \"$AEMP\" setsecret'; echo code \$?" <<END
wait secret:
type half
run kill -${signal%.*} \$(cat $TMPDIR/pid)
wait code ${signal#*.}
wait iexten echo
end
END
done
same 'the file' "$before" "$(cat "$AEMP_RC")"
