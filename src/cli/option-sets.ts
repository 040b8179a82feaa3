// Options that many commands have in common.
import type { OptionName } from './options.ts';

/** Every command takes them, so that a script can give the same ones to all; help shows them where they do something. */
export const globalOptions: readonly OptionName[] = ['instance', 'netns', 'bpffs', 'hook', 'runDir', 'stateDir'];

export const everywhere: readonly OptionName[] = ['json', 'color', 'debug'];
export const kernel: readonly OptionName[] = ['netns', 'bpffs', 'hook', 'runDir', 'stateDir', ...everywhere];
export const ofInstance: readonly OptionName[] = ['instance', ...kernel];
export const ofFile: readonly OptionName[] = ['file', ...ofInstance];
export const guards: readonly OptionName[] = ['policy', 'allowEmpty', 'maxDeletions'];
