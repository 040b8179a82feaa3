// What a command is given: every option with its value. How each is written and read is option-specs.ts; commands name the options
// that they take (commands.ts).

import type { ServiceOrder } from '../legacy/asked.ts';
import type { Prefix } from '../net/prefix.ts';
import type { HookWords } from '../packet/words/hook.ts';
import type { DeletionLimit } from '../reconcile/guards.ts';
import type { Policy } from '../reconcile/policy.ts';
import type { KeyOption } from './option-values.ts';

export type HookChoice = 'auto' | 'tcx' | 'clsact';
export type TestFormat = 'text' | 'tap' | 'junit';
export type ColorChoice = 'auto' | 'always' | 'never';

/** What a command is given: every option has a value, its default when the user said nothing. */
export interface Options {
  readonly file: readonly string[];
  readonly instance: string | undefined;
  readonly netns: string | undefined;
  readonly bpffs: string | undefined;
  readonly runDir: string | undefined;
  readonly stateDir: string | undefined;
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
  readonly format: TestFormat;
  readonly output: string | undefined;
  readonly confirmWithin: number | undefined;
  readonly confirmProbe: string | undefined;
  readonly wait: boolean;
  readonly timer: string | undefined;
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
  readonly at: HookWords | undefined;
  readonly entered: string | undefined;
  readonly hex: string | undefined;
  readonly expect: string | undefined;
  readonly peer: readonly string[];
  readonly key: KeyOption | undefined;
  readonly port: number | undefined;
  /** Milliseconds. */
  readonly interval: number;
  readonly listen: string | undefined;
  readonly logLevel: string;
  readonly logFormat: string;
  readonly last: number;
  readonly follow: boolean;
  readonly now: boolean;
  readonly writeSteps: boolean;
  readonly role: 'gateway' | 'node';
  readonly order: ServiceOrder | undefined;
  readonly oldLines: boolean;
}

export type OptionName = keyof Options;

export const optionDefaults: Options = {
  file: [],
  instance: undefined,
  netns: undefined,
  bpffs: undefined,
  runDir: undefined,
  stateDir: undefined,
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
  format: 'text',
  output: undefined,
  confirmWithin: undefined,
  confirmProbe: undefined,
  wait: false,
  timer: undefined,
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
  at: undefined,
  entered: undefined,
  hex: undefined,
  expect: undefined,
  peer: [],
  key: undefined,
  port: undefined,
  interval: 60_000,
  listen: undefined,
  logLevel: 'info',
  logFormat: 'auto',
  last: 20,
  follow: false,
  now: false,
  writeSteps: false,
  role: 'gateway',
  order: undefined,
  oldLines: false,
};
