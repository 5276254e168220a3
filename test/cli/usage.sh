#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# usage.sh: what is typed wrong is named, together with what to type instead, and ends with exit code 2.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"

wrong() {  # wrong PATTERN ARG...
  pattern=$1
  shift
  aemp "$@"
  usage
  expect "stderr of $said" "$pattern" "$err"
}

# Without arguments: a screenful, on stderr.
aemp
exit_code 2
expect "usage" 'Usage: aemp COMMAND*' "$err"
lines=$(printf '%s\n' "$err" | wc -l)
[ "$lines" -le 24 ] || fail "usage has $lines lines"
widest=$(printf '%s\n' "$err" | awk 'length > w {w = length} END {print w}')
[ "$widest" -le 80 ] || fail "usage is $widest columns wide"
for command in run snd cal mon call; do
  expect "usage" "*  $command *" "$err"
done

# Asked for, the same goes to stdout.
usage=$err
for words in help --help -h "help help"; do
  # shellcheck disable=SC2086
  aemp $words
  ok
  same "$said" "$usage" "$out"
done
for command in run snd cal mon call gensecret genkey fingerprint showprofile showconfig; do
  aemp help $command
  ok
  expect "help $command" "Usage: aemp $command *" "$out"
  text=$out
  aemp $command --help
  ok
  same "$said" "$text" "$out"
done
for words in 'help config' 'help seeds' 'delbinds --help' 'profile db --help'; do
  # shellcheck disable=SC2086
  aemp $words
  ok
  expect "$said" 'Usage: aemp COMMAND*Changes the configuration file*' "$out"
done
aemp --version
ok
expect "version" 'aemp [0-9]*.[0-9]*.[0-9]*' "$out"

# Commands and options.
wrong "*unknown command 'send'*expected run, snd, cal, mon, call, restart, shell, top, db, grp, log, ping, trace, stat, gensecret, genkey, fingerprint, showprofile, showconfig or help*key of aemp.conf(5): did you mean 'seeds'*" send ruth hello
wrong "*unknown command 'send'*" help send
wrong '*at most one FILE*' gensecret a b
wrong '*at most one FILE*' gensecret --print a b
wrong '*fingerprint needs one file: aemp fingerprint FILE' fingerprint
wrong '*fingerprint needs one file: aemp fingerprint FILE' fingerprint a b
wrong '*no command*' --json
wrong "*unknown option '--seeds'*--seed*" snd ruth hello --seeds x
wrong "*unknown option '-j'*" -j snd
wrong '*--seed needs an address*' cal ruth time --seed
wrong '*--seed needs an address*' cal ruth time --seed=
wrong "*--json takes no value, got 'yes'*" cal ruth time --json=yes
wrong "*--timeout*'soon'*number of seconds*" cal ruth time --seed "$NODE" --timeout soon
wrong "*--timeout*'-1'*number of seconds*" cal ruth time --seed "$NODE" --timeout=-1
wrong "*--timeout*'1s'*number of seconds*" cal ruth time --seed "$NODE" --timeout 1s
wrong "*--timeout*'inf'*number of seconds*" cal ruth time --seed "$NODE" --timeout inf

# Words of the commands.
wrong '*snd needs a port and a message*aemp snd PORT ARG...' snd
wrong '*snd needs a port and a message*' snd ruth
wrong '*cal needs a port and a message*aemp cal PORT ARG...' cal ruth
wrong '*mon needs a port: aemp mon PORT' mon
wrong "*mon: unexpected 'bert'*" mon ruth bert
wrong '*call needs a node and a function: aemp call NODE FUNC*' call ruth
wrong "*'ru th#x'*port ID NODE#NAME*" snd 'ru th#x' hello --seed "$NODE"
wrong "*''*port ID NODE#NAME*" snd '' hello --seed "$NODE"
wrong "*'r?th'*node ID*" call "$(printf 'r\033th')" f --seed "$NODE"
wrong "*node ID*" cal "$(printf '%0256d' 0)" time --seed "$NODE"

# Values.
wrong "*'[[]1, 2'*line 1, column 6*" snd ruth '[1, 2' --seed "$NODE"
wrong "*'{}}'*expected the end*" snd ruth x '{}}' --seed "$NODE"
wrong "*JSON string*" snd ruth '"abc' --seed "$NODE"
wrong "*1e999*out of range*" snd ruth 1e999 --seed "$NODE"
wrong "*UTF-8*" snd ruth "$(printf 'a\377')" --seed "$NODE"

# A network that cannot be.
wrong '*no way to node ruth*--seed*' cal ruth time
wrong "*--insecure*" cal ruth time --seed 127.0.0.1:4040
wrong '*gensecret*' cal ruth time --seed 127.0.0.1:4040
wrong '*gensecret*' run --bind 127.0.0.1:0
wrong '*gensecret*' run --insecure --bind 192.0.2.1:0
wrong '*gensecret*' cal ruth time --insecure --seed 192.0.2.1:4040
wrong "*node ID ruth*choose another*" cal ruth time --nodeid ruth --seed "$NODE"
wrong "*'bad id'*" cal ruth time --nodeid 'bad id' --seed "$NODE"
wrong "*'bad#id'*" run --nodeid 'bad#id' --bind "$NODE"
wrong '*unix:*' cal ruth time --seed unix:
wrong '*99999*' cal ruth time --insecure --seed 127.0.0.1:99999

# Keys of run.
wrong "*there is no profile 'ruth'*there is no configuration file*" run ruth
wrong "*'binds' has no value*" run nodeid ruth binds
wrong "*unknown key \"bind\": did you mean 'binds'*" run bind "$NODE"
wrong "*insecure*yes*true or false*" run insecure yes
wrong "*log_level*high*whole number*" run log_level high
wrong "*log_level*0 to 9*" run log_level 10
wrong "*limits:1:2: unknown key \"halfopen\": did you mean 'half_open'*" run limits '{"halfopen":1}'
wrong "*limits:1:14: limits.half_open: expected a whole number*" run limits '{"half_open":"many"}'
wrong "*limits.block_time: -1: expected 0.001 to 86400 seconds*" run limits '{"block_time":-1}'
wrong "*limits:1:1: limits: expected an object*" run limits 7
wrong "*limits:1:31: key \"half_open\" occurs twice: expected it once" run limits '{"half_open":1,"block_time":1,"half_\u006fpen":1}'
wrong "*limits.half_open: 0: expected 1 to 65536*" run limits '{"half_open":0}'
wrong "*link_idle*long*number of seconds*" run link_idle long
wrong "*heartbeat_timeout*" run heartbeat_timeout 0.001
wrong "*queue_limit*" run queue_limit 1
wrong "*seeds*comma*" run seeds "$NODE,,$NODE"
wrong "*seeds:1:13: seeds: expected text*" run seeds '["unix:/x", 1]'
wrong "*secret*command line*" run secret hush
wrong "*--timeout*snd, cal, mon and call*" run --timeout 3
