#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# wiped.sh: what was read of a secret is not in the memory of a node that uses it, nor of one that has refused it.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null 2>&1 || { echo "SKIP test cli/wiped.sh: install python3"; exit 0; }

cat >"$TMPDIR/find.py" <<'END'
import re, sys
pid, text = sys.argv[1], sys.argv[2].encode()
try:
    memory = open("/proc/%s/mem" % pid, "rb", 0)
except OSError as e:
    print(e)
    sys.exit(77)
for line in open("/proc/%s/maps" % pid):
    begin, end, what = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
    if not what.startswith("rw"):
        continue
    memory.seek(int(begin, 16))
    try:
        found = memory.read(int(end, 16) - int(begin, 16)).find(text)
    except OSError:  # a mapping of a device
        continue
    if found >= 0:
        print("found in " + line)
        sys.exit(1)
END

# Its middle: what the allocator notes of a free block overwrites the beginning.
middle() { cut -c 21-40 "$1"; }
found() {  # found PID TEXT: in the memory of that process
  python3 "$TMPDIR/find.py" "$1" "$2" >"$TMPDIR/found"
  case $? in
    0) return 1 ;;
    77) echo "SKIP test cli/wiped.sh: the memory of a process cannot be read: $(cat "$TMPDIR/found")"; exit 0 ;;
  esac
}
gone() {  # gone WHEN FILE
  ! found "$pid" "$(middle "$2")" || fail "the secret is in memory $1: $(cat "$TMPDIR/found")"
}

for name in first second; do
  aemp gensecret "$TMPDIR/$name"
  ok
done
AEMP_RC=$TMPDIR/conf
export AEMP_RC
echo '{}' >"$AEMP_RC"
use() { cat "$TMPDIR/$1" >"$TMPDIR/secret"; }
touch "$TMPDIR/secret"
chmod 600 "$TMPDIR/secret"

use first
follow_node ruth nodeid ruth binds "$NODE" --secret-file "$TMPDIR/secret" cluster a-word-that-stays
found "$pid" a-word-that-stays || fail 'what is there is not found'
gone 'of a node that runs' "$TMPDIR/first"

# The configuration file is wrong, then the secret itself.
use second
echo '{"cluster": 7}' >"$AEMP_RC"
kill -HUP "$pid"
wait_log '*not reloaded, all is as it was: *cluster: expected text'
gone 'after a configuration that was wrong' "$TMPDIR/second"
echo '{}' >"$AEMP_RC"
echo short >>"$TMPDIR/secret"
kill -HUP "$pid"
wait_log '*not reloaded, all is as it was: *line 2: a passphrase of 5 characters*'
gone 'after a secret that was wrong' "$TMPDIR/second"
use second
kill -HUP "$pid"
wait_log '*reloaded: secrets*'
gone 'after a reload' "$TMPDIR/second"
kill -TERM "$pid"
ended "$pid"
exit_code 0
