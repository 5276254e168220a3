#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# kv.sh: the example as two processes: its service is started anew after a bad request, and after its node was killed.
# shellcheck source=test/cli/lib_examples.sh
. "$(dirname "$0")/lib_examples.sh"

ask() { aemp call keeper kv "$@" --seed "$seed" --timeout 30; }
answer() {
  want=$1
  shift
  ask "$@"
  ok
  same "$*" "$want" "$out"
}

refuse 'expected store' kv
refuse 'expected store' kv store
refuse 'expected' kv store nonsense:

example store kv store "$(place store)"
seen store out 'store listens on *'
example keeper kv keeper "$(place keeper)" "$(place store)"
seen keeper out 'keeper listens on *'
seed=$(place keeper)

answer ok put colour red
answer red get colour
answer ok put colour blue
answer blue get colour
answer ok del colour
answer none del colour
answer ok put colour green

# A key that is not there is an exception, a request that nobody knows fits no receiver: either kills the service, not the rows.
for request in 'get nothing' paint; do
  mark keeper
  # shellcheck disable=SC2086
  aemp call keeper kv $request --seed "$seed" --timeout 0.1
  no
  seen keeper out 'the service died: *'
  answer green get colour
done

# Its node is killed: the supervisor notices, and starts the service when the node is back, without rows.
mark keeper
crash store
seen keeper out 'the service died: *transport_error*'
example store kv store "$(place store)"
seen store out 'store listens on *'
answer ok put colour white
answer white get colour

finish keeper
finish store
