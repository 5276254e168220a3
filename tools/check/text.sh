#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# text.sh: what every source file must have, and must not, and what the top of the project may hold.
set -u

flag() {  # flag TEXT: shows the lines on standard input, if any, under TEXT
  hits=$(cat)
  [ -z "$hits" ] || printf '%s:\n%s\n' "$1" "$hits" | sed '2,$s/^/  /'
}
sources=$(find include src tools test -type f \( -name '*.h' -o -name '*.cc' \) 2>/dev/null | LC_ALL=C sort)
scripts=$(find tools test .ci -type f \( -name '*.sh' -o -path .ci/run \) 2>/dev/null | LC_ALL=C sort)
# shellcheck disable=SC2086
set -- /dev/null $sources

# The names at the top that belong to the project: those that git tracks, or, where the tree is no repository of its own (an
# unpacked archive, a copy inside another one), those that are there and that .gitignore does not name as /NAME/.
top_names() {
  if [ "$(git rev-parse --is-inside-work-tree --show-prefix 2>/dev/null)" = true ]; then
    git ls-files | sed 's|/.*||' | sort -u
  else
    find . ! -name . -prune | sed 's|^\./||' | while read -r name; do
      grep -sqxF -e "/$name" -e "/$name/" .gitignore || echo "$name"
    done | LC_ALL=C sort
  fi
}

all_checks() {
  top_names | grep -vxE '\..*|Makefile|src|include|test|tools|man|README\.md|LICENSE|CHANGELOG\.md' |
    flag "the top of the project holds src include test tools man, Makefile README.md LICENSE CHANGELOG.md and dot-files only"

  line='// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.'
  # One awk for all files: a process for each would take longer than everything else here. An empty file has no line to look at.
  # shellcheck disable=SC2086
  { awk -v line="$line" 'FNR == 1 && $0 != line {print FILENAME}' "$@"
    find include src tools test -type f \( -name '*.h' -o -name '*.cc' \) -size 0 2>/dev/null; } |
    flag "first line is not the copyright line"
  # shellcheck disable=SC2086
  awk -v line="# ${line#// }" '
    function report() { if (file != "" && second != line) print file }
    FNR == 1 {report(); file = FILENAME; second = ""}
    FNR == 2 {second = $0}
    END {report()}' /dev/null $scripts | flag "second line is not the copyright line"

  # AEMP_<FLOOR>_<FILE>_H in src/, AEMP_<...>_H elsewhere.
  awk '
    function report(   want) {
      if (file !~ /\.h$/) return
      want = "AEMP_[A-Z0-9_]*_H"
      if (file ~ /^src\//) {
        want = substr(file, 5)
        gsub(/[\/.-]/, "_", want)
        want = "AEMP_" toupper(want)
      }
      if (found !~ ("^" want "$") || !defined) print file ": " want
    }
    FNR == 1 {report(); file = FILENAME; found = ""; defined = 0}
    found == "" && /^#ifndef [A-Z0-9_]*$/ {found = $2}
    found != "" && $0 == "#define " found {defined = 1}
    END {report()}' "$@" | flag "include guard missing or misnamed"

  grep -nE '#[ ]*pragma once' "$@" | flag "include guards, not #pragma once"
  grep -nwE 'TO''DO|FIX''ME|X''XX|HA''CK' "$@" | flag "unfinished by its own words"
  grep -nE 'sleep_for|sleep_until|\b(u|nano)?sleep\(' "$@" | grep -E '^(test|src|include)/' |
    flag "waits by the clock"
  grep -nE 'shared_ptr|dynamic_cast|typeid\(' "$@" | grep -E '^(src|include)/' |
    flag "not in the library: shared_ptr, dynamic_cast, typeid"
  grep -nE '^[ ]*//[ ]*[-=*#/]{4,}' "$@" | flag "rulers"
  grep -nE '^#[ ]*if 0' "$@" | flag "dead code"
  # Behaviour is chosen by the build (one file per platform), not in bodies; guards and compiler features are no platform.
  grep -nE '^#[ ]*(if|ifdef|elif).*(__linux__|__APPLE__|__FreeBSD__|__OpenBSD__|__NetBSD__|_WIN32)' "$@" |
    grep -E '^(src|include)/' | grep -v '^src/os/' | flag "platform conditionals belong to src/os"
}

found=$(all_checks "$@")
[ -z "$found" ] || { echo "$found"; exit 1; }
