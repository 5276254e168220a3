#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# arguments.sh: which words become which values. A node logs a message to its node port that has no text in front as JSON,
# and one with an unknown word in front with that word.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"

follow_node ruth --nodeid ruth --bind "$NODE"

arrives() {  # arrives JSON ARG...
  want=$1
  shift
  aemp snd ruth "$@" --seed "$NODE"
  ok
  wait_log '*message without a tag: *'
  same "$said" "$want" "${line##*tag: }"
}

# Numbers are complete JSON numbers, no more and no less.
arrives '[0,-0.0,-5,18446744073709551615,-9223372036854775808,1.5,1e+30]' \
  0 -0.0 -5 18446744073709551615 -9223372036854775808 1.50 1e30
arrives '[1,"01","+1","1.",".5","1e","-","0x10"," 1","1 ","NaN"]' 1 01 +1 1. .5 1e - 0x10 ' 1' '1 ' NaN
# JSON, by its first byte.
arrives '[1,{"a":[1.5,null,true],"b":{}},[],"42"]' 1 '{"a": [1.5, null, true], "b": {}}' '[]' '"42"'
arrives '[1,"true","null"," [1]",""]' 1 true null ' [1]' ''
# Text in any language.
arrives '[1,"Grüße, 世界"]' 1 'Grüße, 世界'
arrives '[1,"\u0001\"\\"]' 1 '"\u0001\"\\"'
# A JSON array on its own is the message; one among others is a value.
arrives '[1,2,"x"]' '[1, 2, "x"]'
arrives '[[1,2]]' '[[1, 2]]'
arrives '[[1,2],3]' '[1,2]' 3
arrives '[]' '[]'
# Options may stand anywhere; behind -- nothing is one.
aemp snd ruth --seed "$NODE" --timeout 5 -- 7 --json --seed
ok
wait_log '*message without a tag: *'
same "$said" '[7,"--json","--seed"]' "${line##*tag: }"

# A port ID is a port, which is no tag; what only looks like one is text, which is.
arrives '["bert#x",1]' bert#x 1
arrives '["bert#",1]' bert# 1
aemp snd ruth 'no such#thing' --seed "$NODE"
ok
wait_log "*function 'no such#thing' is not defined*"
aemp snd ruth bert --seed "$NODE"
ok
wait_log "*function 'bert' is not defined*"
