#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# module.sh: `aemp run` loads shared objects that are named among its services; the shared library serves a program.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"
build=${BUILD:-$PWD/build}
include=$PWD/include
cxx=${CXX:-g++}
[ -f "$build/libaemp.so" ] || { echo 'SKIP module.sh: no shared objects here'; exit 0; }

shared() {  # shared NAME [OPTION...]: the program on standard input as $TMPDIR/NAME
  name=$1
  shift
  # shellcheck disable=SC2086
  $cxx -std=c++20 -O0 -I"$include" -o "$TMPDIR/$name" -x c++ - -x none "$@" || exit 1
}

shared hello.so -fPIC -shared <<'END'
#include <aemp/module.h>

AEMP_MODULE(aemp::Node& node) {
  static std::string greeting = "hello";
  node.define("greet", [](std::string with) { greeting = with; });
  node.define("hello", [&node](std::string who, aemp::Port reply) { node.snd(reply, greeting + ", " + who); });
}
END
cd "$TMPDIR" || exit 1
start_node ruth --nodeid ruth --bind "$NODE" services '["./hello.so",["greet","good night"]]'
ruth=$pid
aemp call ruth hello bert --seed "$NODE"
ok
same 'a function of it, after a service of it' 'good night, bert' "$out"
kill "$ruth"
ended "$ruth"
exit_code 0

# What goes wrong.
refused() {  # refused PATTERN SERVICES
  aemp run --nosupervise --nodeid x --bind "$NODE-x" services "$2"
  [ "$rc" != 0 ] || fail "$2 was taken"
  expect 'what is wrong' "$1" "$err"
}
refused "*services: './none.so': *No such file*" ./none.so
echo 'int x;' | shared other.so -fPIC -shared
refused "*services: './other.so': not a module of aemp: expected AEMP_MODULE*" ./other.so
echo 'no object' >"$TMPDIR/text.so"
refused "*services: '$TMPDIR/text.so': *" "$TMPDIR/text.so"
printf '%s\n' '#define AEMP_VERSION "0.0.9"' 'namespace aemp { class Node; }' \
  'extern "C" { extern const char aemp_module_version[] = AEMP_VERSION; void aemp_module(aemp::Node&) {} }' |
  shared old.so -fPIC -shared
refused "*services: './old.so': compiled for aemp 0.0.9, this is *: compile it anew*" ./old.so
shared thrower.so -fPIC -shared <<'END'
#include <aemp/aemp.h>
#include <aemp/module.h>

AEMP_MODULE(aemp::Node&) { throw aemp::Error(aemp::Errc::bad_config, "not today"); }
END
refused "*services: './thrower.so': its aemp_module has thrown: *not today*" ./thrower.so
shared odd.so -fPIC -shared <<'END'
#include <aemp/module.h>

AEMP_MODULE(aemp::Node&) { throw 42; }
END
refused "*services: './odd.so': its aemp_module has thrown what is no std::exception*" ./odd.so
refused '*services: function "hello.so" is not defined*' hello.so
refused '*services: function "gone" is not defined*' ./hello.so,gone

# A program that is linked with the shared library, by the name that it will be looked for.
[ "$(readelf -d "$build/libaemp.so" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')" = "$(basename "$(find "$build" -maxdepth 1 -name 'libaemp.so.*' -type l)")" ] ||
  fail 'the soname is not that of the link'
shared program -L"$build" -Wl,-rpath,"$build" -laemp <<'END'
#include <aemp/aemp.h>
#include <cstdio>

int main() {
  aemp::Loop loop;
  aemp::Node node(loop);
  const aemp::Port port = node.port([&](int n) {
    std::printf("%d\n", n);
    loop.stop();
  });
  node.snd(port, 42);
  loop.run();
  try {
    aemp::parse_json("[");
  } catch (const aemp::Error& e) {
    std::puts("caught");
  }
}
END
same 'what it prints' "42
caught" "$("$TMPDIR/program")"
