// Completion for zsh: a description of each command for its own _arguments.
import { quoted } from '../../topology/wording.ts';
import type { CommandGuide, OptionGuide, Values } from './values.ts';

export function zshCompletion(guides: readonly CommandGuide[]): string {
  return `#compdef trueingress
# Completion of trueingress for zsh. Made by: trueingress completion zsh

_trueingress_live() {
  local -a scope found typed
  local -i at
  for ((at = 1; at < CURRENT; at++)); do
    case $words[at] in
      -i | --instance | --netns | --bpffs | --run-dir | --state-dir) scope+=("$words[at]" "$words[at+1]") ;;
      --instance=* | --netns=* | --bpffs=* | --run-dir=* | --state-dir=*) scope+=("$words[at]") ;;
    esac
  done
  [[ $1 != (words|keys) ]] || typed=(-- $words[1,CURRENT-1])
  found=("\${(@f)$(trueingress __complete $1 $scope $typed 2>/dev/null)}")
  # A colon separates a value from what it is.
  found=("\${(@)found//:/\\\\:}")
  found=("\${(@)found/$'\\t'/:}")
  [[ -z $found[1] ]] || _describe -t $1 $1 found
}

_trueingress_commands() {
  local -a names=(
${[...guides.map(({ name, summary }) => quoted(`${name}:${summary}`)), quoted('help:help of a command')].map((line) => `    ${line}`).join('\n')}
  )
  _describe -t commands command names
}

_trueingress() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C '(- *)'{-h,--help}'[help]' '(- *)'{-V,--version}'[versions]' '1: :_trueingress_commands' '*:: :->rest'
  [[ $state == rest ]] || return
  case $line[1] in
    help) _arguments '1: :_trueingress_commands' ;;
${guides.map(commandCase).join('\n')}
  esac
}

if [[ $funcstack[1] == _trueingress ]]; then
  _trueingress "$@"
else
  compdef _trueingress trueingress
fi
`;
}

function commandCase({ name, arguments: all, options, otherOptions }: CommandGuide): string {
  const words = [
    ...options.flatMap((option) => optionWords(option, option.summary)),
    // Without a description: taken, and what follows them is completed.
    ...otherOptions.flatMap((option) => optionWords(option, undefined)),
    quoted('(- *)--help[help]'),
    ...all.map(({ word, values }, at) =>
      quoted(`${word.endsWith('...') ? '*' : at + 1}:${escaped(word)}:${action(values)}`),
    ),
  ];
  return `    ${name})\n      _arguments -s \\\n${words.map((word) => `        ${word}`).join(' \\\n')}\n      ;;`;
}

/** One word for each way to write it; those that may stand once rule the others out. */
function optionWords({ flags, values, valueName, isRepeatable }: OptionGuide, summary: string | undefined): string[] {
  const before = isRepeatable ? '*' : `(${flags.join(' ')})`;
  const value = values === undefined ? '' : `:${escaped(valueName)}:${action(values)}`;
  const told = summary === undefined ? '' : `[${escaped(summary)}]`;
  const hidden = summary === undefined ? '!' : '';
  return flags.map((flag) => {
    const glue = values !== undefined && flag.startsWith('--') ? '=' : '';
    return quoted(`${hidden}${before}${flag}${glue}${told}${value}`);
  });
}

function action(values: Values): string {
  if (values === 'free') return ' ';
  if ('words' in values) return `(${values.words.map(escaped).join(' ')})`;
  if ('live' in values) return ` _trueingress_live ${values.live}`;
  switch (values.files) {
    case 'topology':
      return '_files -g "*.(yaml|yml)"';
    case 'directories':
      return '_files -/';
    default:
      return '_files';
  }
}

function escaped(text: string): string {
  return text.replace(/[\\:[\]]/g, '\\$&');
}
