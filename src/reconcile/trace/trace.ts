// The story of one packet: where it was, what became of it, which rows decided it and where each of them comes from.
import type { ProbeResult } from '../../datapath/port.ts';
import { withoutKeys } from '../../packet/fields/fields.ts';
import type { Lookup } from '../../tables/asked/access.ts';
import { learntTables, tables } from '../../tables/registry.ts';
import { isLearnt } from './access.ts';
import { directoryOf } from './directory.ts';
import type { Explanation } from './explain.ts';
import { type Followed, followPacket, type Route } from './follow.ts';
import type { ChosenHook } from './hook.ts';
import { keyIn } from './keys.ts';
import type { Scene } from './scene.ts';

/** Names and texts of a row; no key is ever among them. */
export type RowFields = Readonly<Record<string, string | number>>;

export interface Step {
  readonly table: string;
  readonly title: string;
  readonly key: string;
  /** Of the row, which the key says already. */
  readonly keyMembers: readonly string[];
  /** undefined: there is no such row. */
  readonly row: RowFields | undefined;
  readonly explanation: Explanation | 'learned' | undefined;
}

export interface Trace {
  readonly instance: string;
  readonly generation: bigint | undefined;
  readonly hook: ChosenHook;
  readonly isAttached: boolean;
  readonly verdict: string;
  readonly action: number;
  /** Keys are zeros in both. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** Whose key it is that was blanked; undefined: there was none. */
  readonly key: string | undefined;
  readonly steps: readonly Step[];
  readonly routes: readonly Route[];
  /** What the packet would have taught, were it a real one. */
  readonly taught: readonly Step[];
  /** Programs and packet model differ: a bug of ours, and what is looked up may be told wrongly. */
  readonly disagreement: { readonly in: string; readonly verdict: string } | undefined;
}

export interface TraceInput {
  readonly scene: Scene;
  readonly hook: ChosenHook;
  readonly frame: Uint8Array;
  /** CLOCK_MONOTONIC. */
  readonly nowNs: bigint;
  /** CLOCK_TAI, or what is near it. */
  readonly taiNs: bigint;
}

/** Throws KernelError or Refusal when the scratch load is refused. */
export function trace({ scene, hook, frame, nowNs, taiNs }: TraceInput): Trace {
  const probe = scene.openProbe();
  let followed: Followed;
  try {
    const ifindex = scene.probedOn(hook.ifindex);
    const ingressIfindex = hook.direction === 'ingress' ? ifindex : hook.ingressIfindex;
    const packet = { direction: hook.direction, ifindex, ingressIfindex, frame };
    const { constants, rows, learned } = scene;
    followed = followPacket({ constants, rows, learned, probe, packet, nowNs, taiNs });
  } finally {
    probe.close();
  }
  const { result, lookups, routes, taught, disagreement } = followed;
  const directory = directoryOf(scene, () => taiNs);
  return {
    instance: scene.instance,
    generation: scene.generation,
    hook,
    isAttached: scene.isAttached(hook.ifindex, hook.direction),
    verdict: result.verdict,
    action: result.action,
    before: withoutKeys(frame),
    after: withoutKeys(afterwards(frame, result)),
    key: keyIn(frame, directory) ?? keyIn(result.frame, directory),
    steps: lookups.map((lookup) => stepOf(scene, lookup, nowNs)),
    routes,
    taught: taught.map((lookup) => stepOf(scene, lookup, nowNs)),
    disagreement: disagreement && { in: disagreement.in, verdict: disagreement.model.verdict },
  };
}

const shot = 2;

/** What was dropped is nobody's, whatever a program had done to it until then. */
function afterwards(frame: Uint8Array, result: ProbeResult): Uint8Array {
  return result.action === shot ? frame : result.frame;
}

/** A lookup in the words of `show`. */
export function stepOf(
  scene: Pick<Scene, 'interfaceName' | 'explain'>,
  { table: name, key, value }: Lookup,
  nowNs: bigint,
): Step {
  const { table, row } = rowOf(name, key, value, nowNs);
  const explanation = value && (isLearnt(name) ? 'learned' : scene.explain(name, key, value));
  return {
    table: name,
    title: table.title,
    key: table.keyText(table.key.decode(key), scene.interfaceName),
    keyMembers: table.key.members.map(({ name: member }) => member),
    row,
    explanation,
  };
}

function rowOf(name: Lookup['table'], key: Uint8Array, value: Uint8Array | undefined, nowNs: bigint) {
  const learnt = learntTables.find((one) => one.name === name);
  const configured = tables.find((one) => one.name === name);
  const table = learnt ?? configured;
  if (!table) throw new Error(`table ${name} has no descriptor`);
  const decodedKey: unknown = table.key.decode(key);
  const row: RowFields | undefined = value && table.show(decodedKey, table.value.decode(value), nowNs);
  return { table, row };
}
