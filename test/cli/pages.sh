#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# pages.sh: the examples of the manual pages and of README.md compile, and do what they say.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"
build=${BUILD:-$PWD/build}
cxx=${CXX:-g++}
here=$PWD
# Where the library is instrumented, so must be what it is linked with.
flags=$(sed -n 's/.*\(-fsanitize=[a-z,]*\).*/\1/p' "$build/flags" | head -n 1)
out_of_pages=$TMPDIR/pages
mkdir "$out_of_pages" || exit 1

compile() {  # compile NAME
  # shellcheck disable=SC2086
  $cxx -std=c++20 -O0 $flags -I"$here/include" -o "$out_of_pages/$1" "$out_of_pages/$1.cc" "$build/libaemp.a" >"$TMPDIR/compiled" 2>&1 || {
    head -n 40 "$TMPDIR/compiled" >&2
    fail "example $1 does not compile"
  }
}

awk -v out="$out_of_pages" -f "$(dirname "$0")/pages.awk" man/*.[1-9] README.md >"$TMPDIR/programs" || fail 'examples cannot be read'
# Addresses of examples are moved into this test's directory.
sed -i "s|unix:/tmp/|unix:$TMPDIR/|g" "$out_of_pages"/*.cc
compile fragments
cd "$TMPDIR" || exit 1
"$out_of_pages/fragments" >names || fail 'no list of fragments'
[ -s names ] || fail 'no fragments'
while read -r name; do
  "$out_of_pages/fragments" "$name" >printed 2>&1 </dev/null || fail "example $name: exit code $?: $(cat printed)"
done <names || exit 1
while read -r name; do
  compile "${name#+}"
  case $name in +*) continue ;; esac
  "$out_of_pages/$name" >printed </dev/null || fail "example $name: exit code $?"
  [ ! -f "$out_of_pages/$name.prints" ] || same "what example $name prints" "$(cat "$out_of_pages/$name.prints")" "$(cat printed)"
done <programs || exit 1

# The tutorial's two processes, and the tool as a third one.
"$out_of_pages/aemp-guide-7-pong" 2>pong.log &
started="$started $!"
got=$("$out_of_pages/aemp-guide-7-ping" 2>ping.log) || fail "ping: $(cat ping.log pong.log)"
same 'what ping prints' 'got 42' "$got"
aemp call ponger ping 41 --seed "unix:$TMPDIR/ponger"
ok
same 'what the tool prints' "$(printf 'pong\t42')" "$out"
# Its secret, from one file to two configuration files, which then serve two nodes over TCP.
aemp gensecret ./secret
ok
for rc_file in hub other; do
  aemp setsecret --rc "$rc_file" <secret
  ok
done
start_node hub --rc hub nodeid hub binds 127.0.0.1:0
aemp call hub time --rc other --seed "${ready##* }"
ok
echo "$(wc -l <names) fragments, $(wc -l <programs) programs"
