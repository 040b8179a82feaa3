// What the table of commands says of each, and the options that many of them share.
import type { Run } from './command.ts';
import type { OptionName } from './options.ts';

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** Each `[name]` is optional; `[a|b]` takes one of these words only. */
  readonly arguments: readonly string[];
  readonly options: readonly OptionName[];
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** Where an option means something of its own here. */
  readonly summaries?: Readonly<Partial<Record<OptionName, string>>>;
  /** Of no use to people: neither help nor manual tells of it. */
  readonly hidden?: true;
  load(): Promise<{ readonly run: Run }>;
}

/** Every command takes them, so that a script can give the same ones to all; help shows them where they do something. */
export const globalOptions: readonly OptionName[] = ['instance', 'netns', 'bpffs', 'hook', 'runDir', 'stateDir'];

export const everywhere: readonly OptionName[] = ['json', 'color', 'debug'];
export const kernel: readonly OptionName[] = ['netns', 'bpffs', ...everywhere];
export const ofInstance: readonly OptionName[] = ['instance', ...kernel];
export const ofFile: readonly OptionName[] = ['file', ...ofInstance];
export const guards: readonly OptionName[] = ['policy', 'allowEmpty', 'maxDeletions'];
/** They change an instance: under its lock, and written down in its history. */
export const changing: readonly OptionName[] = ['lockTimeout', 'runDir', 'stateDir'];
/** They talk to the daemon and not to the kernel. */
export const ofDaemon: readonly OptionName[] = ['instance', 'runDir', ...everywhere];
