#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# chat.sh: the example as real processes, over unix sockets and over TCP with a secret. Both kinds of clients hear each other,
# and find back together when a client, their server, or the seed of their network is killed and started again.
# shellcheck source=test/cli/lib_examples.sh
. "$(dirname "$0")/lib_examples.sh"

# shellcheck disable=SC2086
server() { example "$1" chat server "$1" --bind "$(place "$1")" --seed "$seed" $secret; }
# shellcheck disable=SC2086
client() { example "$1" chat client "$1" --seed "$seed" $secret; }
# shellcheck disable=SC2086
spawn_client() { example "$1" chat spawn-client "$1" --server hub1 --seed "$seed" $secret; }

# in_room SERVER NAME...: each of these was let in by that server, since the last mark.
in_room() {
  room=$1
  shift
  for person in "$@"; do seen "$person" err "in the room of $room"; done
}

# talk TEXT NAME...: what each of these says is heard by all others of them, once, and not by itself.
talk() {
  text=$1
  shift
  for speaker in "$@"; do
    say "$speaker" "$text from $speaker"
    for hearer in "$@"; do
      [ "$hearer" = "$speaker" ] || seen "$hearer" out "<$speaker> $text from $speaker"
    done
  done
  for speaker in "$@"; do
    for hearer in "$@"; do
      printed "$([ "$hearer" = "$speaker" ] && echo 0 || echo 1)" "$hearer" "<$speaker> $text from $speaker"
    done
  done
}

story() {
  # shellcheck disable=SC2086
  start_node "seed-$transport" nodeid seed --bind "$(place seed)" $secret
  seed=${ready##* }
  seed_pid=$pid

  # Clients wait for a server.
  client alice
  spawn_client carol
  server hub1
  seen hub1 out 'hub1 listens on *'
  client bob
  in_room hub1 alice bob carol
  talk hello alice bob carol

  # A client is killed, and comes back. One that is fed by a pipe says all before it leaves.
  crash bob
  seen alice out '\* bob left'
  seen carol out '\* bob left'
  client bob
  in_room hub1 bob
  printf 'first\nlast, without an end' >"$TMPDIR/speech"
  # shellcheck disable=SC2086
  "$examples/chat" client dave --seed "$seed" $secret <"$TMPDIR/speech" 2>/dev/null || lost_track "dave: exit code $?"
  for name in alice bob carol; do
    seen "$name" out '\* dave left'
    same "what $name heard of dave" '* dave is here,<dave> first,<dave> last, without an end,* dave left,' \
      "$(grep dave "$TMPDIR/$name.out" | tr '\n' ,)"
  done

  # The server is killed, and comes back under its name: a new port in the group.
  mark alice bob carol
  crash hub1
  server hub1
  in_room hub1 alice bob carol
  talk again alice bob carol

  # It hangs until it is given up, and then goes on: the same port.
  mark alice bob carol
  stop hub1
  for name in alice bob carol; do seen "$name" err 'lost hub1: *'; done
  go_on hub1
  in_room hub1 alice bob carol
  talk unstuck alice bob carol

  # Another stands by. The first is killed: clients who know no more than the group go to the other; who is bound to a node waits
  # for that. It comes back, and everybody to it.
  server hub2
  seen hub2 out 'hub2 listens on *'
  mark alice bob carol
  crash hub1
  in_room hub2 alice bob
  talk meanwhile alice bob
  seen carol err 'lost hub1: *'
  mark alice bob carol
  server hub1
  in_room hub1 alice bob carol
  talk reunited alice bob carol
  printed 0 carol '<alice> meanwhile from alice'

  # The seed is killed, and comes back where it was, if that can be: what the group was told before is told again.
  if [ "$transport" = unix ]; then
    kill -KILL "$seed_pid"
    ended "$seed_pid"
    talk unseeded alice bob carol
    start_node seed-again nodeid seed --bind "$seed"
    mark alice bob carol
    crash hub2
    crash hub1
    server hub1
    in_room hub1 alice bob carol
    talk seeded alice bob carol
  else
    finish hub2
  fi

  # Who is told to end leaves at once, and nothing behind.
  finish alice
  seen bob out '\* alice left'
  finish carol
  seen bob out '\* carol left'
  finish hub1
  seen bob err 'lost hub1: *'
  finish bob
  [ ! -e "$TMPDIR/hub1.sock" ] || fail "hub1 left its socket behind"
}

story
transport=tcp secret="--secret-file $TMPDIR/secret"
aemp gensecret "$TMPDIR/secret"
story

refuse 'role' chat
refuse 'unknown role hermit' chat hermit bob
refuse 'unknown option --frob' chat client bob --frob
refuse '--seed needs a value' chat client bob --seed
refuse 'needs a --seed' chat client bob
refuse 'takes no --bind' chat client bob --seed "$seed" --bind 127.0.0.1:0
refuse '--server NODE' chat spawn-client bob --seed "$seed"
refuse '--server NODE' chat client bob --seed "$seed" --server hub1
refuse 'too long' chat client "$(printf '%065d' 0)" --seed "$seed"
echo "all heard once"
