// Options that commands have in common.
import type { OptionName } from './options.ts';

export const everywhere: readonly OptionName[] = ['json', 'color', 'debug'];
export const kernel: readonly OptionName[] = ['netns', 'bpffs', 'hook', 'runDir', 'stateDir', ...everywhere];
export const ofInstance: readonly OptionName[] = ['instance', ...kernel];
export const ofFile: readonly OptionName[] = ['file', ...ofInstance];
export const guards: readonly OptionName[] = ['policy', 'allowEmpty', 'maxDeletions'];
/** They talk to the daemon and not to the kernel. */
export const ofDaemon: readonly OptionName[] = ['instance', 'runDir', ...everywhere];
