#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# headers.sh: the public headers are few, each compiles alone and without RTTI, and none costs a user too much: a header that
# includes no other of ours has at most 40,000 preprocessed lines (55,000 with <chrono>, which alone has 46,000), others
# 90,000, and aemp.h adds at most 6,000 to the standard headers that it includes. Those in detail/ are not for users to
# include and are not counted.
set -u

cxx=${CXX:-g++}
max_headers=21 max_leaf=40000 max_leaf_chrono=55000 max_any=90000 max_added=6000
wrong=0
bad() { echo "$*"; wrong=1; }
lines() { $cxx -std=c++20 -Iinclude -E -x c++ - | wc -l; }

headers=$(find include/aemp -type f -name '*.h' | LC_ALL=C sort)
count=$(echo "$headers" | grep -vc /detail/)
[ "$count" -le $max_headers ] || bad "$count public headers, at most $max_headers"

for header in $headers; do
  name=${header#include/}
  # Twice: the guard is tried too.
  printf '#include <%s>\n#include <%s>\n' "$name" "$name" |
    $cxx -std=c++20 -Iinclude -fno-rtti -Wall -Wextra -Wpedantic -Wconversion -Werror \
      -fsyntax-only -x c++ - || bad "$header does not compile alone"
  used=$(echo "#include <$name>" | lines)
  if grep -q '^#include <aemp/' "$header"; then
    limit=$max_any
  elif grep -q '^#include <chrono>' "$header"; then
    limit=$max_leaf_chrono
  else
    limit=$max_leaf
  fi
  [ "$used" -le $limit ] || bad "$header: $used preprocessed lines, at most $limit"
  echo "$name $used"
done

# The standard headers named in any header that aemp.h reaches, and what is ours on top of them.
if [ -f include/aemp/aemp.h ]; then
  reached=$(echo '#include <aemp/aemp.h>' | $cxx -std=c++20 -Iinclude -MM -MT x -x c++ - | tr ' ' '\n' |
    grep '^include/aemp/')
  # shellcheck disable=SC2086
  standard=$(sed -n 's/^#include <\([a-z_]*\)>.*/#include <\1>/p' $reached | sort -u | lines)
  all=$(echo '#include <aemp/aemp.h>' | lines)
  echo "aemp.h adds $((all - standard)) lines to $standard of the standard library"
  [ $((all - standard)) -le $max_added ] || bad "aemp.h adds $((all - standard)) lines, at most $max_added"
fi
exit $wrong
