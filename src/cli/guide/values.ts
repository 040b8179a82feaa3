// What may stand where a value is wanted, on a command line: for completion in shells. Knows the tables of commands and options.

import { verdicts } from '../../tables/verdicts.ts';
import { argumentOf } from '../arguments.ts';
import { type CommandSpec, globalOptions } from '../command-spec.ts';
import { optionSpecs } from '../option-specs.ts';
import type { OptionName } from '../options.ts';

/** What `trueingress __complete` can be asked for. */
export type LiveValues =
  | 'instances'
  | 'interfaces'
  | 'hooks'
  | 'tunnels'
  | 'services'
  | 'generations'
  | 'namespaces'
  | 'fields'
  | 'kinds'
  // What they are depends on the words before, which the shell gives as well.
  | ContextValues;

export type ContextValues = 'words' | 'keys';

export type Values =
  | { readonly words: readonly string[] }
  | { readonly live: LiveValues }
  | { readonly files: 'any' | 'topology' | 'directories' }
  /** Nothing can be offered: a time, a number. */
  | 'free';

/** As `why` knows them; a test holds the two to each other. */
export const tableNames = [
  'config',
  'tunnel',
  'encap',
  'decap',
  'verify',
  'nat',
  'allow',
  'short_header',
  'peer',
  'flow',
  'fragment',
  'path',
  'service',
  'short',
] as const;

const verdictNames = verdicts.map(({ name }) => name);

const byOption: Readonly<Partial<Record<OptionName, Values>>> = {
  file: { files: 'topology' },
  instance: { live: 'instances' },
  netns: { live: 'namespaces' },
  bpffs: { files: 'directories' },
  runDir: { files: 'directories' },
  stateDir: { files: 'directories' },
  lockTimeout: 'free',
  probe: { words: ['all', '0'] },
  output: { files: 'any' },
  confirmWithin: 'free',
  confirmProbe: { words: ['learned'] },
  timer: 'free',
  maxDeletions: 'free',
  every: 'free',
  count: 'free',
  for: 'free',
  rate: 'free',
  write: { files: 'any' },
  service: { live: 'services' },
  tunnel: { live: 'tunnels' },
  verdict: { words: ['drops', 'passes', 'all', ...verdictNames] },
  address: 'free',
  interface: { live: 'interfaces' },
  interval: 'free',
  listen: { words: ['127.0.0.1:9464', '[::1]:9464'] },
  at: { live: 'hooks' },
  entered: { live: 'interfaces' },
  hex: { files: 'any' },
  expect: { words: verdictNames },
  last: 'free',
  peer: { files: 'topology' },
  key: { words: ['file:', 'env:'] },
  port: 'free',
};

const byArgument: Readonly<Record<string, Values>> = {
  plan: { files: 'any' },
  'files...': { files: 'any' },
  generation: { live: 'generations' },
  interface: { live: 'interfaces' },
  packet: 'free',
  table: { words: tableNames },
  key: { live: 'keys' },
  'words...': { live: 'words' },
  field: { live: 'fields' },
  kind: { live: 'kinds' },
};

export interface OptionGuide {
  readonly name: OptionName;
  /** `-f`, `--file`. */
  readonly flags: readonly string[];
  readonly summary: string;
  /** undefined: a switch. */
  readonly values: Values | undefined;
  /** `path` of `<path>`. */
  readonly valueName: string;
  readonly isRepeatable: boolean;
}

export interface CommandGuide {
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly { readonly word: string; readonly meaning: string; readonly values: Values }[];
  readonly options: readonly OptionGuide[];
  /** Taken as well, and not told of. */
  readonly otherOptions: readonly OptionGuide[];
}

/** Of commands that people use. */
export function guidesOf(commands: readonly CommandSpec[]): CommandGuide[] {
  const shown = commands.filter(({ hidden }) => !hidden);
  return shown.map((spec) => ({
    name: spec.name,
    summary: spec.summary,
    arguments: spec.arguments.map((written) => {
      const { word, meaning, choices } = argumentOf(written);
      return { word, meaning, values: choices.length > 0 ? { words: choices } : (byArgument[word] ?? 'free') };
    }),
    options: spec.options.filter((name) => !optionSpecs[name].hidden).map((name) => optionGuide(name, spec)),
    otherOptions: [...new Set([...spec.options.filter((name) => optionSpecs[name].hidden), ...globalOptions])]
      .filter((name) => optionSpecs[name].hidden || !spec.options.includes(name))
      .map((name) => optionGuide(name, spec)),
  }));
}

export function optionGuide(name: OptionName, spec?: CommandSpec): OptionGuide {
  const { flags, summary } = optionSpecs[name];
  const valueName = /<(.+)>/.exec(flags)?.[1];
  return {
    name,
    flags: flags.split(/[ ,]+/).filter((word) => word.startsWith('-')),
    summary: spec?.summaries?.[name] ?? summary,
    values: valueName === undefined ? undefined : valuesOf(name),
    valueName: valueName ?? '',
    isRepeatable: summary.includes('may be repeated'),
  };
}

/** Throws where nobody has said what an option takes: a test asks for all of them. */
export function valuesOf(name: OptionName): Values {
  const choices = optionSpecs[name].read?.choices;
  const values = choices ? { words: choices } : byOption[name];
  if (!values) throw new RangeError(`nobody has said what --${name} takes`);
  return values;
}
