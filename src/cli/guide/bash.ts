// Completion for bash, without the package bash-completion: tables as functions, and one function over them.
import type { CommandGuide, OptionGuide, Values } from './values.ts';

export function bashCompletion(guides: readonly CommandGuide[]): string {
  const names = [...guides.map(({ name }) => name), 'help'];
  return `# Completion of trueingress for bash. Made by: trueingress completion bash

__trueingress_options() {
  case $1 in
${guides.map(({ name, options }) => `    ${name}) echo '${flagsOf(options)} --help' ;;`).join('\n')}
    '') echo '--help --version' ;;
  esac
}

# What follows an option: words:…, live:…, files:… or free; nothing behind a switch.
__trueingress_values() {
  case $1 in
${guides.map(({ name, options, otherOptions }) => valueCases(name, [...options, ...otherOptions])).join('\n')}
  esac
}

# What stands at a place behind a command, counted from 0.
__trueingress_argument() {
  case $1:$2 in
    help:0) echo 'words:${names.slice(0, -1).join(' ')}' ;;
${guides.flatMap(({ name, arguments: all }) => all.map(({ word, values }, at) => `    ${name}:${word.endsWith('...') ? '*' : at}) echo '${written(values)}' ;;`)).join('\n')}
  esac
}

${body(names)}`;
}

function flagsOf(options: readonly OptionGuide[]): string {
  return options.flatMap(({ flags }) => flags).join(' ');
}

function valueCases(name: string, options: readonly OptionGuide[]): string {
  const lines = options.flatMap(({ flags, values }) =>
    values === undefined ? [] : [`      ${flags.join(' | ')}) echo '${written(values)}' ;;`],
  );
  return [`    ${name}) case $2 in`, ...lines, '    esac ;;'].join('\n');
}

function written(values: Values): string {
  if (values === 'free') return 'free';
  if ('words' in values) return `words:${values.words.join(' ')}`;
  return 'live' in values ? `live:${values.live}` : `files:${values.files}`;
}

/**
 * The line is split anew at blanks: readline's own words end at each : and = as well, and what is offered must begin where its word does.
 * Names from the kernel are never expanded (compgen -W would: an interface may be called $(reboot)).
 */
function body(names: readonly string[]): string {
  return `_trueingress() {
  local line=\${COMP_LINE:0:COMP_POINT} program=\${COMP_WORDS[0]} current='' command='' option='' wanted='' prefix='' word found
  local -i position=0
  local -a words scope=() offered=() typed=()
  read -ra words <<<"$line"
  if [[ $line != *[[:space:]] ]]; then
    current=\${words[-1]}
    unset 'words[-1]'
  fi
  for word in "\${words[@]:1}"; do
    if [[ -n $wanted ]]; then
      case $option in -i | --instance | --netns | --bpffs | --run-dir | --state-dir) scope+=("$option" "$word") ;; esac
      wanted=''
    elif [[ $word == --*=* ]]; then
      case $word in --instance=* | --netns=* | --bpffs=* | --run-dir=* | --state-dir=*) scope+=("$word") ;; esac
    elif [[ $word == -* ]]; then
      option=$word
      wanted=$(__trueingress_values "$command" "$word")
    elif [[ -z $command ]]; then
      command=$word
    else
      position+=1
    fi
  done
  if [[ -z $wanted && $current == --*=* ]]; then
    wanted=$(__trueingress_values "$command" "\${current%%=*}")
    prefix=\${current%%=*}=
    current=\${current#*=}
  elif [[ -z $wanted && $current == -* ]]; then
    wanted=words:$(__trueingress_options "$command")
  elif [[ -z $wanted && -z $command ]]; then
    wanted='words:${names.join(' ')}'
  elif [[ -z $wanted ]]; then
    wanted=$(__trueingress_argument "$command" $position)
  fi
  case $wanted in
    words:*) read -ra offered <<<"\${wanted#words:}" ;;
    live:*)
      while IFS=$'\\t' read -r found _; do offered+=("$found"); done < <(
        case $wanted in live:words | live:keys) typed=(-- "\${words[@]:1}") ;; esac
        "$program" __complete "\${wanted#live:}" "\${scope[@]}" "\${typed[@]}" 2>/dev/null
      )
      ;;
    files:topology) mapfile -t offered < <(compgen -f -X '!*.yaml' -- "$current"; compgen -f -X '!*.yml' -- "$current"; compgen -d -- "$current") ;;
    files:directories) mapfile -t offered < <(compgen -d -- "$current") ;;
    files:any) mapfile -t offered < <(compgen -f -- "$current") ;;
  esac
  [[ $wanted != files:* ]] || compopt -o filenames 2>/dev/null
  local breaks='' whole=$prefix$current head=''
  [[ $COMP_WORDBREAKS != *:* ]] || breaks+=:
  [[ $COMP_WORDBREAKS != *=* ]] || breaks+==
  [[ -z $breaks ]] || head=\${whole%"\${whole##*["$breaks"]}"}
  COMPREPLY=()
  for word in "\${offered[@]}"; do
    [[ $word != *' '* ]] || word="'$word'"
    [[ $word != "$current"* ]] || { word=$prefix$word; COMPREPLY+=("\${word#"$head"}"); }
  done
}

complete -F _trueingress trueingress
`;
}
