// The topology that a live generation was made from, out of the instance's history; its places are those of the files that were applied.

import type { Observation } from '../datapath/port.ts';
import { codeOf } from '../history/files.ts';
import { findStaged, readContent } from '../history/history.ts';
import { usualLabel } from '../reconcile/ingest.ts';
import { findLive } from '../reconcile/live.ts';
import { hex } from '../report/words.ts';
import { readTopology } from '../topology/read.ts';
import type { Topology } from '../topology/topology.ts';
import type { Invocation } from './command.ts';
import { shelfOf } from './recording.ts';

/** undefined: there is no history, or it is not of what is live. */
export async function appliedTopology(invocation: Invocation, observation: Observation): Promise<Topology | undefined> {
  const meta = findLive(observation).slot?.meta;
  if (!meta) return undefined;
  const shelf = await shelfOf(invocation, observation.instance);
  try {
    const entry = findStaged(shelf, Number(meta.generation));
    // Of another life of the instance.
    if (entry?.sourceDigest !== hex(meta.sourceDigest)) return undefined;
    const content = readContent(shelf, entry);
    return content && (await readTopology(content.sources)).topology;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Names of services, which are not in the kernel: as the file had them that was applied, else `service-<group>-<id>`. */
export async function appliedNames(
  invocation: Invocation,
  observation: Observation,
): Promise<(group: number, id: number) => string> {
  const services = (await appliedTopology(invocation, observation))?.services ?? [];
  const names = new Map(services.map(({ group, id, name }) => [usualLabel(group, id), name]));
  return (group, id) => names.get(usualLabel(group, id)) ?? usualLabel(group, id);
}
