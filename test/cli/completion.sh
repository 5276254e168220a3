#!/usr/bin/env bash
# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# completion.sh: what bash makes of a command line that is not complete.
# shellcheck source=test/cli/lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/package/aemp.bash
. tools/package/aemp.bash

completed() {  # completed WORD...: the last word may be empty
  COMP_WORDS=("$AEMP" "$@")
  COMP_CWORD=$#
  _aemp
  local IFS=' '
  echo "${COMPREPLY[*]}"
}

same "ru" run "$(completed ru)"
same "gens" gensecret "$(completed gens)"
same "heartb" heartbeat_timeout "$(completed run heartb)"
same "--pid" --pidfile "$(completed run --pid)"
same "adds" 'addseed addservice' "$(completed adds | tr ' ' '\n' | sort | tr '\n' ' ' | sed 's/ $//')"
same "values" '' "$(completed run --seed '')"
same "nothing" '' "$(completed zzz)"
touch "$TMPDIR/one.secret"
same "a file" "$TMPDIR/one.secret" "$(completed run --secret-file "$TMPDIR/one")"
same "a file behind =" "$TMPDIR/one.secret" "$(completed run --rc = "$TMPDIR/one")"
same "the end" 'complete -F _aemp aemp' "$(complete -p aemp)"

# Each command and key that is offered is one that the tool knows; the options are read from the table that knows them.
aemp help words
ok
for word in $out; do
  case $word in -*) continue ;; esac
  aemp help "$word"
  [ "$rc" = 0 ] || fail "aemp help $word: $err"
done
exit 0
