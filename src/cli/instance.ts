// Which instance is meant where the kernel may know none: after a reboot, or after the first apply was taken back.
import { problem } from '../problem.ts';
import type { Attempt, Invocation } from './command.ts';
import { findInstance, type Kernel } from './kernel.ts';

/** The one that is named, else the kernel's only one, else the only one that has a history. */
export async function instanceKnown(invocation: Invocation, { datapath }: Kernel): Promise<Attempt<string>> {
  const { environment, options } = invocation;
  const found = findInstance(datapath, options.instance);
  if (!('failed' in found)) return { value: found.value.instance, problems: [] };
  const recorded = (await environment.machine()).state(options.stateDir).names('');
  if (options.instance !== undefined)
    return recorded.includes(options.instance) ? { value: options.instance, problems: [] } : found;
  const [only, ...others] = datapath.instances().length > 0 ? [] : [...recorded].sort();
  if (only === undefined) return found;
  if (others.length === 0) return { value: only, problems: [] };
  const hint = `say which with -i: ${[only, ...others].join(', ')}`;
  return { failed: [problem('which-instance', `there are histories of ${recorded.length} instances here`, { hint })] };
}
