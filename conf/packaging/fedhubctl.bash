# Completion of fedhubctl for bash. To be installed as /usr/share/bash-completion/completions/fedhubctl.

# The functions below share the variables of _fedhubctl: `before`, the words before the cursor, and `typed`, the one at it.

# Prints the names that stand in the first column of a list of the hub. Passes on only those that a shell takes for one
# word, since they come from other servers.
_fedhubctl_names() { # LIST
  local hub=() i
  for ((i = 1; i < ${#before[@]}; i++)); do
    case ${before[i]} in
      --socket | --url | --token-file) hub+=("${before[i]}" "${before[i + 1]-}") ;;
      --socket=* | --url=* | --token-file=*) hub+=("${before[i]}") ;;
    esac
  done
  timeout 2 "${before[0]}" "${hub[@]}" "$1" 2>/dev/null | awk 'NR > 1 && $1 ~ /^[A-Za-z0-9._-]+$/ { print $1 }'
}

# Adds the words that begin with what is typed. Unlike compgen -W it expands nothing.
_fedhubctl_offer() { # WORD...
  local word
  for word; do
    [[ $word != "$typed"* ]] || COMPREPLY+=("$word")
  done
}

# Adds names of the hub.
_fedhubctl_offer_names() { # LIST
  local name
  while read -r name; do
    _fedhubctl_offer "$name"
  done < <(_fedhubctl_names "$1")
}

_fedhubctl_value() { # OPTION: offers the values of an option
  case $1 in
    --socket | --token-file) mapfile -t COMPREPLY < <(compgen -f -- "$typed") ;;
    --leg) _fedhubctl_offer s2s-in s2s-out node-component node-s2s-in node-s2s-out hub-link ;;
    --kind) _fedhubctl_offer attempt stream refusal trust node config notification estate cluster ;;
    --sort) _fedhubctl_offer name state since streams_in streams_out last_success failing_since attempt_count next_attempt \
      queued_stanzas queued_bytes senders_affected ;;
    --domain) _fedhubctl_offer_names domains ;;
    --since) _fedhubctl_offer 10m 1h 2h 1d 7d ;;
    --for) _fedhubctl_offer 10m 1h ;;
    --url | --limit) ;;
    *) return 1 ;;
  esac
}

_fedhubctl() {
  # bash's own COMP_WORDS break at the colons of a URL.
  local before=() typed words=() options='--socket --url --token-file --json --help' i
  read -ra before <<<"${COMP_LINE:0:COMP_POINT}"
  typed=
  if [[ ${COMP_LINE:0:COMP_POINT} != *[[:space:]] ]]; then
    typed=${before[-1]}
    unset 'before[-1]'
  fi
  COMPREPLY=()
  _fedhubctl_value "${before[-1]}" && return
  # The command and its arguments, without options and their values.
  for ((i = 1; i < ${#before[@]}; i++)); do
    case ${before[i]} in
      --socket | --url | --token-file | --leg | --kind | --sort | --domain | --since | --for | --limit) i=$((i + 1)) ;;
      -*) ;;
      *) words+=("${before[i]}") ;;
    esac
  done
  local command=${words[0]-} arguments=$((${#words[@]} - 1))
  case $command in
    '')
      options+=' --version'
      _fedhubctl_offer status domains domain streams nodes notifications events audit retry close dns log reload explain \
        check config
      ;;
    domains) options+=' --failing --sort --limit --all' ;;
    streams) options+=' --leg --limit --all' ;;
    nodes | audit) options+=' --limit --all' ;;
    domain | retry | close) [[ $arguments -gt 0 ]] || _fedhubctl_offer_names domains ;;
    notifications)
      options+=' --limit --all'
      [[ $arguments -gt 0 ]] || _fedhubctl_offer ack
      ;;
    events) options+=' --domain --kind --since --follow --limit --all' ;;
    dns) if [[ $arguments -eq 0 ]]; then _fedhubctl_offer flush; else _fedhubctl_offer_names domains; fi ;;
    log)
      options+=' --for'
      case $arguments in
        0) _fedhubctl_offer_names log ;;
        1) _fedhubctl_offer trace debug info warn error ;;
      esac
      ;;
    explain)
      options+=' --connect'
      [[ $arguments -gt 1 ]] || _fedhubctl_offer_names domains
      ;;
    check) _fedhubctl_offer dns certificates reach nodes estate ;;
    config)
      [[ $arguments -gt 0 ]] || _fedhubctl_offer show set add remove history undo check
      [[ $arguments -ne 1 || ${words[1]} != @(add|remove) ]] || _fedhubctl_offer static_route trust node
      options+=' --origin --dry-run --limit --all'
      ;;
  esac
  # shellcheck disable=SC2086 # one word per option
  [[ $typed != -* ]] || _fedhubctl_offer $options
}

complete -F _fedhubctl fedhubctl
