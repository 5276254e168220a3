#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# cover.sh TARGET...  `make fuzz-cover`: how many lines of each decoder the corpus reaches. The targets were built with
#                     -fprofile-instr-generate -fcoverage-mapping. A file with less than 95 % fails, and its lines that were not
#                     reached are shown. Last line: `N passed, N failed`.
set -u

: "${BUILD:=$PWD/build/cover}"
least=95
# Whatever turns bytes or text of others into something.
decoders="
  include/aemp/detail/decode.h include/aemp/detail/item.h
  src/base/address.cc src/base/cbor.cc src/base/decode.cc src/base/diag.cc src/base/endpoint.cc src/base/float_bits.h
  src/base/item.cc
  src/base/json_number.cc src/base/json_parse.cc src/base/json_reader.cc src/base/port.cc src/base/text.cc src/base/utf8.cc src/base/value.cc
  src/config/config_keys.cc src/config/nearest_key.cc src/config/parse_config.cc src/config/print_config.cc src/config/read_values.cc
  src/config/set_key.cc
  src/loop/hosts_file.cc src/loop/resolv_conf.cc
  src/mesh/mesh_wire.cc src/mesh/mirror.cc
  src/node/channel_records.cc src/node/peer_in.cc
  src/session/handshake.cc src/session/in_buffer.h src/session/plain_handshake.cc
  src/session/read_buffer.cc src/session/records.cc src/session/secure_handshake.cc src/session/session_read.cc
  src/wire/dest.cc src/wire/dest.h src/wire/dns.cc src/wire/format.cc src/wire/frame.h src/wire/hello.cc src/wire/packet.cc
  src/wire/reassembly.cc"

for tool in llvm-profdata llvm-cov; do
  command -v $tool >/dev/null 2>&1 || { echo "SKIP fuzz-cover: install llvm"; exit 1; }
done

rm -f "$BUILD"/*.profraw
objects=
for target; do
  LLVM_PROFILE_FILE=$BUILD/$target.profraw "$BUILD/fuzz-$target" -runs=0 "test/fuzz/corpus/$target" >"$BUILD/$target.log" 2>&1 ||
    { tail -n 20 "$BUILD/$target.log"; echo "0 passed, 1 failed"; exit 1; }
  objects="${objects:+$objects -object }$BUILD/fuzz-$target"
done
llvm-profdata merge -sparse -o "$BUILD/all.profdata" "$BUILD"/*.profraw || exit 1

passed=0 failed=0
for source in $decoders; do
  # shellcheck disable=SC2086
  llvm-cov show $objects -instr-profile="$BUILD/all.profdata" -show-instantiations=false -compilation-dir="$PWD" "$source" 2>/dev/null |
    grep -E '^ +[0-9]+\| +[0-9.]+[kMG]?\|' >"$BUILD/lines"
  result=$(awk -F'|' '{n++; if ($2 + 0 > 0) hit++} END {printf "%.1f %d", n ? 100 * hit / n : 0, n}' "$BUILD/lines")
  if [ "$(echo "$result" | awk -v least=$least '{print ($1 >= least)}')" = 1 ]; then
    echo "ok    $source: ${result%% *} % of ${result##* } lines"
    passed=$((passed + 1))
  else
    echo "FAIL  $source: ${result%% *} % of ${result##* } lines, wanted $least %"
    awk -F'|' '$2 + 0 == 0' "$BUILD/lines"
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
