// What the table of commands says of each.
import type { Run } from './command.ts';
import type { OptionName } from './options.ts';

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** Each `[name]` is optional; `[a|b]` takes one of these words only. */
  readonly arguments: readonly string[];
  readonly options: readonly OptionName[];
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  load(): Promise<{ readonly run: Run }>;
}
