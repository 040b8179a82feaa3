// Completion for fish: one `complete` for each command, option and argument.
import { quoted } from '../../topology/wording.ts';
import type { CommandGuide, OptionGuide, Values } from './values.ts';

/** No command was typed yet. */
const alone = "'not string length -q -- (__trueingress_command)'";

export function fishCompletion(guides: readonly CommandGuide[]): string {
  return `# Completion of trueingress for fish. Made by: trueingress completion fish

function __trueingress_command
    for word in (commandline -opc)[2..]
        string match -q -- '-*' $word; or begin
            echo $word
            return
        end
    end
end

function __trueingress_is
    test (count (__trueingress_command)) -eq 1; and test (__trueingress_command) = $argv[1]
end

# Options of a command that take the word behind them.
function __trueingress_valued
    switch $argv[1]
${guides.map(({ name, options, otherOptions }) => `        case ${name}; echo ${valuedFlags([...options, ...otherOptions])}`).join('\n')}
    end
end

# Whether so many words stand behind the command, options and what belongs to them left out.
function __trueingress_place
    set -l valued (string split ' ' -- (__trueingress_valued (__trueingress_command)))
    set -l count -1
    set -l skips 0
    for word in (commandline -opc)[2..]
        if test $skips -eq 1
            set skips 0
        else if contains -- $word $valued
            set skips 1
        else if not string match -q -- '-*' $word
            set count (math $count + 1)
        end
    end
    test $count -eq $argv[1]
end

function __trueingress_live
    set -l words (commandline -opc)
    set -l scope
    for at in (seq (count $words))
        switch $words[$at]
            case -i --instance --netns --bpffs --run-dir --state-dir
                set -a scope $words[$at..(math $at + 1)]
            case '--instance=*' '--netns=*' '--bpffs=*' '--run-dir=*' '--state-dir=*'
                set -a scope $words[$at]
        end
    end
    contains -- $argv[1] words keys; and set scope $scope -- $words[2..]
    trueingress __complete $argv[1] $scope 2>/dev/null
end

complete -c trueingress -f
complete -c trueingress -n ${alone} -s V -l version -d 'versions'
complete -c trueingress -s h -l help -d 'help'
${guides.map(({ name, summary }) => `complete -c trueingress -n ${alone} -a ${name} -d ${quoted(summary)}`).join('\n')}
complete -c trueingress -n ${alone} -a help -d 'help of a command'
complete -c trueingress -n '__trueingress_is help' -a '${guides.map(({ name }) => name).join(' ')}'

${guides.map(commandLines).join('\n\n')}
`;
}

function commandLines({ name, arguments: all, options }: CommandGuide): string {
  return [
    ...options.map((option) => `complete -c trueingress -n '__trueingress_is ${name}' ${optionWords(option)}`),
    ...all.flatMap(({ word, values, meaning }, at) => {
      if (values === 'free') return [];
      const told = 'live' in values ? '' : ` -d ${quoted(meaning)}`;
      const place = word.endsWith('...') ? '' : `; and __trueingress_place ${at}`;
      return [`complete -c trueingress -n '__trueingress_is ${name}${place}' ${valueWords(values)}${told}`];
    }),
  ].join('\n');
}

function valuedFlags(options: readonly OptionGuide[]): string {
  return options.flatMap(({ flags, values }) => (values === undefined ? [] : flags)).join(' ');
}

function optionWords({ flags, summary, values }: OptionGuide): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(' ');
  const value = values === undefined ? '' : ` -r ${valueWords(values)}`;
  return `${names}${value} -d ${quoted(summary)}`;
}

function valueWords(values: Values): string {
  if (values === 'free') return '-f';
  if ('words' in values) return `-f -a ${quoted(values.words.join(' '))}`;
  if ('live' in values) return `-f -a '(__trueingress_live ${values.live})'`;
  return values.files === 'directories' ? "-f -a '(__fish_complete_directories)'" : '-F';
}
