#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# install.sh: what `make install` puts into a folder is enough to build programs with, and `make uninstall` takes all of it away.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"
build=${BUILD:-$PWD/build}
cxx=${CXX:-g++}
root=$TMPDIR/root
flags=$(sed -n 's/.*\(-fsanitize=[a-z,]*\).*/\1/p' "$build/flags" | head -n 1)

# What is there already is what is installed, whatever the flags.
make_target() { make -s -o all BUILD="$build" PREFIX=/opt/aemp LIBDIR="$libdir" DESTDIR="$root" "$1" >"$TMPDIR/made" 2>&1 || fail "make $1: $(cat "$TMPDIR/made")"; }

cat >"$TMPDIR/prog.cc" <<'END'
#include <aemp/aemp.h>

int main() {
  aemp::Loop loop;
  aemp::Node node(loop);
  const aemp::Port port = node.port([&](int n) {
    if (n == 42) loop.stop();
  });
  node.snd(port, 42);
  loop.run();
}
END

for libdir in lib lib/some-linux-gnu; do
  make_target install
  at=$root/opt/aemp
  for page in man/*.[1-9]; do
    [ -f "$at/share/$(echo "$page" | sed 's|.*/\(.*\.\([1-9]\)\)$|man/man\2/\1|')" ] || fail "$page is not installed"
  done
  expect 'what the installed tool prints' '*0.*' "$("$at/bin/aemp" --version)"
  if command -v pkg-config >/dev/null; then
    # shellcheck disable=SC2046,SC2086
    (PKG_CONFIG_PATH=$at/$libdir/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root && export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR &&
      $cxx -std=c++20 $flags -o "$TMPDIR/prog" "$TMPDIR/prog.cc" $(pkg-config --cflags --libs aemp)) || fail 'pkg-config'
    LD_LIBRARY_PATH=$at/$libdir "$TMPDIR/prog" || fail 'a program that was built with pkg-config'
  fi
  if command -v cmake >/dev/null; then
    cat >"$TMPDIR/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.16)
project(prog LANGUAGES CXX)
find_package(aemp 0.1 REQUIRED)
find_package(aemp 0.1 REQUIRED)
foreach(kind aemp aemp_shared)
  add_executable(with_\${kind} prog.cc)
  target_link_libraries(with_\${kind} PRIVATE aemp::\${kind})
endforeach()
find_package(aemp 9 QUIET)
if(aemp_FOUND)
  message(FATAL_ERROR "version 9 was found")
endif()
END
    rm -rf "$TMPDIR/cmake"
    mkdir "$TMPDIR/cmake"
    hint=
    [ "$libdir" = lib ] || hint=-Daemp_DIR=$at/$libdir/cmake/aemp  # where only Debian's looks
    # shellcheck disable=SC2086
    (cd "$TMPDIR/cmake" && CXX=$cxx CXXFLAGS=$flags && export CXX CXXFLAGS &&
      cmake -DCMAKE_PREFIX_PATH="$at" $hint .. && cmake --build .) >"$TMPDIR/made" 2>&1 || fail "cmake: $(cat "$TMPDIR/made")"
    for program in with_aemp with_aemp_shared; do "$TMPDIR/cmake/$program" || fail "$program of cmake"; done
  fi
  make_target uninstall
  left=$(find "$root" -type f -o -type l)
  [ -z "$left" ] || fail "not uninstalled: $left"
done
