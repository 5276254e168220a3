#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# A few seconds of `make chaos`.
set -u

: "${BUILD:?is where the build is}" "${TMPDIR:?is a directory to write to}"
[ -x "$BUILD/aemp-chaos" ] || { echo "there is no aemp-chaos but on Linux"; exit 77; }
"$BUILD/aemp-chaos" --time 10 || exit 1
for left in "$TMPDIR"/chaos.*; do
  [ ! -e "$left" ] || { echo "FAIL: $left is left"; exit 1; }
done
