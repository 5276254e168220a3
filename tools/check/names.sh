#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# names.sh: what has a name has its place in a manual page.
#   - every public name of include/aemp/X.h is a word of man/aemp_X.3: macros, types, enumerators, functions, members, constants;
#     not what is private, protected or in namespace detail, nor operators, aliases, and classes that are declared only
#     and marked `// internal`; those of include/aemp/detail that are in no namespace detail are words of some page of section 3;
#   - every command and option of the tool has an entry in man/aemp.1, every key of the configuration in man/aemp.conf.5, every
#     type of frames in man/aemp-protocol.7, every word for a reason in man/libaemp.3.
set -u

# words PAGE...: those of pages, their comments left out, one a line.
words() { cat "$@" | sed '/^\.\\"/d; s/\\e/ /g' | tr -cs 'A-Za-z0-9_' '\n' | LC_ALL=C sort -u; }

# entries PAGE MACRO: the arguments of MACRO in the lines .It, one a line.
entries() {
  awk -v macro="$2" '
    $1 == ".It" {
      on = 0
      for (i = 2; i <= NF; i++) {
        if ($i ~ /^[A-Z][a-z]$/) on = $i == macro
        else if (on && $i != ",") print $i
      }
    }' "$1"
}

# The words of a page stand in $1, the names on standard input: those that are not among them.
missing() { LC_ALL=C sort -u | grep -vxF -e "$1"; }

# need SOURCE WHAT PAGE ENTRIES: each name on standard input is an entry of the page.
need() {
  names=$(cat)
  [ -n "$names" ] || { echo "$1: no $2 found: names.sh cannot read it any more"; return; }
  [ -f "$3" ] || { echo "$1: $3 does not exist"; return; }
  for name in $(echo "$names" | missing "$4"); do echo "$1: $2 $name has no entry in $3"; done
}

# names_of HEADER OTHERS: its public names; not OTHERS, or all, where they are only declared. Comments and strings are blanked;
# what a brace opens is decided by the text before it since the last `;`, `{` or `}`, in which <...> is left out and (...) stands
# as @.
names_of() {
  awk -v others="$2" '
    function blank_line(s,   out, i, c, n, end) {
      out = ""; n = length(s)
      for (i = 1; i <= n; i++) {
        c = substr(s, i, 1)
        if (comment) {
          end = index(substr(s, i), "*/")
          if (!end) return out
          i += end; comment = 0
        } else if (c == "/" && substr(s, i + 1, 1) == "/") return out
        else if (c == "/" && substr(s, i + 1, 1) == "*") { comment = 1; i++ }
        else if (c == "\"" || (c == "\047" && out !~ /[0-9a-fA-F]$/)) {
          for (i++; i <= n && substr(s, i, 1) != c; i++) if (substr(s, i, 1) == "\\") i++
          out = out "\"\""
        } else if (c != "\047") out = out c
      }
      return out
    }
    function plain(h) {
      gsub(/\[\[[^]]*\]\]/, " ", h)
      gsub(/operator *[^A-Za-z0-9_ (]+/, "operator", h)
      gsub(/->|<=>|<=|>=|==|!=/, " ", h)
      while (gsub(/\([^()]*\)/, "@", h)) {}
      while (gsub(/<[^<>]*>/, " ", h)) {}
      gsub(/@ *@/, "@", h)
      gsub(/(requires|noexcept|explicit|alignas|decltype) *@/, " ", h)
      gsub(/[ ]+/, " ", h); sub(/^ /, "", h); sub(/ $/, "", h)
      return h
    }
    function open(h,   a, b) { a = gsub(/\(/, "", h); b = gsub(/\)/, "", h); return a > b }
    function last_word(h) { sub(/[^A-Za-z0-9_]+$/, "", h); sub(/.*[^A-Za-z0-9_]/, "", h); return h }
    function is_public() { return inside_aemp && access[depth] == "public" }
    function say(name) { if (is_public() && name ~ /^[A-Za-z_]/) print name }
    # The name of what is declared as class, struct or union; empty where nothing is.
    function class_of(h) {
      if (h ~ /@/ || h !~ /(^|[^A-Za-z0-9_])(class|struct|union) /) return ""
      sub(/.*(class|struct|union) /, "", h); sub(/[ :].*/, "", h)
      return h
    }
    function declared(h,   i, n, part) {
      h = plain(h)
      if (h == "" || h ~ /^(using|typedef|friend|static_assert|public|private|protected)([^A-Za-z0-9_]|$)/) return
      if (h ~ /(^|[^A-Za-z0-9_])operator([^A-Za-z0-9_]|$)/) return
      if (h ~ /^(template )?(enum )?(class|struct|union) [A-Za-z0-9_]+$/) {
        if (others != "all" && index(others, " " last_word(h) " ") == 0) say(last_word(h))
        return
      }
      if (h ~ /^[^=]*@/) {
        sub(/ ?@.*/, "", h)
        say(last_word(h))
        return
      }
      gsub(/=[^,]*/, "", h); gsub(/\[[^]]*\]/, "", h)
      n = split(h, part, ",")
      for (i = 1; i <= n; i++) say(last_word(part[i]))
    }
    function enumerators(h,   i, n, part) {
      n = split(h, part, ",")
      for (i = 1; i <= n; i++) { sub(/=.*/, "", part[i]); say(last_word(part[i])) }
    }
    function push(kind, how) { depth++; scope[depth] = kind; access[depth] = how }
    # A brace after `head`: a scope to look into, or something to be passed over.
    function opened(   h, name, how) {
      h = plain(head)
      if (!open(head) && h ~ /^(inline )?namespace/) {
        how = h ~ /namespace( [A-Za-z0-9_]+)?$/ && last_word(h) != "detail" && access[depth] == "public" ? "public" : "private"
        if (h ~ /namespace aemp$/) inside_aemp = depth + 1
        push("namespace", how)
      } else if (!open(head) && h ~ /^enum / && h !~ /@/) {
        sub(/ :.*/, "", h); say(last_word(h)); push("enum", access[depth])
      } else if (!open(head) && (name = class_of(h)) != "") {
        say(name)
        how = access[depth] != "public" ? "never" : h ~ /(^| )class / ? "private" : "public"
        push("class", how)
      } else {
        passed = 1; body = !open(head) && h ~ /^[^=]*@/
        return
      }
      head = ""
    }
    function closed() {
      if (scope[depth] == "enum") enumerators(head)
      if (inside_aemp == depth) inside_aemp = 0
      depth--; head = ""
    }
    BEGIN { depth = 0; access[0] = "public" }
    continued || (!comment && /^[ \t]*#/) {
      if (!continued && $1 == "#define" && $2 ~ /^AEMP_/) {
        name = $2; sub(/\(.*/, "", name)
        if (name !~ /(_|_H)$/) print name
      }
      continued = /\\$/
      next
    }
    {
      text = blank_line($0); n = length(text)
      for (i = 1; i <= n; i++) {
        c = substr(text, i, 1)
        if (passed) {
          if (c == "{") passed++
          else if (c == "}" && --passed == 0 && body) { declared(head); head = "" }
        } else if (c == "{") opened()
        else if (c == "}") closed()
        else if (c == ";" && !open(head)) { declared(head); head = "" }
        else if (c == ":" && head ~ /^ *(public|private|protected)$/ && substr(text, i + 1, 1) != ":") {
          if (access[depth] != "never") access[depth] = last_word(head)
          head = ""
        } else head = head c
      }
      if (head != "") head = head " "
    }
    END { if (depth != 0) print "braces_do_not_match" }' "$1"
}

public_names() {
  # Classes of the library that public headers name and do not define; and those that some header defines, which are not names of
  # the others that declare them.
  internal=$(cat include/aemp/*.h | sed -n 's|^class \([A-Za-z0-9_]*\); *// internal$|\1|p')
  defined=$(cat include/aemp/*.h | sed -n 's/^\(class\|struct\) \(\[\[nodiscard\]\] \)*\([A-Za-z0-9_]*\).*{$/\3/p')
  others=$(echo "$internal" "$defined" | tr '\n' ' ')
  complete=yes
  for header in include/aemp/*.h; do
    name=${header#include/aemp/}
    page=man/aemp_${name%.h}.3
    [ "$name" != aemp.h ] || page=man/libaemp.3
    [ -f "$page" ] || { echo "$header: $page does not exist"; complete=no; continue; }
    for absent in $(names_of "$header" " $others " | missing "$(words "$page")"); do echo "$header: $absent is not in $page"; done
  done
  # What headers in detail/ define outside of the namespace is described where it is used, and that may be a page that is missing.
  [ "$complete" = yes ] || return
  pages=$(words man/*.3)
  for header in include/aemp/detail/*.h; do
    [ -f "$header" ] || continue
    for absent in $(names_of "$header" all | missing "$pages"); do echo "$header: $absent is in no page man/*.3"; done
  done
}

# rows SOURCE TABLE: the first text of each row.
rows() { sed -n "/ $2\\[\\] = {\$/,/^};/s/^    {\"\\([^\"]*\\)\".*/\\1/p" "$1"; }

# kFrameIdleAsk = 0x0a is "0x0a=IDLE_ASK", as the row of the page's table that begins with these two.
frame_types() {
  sed -n '/^enum FrameType /,/^};/s/^  kFrame\([A-Za-z]*\) = \(0x[0-9a-f]*\),.*/\1 \2/p' "$1" |
    sed 's/\([a-z]\)\([A-Z]\)/\1_\2/g' | awk '{print $2 "=" toupper($1)}'
}
frame_rows() { awk '$1 == ".It" && $2 ~ /^0x/ && $3 == "Ta" {print $2 "=" $4}' "$1"; }

# reasons SOURCE: the words that begin one: the first text that these functions are given, or that a Wrong, what such a function
# returns, or the encoded message without memory begins with.
reasons() {
  sed 's|//.*||' "$1" | tr '\n' ' ' | awk '
    BEGIN {
      pattern[1] = "(message|die|lose|lose_later|end_epoch|link_lost|wrong|fail)[(]([*]?[A-Za-z_]+, *)* *\"[a-z_]+\" *[,)]"
      pattern[2] = "Wrong [A-Za-z]+[{]\"[a-z_]+\" *,"
      pattern[3] = "return [{]\"[a-z_]+\" *,"
      pattern[4] = "kItems[^;\"]* \"[^\"]*\" *\"[a-z_]+\" "
    }
    {
      for (i in pattern) {
        for (text = $0; match(text, pattern[i]); text = substr(text, RSTART + RLENGTH)) {
          word = substr(text, RSTART, RLENGTH)
          sub(/"[^"]*$/, "", word); sub(/.*"/, "", word)
          print word
        }
      }
    }'
}

all_checks() {
  public_names
  source=tools/aemp/help.cc
  rows $source kCommands | need $source command man/aemp.1 "$(entries man/aemp.1 Cm)"
  source=tools/aemp/options.cc
  rows $source kOptions | need $source option man/aemp.1 "$(entries man/aemp.1 Fl | sed 's/^/-/')"
  source=src/config/config_keys.cc
  rows $source kKeys | sed 's/^limits\.//' | need $source key man/aemp.conf.5 "$(entries man/aemp.conf.5 Cm)"
  source=src/wire/format.h
  frame_types $source | need $source "frame type" man/aemp-protocol.7 "$(frame_rows man/aemp-protocol.7)"
  # The sources that have such a word; one of them at least, else the patterns are out of date.
  sources=$(grep -rlE '"[a-z_]+"' src/node --include='*.cc' --include='*.h' | LC_ALL=C sort)
  found=
  for source in $sources; do
    of_source=$(reasons "$source")
    [ -n "$of_source" ] || continue
    found=yes
    echo "$of_source" | need "$source" reason man/libaemp.3 "$(entries man/libaemp.3 Li)"
  done
  [ -n "$found" ] || echo "src/node: no reason found: names.sh cannot read it any more"
}

found=$(all_checks 2>&1)
[ -z "$found" ] || { echo "$found"; exit 1; }
