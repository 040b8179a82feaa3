// What a command is: options in, an answer out. The answer is data and two views of it; run.ts shows one of them.
import type { Problem } from '../problem.ts';
import type { Style } from '../report/style.ts';
import type { CommandSpec } from './command-spec.ts';
import type { Environment } from './environment.ts';
import { type ExitCode, exitCodeOf } from './exit.ts';
import type { Options } from './options.ts';

/** `kind` of a JSON document; each has a schema in schemas/. */
export type Kind =
  | 'Validation'
  | 'Lint'
  | 'Rotation'
  | 'Plan'
  | 'Diff'
  | 'Outcome'
  | 'Export'
  | 'Import'
  | 'Show'
  | 'Status'
  | 'Stats'
  | 'Hooks'
  | 'Removal'
  | 'History'
  | 'Generation'
  | 'Confirmation'
  | 'Ping'
  | 'Event'
  | 'Dump'
  | 'Watch'
  | 'DaemonEvent'
  | 'Events'
  | 'Suspension'
  | 'Reconcile'
  | 'Trace'
  | 'Test'
  | 'Why'
  | 'Version'
  | 'Doctor'
  | 'Schema'
  | 'Explanation'
  | 'Starter'
  | 'Completion'
  /** The command could not do its work: problems say why. */
  | 'Problems';

export interface Answer {
  readonly kind: Kind;
  readonly exitCode: ExitCode;
  readonly problems: readonly Problem[];
  /** What the JSON document holds beside apiVersion, kind, exitCode and problems. */
  fields(): Readonly<Record<string, unknown>>;
  /** The document is the last line of a stream of records. */
  readonly isStream?: boolean;
  /** What a person reads on stdout: whole lines, or nothing. */
  text(style: Style): string;
}

/** What a command says before it is done. In JSON mode `print` is silent: one document comes at the end. */
export interface Talk {
  readonly style: Style;
  print(text: string): void;
  /** Problems that must be seen before the command goes on; they are not shown a second time at its end. */
  tell(problems: readonly Problem[]): void;
  /** On stderr, for somebody who waits at a terminal. */
  progress(text: string): void;
  /** Words beside the product, on stderr; silent in JSON mode. */
  remark(text: string): void;
  /** One line of NDJSON, of commands that stream; silent in text mode. */
  record(kind: Kind, problems: readonly Problem[], fields: Readonly<Record<string, unknown>>): void;
}

export interface Invocation {
  /** The whole table, for commands that tell about others. */
  readonly commands: readonly CommandSpec[];
  readonly options: Options;
  readonly arguments: readonly string[];
  readonly environment: Environment;
  readonly talk: Talk;
}

export type Run = (invocation: Invocation) => Promise<Answer>;

/** The command could not do its work. */
export function failure(problems: readonly Problem[]): Answer {
  return { kind: 'Problems', exitCode: exitCodeOf(problems), problems, fields: () => ({}), text: () => '' };
}

/** A value, or the problems that stand in its way. */
export type Attempt<T> =
  | { readonly value: T; readonly problems: readonly Problem[] }
  | { readonly failed: readonly Problem[] };
