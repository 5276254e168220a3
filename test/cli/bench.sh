#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# bench.sh: aemp-bench hands the workload crypto over to the program beside it.
: "${BUILD:?is where the build is}"
[ -x "$BUILD/aemp-bench" ] || { echo "there is no aemp-bench but on Linux"; exit 77; }
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"
AEMP=$TMPDIR/aemp-bench
cp "$BUILD/aemp-bench" "$AEMP" || exit 1

wrong() {  # wrong PATTERN ARG...
  pattern=$1
  shift
  aemp "$@"
  exit_code 2
  expect "stderr of $said" "aemp-bench: $pattern" "$err"
}

wrong "--pairs is not for crypto, which takes *" --pairs 2 crypto
wrong "--secure is not for crypto, which takes *" crypto --secure=key
wrong "crypto has no floor" crypto floor
wrong "one workload expected, got 'crypto' too" all crypto
aemp crypto --help
ok
expect "help" "*  crypto *" "$out"

aemp crypto
no
expect "$said alone" "aemp-bench: cannot run $TMPDIR/aemp-bench-crypto: *; make bench-build builds it *" "$err"

# A picture of the results, which is well-formed.
aemp local --n 1000 --pairs 1 --svg "$TMPDIR/plot.svg"
exit_code 0
expect "the picture" '<svg *>local, 16 B<*>local-pingpong, 16 B<*</svg>' "$(cat "$TMPDIR/plot.svg")"
if command -v python3 >/dev/null; then
  python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$TMPDIR/plot.svg" || fail 'no XML'
fi
wrong "--svg needs a file" local --svg=
aemp local --n 1000 --pairs 1 --svg "$TMPDIR/no/plot.svg"
exit_code 1
expect "stderr of $said" "aemp-bench: cannot write $TMPDIR/no/plot.svg" "$err"

# Whatever is there gets the option, and answers.
printf '#!/bin/sh\necho "got $*"\nexit 3\n' >"$TMPDIR/aemp-bench-crypto"
chmod +x "$TMPDIR/aemp-bench-crypto"
aemp crypto
exit_code 3
same "$said" "got " "$out"
aemp crypto --json
exit_code 3
same "$said" "got --json" "$out"

# The real one, until its first figures.
line=$("$BUILD/aemp-bench" crypto --json | head -n 1)
expect "crypto --json" '{"workload":"crypto","primitive":"seal","size":64,"kernel":"portable","ns":[1-9]*,"mb_per_s":[0-9]*}' "$line"
line=$("$BUILD/aemp-bench" crypto | sed 2q | tr -s ' \n' ' ')
expect "crypto" 'primitive bytes kernel ns MB/s seal 64 portable [1-9]* [1-9]* ' "$line"
AEMP=$BUILD/aemp-bench-crypto
aemp --jsno
exit_code 2
expect "stderr of $said" 'Usage: aemp-bench-crypto *' "$err"
