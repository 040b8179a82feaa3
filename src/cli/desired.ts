// What the user's files ask for: texts → topology, and its keys. Touches files and variables, never the kernel.
import { hasErrors, problem } from '../problem.ts';
import type { Source } from '../topology/document.ts';
import { readTopology } from '../topology/read.ts';
import { type FileReader, gatherSources } from '../topology/sources.ts';
import type { ResolvedKey, Topology, TopologyKeys } from '../topology/topology.ts';
import type { Attempt, Invocation } from './command.ts';
import { startWaiting } from './progress.ts';

export interface Desired {
  readonly topology: Topology;
  readonly keys: TopologyKeys;
  /** The texts it was read from. */
  readonly sources: readonly Source[];
}

/** -f → topology. */
export async function readDesired(invocation: Invocation): Promise<Attempt<Topology>> {
  const read = await readNamed(invocation);
  return 'failed' in read ? read : { ...read, value: read.value.topology };
}

/** -f as one instance, which is that of -i when one is given. */
async function readNamed({ options, environment }: Invocation): Promise<Attempt<Omit<Desired, 'keys'>>> {
  const read = await readFiles(options.file, environment.files);
  if ('failed' in read) return read;
  const { topology } = read.value;
  if (options.instance !== undefined && options.instance !== topology.name)
    return {
      failed: [
        ...read.problems,
        problem('usage', `-i says "${options.instance}", the file is about instance "${topology.name}"`, {
          place: topology.place,
          hint: 'leave -i away: the file names its instance',
        }),
      ],
    };
  return read;
}

/** Files and directories of one instance, with the texts that they hold. */
export async function readFiles(paths: readonly string[], files: FileReader): Promise<Attempt<Omit<Desired, 'keys'>>> {
  if (paths.length === 0)
    return {
      failed: [
        problem('usage', 'no topology was named', {
          hint: 'give one with -f FILE, a directory, or -f -; `trueingress init -o FILE` writes a first one',
        }),
      ],
    };
  const gathered = gatherSources(paths, files);
  if (hasErrors(gathered.problems)) return { failed: gathered.problems };
  const { topology, problems } = await readTopology(gathered.sources);
  const all = [...gathered.problems, ...problems];
  return topology ? { value: { topology, sources: gathered.sources }, problems: all } : { failed: all };
}

/** With its keys, as plan, diff and apply need them. */
export async function readDesiredWithKeys(invocation: Invocation): Promise<Attempt<Desired>> {
  const wait = startWaiting(invocation);
  const read = await readNamed(invocation);
  if ('failed' in read) return read;
  const { topology } = read.value;
  wait(`read ${topology.services.length} services, comparing them with what is live …`);
  const { resolveKeys } = await import('../topology/keys.ts');
  const { files, variables } = invocation.environment;
  const { keys, problems } = resolveKeys(topology, files, variables);
  const all = [...read.problems, ...problems];
  return hasErrors(problems) ? { failed: all } : { value: { ...read.value, keys }, problems: all };
}

/** Of the same texts and keys: the same in all that could be asked of it. */
export function sameDesired(a: Desired, b: Desired): boolean {
  const texts = ({ sources }: Desired) => sources.flatMap(({ file, text }) => [file, text]);
  return same(texts(a), texts(b)) && same(keysOf(a), keysOf(b), sameKey);
}

function keysOf({ keys: { services, previous, signing } }: Desired): readonly (ResolvedKey | 'none')[] {
  return [...services, ...previous, ...signing];
}

function sameKey(a: ResolvedKey | 'none', b: ResolvedKey | 'none'): boolean {
  return typeof a === 'string' || typeof b === 'string' ? a === b : Buffer.compare(a, b) === 0;
}

function same<T>(a: readonly T[], b: readonly T[], equal: (a: T, b: T) => boolean = Object.is): boolean {
  return a.length === b.length && a.every((one, at) => equal(one, b[at] as T));
}
