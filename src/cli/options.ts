// Every option that a command can have, once: how it is written, what it means, how its text becomes a value.
// Commands name the options that they take (commands.ts); parse.ts hands them to the command-line package.

import { familyOf, parseIp } from '../net/ip.ts';
import { type Prefix, parsePrefix } from '../net/prefix.ts';
import type { DeletionLimit } from '../reconcile/guards.ts';
import type { Policy } from '../reconcile/policy.ts';

export type HookChoice = 'auto' | 'tcx' | 'clsact';
export type ColorChoice = 'auto' | 'always' | 'never';

/** What a command is given: every option has a value, its default when the user said nothing. */
export interface Options {
  readonly file: readonly string[];
  readonly instance: string | undefined;
  readonly netns: string | undefined;
  readonly bpffs: string | undefined;
  readonly runDir: string | undefined;
  readonly hook: HookChoice;
  readonly color: ColorChoice;
  readonly json: boolean;
  readonly debug: boolean;
  readonly all: boolean;
  readonly detailedExitcode: boolean;
  readonly ask: boolean;
  readonly dryRun: boolean;
  readonly lockTimeout: number;
  readonly probe: number | 'all' | undefined;
  readonly yes: boolean;
  readonly policy: Policy;
  readonly allowEmpty: boolean;
  readonly maxDeletions: DeletionLimit | undefined;
  readonly allowCutSsh: boolean;
  readonly showSecrets: boolean;
  readonly check: boolean;
  readonly once: boolean;
  readonly every: number | undefined;
  readonly watch: boolean;
  readonly count: number | undefined;
  readonly for: number | undefined;
  readonly rate: number;
  readonly write: string | undefined;
  readonly service: readonly { readonly group: number; readonly id: number }[];
  readonly tunnel: readonly number[];
  readonly verdict: readonly string[];
  readonly address: readonly Prefix[];
  readonly interface: readonly string[];
}

export type OptionName = keyof Options;

export interface OptionSpec {
  readonly flags: string;
  readonly summary: string;
  /** Text → value; throws RangeError with a sentence. Absent: a switch, or the text itself. */
  readonly read?: (text: string, previous: unknown) => unknown;
  /** Environment variable that gives it when the command line does not. */
  readonly variable?: string;
  readonly hidden?: boolean;
}

export const optionDefaults: Options = {
  file: [],
  instance: undefined,
  netns: undefined,
  bpffs: undefined,
  runDir: undefined,
  hook: 'auto',
  color: 'auto',
  json: false,
  debug: false,
  all: false,
  detailedExitcode: false,
  ask: false,
  dryRun: false,
  lockTimeout: 10_000,
  probe: undefined,
  yes: false,
  policy: 'sync',
  allowEmpty: false,
  maxDeletions: undefined,
  allowCutSsh: false,
  showSecrets: false,
  check: false,
  once: false,
  every: undefined,
  watch: false,
  count: undefined,
  for: undefined,
  rate: 1000,
  write: undefined,
  service: [],
  tunnel: [],
  verdict: [],
  address: [],
  interface: [],
};

export const optionSpecs: Readonly<Record<OptionName, OptionSpec>> = {
  file: {
    flags: '-f, --file <path>',
    summary: 'topology file, directory of them, or - for standard input; may be repeated',
    read: listOf((text) => text),
  },
  instance: {
    flags: '-i, --instance <name>',
    summary: 'which instance; not needed where a file names it, or where there is one only',
    read: instanceName,
  },
  netns: { flags: '--netns <name>', summary: 'work in this network namespace' },
  bpffs: { flags: '--bpffs <directory>', summary: 'where bpffs is mounted (default: /sys/fs/bpf)' },
  runDir: {
    flags: '--run-dir <directory>',
    summary: 'where locks are',
    variable: 'TRUEINGRESS_RUN_DIR',
    hidden: true,
  },
  hook: {
    flags: '--hook <kind>',
    summary: 'auto, tcx or clsact: how programs are attached; the last two move hooks of the other kind',
    variable: 'TRUEINGRESS_HOOK',
    read: oneOf('auto', 'tcx', 'clsact'),
  },
  color: {
    flags: '--color <when>',
    summary: 'auto, always or never; NO_COLOR is obeyed',
    read: oneOf('auto', 'always', 'never'),
  },
  json: { flags: '--json', summary: 'one JSON document on stdout, whatever happens' },
  debug: { flags: '--debug', summary: 'with a bug, show where it happened', hidden: true },
  all: { flags: '--all', summary: 'list every change, however many there are' },
  detailedExitcode: { flags: '--detailed-exitcode', summary: 'exit 2 when there are changes, 0 when there are none' },
  ask: { flags: '--ask', summary: 'show the plan and ask before anything changes' },
  dryRun: { flags: '--dry-run', summary: 'show the plan and change nothing' },
  lockTimeout: {
    flags: '--lock-timeout <time>',
    summary: 'how long to wait for another run (default: 10s)',
    read: duration,
  },
  probe: {
    flags: '--probe <count>',
    summary: 'how many changed services are probed before the switch: a number, or all (default: 1000)',
    read: (text) => (text === 'all' ? text : count(text)),
  },
  yes: { flags: '--yes', summary: 'do it, although traffic may leave in the clear' },
  policy: {
    flags: '--policy <name>',
    summary:
      'sync: what is not in the file goes (default); upsert-only: nothing is deleted; create-only: nothing is deleted or changed',
    read: oneOf('sync', 'upsert-only', 'create-only'),
  },
  allowEmpty: { flags: '--allow-empty', summary: 'a file without tunnels and services may take all of them away' },
  maxDeletions: {
    flags: '--max-deletions <number>',
    summary:
      'how many interfaces, tunnels and services may go, or 50% of them (default: 30% when there are 10 or more)',
    read: deletionLimit,
  },
  allowCutSsh: { flags: '--allow-cut-ssh', summary: 'the change may cut the ssh connection that this runs in' },
  showSecrets: { flags: '--show-secrets', summary: 'print the keys' },
  check: { flags: '--check', summary: 'exit 1 when the host does not run what was applied' },
  once: { flags: '--once', summary: 'one ping for each tunnel' },
  every: {
    flags: '--every <time>',
    summary: 'again and again, so often, until stopped: 10s, for instance',
    read: interval,
  },
  watch: {
    flags: '--watch',
    summary: 'again and again, with what happened in each second (every 1s, unless --every says more)',
  },
  count: { flags: '--count <number>', summary: 'end after so many', read: positive },
  for: { flags: '--for <time>', summary: 'end after so long: 10s, for instance', read: interval },
  rate: {
    flags: '--rate <number>',
    summary: 'packets that are looked at in a second, on each CPU, at most (default: 1000)',
    read: positive,
  },
  write: {
    flags: '-w, --write <file>',
    summary: 'a capture file (pcapng) for Wireshark instead of lines; - is standard output',
  },
  service: { flags: '--service <group/id>', summary: 'of this service only; may be repeated', read: listOf(serviceId) },
  tunnel: { flags: '--tunnel <id>', summary: 'of this tunnel only; may be repeated', read: listOf(tunnelId) },
  verdict: {
    flags: '--verdict <name>',
    summary: 'with this verdict only, or drops, passes, all (default: all but pass-not-ours); may be repeated',
    read: listOf((text) => text),
  },
  address: {
    flags: '--address <prefix>',
    summary: 'with this IP address, or one of this prefix, outside or inside a tunnel; may be repeated',
    read: listOf(prefix),
  },
  interface: {
    flags: '--interface <name>',
    summary: 'on this interface only (default: those with flag dump, or all if none has it); may be repeated',
    read: listOf((text) => text),
  },
};

/** Of an option that may be repeated. */
function listOf<T>(read: (text: string) => T): (text: string, previous: unknown) => readonly T[] {
  return (text, previous) => [...(previous as readonly T[]), read(text)];
}

function oneOf(...choices: readonly string[]): (text: string) => string {
  return (text) => {
    if (!choices.includes(text)) throw new RangeError(`"${text.slice(0, 60)}" is not one of ${choices.join(', ')}`);
    return text;
  };
}

/** It becomes part of paths: `..` is none. */
function instanceName(text: string): string {
  if (!/^[a-z0-9-]{1,15}$/.test(text))
    throw new RangeError(`"${text.slice(0, 60)}" is not the name of an instance: 1 to 15 of a-z, 0-9 and -`);
  return text;
}

function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`"${text.slice(0, 60)}" is not a number`);
  return Number(text);
}

function deletionLimit(text: string): DeletionLimit {
  const [, digits = '', percent] = /^(\d{1,9})(%?)$/.exec(text) ?? [];
  if (digits === '' || (percent && Number(digits) > 100))
    throw new RangeError(`"${text.slice(0, 60)}" is neither a number nor a percentage such as 50%`);
  return percent ? { percent: Number(digits) } : { objects: Number(digits) };
}

function positive(text: string): number {
  const number = count(text);
  if (number < 1) throw new RangeError(`"${text}" is not a number from 1 on`);
  return number;
}

function serviceId(text: string): { readonly group: number; readonly id: number } {
  const [group = Number.NaN, id = Number.NaN] = /^\d{1,5}\/\d{1,5}$/.test(text) ? text.split('/').map(Number) : [];
  if (!(group <= 0xffff && id <= 0xffff))
    throw new RangeError(`"${text.slice(0, 60)}" is not group/id of a service, such as 2/1`);
  return { group, id };
}

function tunnelId(text: string): number {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (id < 1 || id > 0xffff_ffff) throw new RangeError(`"${text.slice(0, 60)}" is not the number of a tunnel`);
  return id;
}

/** Bits behind the prefix do no harm to somebody who looks for packets. */
function prefix(text: string): Prefix {
  const ip = parseIp(text);
  if (ip) return { ip, bits: familyOf(ip) === 4 ? 32 : 128 };
  const parsed = parsePrefix(text);
  if (typeof parsed === 'string')
    throw new RangeError(`"${text.slice(0, 60)}" is neither an IP address nor a prefix such as 10.0.0.0/8`);
  return 'meant' in parsed ? parsed.meant : parsed;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `500ms`, `10s`, `5m`, `1h`: milliseconds. */
function duration(text: string): number {
  const match = /^(\d{1,6})(ms|s|m|h)$/.exec(text);
  const unit = unitMs[match?.[2] ?? ''];
  if (!match || unit === undefined)
    throw new RangeError(`"${text.slice(0, 60)}" is not a time like 500ms, 10s, 5m or 1h`);
  return Number(match[1]) * unit;
}

/** The limits that `ping.interval` has in a file: none at all would flood, and beyond 24 days timers start over. */
function interval(text: string): number {
  const ms = duration(text);
  if (ms < 1 || ms > 24 * 3_600_000) throw new RangeError(`"${text}" is not a time from 1ms to 24h`);
  return ms;
}
