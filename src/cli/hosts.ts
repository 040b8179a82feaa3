// Files of several hosts: -f and each --peer, with keys as far as they can be read here. Touches files and variables only.
import type { End } from '../ends/pairs.ts';
import { hasErrors, type Problem, problem } from '../problem.ts';
import type { Source } from '../topology/document.ts';
import { resolveKeys } from '../topology/keys.ts';
import type { Attempt, Invocation } from './command.ts';
import { readFiles } from './desired.ts';
import { startCounting } from './progress.ts';

/** A host as its files say, with the texts that they hold: one, or several of a directory. */
export interface ReadHost {
  readonly sources: readonly Source[];
  readonly end: End;
}

/** The host of -f first. Keys that cannot be read here are `keep`. */
export async function readHosts(invocation: Invocation): Promise<Attempt<readonly ReadHost[]>> {
  const { options, environment } = invocation;
  const count = startCounting(invocation);
  const { files, variables } = environment;
  if (options.file.length > 0 && options.peer.length === 0)
    return {
      failed: [problem('usage', 'no host at the other end was named', { hint: 'give its file with --peer FILE' })],
    };
  const hosts: ReadHost[] = [];
  const problems: Problem[] = [];
  for (const paths of [options.file, ...options.peer.map((path) => [path])]) {
    const read = await readFiles(paths, files);
    problems.push(...('failed' in read ? read.failed : read.problems));
    if ('failed' in read) continue;
    const { topology, sources } = read.value;
    count(() => `read ${topology.services.length} services of ${topology.name} …`);
    const { keys } = resolveKeys(topology, files, variables);
    hosts.push({ sources, end: { topology, keys } });
  }
  const twice = hosts.find(({ end }, at) => hosts.findIndex((one) => one.end.topology.name === end.topology.name) < at);
  if (twice)
    problems.push(
      problem('usage', `two files are about instance "${twice.end.topology.name}"`, {
        place: twice.end.topology.place,
        hint: 'several files of one host are given as a directory',
      }),
    );
  return hasErrors(problems) ? { failed: problems } : { value: hosts, problems };
}
