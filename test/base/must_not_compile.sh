#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# must_not_compile.sh: what has no place in a message or in a receiver's parameters is refused with
# exactly one error, which says what to do. CXX is the compiler, JOBS how many run at a time.
set -u

cd "$(dirname "$0")/../.." || exit 2
cxx=${CXX:-g++}
jobs=${JOBS:-$(nproc 2>/dev/null || echo 2)}
started=0
wrong=$(mktemp) || exit 2  # a line for each failure
trap 'rm -f "$wrong"' EXIT

refused() {  # refused SENTENCE CODE
  check "$@" &
  started=$((started + 1))
  [ $((started % jobs)) != 0 ] || wait
}

check() {
  said=$(printf '#include <aemp/receiver.h>\n#include <vector>\nusing namespace aemp;\nenum class E { a };\n%s\n' "$2" |
    LC_ALL=C $cxx -std=c++20 -Iinclude -fsyntax-only -x c++ - 2>&1) && { echo "compiles: $2" >>"$wrong"; return; }
  errors=$(echo "$said" | grep -c 'error: ')
  [ "$errors" -eq 1 ] || echo "$errors errors, expected one: $2" "$(echo "$said" | grep 'error: ')" >>"$wrong"
  echo "$said" | grep 'error: ' | grep -qF "$1" || echo "the error does not say \"$1\": $2" >>"$wrong"
}

for value in 'E::a' '&x' "'c'" "L'c'" 'L"text"' 'u"text"' '1.0L' '[] {}' 'std::vector<int*>()' \
  'std::optional<E>()' 'list(E::a)' 'std::pair<int, E>()'; do
  refused 'Write void aemp_encode(aemp::Writer&, const T&)' "int x; void f() { message($value); }"
done
for type in E 'int*' 'const char*' char wchar_t 'long double' 'std::vector<E>' 'std::optional<E>' 'const E&'; do
  refused 'aemp_decode(aemp::Value, T&)' "void f() { detail::make_receiver([]($type) {}); }"
done
for type in E 'int*' 'std::vector<E>'; do
  refused 'aemp_decode(aemp::Value, T&)' "void f(Message m) { m.as<$type>(0); }"
  refused 'aemp_decode(aemp::Value, T&)' "void f(Message m) { m[0].get<$type>(); }"
done
refused 'default constructor' \
  'struct N { N(int); friend bool aemp_decode(Value, N&); }; void f() { detail::make_receiver([](N) {}); }'
refused 'exactly one call operator' 'void f() { detail::make_receiver([](auto) {}); }'
refused 'exactly one call operator' 'void f() { detail::make_receiver(5); }'
refused 'values, const references or rvalue references' 'void f() { detail::make_receiver([](int&) {}); }'
refused 'stands last' 'void f() { detail::make_receiver([](Message, int) {}); }'
refused 'stand last' 'void f() { detail::make_receiver([](std::optional<int>, int) {}); }'
refused 'keys and values in turn' 'void f() { dict("a", 1, "b"); }'
wait
cat "$wrong"
[ $started -gt 0 ] && [ ! -s "$wrong" ]
