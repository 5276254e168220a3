#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# man.sh: every manual page passes mandoc's lint, and every reference from one page of the project to another finds it.
set -u

pages=$(find man -type f -name '*.[1-9]' 2>/dev/null | LC_ALL=C sort)
[ -n "$pages" ] || { echo "no manual pages yet"; exit 0; }
wrong=0
for page in $pages; do
  mandoc -T lint -W warning "$page" || wrong=1
  # ".Xr aemp-protocol 7": pages of ours are named after the project.
  missing=$(awk '$1 == ".Xr" && $2 ~ /^(lib)?aemp/ {print $2 "." $3}' "$page" | sort -u |
    while read -r target; do [ -f "man/$target" ] || echo "$page: refers to $target, which does not exist"; done)
  [ -z "$missing" ] || { echo "$missing"; wrong=1; }
done
exit $wrong
