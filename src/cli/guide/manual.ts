// The manual: trueingress(1), a page for each command as git has them, and trueingress.yaml(5), all made from the tables that
// --help and the schema are made from.
import { type Field, fieldsOf, type SchemaPart } from '../../topology/fields.ts';
import { argumentOf } from '../arguments.ts';
import { type CommandSpec, globalOptions } from '../command-spec.ts';
import { exitCodeMeanings } from '../exit.ts';
import { optionSpecs } from '../option-specs.ts';
import type { OptionName } from '../options.ts';
import { display, entry, pageHead, prose, roff } from './roff.ts';

export interface ManualFacts {
  readonly version: string;
  readonly date: string;
  readonly commands: readonly CommandSpec[];
  /** The topology's schema. */
  readonly schema: SchemaPart;
}

export interface Page {
  /** `trueingress-plan.1`. */
  readonly file: string;
  readonly text: string;
}

export function manualPages(facts: ManualFacts): Page[] {
  const shown = facts.commands.filter(({ hidden }) => !hidden);
  const pages: [string, string[]][] = [
    ['trueingress.1', mainPage(facts, shown)],
    ['trueingress.yaml.5', filePage(facts)],
    ...shown.map((spec): [string, string[]] => [`trueingress-${spec.name}.1`, commandPage(facts, spec)]),
  ];
  return pages.map(([file, lines]) => ({ file, text: `${withoutIdle(lines).join('\n')}\n` }));
}

/** A section begins a paragraph by itself. */
function withoutIdle(lines: readonly string[]): string[] {
  return lines.filter((line, at) => line !== '.PP' || !lines[at - 1]?.startsWith('.SH'));
}

function mainPage(facts: ManualFacts, shown: readonly CommandSpec[]): string[] {
  const variables = Object.values(optionSpecs).flatMap(({ variable, flags, hidden }) =>
    variable === undefined || hidden
      ? []
      : [[variable, `as ${flags.split(/[ ,]+/).find((word) => word.startsWith('--'))} would say`] as const],
  );
  return [
    ...pageHead({ ...facts, name: 'trueingress', section: 1, summary: 'services through GUE tunnels, from one file' }),
    ...['.SH SYNOPSIS', '.B trueingress', '.I command', '[\\fIoptions\\fR]'],
    ...['.SH DESCRIPTION', 'A topology file says what the datapath of this host must be.'],
    ...[
      '.B trueingress',
      'compares it with what the kernel holds, stages the difference beside what is live, tries it with packets of its own, and',
    ],
    ...['switches at once; the way back stays open. Whatever does not work leaves the host as it was.', '.PP'],
    ...['A first file is written by \\fBtrueingress init\\fR; \\fBtrueingress.yaml\\fR(5) has its fields.'],
    '.SH COMMANDS',
    ...shown.flatMap(({ name, summary }) => entry(`\\fBtrueingress\\-${roff(name)}\\fR(1)`, summary)),
    ...['.SH OPTIONS', 'Commands that do something with them take these; each page has the rest.'],
    ...[...globalOptions, 'json' as const, 'color' as const].flatMap((name) => optionEntry(name)),
    ...exitSection(),
    '.SH ENVIRONMENT',
    ...[...variables, ['NO_COLOR', 'no colours, https://no-color.org'] as const].flatMap(([name, meaning]) =>
      entry(`.B ${roff(name)}`, meaning),
    ),
    '.SH FILES',
    ...entry(`.I ${roff('/etc/trueingress/INSTANCE.yaml')}`, 'what the systemd unit trueingress@INSTANCE keeps live'),
    ...entry(
      `.I ${roff('/var/lib/trueingress')}`,
      'history: losing it loses the way back to older generations, and names of services',
    ),
    ...entry(`.I ${roff('/sys/fs/bpf/trueingress')}`, 'pins of what is live'),
    ...seeAlso(['trueingress.yaml(5)', ...shown.map(({ name }) => `trueingress-${name}(1)`)]),
  ];
}

function commandPage(facts: ManualFacts, spec: CommandSpec): string[] {
  const { name, summary, options, examples } = spec;
  const words = spec.arguments.map(argumentOf);
  return [
    ...pageHead({ ...facts, name: `trueingress-${name}`, section: 1, summary }),
    ...[
      '.SH SYNOPSIS',
      `.B trueingress ${roff(name)}`,
      ...words.map(({ word }) => `[\\fI${roff(word)}\\fR]`),
      '[\\fIoptions\\fR]',
    ],
    ...['.SH DESCRIPTION', prose(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)],
    ...(words.length > 0 ? ['.SH ARGUMENTS'] : []),
    ...words.flatMap(({ word, meaning, choices }) =>
      entry(`.I ${roff(word)}`, choices.length > 0 ? `one of ${choices.join(', ')}; ${meaning}` : meaning),
    ),
    '.SH OPTIONS',
    ...options.filter((option) => !optionSpecs[option].hidden).flatMap((option) => optionEntry(option, spec)),
    ...(examples.length > 0 ? ['.SH EXAMPLES'] : []),
    ...examples.flatMap(([command, meaning]) => [
      ...(meaning === '' ? [] : [...asParagraph(`${meaning}:`)]),
      ...display([command]),
    ]),
    ...exitSection(),
    ...seeAlso(['trueingress(1)', 'trueingress.yaml(5)']),
  ];
}

function asParagraph(text: string): string[] {
  return ['.PP', prose(text)];
}

function optionEntry(name: OptionName, spec?: CommandSpec): string[] {
  const { flags, summary, variable } = optionSpecs[name];
  const [, names = '', value] = /^([^<]*?)(?: <(.+)>)?$/.exec(flags) ?? [];
  const term = names
    .split(', ')
    .map((flag) => `\\fB${roff(flag)}\\fR`)
    .join(', ');
  const by = variable === undefined ? [] : [`Without it, the variable ${variable}.`];
  return entry(
    value === undefined ? term : `${term} \\fI${roff(value)}\\fR`,
    `${spec?.summaries?.[name] ?? summary}.`,
    ...by,
  );
}

function exitSection(): string[] {
  return ['.SH EXIT STATUS', ...exitCodeMeanings.flatMap(([codes, meaning]) => entry(`.B ${roff(codes)}`, meaning))];
}

function seeAlso(pages: readonly string[]): string[] {
  const lines = pages.map((page, at) => {
    const [, name = '', section = ''] = /^(.+)\((.)\)$/.exec(page) ?? [];
    return `.BR ${roff(name)} (${section})${at < pages.length - 1 ? ' ,' : ''}`.replace(') ,', '),');
  });
  return ['.SH SEE ALSO', ...lines];
}

const smallest = `apiVersion: trueingress/v1
name: edge
role: gateway
tunnels:
  - id: 100
    local: 172.1.0.4:6080
    remote: learned
services:
  - name: web
    group: 2
    id: 1
    protocol: tcp
    proxy: 5.5.5.5:3100
    tunnel: 100
    key: { file: web.key }`;

function filePage(facts: ManualFacts): string[] {
  const [file, ...fields] = fieldsOf(facts.schema);
  return [
    ...pageHead({ ...facts, name: 'trueingress.yaml', section: 5, summary: 'the topology file of trueingress' }),
    ...[
      '.SH DESCRIPTION',
      prose(file?.description ?? ''),
      'It is YAML or JSON. Several files and directories of them are joined; what begins with',
    ],
    ...[
      '.B x\\-',
      'at the top is ignored: a place for anchors. One field is told by',
      '.BR trueingress\\-explain (1).',
    ],
    '.SH FIELDS',
    ...fields.flatMap(fieldEntry),
    '.SH EXAMPLES',
    ...display(smallest.split('\n')),
    ...seeAlso(['trueingress(1)', 'trueingress-explain(1)', 'trueingress-validate(1)', 'trueingress-init(1)']),
  ];
}

function fieldEntry(field: Field): string[] {
  const facts = [
    field.isRequired ? 'Required.' : '',
    field.range === undefined ? '' : `Range: ${field.range}.`,
    field.allowed.length === 0 ? '' : `One of: ${field.allowed.join(', ')}.`,
    field.default === undefined ? '' : `Default: ${field.default}.`,
    field.examples.length === 0 ? '' : `For example: ${field.examples.join('; ')}`,
  ].filter((one) => one !== '');
  return entry(`\\fB${roff(field.place)}\\fR (${roff(field.type)})`, field.description, ...facts);
}
