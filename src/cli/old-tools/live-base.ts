// What is live as the text of a file, to be changed and applied: the same rules then judge the change as judge a file. Keys stay
// `keep`: the live ones. Where nothing runs, an empty file for what is to come.
import { instanceNameOf } from '../../legacy/flags.ts';
import { problem } from '../../problem.ts';
import { type Ingested, ingest } from '../../reconcile/ingest.ts';
import { readLive } from '../../reconcile/verify.ts';
import type { ResolvedKey, Topology } from '../../topology/topology.ts';
import { printTopology } from '../../topology/write.ts';
import { appliedNames } from '../applied-topology.ts';
import type { Attempt, Invocation } from '../command.ts';
import { readFiles } from '../desired.ts';
import { findInstance, type Kernel, knownInterfaces } from '../kernel.ts';
import type { Change } from './changed.ts';

export interface Base {
  readonly text: string;
  readonly topology: Topology;
  /** By position in topology.services. */
  readonly keys: readonly ResolvedKey[];
}

const usualName = 'main';

export async function liveBase(
  invocation: Invocation,
  { datapath, host }: Kernel,
  asked: Change,
): Promise<Attempt<Base>> {
  const found = findInstance(datapath, invocation.options.instance);
  if ('failed' in found) {
    const isAbsent = found.failed.every(({ code }) => code === 'no-instance');
    return isAbsent && asked.verb === 'set' ? await emptyBase(invocation, asked) : found;
  }
  const { instance } = found.value;
  const rows = readLive(datapath, found.value);
  if (!rows)
    return {
      failed: [
        problem('no-instance', `instance "${instance}" has no generation that this build can read`, {
          hint: '`trueingress status` tells what is there; `trueingress apply -f FILE` makes it anew',
        }),
      ],
    };
  const label = await appliedNames(invocation, found.value);
  const ingested: Ingested = ingest(instance, rows, knownInterfaces(host), label);
  const text = await printTopology(ingested.topology, { keys: 'keep' });
  return { value: { text, topology: ingested.topology, keys: ingested.keys.services }, problems: [] };
}

/** The old tools had one instance and no name for it: that of the hook is taken, `EGW RX` becomes `egw`. */
async function emptyBase({ options, environment }: Invocation, asked: Change): Promise<Attempt<Base>> {
  const label = asked.verb === 'set' && asked.item.kind === 'flags' ? asked.item.label : undefined;
  const name = options.instance ?? instanceNameOf(label) ?? usualName;
  const text = [
    'apiVersion: trueingress/v1',
    `name: "${name}"`,
    'role: gateway',
    'tunnels: []',
    'services: []',
    '',
  ].join('\n');
  const read = await readFiles(['-'], { ...environment.files, readInput: () => Buffer.from(text) });
  return 'failed' in read ? read : { value: { text, topology: read.value.topology, keys: [] }, problems: [] };
}
