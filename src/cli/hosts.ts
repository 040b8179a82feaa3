// Files of several hosts: -f and each --peer, with keys as far as they can be read here. Touches files and variables only.
import type { Host } from '../ends/play.ts';
import { hasErrors, type Problem, problem } from '../problem.ts';
import { resolveKeys } from '../topology/keys.ts';
import { readTopology, type Source } from '../topology/read.ts';
import { gatherSources } from '../topology/sources.ts';
import type { Attempt, Invocation } from './command.ts';
import { noFile } from './desired.ts';

export interface ReadHost extends Host {
  /** The texts that it was read from: one, or several of a directory. */
  readonly sources: readonly Source[];
}

/** The host of -f first. Keys that cannot be read here are `keep`. */
export async function readHosts({ options, environment }: Invocation): Promise<Attempt<readonly ReadHost[]>> {
  const { file, peer } = options;
  const unnamed =
    noFile(file) ??
    (peer.length === 0
      ? problem('usage', 'no host at the other end was named', { hint: 'give its file with --peer FILE' })
      : undefined);
  if (unnamed) return { failed: [unnamed] };
  const hosts: ReadHost[] = [];
  const problems: Problem[] = [];
  for (const paths of [file, ...peer.map((path) => [path])]) {
    const gathered = gatherSources(paths, environment.files);
    problems.push(...gathered.problems);
    if (hasErrors(gathered.problems)) continue;
    const { topology, problems: found } = await readTopology(gathered.sources);
    problems.push(...found);
    const [source] = gathered.sources;
    if (!topology || !source) continue;
    const { keys } = resolveKeys(topology, environment.files, environment.variables);
    hosts.push({ source, sources: gathered.sources, end: { topology, keys } });
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
