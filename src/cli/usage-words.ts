// What is wrong with a command line, in our own words: package commander knows what, this room how it is said, and what to type next.
import { listed, nearest, quote } from '../topology/wording.ts';
import { type CommandSpec, globalOptions } from './command-spec.ts';
import { commands } from './commands.ts';
import { optionSpecs } from './option-specs.ts';

export interface UsageWords {
  readonly message: string;
  readonly hint: string;
}

/** Of its CommanderError. */
export interface Misuse {
  readonly code: string;
  readonly message: string;
}

/** @param spec of the command, where one was named */
export function usageWords({ code, message }: Misuse, spec?: CommandSpec): UsageWords {
  const help = helpHint(spec);
  const [, named = '', given = '', more = ''] = /'([^']*)'(?: argument '(.*)' is invalid\. (.*))?/s.exec(message) ?? [];
  switch (code) {
    case 'commander.unknownCommand':
      return { message: `there is no command ${quote(named)}`, hint: meantHint('', named, commandNames()) ?? help };
    case 'commander.unknownOption': {
      const hint = meantHint(spec ? `${spec.name} ` : '', named.split('=')[0] ?? '', flagsOf(spec));
      return { message: `${spec?.name ?? 'trueingress'} has no option ${quote(named)}`, hint: hint ?? help };
    }
    case 'commander.optionMissingArgument': {
      const [, flag, wanted] = /(--[\w-]+)(?:.*(<.*>))?/.exec(named) ?? [];
      return {
        message: `${flag} wants a value`,
        hint: `like this: ${flag} ${wanted?.toUpperCase() ?? 'VALUE'}; ${help}`,
      };
    }
    case 'commander.invalidArgument': {
      const [flag] = /--[\w-]+/.exec(named) ?? [];
      if (flag !== undefined) return { message: `${flag}: ${more || quote(given)}`, hint: help };
      const choices = /Allowed choices are (.*)\.$/.exec(message)?.[1]?.split(', ') ?? [];
      const [, word = ''] = /argument value '(.*)' is invalid for argument/s.exec(message) ?? [];
      const meant = nearest(word, choices);
      const hint = meant ? `did you mean \`trueingress ${spec?.name} ${meant}\`?` : help;
      return { message: `${quote(word)} is none of ${listed(choices, 'and', choices.length)}`, hint };
    }
    case 'commander.excessArguments':
      return { message: `${spec?.name ?? 'trueingress'} takes fewer words than were given`, hint: excessHint(spec) };
    default:
      return { message: sentence(message), hint: help };
  }
}

export function helpHint(spec?: CommandSpec): string {
  return spec
    ? `\`trueingress ${spec.name} --help\` tells what can be said`
    : '`trueingress --help` lists the commands';
}

function excessHint(spec?: CommandSpec): string {
  if (!spec?.options.includes('file')) return helpHint(spec);
  return `files are named with -f: trueingress ${spec.name} -f FILE`;
}

function meantHint(before: string, text: string, candidates: readonly string[]): string | undefined {
  const meant = nearest(text, candidates);
  return meant && `did you mean \`trueingress ${before}${meant}\`?`;
}

function commandNames(): string[] {
  return commands.filter(({ hidden }) => !hidden).map(({ name }) => name);
}

function flagsOf(spec?: CommandSpec): string[] {
  return [...(spec?.options ?? []), ...globalOptions]
    .filter((name) => !optionSpecs[name].hidden)
    .map((name) => /--[\w-]+/.exec(optionSpecs[name].flags)?.[0] ?? '')
    .filter((flag) => flag !== '');
}

function sentence(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace(/\n/g, ' ')
    .replace(/\.$/, '');
}
