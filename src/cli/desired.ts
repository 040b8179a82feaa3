// What the user's files ask for: texts → topology, and its keys. Touches files and variables, never the kernel.
import { hasErrors, type Problem, problem } from '../problem.ts';
import type { Source } from '../topology/document.ts';
import { readTopology } from '../topology/read.ts';
import { gatherSources } from '../topology/sources.ts';
import type { Topology, TopologyKeys } from '../topology/topology.ts';
import type { Attempt, Invocation } from './command.ts';

export interface Desired {
  readonly topology: Topology;
  readonly keys: TopologyKeys;
  /** The texts it was read from. */
  readonly sources: readonly Source[];
}

/** -f → topology. */
export async function readDesired(invocation: Invocation): Promise<Attempt<Topology>> {
  const read = await readTexts(invocation);
  return 'failed' in read ? read : { ...read, value: read.value.topology };
}

async function readTexts({ options, environment }: Invocation): Promise<Attempt<Omit<Desired, 'keys'>>> {
  const unnamed = noFile(options.file);
  if (unnamed) return { failed: [unnamed] };
  const gathered = gatherSources(options.file, environment.files);
  if (hasErrors(gathered.problems)) return { failed: gathered.problems };
  const { topology, problems } = await readTopology(gathered.sources);
  const all = [...gathered.problems, ...problems];
  if (!topology) return { failed: all };
  if (options.instance !== undefined && options.instance !== topology.name)
    return {
      failed: [
        ...all,
        problem('usage', `-i says "${options.instance}", the file is about instance "${topology.name}"`, {
          place: topology.place,
          hint: 'leave -i away: the file names its instance',
        }),
      ],
    };
  return { value: { topology, sources: gathered.sources }, problems: all };
}

export function noFile(files: readonly string[]): Problem | undefined {
  if (files.length > 0) return undefined;
  return problem('usage', 'no topology was named', { hint: 'give one with -f FILE, a directory, or -f -' });
}

/** With its keys, as plan, diff and apply need them. */
export async function readDesiredWithKeys(invocation: Invocation): Promise<Attempt<Desired>> {
  const read = await readTexts(invocation);
  if ('failed' in read) return read;
  const { topology } = read.value;
  const { resolveKeys } = await import('../topology/keys.ts');
  const { files, variables } = invocation.environment;
  const { keys, problems } = resolveKeys(topology, files, variables);
  const all = [...read.problems, ...problems];
  return hasErrors(problems) ? { failed: all } : { value: { ...read.value, keys }, problems: all };
}
