// Steps tried on the texts before anybody applies one: after each, every gateway and node must agree still.
import { hasErrors, type Problem } from '../problem.ts';
import { editTopology } from '../topology/edit.ts';
import type { KeyDigest } from '../topology/key-digest.ts';
import { readTopology, type Source } from '../topology/read.ts';
import type { KeySource, ResolvedKey, Topology, TopologyKeys } from '../topology/topology.ts';
import { agreementOf, sameRole } from './agreement.ts';
import type { End } from './pairs.ts';
import type { Step } from './rotation.ts';

/** A host whose file is one text. */
export interface Host {
  readonly source: Source;
  readonly end: End;
}

export interface Played {
  readonly step: Step;
  readonly before: Source;
  /** The host's text after this step. */
  readonly after: Source;
  /** Errors only; empty: traffic flows after it. */
  readonly problems: readonly Problem[];
}

/** Of the first with each of the others; those must have the other role. */
export function disagreements([first, ...others]: readonly End[], fingerprint: KeyDigest): readonly Problem[] {
  if (!first) return [];
  return others.flatMap((other) => {
    const refusal = sameRole(first, other);
    if (refusal) return [refusal];
    const ends = first.topology.role === 'gateway' ? { gateway: first, node: other } : { gateway: other, node: first };
    return agreementOf(ends, fingerprint).problems;
  });
}

/** Throws RangeError where a text cannot be edited, such as a service that is an alias of another. */
export async function play(
  hosts: readonly Host[],
  steps: readonly Step[],
  keysOf: (topology: Topology) => TopologyKeys,
  fingerprint: KeyDigest,
): Promise<readonly Played[]> {
  const current = [...hosts];
  const played: Played[] = [];
  for (const step of steps) {
    const at = current.findIndex(({ end }) => end.topology.name === step.host);
    const host = current[at];
    if (!host) throw new Error(`a step is about ${step.host}, which is no host`);
    const after = { ...host.source, text: await editTopology(host.source.text, step.edits) };
    const { topology, problems } = await readTopology([after]);
    if (topology) current[at] = { source: after, end: { topology, keys: keysOf(topology) } };
    const found = topology
      ? disagreements(
          current.map(({ end }) => end),
          fingerprint,
        )
      : problems;
    played.push({
      step,
      before: host.source,
      after,
      problems: hasErrors(found) ? found.filter(({ severity }) => severity === 'error') : [],
    });
  }
  return played;
}

/**
 * Keys that cannot be read here stand for themselves: a file or variable of one name holds one key on both hosts, for the purpose of
 * finding an order of steps. `symbol` makes 16 bytes of a name.
 */
export function standIns(topology: Topology, keys: TopologyKeys, symbol: (name: string) => Uint8Array): TopologyKeys {
  const known = <Resolved extends ResolvedKey | 'none'>(
    source: KeySource | 'none' | undefined,
    key: Resolved | undefined,
  ) => {
    if (key !== 'keep' || source === undefined || source === 'none') return key;
    if (source.kind === 'file') return symbol(`file ${source.path}`);
    return source.kind === 'env' ? symbol(`env ${source.variable}`) : key;
  };
  return {
    services: topology.services.map(({ key }, at) => known(key, keys.services[at]) ?? 'keep'),
    previous: topology.services.map(({ previousKey }, at) => known(previousKey, keys.previous[at]) ?? 'none'),
    signing: topology.tunnels.map(
      ({ sign }, at) => known(sign === 'none' ? sign : sign.key, keys.signing[at]) ?? 'none',
    ),
  };
}
