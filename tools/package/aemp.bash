# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# Completion of the command aemp for bash: commands, keys and options; files where one is wanted; values of NODE, FAMILY and so on are
# not guessed.
_aemp() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words
  COMPREPLY=()
  # bash takes --rc=FILE apart.
  if [ "$before" = = ]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi
  if [ "$word" = = ]; then word=; fi
  case $before in
    --*-file | --rc | --pidfile | --logfile | fingerprint | secret_file | key_file | allow_file)
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return
      ;;
    --seed | --bind | --nodeid | --cluster | --timeout | --level | --count | --interval | --hang-timeout | --max-restarts) return ;;
  esac
  words=$("${COMP_WORDS[0]}" help words 2>/dev/null) || return
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _aemp aemp
