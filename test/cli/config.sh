#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# config.sh: the configuration file: how it is changed and shown, and nodes that run by it.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"

RC=$TMPDIR/conf
AEMP_RC=$RC
export AEMP_RC

start() {  # start NAME ARG...: as start_node, for a chain that ends in run
  name=$1
  shift
  said="aemp $*"
  mkfifo "$TMPDIR/$name.ready"
  "$AEMP" "$@" >"$TMPDIR/$name.ready" 2>"$TMPDIR/$name.log" &
  started="$started $!"
  exec 4<"$TMPDIR/$name.ready"
  read -r ready <&4 || fail "$said: no ready line: $(cat "$TMPDIR/$name.log")"
  exec 4<&-
}
says() { same 'the file' "$1" "$(tr -d ' \n' <"$RC")"; }
done_with() {  # done_with EXPECTED-FILE ARG...: changes it, without a word
  want=$1
  shift
  aemp "$@"
  ok
  same "stdout of $said" '' "$out"
  says "$want"
}
wrong() {  # wrong PATTERN ARG...: and nothing has changed
  pattern=$1
  shift
  before=$(cat "$RC")
  aemp "$@"
  usage
  expect "stderr of $said" "aemp: $pattern" "$err"
  same "the file after $said" "$before" "$(cat "$RC")"
}

# Keys are set and unset, one or several at a time, at the top level and in profiles.
umask 0
done_with '{"seeds":["a:4040"]}' seeds a:4040
same 'mode' 600 "$(stat -c %a "$RC")"
[ ! -e "$RC~" ] || fail 'a former file that there was not'
done_with '{"seeds":["b","[::1]:1"],"cluster":"blue"}' setseeds 'b,[::1]:1' cluster blue
same 'the file before' '{"seeds":["a:4040"]}' "$(tr -d ' \n' <"$RC~")"
same 'mode of the file before' 600 "$(stat -c %a "$RC~")"
done_with '{"cluster":"blue"}' delseeds
done_with '{"seeds":["a","b"],"cluster":"blue"}' addseed a addseed b addseed a
done_with '{"seeds":["b","c"],"cluster":"blue"}' delseed a addseed c
wrong "delseed: 'a' is not among the seeds" delseed a
done_with '{}' delseed b delseed c delseeds delcluster
done_with '{"binds":["*:4040"],"services":["f",["g",1,"x"]]}' addbind '*:4040' addservice f addservice '["g", 1, "x"]'
done_with '{"binds":[],"services":["f"]}' delbind '*:4040' delservice '["g",1,"x"]'
done_with '{"limits":{"half_open":5,"block_time":0.5}}' delbinds delservices limits '{"half_open":5,"block_time":0.5}'
done_with '{"limits":{"accept_rate":7,"block_time":0.5}}' dellimits.half_open limits.accept_rate 7
done_with '{"limits":{"half_open":6}}' limits '{"half_open":6}'
done_with '{}' dellimits
done_with '{"log_level":3,"profile":{"db":{"parent":"server","nodeid":"db1"},"server":{"monitor_timeout":7.5}}}' \
  log_level 3 profile server monitor_timeout 7.5 profile db nodeid db1 parent server
done_with '{"log_level":3,"profile":{"db":{"nodeid":"db1"},"server":{"monitor_timeout":7.5}}}' profile db delparent
done_with '{"log_level":3,"profile":{"db":{"nodeid":"db1"},"new":{},"server":{"monitor_timeout":7.5}}}' profile new
done_with '{"log_level":3,"profile":{"db":{"nodeid":"db1"}}}' delprofile new delprofile server

# What is wrong anywhere in the line changes nothing.
wrong "unknown command 'seedz'*did you mean 'seeds'*" cluster red seedz a
wrong "unknown command 'setseedz'*did you mean 'seeds'*" setseedz a
wrong 'seeds needs a value' cluster red seeds
wrong 'profile needs the name of a profile' cluster red profile
wrong 'delprofile needs the name of a profile' delprofile
wrong "there is no profile 'x'" cluster red delprofile x
wrong 'log_level: 10: expected 0 to 9' cluster red log_level 10
wrong 'seeds: *' addseed a:99999
wrong 'parent: only a profile has one*' cluster red parent db
wrong '*parent: there is no profile "x"' profile db parent x
wrong '*parent: a circle: db -> db' profile db parent db
wrong "delprofile: 'db' is the parent of profile 'sub'" profile sub parent db delprofile db
wrong '*profile: expected a name*' profile '' cluster red
wrong '*--norc: this command is about the configuration file' --norc cluster red
wrong 'options like --seed are for commands that run a node*' cluster red --seed b
wrong 'snd needs a port and a message*' snd

# A file of somebody else's making: refused with its place, and never written.
printf '{\n  "seedz": []\n}' >"$RC"
wrong "$RC:2:3: unknown key \"seedz\": did you mean 'seeds'?" cluster red
wrong "$RC:2:3: *" showprofile
wrong "$RC:2:3: *" showconfig
wrong "$RC:2:3: *" run
wrong "$RC:2:3: *" cal ruth time
: >"$RC"
wrong "$RC:1:1: expected an object*" cluster red
rm "$RC"

# --rc comes before AEMP_RC, and that before the places in the home directory.
aemp --rc "$TMPDIR/other" cluster red
ok
[ ! -e "$RC" ] || fail '--rc is not taken'
unset AEMP_RC
aemp cluster red
usage
expect 'where it could be' '*no configuration file: expected --rc FILE, or AEMP_RC or HOME*' "$err"
HOME=$TMPDIR "$AEMP" cluster home || fail 'HOME'
mkdir "$TMPDIR/xdg"
XDG_CONFIG_HOME=$TMPDIR/xdg HOME=$TMPDIR "$AEMP" cluster xdg || fail 'XDG_CONFIG_HOME'
grep -q home "$TMPDIR/.aemp.json" || fail 'no file in HOME'
grep -q xdg "$TMPDIR/xdg/aemp.json" || fail 'no file in XDG_CONFIG_HOME'
XDG_CONFIG_HOME=$TMPDIR/new "$AEMP" cluster new || fail 'XDG_CONFIG_HOME that is missing'
grep -q new "$TMPDIR/new/aemp.json" || fail 'no file in XDG_CONFIG_HOME that was missing'
same 'mode of XDG_CONFIG_HOME' 700 "$(stat -c %a "$TMPDIR/new")"
said='aemp cluster red'
out=$(XDG_CONFIG_HOME=$TMPDIR/no/new "$AEMP" cluster red 2>"$TMPDIR/stderr")
rc=$?
err=$(cat "$TMPDIR/stderr")
no
expect 'what is missing' '*cannot make the directory */no/new: No such file*' "$err"
XDG_CONFIG_HOME=$TMPDIR/unread "$AEMP" showprofile >"$TMPDIR/out" || fail 'showprofile'
[ ! -e "$TMPDIR/unread" ] || fail 'it is made where nothing is written'
aemp --rc "$TMPDIR/none/conf" cluster red
no
expect 'what is missing' '*cannot open*none/conf.lock*' "$err"
AEMP_RC=$RC
export AEMP_RC

# Secrets and keys: what others may know of them is printed, and they are never arguments.
aemp gensecret
ok
expect 'its fingerprint' 'fingerprint ????????' "$out"
print=${out##* }
secret=$(sed -n 's/.*"secret": "\(.*\)".*/\1/p' "$RC")
printf '%s\n' "$secret" >"$TMPDIR/secret"
chmod 600 "$TMPDIR/secret"
aemp fingerprint "$TMPDIR/secret"
same 'of what is stored' "fingerprint $print" "$out"
for verb in secret setsecret; do
  wrong "$verb: not on the command line*" $verb hush
  case $err in *hush*) fail "a secret is printed: $err" ;; esac
done
wrong 'setkey: not on the command line*' setkey hush
wrong 'secret_also: not on the command line*' secret_also hush
aemp delsecret
ok
says '{}'
out=$(printf '# comment\n\n  %s \r\n' "$secret" | "$AEMP" setsecret) || fail 'setsecret'
same 'setsecret' "fingerprint $print" "$out"
says "{\"secret\":\"$secret\"}"
out=$(printf 'a long passphrase, you see\n%s\n' "$secret" | "$AEMP" profile p setsecret_also) || fail 'setsecret_also'
same 'setsecret_also' "a passphrase
fingerprint $print" "$out"
aemp profile k genkey
ok
public=$out
expect 'a public key' 'aemp-p1.*' "$public"
key=$(sed -n 's/.*"key": "\(.*\)".*/\1/p' "$RC")
out=$(printf '%s' "$key" | "$AEMP" profile l setkey) || fail 'setkey'
same 'setkey' "$public" "$out"
for text in '' 'short' "$secret
$secret" "$public"; do
  before=$(cat "$RC")
  printf '%s' "$text" | "$AEMP" setsecret >"$TMPDIR/out" 2>"$TMPDIR/err"
  same "exit code for a bad secret" 2 $?
  same 'stdout' '' "$(cat "$TMPDIR/out")"
  same 'the file' "$before" "$(cat "$RC")"
  ! grep -q -e short -e "${secret#aemp-s1.}" "$TMPDIR/err" || fail 'a secret is printed'
done
aemp gensecret "$TMPDIR/made"
ok
says_before=$(cat "$RC")
aemp gensecret --print
same 'the file after --print' "$says_before" "$(cat "$RC")"

# A secret is for the owner alone.
chmod 640 "$RC"
wrong "$RC: it holds a secret or a key*chmod 600 it" cluster red
wrong '*chmod 600 it' run
chmod 600 "$RC"

# What the file says and what holds, without secrets.
for words in showprofile 'showprofile k' 'showprofile p' showconfig 'showconfig k' 'showconfig p --json'; do
  # shellcheck disable=SC2086
  aemp $words
  ok
  case $out in *"${secret#aemp-s1.}"* | *"${key#aemp-k1.}"* | *'you see'*) fail "$said shows a secret: $out" ;; esac
done
aemp showprofile p
same 'a profile' "{\"secret_also\":[\"apassphrase\",\"fingerprint$print\"]}" "$(printf %s "$out" | tr -d ' \n')"
aemp profile p showprofile
same 'the same' "{\"secret_also\":[\"apassphrase\",\"fingerprint$print\"]}" "$(printf %s "$out" | tr -d ' \n')"
wrong "there is no profile 'x' in $RC" showprofile x
wrong "there is no profile 'x' in $RC" showconfig x
rm "$RC"
aemp seeds a log_level 3 profile up cluster up secure true profile db parent up cluster db
ok
aemp showconfig db link_idle 5 limits.half_open 7
ok
tab=$(printf '\t')
for line in 'nodeid "db" name of the profile' 'seeds ["a"] top level' 'cluster "db" profile db' \
  'secure true profile up' 'link_idle 5 command line' 'limits.half_open 7 command line' \
  'binds - default' 'nodelay true default' 'log_level 3 top level'; do
  key=${line%% *} rest=${line#* }
  case "
$out
" in *"
$key$tab${rest%% *}$tab${rest#* }
"*) ;; *) fail "showconfig: expected $line in: $out" ;; esac
done
aemp --json showconfig db
ok
expect 'as JSON' '{"nodeid":{"value":"db","from":"name of the profile"},*"cluster":{"value":"db","from":"profile db"},*}}' "$out"
wrong "showconfig: key 'seeds' has no value*" showconfig db seeds
wrong 'unknown key "seedz"*' showconfig db seedz a

# Nodes that run by it: a chain that ends in run, a profile that is named, pairs that come first.
rm "$RC"
start ruth seeds "$NODE-none" profile ruth binds "$NODE" cluster blue run
same 'ready line' "ruth $NODE" "$ready"
start bert profile bert binds "$NODE-2" seeds "$NODE" nodeid bert1 profile ruth run bert cluster red
same 'ready line' "bert1 $NODE-2" "$ready"
start carl run ruth nodeid carl binds "$NODE-3"
same 'ready line' "carl $NODE-3" "$ready"
start none run --norc nodeid none binds "$NODE-4"
same 'ready line' "none $NODE-4" "$ready"
aemp profile "$(uname -n)" binds "$NODE-7"
ok
start host run
same 'ready line' "$(uname -n) $NODE-7" "$ready"
wrong "there is no profile 'dora' in $RC" run dora
wrong "there is no profile 'ruth': there is no configuration file" --norc run ruth
aemp profile served services f binds "$NODE-5"
ok
wrong 'services: function "f" is not defined*' run served

# Other commands take seeds from it, and neither name nor addresses of the top level.
aemp nodeid top binds "$NODE-6" seeds "$NODE" services f log_level 9
ok
aemp cal ruth info
ok
expect "$said" 'ruth	*' "$out"
aemp call ruth up_nodes --json
ok
expect 'its own name' '*"anon/*' "$out"
aemp --norc cal ruth info
usage
expect "$said" '*no way to node ruth*' "$err"
aemp profile aemp nodeid visitor
ok
aemp call ruth up_nodes --json
ok
expect 'its own name' '*"visitor"*' "$out"
aemp profile other nodeid guest profile other call ruth up_nodes --json
ok
expect 'its own name' '*"guest"*' "$out"
aemp call ruth up_nodes --json --nodeid given
ok
expect 'its own name' '*"given"*' "$out"

# With a secret from it, over TCP.
rm "$RC"
"$AEMP" gensecret >/dev/null || fail 'gensecret'
start safe profile safe binds 127.0.0.1:0 run
"$AEMP" seeds "${ready##* }" || fail 'seeds'
aemp cal safe info
ok
expect "$said" 'safe	*' "$out"

# Two who change it at the same time lose nothing.
rm "$RC"
for i in 1 2 3 4 5 6 7 8; do
  "$AEMP" profile "p$i" nodeid "n$i" &
  started="$started $!"
  pids="${pids:-} $!"
done
for one in $pids; do
  ended "$one"
  same 'exit code of one of many' 0 "$rc"
done
same 'profiles' 8 "$(grep -c nodeid "$RC")"
