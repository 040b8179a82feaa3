// A live topology as the text of a file. Learned remotes are comments: a file that named them would make them static.
import { type Ingested, withKeys } from '../reconcile/ingest.ts';
import type { Status } from '../reconcile/status.ts';
import { printTopology } from '../topology/write.ts';
import { formatAge } from './words.ts';

/** @param schema where editors find the schema */
export async function exportText(
  ingested: Ingested,
  status: Status,
  showSecrets: boolean,
  schema: string,
): Promise<string> {
  const learned = new Map<number, string>();
  for (const tunnel of status.tunnels)
    if (tunnel.learned)
      learned.set(tunnel.id, `${tunnel.learned.remote}, heard ${formatAge(tunnel.learned.ageMs)} ago`);
  const generation = status.live.slot?.meta.generation;
  return await printTopology(showSecrets ? withKeys(ingested, (key) => key) : ingested.topology, {
    keys: showSecrets ? 'show' : 'keep',
    learned,
    schema,
    header: [`exported from generation ${generation} of instance ${status.instance}`],
  });
}
