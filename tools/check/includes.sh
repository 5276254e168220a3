#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# includes.sh: who may include what. A floor of src/ includes itself and the floors below it; public headers include the
# standard library and each other; system headers belong to src/os; the programs in tools/ see public headers only.
set -u

# shellcheck disable=SC2016
find include src tools test -type f \( -name '*.h' -o -name '*.cc' \) 2>/dev/null | LC_ALL=C sort | xargs -r awk '
BEGIN {
  n = split("base crypto wire os loop session config node mesh api sim", order, " ")
  for (i = 1; i <= n; i++) floor[order[i]] = i
  split("algorithm any array atomic barrier bit bitset cassert ccomplex cctype cerrno cfenv cfloat charconv chrono " \
    "cinttypes climits clocale cmath codecvt compare complex concepts condition_variable coroutine csetjmp csignal " \
    "cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque exception execution filesystem " \
    "format forward_list fstream functional future initializer_list iomanip ios iosfwd iostream istream iterator " \
    "latch limits list locale map memory memory_resource mutex new numbers numeric optional ostream queue random " \
    "ranges ratio regex scoped_allocator semaphore set shared_mutex source_location span sstream stack stdexcept " \
    "stop_token streambuf string string_view strstream syncstream system_error thread tuple type_traits typeindex " \
    "typeinfo unordered_map unordered_set utility valarray variant vector version", words, " ")
  for (i in words) standard[words[i]] = 1
  # Size of a static program, hidden global state, or calls of the system.
  split("iostream istream ostream iomanip fstream sstream syncstream strstream locale clocale codecvt regex format functional",
    words, " ")
  for (i in words) heavy[words[i]] = 1
  split("thread future random filesystem condition_variable semaphore latch barrier shared_mutex stop_token csignal ctime",
    words, " ")
  for (i in words) system_like[words[i]] = 1
}
function bad(text) { printf "%s:%d: %s\n", FILENAME, FNR, text; wrong = 1 }
function exists(path,   line, r) { r = (getline line < path) >= 0; close(path); return r }
FNR == 1 {
  parts = split(FILENAME, part, "/")
  where = part[1]; own = part[2]; dir = FILENAME; sub(/\/[^\/]*$/, "", dir)
  if (where == "src" && (parts != 3 || !(own in floor))) bad("not in one of the floors of src/")
}
!/^[ \t]*#[ \t]*include/ { next }
{
  text = $0; sub(/^[ \t]*#[ \t]*include[ \t]*/, "", text)
  angle = substr(text, 1, 1) == "<"; quote = substr(text, 1, 1) == "\""
  name = substr(text, 2); sub(/[>"].*/, "", name)
  top = name; sub(/\/.*/, "", top)
  public = angle && name ~ /^aemp\//
  inner = where == "include" || where == "src"
  if (!angle && !quote) { bad("computed include"); next }
  if (inner && angle && name in heavy) bad("<" name "> has no place in the library")
  if (inner && angle && name in system_like && !(where == "src" && own == "os")) bad("<" name "> belongs to src/os")
  if (angle && name == "mutex" && inner && own != "loop" && own != "os") bad("<mutex> belongs to src/loop, for post")
  if (inner && angle && !public && !(name in standard) && !(where == "src" && own == "os"))
    bad("<" name "> is no header of C++; system headers belong to src/os")
  if (where == "include" && quote) bad("a public header includes <aemp/...> and standard headers only")
  if (where == "src" && quote) {
    if (!(top in floor) || name !~ /\//) bad("\"" name "\": write \"floor/file.h\"")
    else if (floor[top] > floor[own]) bad("floor " own " includes the higher floor " top)
  }
  if (where == "src" && name == "aemp/aemp.h" && own != "api" && own != "sim") bad("include the public header you mean")
  if (where == "tools" && quote && !exists(dir "/" name)) bad("tools include <aemp/...> and their own files only")
}
END { exit wrong }'
