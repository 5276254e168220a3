#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# exports.sh: what src/exports.map lets the shared library in $BUILD offer.
#   - every function that objects of programs (tools/ in $BUILD/obj) need of the library;
#   - of free functions and members of public classes, every one whose name is declared in include/aemp;
#   - nothing else of the project but what has the same name, and nothing of the standard library;
#   - by a version that is the series of include/aemp/version.h.
set -u

BUILD=${BUILD:-build}
library=$BUILD/libaemp.so
[ -f "$library" ] || { echo "exports.sh: $library is not there: build first"; exit 1; }
work=$BUILD/check/exports
mkdir -p "$work" || exit 1
wrong=0
bad() { echo "exports.sh: $*"; wrong=1; }

nm -PD --defined-only "$library" | sed 's/@.*//; s/ .*//' | LC_ALL=C sort -u >"$work/offered"
find "$BUILD/obj/tools" -name '*.o' | while read -r object; do nm -P "$object" | awk '$2 == "U" {print $1}'; done |
  LC_ALL=C sort -u >"$work/needed"
# Of those, what the library has; what the programs need of themselves and of the C++ library is not in it.
nm -P --defined-only "$BUILD/libaemp.a" 2>/dev/null | awk '$2 ~ /^[TRDBVW]$/ {print $1}' | LC_ALL=C sort -u >"$work/defined"
LC_ALL=C join "$work/needed" "$work/defined" | LC_ALL=C join -v 1 - "$work/offered" | c++filt >"$work/missing"
[ ! -s "$work/missing" ] || bad "programs need what is not offered: $(cat "$work/missing")"

# The words of the public headers, comments left out.
find include/aemp -name '*.h' -exec cat {} + | sed 's|//.*||' | tr -cs 'A-Za-z0-9_' '\n' | LC_ALL=C sort -u >"$work/words"
# The last name of each symbol: of aemp::Node::leave() that is leave, and its class Node.
names() {
  c++filt | sed -n 's/^\(vtable\|typeinfo\|typeinfo name\) for //; s/\[abi:[a-z0-9]*\]//g; s/(.*//; s/^aemp:://p'
}
while read -r name; do
  for part in $(echo "$name" | sed 's/::/ /g; s/<.*//; s/~//; s/operator.*//'); do
    grep -qx "$part" "$work/words" || bad "offered, but not declared in include/aemp: aemp::$name"
  done
done <<END
$(names <"$work/offered" | LC_ALL=C sort -u)
END
stray=$(c++filt <"$work/offered" | grep -vE '^((vtable|typeinfo|typeinfo name) for )?aemp::|^AEMP_')
[ -z "$stray" ] || bad "not the project's: $stray"

# What a header declares outside of classes and the library defines.
LC_ALL=C join -v 1 "$work/defined" "$work/offered" | c++filt | grep -E '^aemp::(sim::)?[a-z_0-9]+(\[abi:cxx11\])?\(' | names |
  LC_ALL=C sort -u >"$work/kept"
declared=$(find include/aemp -maxdepth 1 -name '*.h' -exec sed -n 's/^[a-zA-Z][^(=]* \([a-z_0-9]*\)(.*/\1/p' {} + | LC_ALL=C sort -u)
offered=$(names <"$work/offered")
for name in $declared; do
  grep -qxE "(sim::)?$name" "$work/kept" || continue
  echo "$offered" | grep -qxE "(sim::|detail::)?$name" || bad "declared in include/aemp, but not offered: $name"
done

series=$(awk '/define AEMP_VERSION_(MAJOR|MINOR) /{v = v (v == "" ? "" : ".") $3} END {sub(/^[1-9][0-9]*\..*/, substr(v, 1, index(v, ".") - 1), v); print v}' \
  include/aemp/version.h)
grep -q "^AEMP_$series {" src/exports.map || bad "src/exports.map: expected AEMP_$series, the series of this version"
echo "$(wc -l <"$work/offered" | tr -d ' ') symbols"
exit $wrong
