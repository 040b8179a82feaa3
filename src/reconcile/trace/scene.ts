// What packets are followed through: the live generation of an instance, or a file as a generation that nobody runs. Both are rows,
// names of interfaces, a way to a scratch load, and what a row comes from.
import type { Datapath, Host, Observation, Probe, ReadableTable, SlotName } from '../../datapath/port.ts';
import { type Problem, problem } from '../../problem.ts';
import type { Constants } from '../../tables/asked/configured.ts';
import { config } from '../../tables/config.ts';
import type { InterfaceIndex, InterfaceName } from '../../tables/key-words.ts';
import { learntTable } from '../../tables/registry.ts';
import { emptyRows, keyAt, type Rows } from '../../tables/rows.ts';
import type { Topology } from '../../topology/topology.ts';
import type { TableRows } from '../digest.ts';
import { findLive } from '../live.ts';
import type { Plan } from '../plan.ts';
import { trialPlan } from '../trial.ts';
import { readTables } from '../verify.ts';
import type { LearnedRow } from './access.ts';
import { type Explainer, explainBy, noFileKnown } from './explain.ts';
import { wantedLive } from './wanted-live.ts';

export interface Scene {
  readonly instance: string;
  /** undefined: of a file, and nobody runs it. */
  readonly generation: bigint | undefined;
  readonly constants: Constants;
  readonly rows: TableRows;
  readonly learned: LearnedRow;
  /** All rows of a learned table. */
  learnedRows(table: ReadableTable): Rows;
  /** Configured ones, by index. */
  readonly interfaces: readonly { readonly ifindex: number; readonly name: string }[];
  readonly interfaceName: InterfaceName;
  readonly interfaceIndex: InterfaceIndex;
  /** Whether a program runs there. */
  isAttached(ifindex: number, direction: 'ingress' | 'egress'): boolean;
  readonly explainer: Explainer;
  openProbe(): Probe;
  /** On which interface the scratch load finds itself when the packet is on this one. */
  probedOn(ifindex: number): number;
}

/** @param files the topology that was applied, where somebody kept it */
export function liveScene(
  datapath: Datapath,
  host: Host,
  observation: Observation,
  files: Topology | undefined,
): Scene | Problem {
  const { instance, hooks } = observation;
  const { slot } = findLive(observation);
  if (!slot?.readable || !slot.ownLayout)
    return problem('no-instance', `nothing is live of instance "${instance}" that this build can run packets through`, {
      hint: 'apply its topology, or name a file with -f',
    });
  const rows = readTables(datapath, instance, slot.name);
  const here = host.interfaces();
  const interfaceName: InterfaceName = (ifindex) =>
    here.find((one) => one.ifindex === ifindex)?.name ?? `interface ${ifindex}`;
  const { role, features, topologyFeatures, generation } = slot.meta;
  return {
    instance,
    generation,
    constants: { role, ingressFeatures: features & 0xffff, egressFeatures: features >>> 16, topologyFeatures },
    rows,
    learned: (table, key) => datapath.findLearned(instance, table, key),
    learnedRows: (table) => datapath.readLearned(instance, table),
    interfaces: configuredInterfaces(rows, interfaceName),
    interfaceName,
    interfaceIndex: (name) => here.find((one) => one.name === name)?.ifindex,
    isAttached: (ifindex, direction) => hooks.some((one) => one.ifindex === ifindex && one.direction === direction),
    explainer: files ? explainBy(wantedLive(files, rows, observation, here)) : noFileKnown,
    openProbe: () => datapath.openProbe(instance, slot.name satisfies SlotName),
    probedOn: (ifindex) => ifindex,
  };
}

/** Of every network namespace. */
const loopback = 1;

/** Its problems are the topology's: a file that cannot be applied cannot be tried. */
export function fileScene(
  datapath: Datapath,
  topology: Topology,
): { readonly scene: Scene; readonly problems: readonly Problem[] } {
  const plan = trialPlan(topology);
  const { load, desired } = plan;
  const scene = planScene(plan, { openProbe: () => datapath.openTrial(load, desired), probedOn: () => loopback });
  return { problems: plan.problems, scene };
}

/** What a plan would make live, or a trial: nothing was learned yet. */
export function planScene(plan: Plan, through: Pick<Scene, 'openProbe' | 'probedOn'>): Scene {
  const { load, desired, interfaces, entries } = plan;
  const names = new Map([...entries].map(([name, ifindex]) => [ifindex, name]));
  for (const { name, ifindex } of interfaces) names.set(ifindex, name);
  names.set(loopback, 'lo');
  const interfaceName: InterfaceName = (ifindex) => names.get(ifindex) ?? `interface ${ifindex}`;
  const indexes = new Map([...names].map(([ifindex, name]) => [name, ifindex]));
  return {
    instance: plan.instance,
    generation: undefined,
    constants: load,
    rows: desired,
    learned: () => undefined,
    learnedRows: (table) => emptyRows(learntTable(table).key.size, learntTable(table).value.size),
    interfaces: configuredInterfaces(desired, interfaceName),
    interfaceName,
    interfaceIndex: (name) => indexes.get(name),
    isAttached: () => true,
    explainer: explainWhenAsked(plan),
    ...through,
  };
}

/** Rows of 100,000 services are not made once more for packets that are what they should be. */
function explainWhenAsked(plan: Plan): Explainer {
  let made: Explainer | undefined;
  const explainer = (): Explainer => {
    made ??= explainBy(plan);
    return made;
  };
  return {
    explain: (table, key, value) => explainer().explain(table, key, value),
    wants: (table, key) => explainer().wants(table, key),
  };
}

function configuredInterfaces(rows: TableRows, interfaceName: InterfaceName): Scene['interfaces'] {
  const indexes = new Set<number>();
  for (let at = 0; at < rows.config.count; at++) indexes.add(config.key.decode(keyAt(rows.config, at)).ifindex);
  return [...indexes].sort((a, b) => a - b).map((ifindex) => ({ ifindex, name: interfaceName(ifindex) }));
}
