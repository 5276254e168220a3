#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# format.sh check|rewrite: clang-format over all sources.
set -u

case ${1:-} in
  check) set -- --dry-run -Werror --ferror-limit=3 ;;
  rewrite) set -- -i ;;
  *) echo "usage: format.sh check|rewrite" >&2; exit 2 ;;
esac
find include src tools test -type f \( -name '*.h' -o -name '*.cc' \) 2>/dev/null | LC_ALL=C sort |
  xargs -r -n 40 -P "$(nproc 2>/dev/null || echo 1)" clang-format --style=file "$@"
