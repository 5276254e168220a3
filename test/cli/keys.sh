#!/bin/sh
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# keys.sh: secrets and keys: how they are made, kept, and used by whole nodes over TCP.
# shellcheck source=test/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# To stdout, with what may be shown on stderr.
aemp gensecret --print
[ "$rc" = 0 ] || fail "gensecret: exit code $rc"
expect 'a secret' 'aemp-s1.????????????????????????????????????????????????' "$out"
expect 'its fingerprint' 'fingerprint ????????' "$err"
first=$out
aemp gensecret --print
[ "$out" != "$first" ] || fail 'the same secret twice'
aemp genkey --print
expect 'a key' 'aemp-k1.*' "$out"
expect 'its public key' 'aemp-p1.*' "$err"

# Into files that nobody else may read, and that are never overwritten.
umask 0
for name in secret other; do
  aemp gensecret "$TMPDIR/$name"
  ok
  expect 'the fingerprint' 'fingerprint ????????' "$out"
done
same 'mode of the file' 600 "$(stat -c %a "$TMPDIR/secret")"
aemp gensecret "$TMPDIR/secret"
usage
expect 'why not' '*cannot create*exists*' "$err"
for name in ruth bert; do
  aemp genkey "$TMPDIR/$name"
  ok
  echo "$out $name,anon/*" >>"$TMPDIR/allow"
done

# Nodes and clients over TCP.
start_node ruth --secret-file "$TMPDIR/secret" nodeid ruth binds 127.0.0.1:0
address=${ready##* }
aemp cal ruth time --seed "$address" --secret-file "$TMPDIR/secret"
ok
aemp cal ruth time --seed "$address" --secret-file "$TMPDIR/other" --timeout 2
no
expect 'why there is no link' '*is its secret, and the network*the same*' "$err"
aemp cal ruth time --seed "$address" --secret-file "$TMPDIR/secret" --cluster other --timeout 2
no
aemp cal ruth time --seed "$address" --insecure --timeout 2
no
expect 'what is missing' '*handshake suite*' "$err"

# Blanks around a line are none of its business.
sed 's/.*/\t& \r/' "$TMPDIR/secret" >"$TMPDIR/blanks"
chmod 600 "$TMPDIR/blanks"
aemp cal ruth time --seed "$address" --secret-file "$TMPDIR/blanks"
ok

# Of two files the last counts, and nothing of the other.
cat "$TMPDIR/other" "$TMPDIR/secret" >"$TMPDIR/both"
chmod 600 "$TMPDIR/both"
start_node late --secret-file "$TMPDIR/both" nodeid late secret_file "$TMPDIR/other" binds 127.0.0.1:0
aemp cal late time --seed "${ready##* }" --secret-file "$TMPDIR/other"
ok
aemp cal late time --seed "${ready##* }" --secret-file "$TMPDIR/secret" --timeout 2
no

start_node keyed --key-file "$TMPDIR/ruth" --allow-file "$TMPDIR/allow" nodeid ruth binds 127.0.0.1:0
address=${ready##* }
aemp cal ruth time --seed "$address" --key-file "$TMPDIR/bert" --allow-file "$TMPDIR/allow"
ok
aemp genkey "$TMPDIR/stranger"
aemp cal ruth time --seed "$address" --key-file "$TMPDIR/stranger" --allow-file "$TMPDIR/allow" --timeout 2
no
expect 'whose fault it is' '*allow list*' "$err"

# Files that will not do.
aemp cal ruth time --seed "$address" --key-file "$TMPDIR/bert" --allow-file "$TMPDIR/ruth"
usage
expect 'what is wrong' "aemp: '$TMPDIR/ruth' line 1: expected a public key*" "$err"
case $err in *aemp-k1*) fail "a private key is printed: $err" ;; esac
chmod 640 "$TMPDIR/secret"
aemp cal ruth time --seed "$address" --secret-file "$TMPDIR/secret"
usage
expect 'who may read it' "*secret': others than its owner*chmod 600*" "$err"
for name in /dev/null "$TMPDIR"; do
  aemp cal ruth time --seed "$address" --secret-file "$name"
  usage
  expect 'what it must be' "*'$name': expected a file, or a pipe*" "$err"
done
aemp cal ruth time --seed "$address" --secret-file "$TMPDIR/none"
usage
expect 'what is missing' '*cannot open*none*' "$err"
: >"$TMPDIR/empty"
chmod 600 "$TMPDIR/empty"
aemp cal ruth time --seed "$address" --key-file "$TMPDIR/empty"
usage
expect 'what was expected' '*empty*expected a key*' "$err"

# A comment behind a byte order mark, or what another encoding makes of a secret, is no passphrase.
printf '\357\273\277# the secret of the network\n' >"$TMPDIR/mark"
printf 'a\000 \000p\000a\000s\000s\000' >"$TMPDIR/wide"
for name in mark wide; do
  chmod 600 "$TMPDIR/$name"
  aemp cal ruth time --seed "$address" --secret-file "$TMPDIR/$name"
  usage
  expect 'what was expected' "*$name': expected plain text*" "$err"
done

# Of two keys nobody knows which one is meant.
cat "$TMPDIR/ruth" "$TMPDIR/bert" >"$TMPDIR/keys"
chmod 600 "$TMPDIR/keys"
aemp cal ruth time --seed "$address" --key-file "$TMPDIR/keys" --allow-file "$TMPDIR/allow"
usage
expect 'what was expected' "*keys': expected one key, not 2" "$err"

# Whose content will not do: file and line, and nothing of it.
content() {  # content LINE PATTERN OPTION FILE ARG...
  where="aemp: '$4' line $1: $2"
  shift 2
  aemp cal ruth time --seed "$address" "$@"
  usage
  expect 'what is wrong, and where' "$where" "$err"
  case $err in *hush* | *"$part"*) fail "a secret is printed: $err" ;; esac
}
lines() {  # lines FILE LINE...: a comment, an empty line and the lines
  file=$TMPDIR/$1
  shift
  rm -f "$file"
  { printf '# for the test\n\n' && printf '%s\n' "$@"; } >"$file"
  chmod 600 "$file"
}
good=$(cat "$TMPDIR/other")
part=$(printf %s "$good" | cut -c 9-20)
public=$(head -n 1 "$TMPDIR/allow")
# Where a name is long, what tells it from others is at its end.
deep=$(printf '%050d/%050d' 0 0)
mkdir -p "$TMPDIR/$deep"
for name in content "$deep/content"; do
  lines "$name" hush
  content 3 'a passphrase of 4 characters: expected*at least 12*' --secret-file "$TMPDIR/$name"
done
lines content "$good" '# next' hush
content 5 'a passphrase of 4 characters*' --secret-file "$TMPDIR/content"
lines content "$good" "$good" "$good" "${good%?}!"
content 6 '*a character of it is wrong*' --secret-file "$TMPDIR/content"
lines content "$good" "$good" "$good" "$good" "$good"
content 7 'one too many: expected at most 4*' --secret-file "$TMPDIR/content"
lines content hush
content 3 'expected a private key*' --key-file "$TMPDIR/content" --allow-file "$TMPDIR/allow"
lines content "$public" '' "hush ruth" "$public"
content 5 'expected a public key*' --allow-file "$TMPDIR/content" --key-file "$TMPDIR/ruth"
lines content "$public" "aemp-p1.short ruth"
content 4 '"aemp-p1.short": expected a public key*' --allow-file "$TMPDIR/content" --key-file "$TMPDIR/ruth"
lines content "$public" "$public" "${public%% *}"
content 5 'key ????????: expected the node IDs*' --allow-file "$TMPDIR/content" --key-file "$TMPDIR/ruth"
lines content "$public,a b"
content 3 'key ????????: expected node IDs separated by commas*' --allow-file "$TMPDIR/content" --key-file "$TMPDIR/ruth"

# The same for keys of run. Of two files it is the one that counts.
lines other.content hush
lines content "$good" hush
aemp run nodeid n secret_file "$TMPDIR/other.content" secret_file "$TMPDIR/content" binds 127.0.0.1:0
usage
expect 'the file' "aemp: '$TMPDIR/content' line 4: a passphrase of 4 characters*" "$err"

# What no file has is named as it is.
aemp run nodeid n key_file "$TMPDIR/ruth" binds 127.0.0.1:0
usage
expect 'what is missing' 'aemp: allow: expected the public keys of other nodes*' "$err"
aemp run nodeid n allow_file "$TMPDIR/allow" binds "unix:$TMPDIR/n"
usage
expect 'what is missing' 'aemp: allow: expected a key of this node*' "$err"

# What may be known of a file, as it was told when it was made.
aemp gensecret "$TMPDIR/new"
first=$out
aemp gensecret "$TMPDIR/old"
cat "$TMPDIR/old" >>"$TMPDIR/new"
second=$out
aemp fingerprint "$TMPDIR/new"
ok
same 'fingerprints of secrets' "$first
$second" "$out"
aemp fingerprint "$TMPDIR/new" --json
ok
same 'as JSON' "[{\"fingerprint\":\"${first##* }\"},{\"fingerprint\":\"${second##* }\"}]" "$out"
aemp genkey "$TMPDIR/known"
public=$out
aemp fingerprint "$TMPDIR/known"
ok
expect 'a key' "$public
fingerprint ????????" "$out"
name=${out##* }
aemp fingerprint --json "$TMPDIR/known"
ok
same 'as JSON' "[{\"fingerprint\":\"$name\",\"public_key\":\"$public\"}]" "$out"
printf '# two\n%s\t web-*,db1\n%s *\n' "$public" "$(head -n 1 "$TMPDIR/allow" | cut -d ' ' -f 1)" >"$TMPDIR/two"
chmod 644 "$TMPDIR/two"
aemp fingerprint "$TMPDIR/two"
ok
expect 'allowed keys' "fingerprint $name web-[*],db1
fingerprint ???????? [*]" "$out"
aemp fingerprint "$TMPDIR/two" --json
ok
expect 'as JSON' \
  "[[]{\"fingerprint\":\"$name\",\"public_key\":\"$public\",\"nodeids\":[[]\"web-[*]\",\"db1\"]},{*:[[]\"[*]\"]}]" "$out"

# It prints nothing of a file that a node would not take, nor of a passphrase.
refused() {  # refused PATTERN FILE
  aemp fingerprint "$2"
  usage
  expect 'why not' "aemp: $1" "$err"
  case $err in *hush* | *"$part"*) fail "a secret is printed: $err" ;; esac
}
for name in new known; do
  chmod 640 "$TMPDIR/$name"
  refused "'$TMPDIR/$name': others than its owner*chmod 600*" "$TMPDIR/$name"
done
lines content "$good" 'hush, a phrase of many words'
refused "'$TMPDIR/content' line 4: expected a secret as aemp gensecret makes it: a passphrase*" "$TMPDIR/content"
lines content "$good" "$public"
refused "'$TMPDIR/content' line 4: expected a secret, not a key" "$TMPDIR/content"
lines content "${good%?}!"
refused "'$TMPDIR/content' line 3: it looks like*wrong or missing*" "$TMPDIR/content"
lines content "$public *" "$good *"
refused "'$TMPDIR/content' line 4: expected a public key*" "$TMPDIR/content"
lines content "$public"
refused "'$TMPDIR/content' line 3: key ????????: expected the node IDs*" "$TMPDIR/content"
lines content aemp-k1.hush
refused "'$TMPDIR/content' line 3: expected a private key*" "$TMPDIR/content"
refused "'$TMPDIR/keys': expected one key, not 2" "$TMPDIR/keys"
refused "'$TMPDIR/empty' is empty: expected*" "$TMPDIR/empty"
refused "cannot open '$TMPDIR/none'*" "$TMPDIR/none"

# A file that could not be written is not in the way of the next try.
(
  trap '' XFSZ
  ulimit -f 0
  "$AEMP" gensecret "$TMPDIR/full" 2>/dev/null
)
same 'exit code for a full disk' 2 $?
[ ! -e "$TMPDIR/full" ] || fail 'a part of a secret stays behind'
aemp gensecret "$TMPDIR/full"
ok
