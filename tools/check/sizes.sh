#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# sizes.sh: a .cc file has at most 500 lines, a header 300, a function in src, include and tools 60, from the first line of
# its signature to its closing brace.
set -u

wrong=0
find include src tools test -type f \( -name '*.h' -o -name '*.cc' \) 2>/dev/null | LC_ALL=C sort |
  xargs -r awk '
    function report() {
      limit = file ~ /\.h$/ ? 300 : 500
      if (lines > limit) { printf "%s: %d lines, at most %d\n", file, lines, limit; wrong = 1 }
    }
    FNR == 1 { if (file != "") report(); file = FILENAME }
    { lines = FNR }
    END { report(); exit wrong }' || wrong=1

# Comments, strings and preprocessor lines are blanked first; then braces are matched. What opens a brace is decided by the
# text before it since the last `;`, `{` or `}`.
# shellcheck disable=SC2016
find include src tools -type f \( -name '*.h' -o -name '*.cc' \) 2>/dev/null | LC_ALL=C sort |
  xargs -r -n 1 awk '
    function blank_line(s,   out, i, c, n, rest, end) {
      out = ""; n = length(s)
      for (i = 1; i <= n; i++) {
        c = substr(s, i, 1)
        if (raw != "") {
          end = index(substr(s, i), raw)
          if (!end) return out
          i += end + length(raw) - 2; raw = ""; out = out "\"\""
        } else if (comment) {
          end = index(substr(s, i), "*/")
          if (!end) return out
          i += end; comment = 0
        } else if (c == "/" && substr(s, i + 1, 1) == "/") return out
        else if (c == "/" && substr(s, i + 1, 1) == "*") { comment = 1; i++ }
        else if (c == "\"" && out ~ /(^|[^A-Za-z0-9_])(u8|u|U|L)?R$/) {
          rest = substr(s, i + 1); end = index(rest, "(")
          raw = ")" substr(rest, 1, end - 1) "\""; i += end
        } else if (c == "\"" || (c == "\047" && out !~ /[0-9a-fA-F]$/)) {
          for (i++; i <= n && substr(s, i, 1) != c; i++) if (substr(s, i, 1) == "\\") i++
          out = out "\"\""
        } else if (c != "\047") out = out c
      }
      return out
    }
    function kind_of(h) {
      if (h ~ /(^|[^A-Za-z0-9_])operator[^A-Za-z0-9_]/) return "function"
      gsub(/->|<=>|<=|>=|==|!=|<<|>>=/, " ", h)
      while (gsub(/\([^()]*\)/, "@", h)) {}
      while (gsub(/<[^<>]*>/, " ", h)) {}
      gsub(/@ *@/, "@", h)
      gsub(/alignas *@|__attribute__ *@|\[\[[^]]*\]\]/, " ", h)
      if (h ~ /(^|[^A-Za-z0-9_])(namespace|extern *"") *[A-Za-z0-9_:]*[ ]*$/ && h !~ /@/) return "scope"
      if (h ~ /=/) return h ~ /\][ ]*@?[^=]*$/ ? "function" : "data"
      # A member initialised with braces: the body is still to come.
      if (h ~ /@([^@:]*[^:])?:[^:].*[A-Za-z0-9_][ ]*$/ && h !~ /(const|noexcept|override|final|try|mutable)[ ]*$/)
        return "initialiser"
      if (h ~ /@/) return "function"
      if (h ~ /(^|[^A-Za-z0-9_])(class|struct|union|enum)[^A-Za-z0-9_]/) return "scope"
      return "data"
    }
    function name_of(h) {
      sub(/\(.*/, "", h); sub(/[ ]+$/, "", h); sub(/.*[ *&]/, "", h)
      return h == "" ? "function" : h
    }
    FNR == 1 { depth = 0; inside = 0; head = ""; start = 0 }
    continued || (raw == "" && !comment && /^[ \t]*#/) { continued = /\\$/; next }
    {
      text = blank_line($0)
      n = length(text)
      for (i = 1; i <= n; i++) {
        c = substr(text, i, 1)
        if (c == "{") {
          depth++
          if (inside) continue
          kind = kind_of(head)
          if (kind == "scope") { head = ""; start = 0; continue }
          inside = depth; opened = kind
          if (kind == "function") { begin = start ? start : FNR; called = name_of(head) }
        } else if (c == "}") {
          if (inside == depth) {
            inside = 0
            if (opened == "function") {
              if (FNR - begin + 1 > 60) {
                printf "%s:%d: %s has %d lines, at most 60\n", FILENAME, begin, called, FNR - begin + 1
                wrong = 1
              }
              head = ""; start = 0
            } else head = head "@"
          } else if (!inside) { head = ""; start = 0 }
          depth--
        } else if (inside) continue
        else if (c == ";") { if (!parens(head)) { head = ""; start = 0 } }
        else {
          if (!start && c != " ") start = FNR
          head = head c
          if (head ~ /^(public|private|protected)[ ]*:$/) { head = ""; start = 0 }
        }
      }
      if (!inside && head != "") head = head " "
    }
    function parens(h,   a, b) { a = gsub(/\(/, "", h); b = gsub(/\)/, "", h); return a > b }
    END {
      if (depth != 0) { printf "%s: braces do not match (or sizes.sh cannot read it)\n", FILENAME; wrong = 1 }
      exit wrong
    }' || wrong=1
exit $wrong
