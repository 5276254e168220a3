#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# stat.sh: `aemp stat` prints a node's figures for people, programs and Prometheus; AEMP_TRACE writes down messages.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"

start_node ruth --nodeid ruth --bind "$NODE"
ruth=$pid
start_node bert --nodeid bert --seed "$NODE" --bind "unix:$TMPDIR/b"
bert=$pid
# bert is there once ruth knows it.
aemp cal bert time --seed "$NODE"
ok

# For people: of the node that was contacted, or of any other.
aemp stat --seed "$NODE"
ok
expect 'the node' 'node * ruth
*' "$out"
expect 'a figure' '*
links_up * [1-9]
*' "$out"
expect 'a time' '*
loop_busy * [0-9]*.[0-9][0-9][0-9] ms
*' "$out"
expect 'the table of peers' '*
PEER *LAST DOWN
*
bert * up *' "$out"
# All values stand in one column.
columns=$(printf '%s\n' "$out" | sed '/^$/,$d' | awk '{match($0, /^[a-z0-9_]+ +/); print RLENGTH}' | sort -u | wc -l)
same 'columns' 1 "$columns"
aemp stat bert --seed "$NODE"
ok
expect 'the other node' 'node * bert
*' "$out"
aemp stat ruth --count 1 --seed "$NODE"
ok
expect 'their number' '*
peer_count * [2-9]*' "$out"
same 'peers' 1 "$(printf '%s\n' "$out" | sed '1,/^PEER/d' | wc -l | tr -d ' ')"

# As JSON.
aemp stat ruth --json --seed "$NODE"
ok
expect 'JSON' '{"node":"ruth","ports":*"loop_turn_times":[[]*[]],*"peers":[[]{*}]}' "$out"
same 'lines of JSON' 1 "$(printf '%s\n' "$out" | wc -l | tr -d ' ')"

# For Prometheus: each metric is described once and then comes in one piece, samples are well-formed, the histogram is one.
aemp stat ruth --prom --seed "$NODE"
ok
expect 'a gauge' '*# HELP aemp_links_up *
# TYPE aemp_links_up gauge
aemp_links_up{node="ruth"} [1-9]
*' "$out"
expect 'a counter' '*
# TYPE aemp_accepted_total counter
aemp_accepted_total{node="ruth"} [1-9]*' "$out"
expect 'a label' '*
aemp_peer_up{node="ruth",peer="bert"} 1
*' "$out"
expect 'reasons' '*
aemp_refused_total{node="ruth",reason="failed"} 0
*' "$out"
case $out in *'peer="anon/'*) fail 'a peer that is there for one command' ;; esac
printf '%s\n' "$out" | awk '
  function bad(what) { print what ": " $0; wrong = 1 }
  /^# HELP / { if ($3 in helped) bad("described twice"); helped[$3] = 1; name = $3; next }
  /^# TYPE / {
    if ($3 != name) bad("type without help")
    type = $4
    if ((name ~ /_total$/) != (type == "counter")) bad("name of a counter")
    next
  }
  !/^aemp_[a-z0-9_]+[{]node="ruth"(,[a-z]+="([^"\\]|\\.)*")*[}] [0-9]+(\.[0-9]+)?(e[-+][0-9]+)?$/ { bad("malformed"); next }
  {
    of = $0; sub(/[{].*/, "", of)
    if (type == "histogram") sub(/_(bucket|sum|count)$/, "", of)
    if (of != name) bad("out of its place")
  }
  /_bucket[{]/ { if ($NF + 0 < last + 0) bad("not cumulative"); last = $NF; ++buckets }
  /le="[+]Inf"/ { all = $NF }
  /^aemp_loop_turn_seconds_count/ { if ($NF != all) bad("count is not +Inf"); ++count }
  /^aemp_loop_turn_seconds_sum/ { if ($NF + 0 <= 0) bad("sum"); ++count }
  END { if (buckets != 24 || count != 2) bad(buckets " buckets, " count " totals"); exit wrong }' ||
  fail 'not the text format of Prometheus'
expect 'bounds' '*le="1e-06"*le="2e-06"*le="0.001024"*le="4.194304"*le="+Inf"*' "$out"

# No figure is missing: where a name differs, that is said here.
printf '%s\n' "$out" >"$TMPDIR/prom"
aemp stat ruth --seed "$NODE"
ok
printf '%s\n' "$out" | sed '/^$/,$d' | while read -r name _; do
  case $name in
    node | slowest) continue ;;
    refused) metric=refused_total ;;
    refused_told) metric=told_refused_total ;;
    refused_*) metric="refused_total{.*reason=\"${name#refused_}\"" ;;
    channel_bytes_*) metric=channel_${name#channel_bytes_}_bytes_total ;;
    loop_turns) metric=loop_turn_seconds_count ;;
    loop_busy) metric=loop_turn_seconds_sum ;;
    loop_turn_times) metric=loop_turn_seconds_bucket ;;
    loop_lag | loop_lag_max) metric=${name}_seconds ;;
    slowest_time) metric=slowest_seconds ;;
    peer_count) metric=peers ;;
    *) metric="$name(_total)?" ;;
  esac
  grep -qE "^aemp_${metric}[{},]" "$TMPDIR/prom" || fail "no metric for $name"
done || exit 1

# What goes wrong.
aemp stat ruth bert --seed "$NODE"
usage
aemp stat ruth --json --prom --seed "$NODE"
usage
expect 'what is wrong' '*--json or --prom*' "$err"
aemp ping ruth --prom --seed "$NODE"
usage
expect 'what is wrong' '*--prom is for stat, not for ping*' "$err"
aemp stat --prom=yes --seed "$NODE"
usage
aemp stat 'no node' --seed "$NODE"
usage
aemp stat --count -1 --seed "$NODE"
usage
aemp stat nobody --timeout 0.3 --seed "$NODE"
no
expect 'what is missing' '*nobody*' "$err"
aemp stat --timeout 0.3 --seed "unix:$TMPDIR/nowhere"
no
aemp stat
usage

# A node that comes and goes is told of with the reason.
kill "$bert"
ended "$bert"
aemp stat ruth --seed "$NODE"
ok
expect 'a lost peer' '*
bert * down *left the network*' "$out"

# AEMP_TRACE: on stderr, to a file that only its owner may read, and to one that cannot be written.
AEMP_TRACE=1
export AEMP_TRACE
aemp cal ruth time --seed "$NODE"
exit_code 0
expect 'what was sent' '*20??-??-?? ??:??:??.??? anon/* > ruth snd ruth# "time", *' "$err"
expect 'what came' '*20??-??-?? ??:??:??.??? anon/* < ruth snd anon/*#* [0-9]*.[0-9]*' "$err"
AEMP_TRACE=$TMPDIR/trace
aemp call ruth info --seed "$NODE"
ok
expect 'its mode' '-rw-------*' "$(ls -l "$TMPDIR/trace")"
expect 'its lines' '* > ruth snd ruth# "info", * < ruth snd anon/*#* "ruth", *' "$(cat "$TMPDIR/trace")"
before=$(wc -l <"$TMPDIR/trace")
aemp call ruth info --seed "$NODE"
ok
[ "$(wc -l <"$TMPDIR/trace")" -gt "$before" ] || fail 'the file was not added to'
AEMP_TRACE=$TMPDIR/no/trace
aemp call ruth info --seed "$NODE"
ok
AEMP_LOG=2
export AEMP_LOG
aemp call ruth info --seed "$NODE"
exit_code 0
expect 'why not' '*AEMP_TRACE: cannot write *no/trace*nothing more is traced*' "$err"
same 'how often it is said' 1 "$(printf '%s\n' "$err" | grep -c AEMP_TRACE)"
unset AEMP_TRACE AEMP_LOG

kill "$ruth"
ended "$ruth"
