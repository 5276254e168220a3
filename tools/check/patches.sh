#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# patches.sh: every mistake of `make mutants` and `make threat-controls` can still be made: its patch applies. Whether it is noticed
# is for these targets, which take long.
set -u

wrong=0
count=0
for patch in $(find test -name '*.patch' | LC_ALL=C sort); do
  count=$((count + 1))
  said=$(patch -p1 --dry-run --force <"$patch" 2>&1) || { echo "$patch: does not apply: $said"; wrong=1; }
done
[ $count -gt 0 ] || { echo 'patches.sh: no patches'; exit 1; }
echo "$count patches"
exit $wrong
