// A host in memory and whole applies on it, as the command does them: lock, prepare, apply. For property tests and golden cases.

import { type MemoryDatapath, type MemoryOptions, openMemoryDatapath } from '../../src/datapath/memory/datapath.ts';
import { evaluateIn } from '../../src/datapath/memory/evaluate.ts';
import { Killed } from '../../src/datapath/memory/faults.ts';
import { configuredNames, findSlot, ownAttachments } from '../../src/datapath/memory/find.ts';
import { attachForeign, pinForeign } from '../../src/datapath/memory/foreign.ts';
import { createMemoryHost } from '../../src/datapath/memory/host.ts';
import { rowsOf } from '../../src/datapath/memory/map.ts';
import type { Evaluator } from '../../src/datapath/memory/probe.ts';
import { createMemoryWorld, type Load, type MemoryWorld } from '../../src/datapath/memory/world.ts';
import type { ConfiguredTable, HookKind } from '../../src/datapath/port.ts';
import { slotNames } from '../../src/datapath/port.ts';
import { hasErrors } from '../../src/problem.ts';
import { apply, type Outcome } from '../../src/reconcile/apply.ts';
import type { TableRows } from '../../src/reconcile/digest.ts';
import type { Plan } from '../../src/reconcile/plan.ts';
import type { Policy } from '../../src/reconcile/policy.ts';
import { type Prepared, prepare } from '../../src/reconcile/prepare.ts';
import { keyAt, type Rows, valueAt } from '../../src/tables/rows.ts';
import type { Topology, TopologyKeys } from '../../src/topology/topology.ts';
import { keysOf } from './topologies.ts';

export const buildDigest = new Uint8Array(32).fill(0xb1);

/** eth0 to eth2 (2 to 4); other people's programs before and behind where ours will be, and a pin beside ours. */
export function makeWorld({ tcx = true }: { readonly tcx?: boolean } = {}): MemoryWorld {
  const world = createMemoryWorld({
    tcx,
    interfaces: [
      { name: 'lo', ifindex: 1, mtuBytes: 65536 },
      { name: 'eth0', ifindex: 2 },
      { name: 'eth1', ifindex: 3 },
      { name: 'eth2', ifindex: 4 },
    ],
  });
  attachForeign(world, { ifindex: 2, direction: 'ingress', kind: 'clsact' });
  attachForeign(world, { ifindex: 3, direction: 'egress', kind: tcx ? 'tcx' : 'clsact' });
  pinForeign(world, 'somebody-else/map');
  return world;
}

/** A day in 2026. */
export const now = 1_790_000_000_000_000_000n;

/** The packet model on a host whose clocks stand still. */
export const evaluateAt = (nowNs: bigint): Evaluator => {
  const around = { nowNs: () => nowNs, taiNs: () => nowNs, fib: () => ({ kind: 'no-neighbour', ifindex: 2 }) as const };
  return (view, packet) => evaluateIn(around, view, packet);
};

export const cloneWorld = (world: MemoryWorld): MemoryWorld => structuredClone(world);

export interface RunOptions extends MemoryOptions {
  readonly hook?: HookKind | 'auto';
  readonly buildDigest?: Uint8Array;
  readonly policy?: Policy;
  /** Those of the topology when not given. */
  readonly keys?: TopologyKeys;
  /** CLOCK_REALTIME of planning and of probes; `now` unless told: a clock that stands still. */
  readonly nowNs?: bigint;
  readonly datapath?: MemoryDatapath;
  /** Touched services that are probed; 64 unless told. */
  readonly probeLimit?: number;
  /** Whether the warning is wanted that flows are not known any more: of random changes many have it. */
  readonly tellsFlows?: boolean;
}

export interface Run {
  readonly prepared: Prepared;
  readonly plan: Plan;
  readonly outcome: Outcome;
  readonly datapath: MemoryDatapath;
}

export function prepareOn(world: MemoryWorld, topology: Topology, options: RunOptions = {}) {
  const nowNs = options.nowNs ?? now;
  const datapath = options.datapath ?? openMemoryDatapath(world, { evaluate: evaluateAt(nowNs), ...options });
  const keys = options.keys ?? keysOf(topology);
  const input = {
    topology,
    keys,
    hook: options.hook ?? 'auto',
    buildDigest: options.buildDigest ?? buildDigest,
    nowNs,
    policy: options.policy ?? 'sync',
  } as const;
  const prepared = prepare(input, datapath, createMemoryHost(world));
  const { plan } = prepared;
  if (!plan) throw new Error(`no plan: ${prepared.problems.map(({ message }) => message).join('; ')}`);
  return { prepared, plan, datapath };
}

/** Plans and applies. Throws what the datapath throws while planning, and Killed. */
export function applyOn(world: MemoryWorld, topology: Topology, options: RunOptions = {}): Run {
  const { prepared, plan, datapath } = prepareOn(world, topology, options);
  const outcome = execute(plan, datapath, options.nowNs, options.probeLimit);
  return { prepared, plan, outcome: options.tellsFlows ? outcome : withoutFlows(outcome), datapath };
}

function withoutFlows(outcome: Outcome): Outcome {
  return { ...outcome, problems: outcome.problems.filter(({ code }) => !/^flows-/.test(code)) };
}

export function execute(plan: Plan, datapath: MemoryDatapath, nowNs = now, probeLimit = 64): Outcome {
  if (hasErrors(plan.problems)) throw new Error(`refused: ${plan.problems.map(({ message }) => message).join('; ')}`);
  let now = 0;
  return apply(plan, { datapath, clock: () => now++, nowNs: () => nowNs, probeLimit });
}

/** undefined: it was killed on the way. */
export function applyUnlessKilled(world: MemoryWorld, topology: Topology, options: RunOptions): Run | undefined {
  try {
    return applyOn(world, topology, options);
  } catch (error) {
    if (error instanceof Killed) return undefined;
    throw error;
  }
}

/** Rows of one table as sorted text: to compare contents whatever their order. */
export function rowLines(rows: Rows): string[] {
  const hex = (part: Uint8Array): string => Buffer.from(part).toString('hex');
  return Array.from({ length: rows.count }, (_, at) => `${hex(keyAt(rows, at))}=${hex(valueAt(rows, at))}`).sort();
}

export type Content = Readonly<Record<ConfiguredTable, readonly string[]>>;

export function contentOf(tables: TableRows): Content {
  return byTable((name) => rowLines(tables[name]));
}

export function contentOfLoad(load: Load): Content {
  return byTable((name) => rowLines(rowsOf(load.maps[name])));
}

function byTable(lines: (name: ConfiguredTable) => string[]): Content {
  return Object.fromEntries(configuredNames.map((name) => [name, lines(name)])) as Record<ConfiguredTable, string[]>;
}

/** Of each hook that runs a program of ours: what its maps hold. */
export function liveContents(
  world: MemoryWorld,
  instance: string,
): { readonly hook: string; readonly content: Content }[] {
  return ownAttachments(world, instance).map(({ ifindex, direction, program }) => ({
    hook: `${ifindex} ${direction}`,
    content: contentOfLoad(program.load),
  }));
}

/** Rows of both slots, live or not. */
export function slotContents(world: MemoryWorld, instance: string): Partial<Record<'a' | 'b', Content>> {
  const contents: Partial<Record<'a' | 'b', Content>> = {};
  for (const slot of slotNames) {
    const found = findSlot(world, instance, slot);
    if (found) contents[slot] = contentOfLoad(found.load);
  }
  return contents;
}
