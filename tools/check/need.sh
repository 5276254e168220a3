#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# need.sh demo|test: makes sure that a C++20 compiler, and for test also GoogleTest, is there. As root on Debian and
# Ubuntu what is missing is installed; otherwise the command to run is printed and the script fails.
set -u

what=${1:?usage: need.sh demo|test}
cxx=${CXX:-g++}

has_compiler() {
  command -v "${cxx%% *}" >/dev/null 2>&1 &&
    echo '#include <string>' | $cxx -std=c++20 -fsyntax-only -x c++ - >/dev/null 2>&1
}
has_gtest() {
  [ "$what" != test ] || echo '#include <gtest/gtest.h>' | $cxx -std=c++20 -E -x c++ - >/dev/null 2>&1
}

missing=
if ! has_compiler; then
  if [ "$cxx" != g++ ]; then
    echo "need.sh: '$cxx' does not compile C++20; install it, or leave CXX unset to use g++" >&2
    exit 1
  fi
  missing=g++
  [ "$what" != test ] || missing="g++ libgtest-dev"
elif ! has_gtest; then
  missing=libgtest-dev
fi
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "need.sh: missing: $missing (names of the Debian packages); install them and try again" >&2
  exit 1
fi
command="apt-get update && apt-get install -y $missing"
if [ "$(id -u)" != 0 ]; then
  echo "need.sh: missing: $missing. As root run: $command" >&2
  exit 1
fi
echo "Installing $missing: $command"
# shellcheck disable=SC2086
{ apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y $missing; } </dev/null >&2 ||
  { echo "need.sh: that failed" >&2; exit 1; }
if ! has_compiler || ! has_gtest; then
  echo "need.sh: $missing installed, but still not usable with '$cxx'" >&2
  exit 1
fi
