#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# symbols.sh: what the objects of each floor of src/ (in $BUILD/obj) need from outside.
#   - functions of the project: only from their own floor or a lower one;
#   - functions of C: only those listed below as pure, except on the floor os, which alone calls the system;
#   - of the C++ library: no clocks, threads, random devices, streams or locales;
#   - nowhere a destructor at exit, that is, a global object that owns something.
# It looks at objects, so a call through a macro, a template or a declaration of one's own counts too.
set -u

BUILD=${BUILD:-build}
[ -d "$BUILD/obj/src" ] || { echo "symbols.sh: $BUILD/obj/src is not there: build first"; exit 1; }

# By source, since there may be objects left of sources that are gone.
for source in src/*/*.cc; do
  object=$BUILD/obj/${source%.cc}.o
  [ ! -f "$object" ] || nm -P "$object" | sed "s|^|$source |"
done | awk '
BEGIN {
  n = split("base crypto wire os loop session config node mesh api sim", order, " ")
  for (i = 1; i <= n; i++) floor[order[i]] = i
  split("memcpy memmove memset memcmp memchr memrchr strlen strnlen strcmp strncmp strchr strrchr strtod strtol " \
    "strtoul strtoll strtoull strerror_r snprintf vsnprintf malloc free calloc realloc aligned_alloc qsort bsearch " \
    "isalpha isdigit isalnum isspace isprint tolower toupper explicit_bzero " \
    "ldexp frexp modf fmod floor ceil trunc round rint lround llround nearbyint pow exp log log2 log10 sqrt fabs " \
    "ldexpf frexpf fmodf floorf ceilf truncf roundf powf expf logf sqrtf fma " \
    "__errno_location __cpu_model __stack_chk_fail _GLOBAL_OFFSET_TABLE_ __dso_handle __tls_get_addr _Unwind_Resume " \
    "__gxx_personality_v0 __cxa_allocate_exception __cxa_free_exception __cxa_throw __cxa_rethrow " \
    "__cxa_begin_catch __cxa_end_catch __cxa_get_exception_ptr __cxa_init_primary_exception __cxa_pure_virtual " \
    "__cxa_deleted_virtual __cxa_throw_bad_array_new_length __cxa_bad_cast __cxa_bad_typeid __dynamic_cast " \
    "__cxa_guard_acquire __cxa_guard_release __cxa_guard_abort __cxa_call_unexpected __cxa_current_exception_type " \
    "__memcpy_chk __memmove_chk __memset_chk __snprintf_chk __vsnprintf_chk " \
    "__popcountdi2 __clzdi2 __ctzdi2 __udivti3 __umodti3 __divti3 __modti3 __multi3 __mulodi4", words, " ")
  for (i in words) pure[words[i]] = 1
}
{
  file = $1; symbol = $2; kind = $3
  split(file, part, "/"); own = part[2]
  if (kind == "U" || kind == "w" || kind == "v") { count++; from[count] = file; level[count] = own; need[count] = symbol; weak[count] = kind != "U" }
  else if (kind ~ /^[A-TV-Z]$/ || kind == "u") {
    if (!(symbol in home) || floor[own] < floor[home[symbol]]) home[symbol] = own
  }
  seen = 1
}
function bad(i, text) {
  key = from[i] " " need[i]
  if (!(key in said)) { printf "%s: needs %s: %s\n", from[i], need[i], text; said[key] = 1 }
  wrong = 1
}
END {
  if (!seen) { print "symbols.sh: no objects to look at"; exit 1 }
  for (i = 1; i <= count; i++) {
    s = need[i]; f = level[i]
    if (s in home) {
      if (floor[home[s]] > floor[f]) bad(i, "defined on the higher floor " home[s])
      continue
    }
    if (s == "__cxa_atexit" || s == "__cxa_thread_atexit" || s == "atexit") { bad(i, "a global or static object with a destructor"); continue }
    if (s ~ /^_ZNK?4aemp/) { if (!weak[i]) bad(i, "defined nowhere"); continue }
    if (s ~ /^_Z/) {
      if (f == "os") continue
      if (s ~ /^_ZNSt6chrono3_V2.*3nowEv$/) bad(i, "the clock is read in src/os")
      else if (s ~ /^_ZN?K?St13random_device|^_ZNSt11this_thread|^_ZNSt6thread|^_ZNKSt6thread/) bad(i, "threads and randomness belong to src/os")
      else if (s ~ /condition_variable|__future_base|^_ZNS?t?.*10filesystem/) bad(i, "that belongs to src/os")
      else if (s ~ /^_ZSt4cout$|^_ZSt4cerr$|^_ZSt4clog$|^_ZSt3cin$|ios_base|basic_[io]?f?stream|streambuf|St6locale|basic_[io]?stringstream/) bad(i, "streams and locales have no place in the library")
      continue
    }
    if (f == "os" || s in pure || weak[i]) continue
    if (f == "loop" && s ~ /^pthread_mutex_/) continue
    bad(i, "only src/os calls the system (if this is a pure function, add it to the list in symbols.sh)")
  }
  exit wrong
}' | LC_ALL=C sort -u >"$BUILD/symbols.txt"
cat "$BUILD/symbols.txt"
[ ! -s "$BUILD/symbols.txt" ]
