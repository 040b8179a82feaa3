// argv → a command with its options, or help, or what is wrong with it. The only room that knows package commander.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type Problem, problem } from '../problem.ts';
import { argumentOf } from './arguments.ts';
import { grouped } from './command-groups.ts';
import { type CommandSpec, globalOptions } from './command-spec.ts';
import { commands } from './commands.ts';
import { exitCodeMeanings } from './exit.ts';
import { optionSpecs } from './option-specs.ts';
import { type OptionName, type Options, optionDefaults } from './options.ts';
import { helpHint, usageWords } from './usage-words.ts';

export type Parsed =
  | {
      readonly kind: 'command';
      readonly spec: CommandSpec;
      readonly options: Options;
      readonly arguments: readonly string[];
    }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'usage'; readonly problem: Problem };

/** What may stand alone. */
const wantsNoCommand: ReadonlySet<string> = new Set(['-h', '--help']);

/** @param words argv without node and script */
export function parseCommandLine(
  words: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): Parsed {
  const ordered = commandFirst(words);
  if (!ordered.some((word) => !word.startsWith('-') || wantsNoCommand.has(word))) return usage('no command was given');
  let parsed: Parsed | undefined;
  let help = '';
  const program = new Command('trueingress')
    .description('Services through GUE tunnels, from one file: planned, probed, switched at once.')
    .option('-V, --version', 'the same as the command version')
    .helpCommand('help [command]', 'help of a command')
    .addHelpText(
      'after',
      '\n`trueingress COMMAND --help` has options and examples, `man trueingress-COMMAND` the same as a page.',
    )
    .addHelpText('after', `\nExit codes:\n${pairs(exitCodeMeanings)}`)
    .configureOutput({
      writeOut: (text) => {
        help += text;
      },
      writeErr: () => {},
    })
    .exitOverride();
  // Registering one command instead of all halves what parsing costs.
  const named = commands.filter(({ name }) => name === ordered[0]);
  for (const [spec, heading] of grouped(named.length ? named : commands)) {
    const command = register(program, spec, variables, (options, args) => {
      parsed = { kind: 'command', spec, options, arguments: args };
    });
    if (heading !== undefined) command.helpGroup(heading);
  }
  try {
    program.parse(ordered, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return { kind: 'help', text: help };
    // `help` without a command: commander calls it an error when nothing was asked for at all.
    if (error.code === 'commander.help')
      return ordered[0] === 'help' ? { kind: 'help', text: help } : usage('no command was given');
    const { message, hint } = usageWords(error, named[0]);
    return usage(message, hint);
  }
  return parsed ?? usage('no command was given');
}

function usage(message: string, hint = helpHint()): Parsed {
  return { kind: 'usage', problem: problem('usage', message, { hint }) };
}

function register(
  program: Command,
  spec: CommandSpec,
  variables: Readonly<Record<string, string | undefined>>,
  act: (options: Options, args: readonly string[]) => void,
): Command {
  const command = program
    .command(spec.name, { hidden: spec.hidden ?? false })
    .summary(spec.summary)
    .description(spec.summary);
  for (const name of spec.arguments) {
    const { word, meaning, choices } = argumentOf(name);
    const argument = command.createArgument(`[${word}]`, meaning);
    if (choices.length > 0) argument.choices([...choices]);
    command.addArgument(argument);
  }
  for (const name of spec.options) command.addOption(toOption(name, spec));
  for (const name of globalOptions) if (!spec.options.includes(name)) command.addOption(toOption(name).hideHelp());
  if (spec.examples.length) command.addHelpText('after', `\nExamples:\n${pairs(spec.examples)}`);
  command.action(() => {
    const given = command.opts<Partial<Options>>();
    act({ ...optionDefaults, ...fromVariables(spec, variables), ...given }, command.args);
  });
  return command;
}

function toOption(name: OptionName, spec?: CommandSpec): Option {
  const { flags, summary, read, hidden } = optionSpecs[name];
  const option = new Option(flags, spec?.summaries?.[name] ?? summary);
  if (hidden) option.hideHelp();
  if (read)
    option.argParser((text: string, previous: unknown) =>
      asCommander(() => read(text, previous ?? optionDefaults[name])),
    );
  return option;
}

function fromVariables(spec: CommandSpec, variables: Readonly<Record<string, string | undefined>>): Partial<Options> {
  const values: Partial<Record<OptionName, unknown>> = {};
  for (const name of spec.options) {
    const { variable, read } = optionSpecs[name];
    const text = variable === undefined ? undefined : variables[variable];
    if (text === undefined || text === '') continue;
    values[name] = read ? asCommander(() => read(text, undefined), `${variable}: `) : text;
  }
  // Each value came through the `read` of its own option.
  return values as Partial<Options>;
}

function asCommander<T>(read: () => T, prefix = ''): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new InvalidArgumentError(prefix + error.message);
    throw error;
  }
}

function pairs(list: readonly (readonly [string, string])[]): string {
  const width = Math.max(...list.map(([left]) => left.length));
  return list.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd()).join('\n');
}

/** `-i epic-1 status` → `status -i epic-1`: the options of a command may stand before it. `-V` is a command in disguise. */
function commandFirst(words: readonly string[]): readonly string[] {
  if (words[0] === '-V' || words[0] === '--version') return ['version', ...words.slice(1)];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (takesValue(word)) at++;
    else if (!word.startsWith('-'))
      return commands.some(({ name }) => name === word) ? [word, ...words.slice(0, at), ...words.slice(at + 1)] : words;
  }
  return words;
}

function takesValue(word: string): boolean {
  return Object.values(optionSpecs).some(({ flags }) => flags.includes('<') && flags.split(/[ ,]+/).includes(word));
}
