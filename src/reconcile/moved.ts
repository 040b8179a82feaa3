// A plan made earlier × the plan that the same files give now → everything that moved in between, named one by one. Learned rows
// are no part of a plan, so they never make one stale. Pure.
import type { ConfiguredTable, Hook, HookKind } from '../datapath/port.ts';
import type { Place } from '../problem.ts';
import type { InterfaceName } from '../tables/key-words.ts';
import { tables } from '../tables/registry.ts';
import { keyAt, type Rows, valueAt } from '../tables/rows.ts';
import type { AnyTable, FieldText, Owner } from '../tables/table.ts';
import type { KeyDigest } from '../topology/key-digest.ts';
import type { Direction } from '../topology/topology.ts';
import type { TableRows } from './digest.ts';
import type { HookStep } from './hooks.ts';
import type { Plan } from './plan.ts';
import { diffRows } from './rowdiff.ts';

/** What a plan rests on, and what it would do. */
export interface SavedPlan {
  readonly generation: bigint;
  /** 0: nothing was live. */
  readonly liveGeneration: bigint;
  /** SHA-256 of the BPF object, in hexadecimal. */
  readonly build: string;
  /** Indexes of all interfaces that the files name. */
  readonly interfaces: Readonly<Record<string, number>>;
  readonly hooks: readonly SavedHook[];
  readonly steps: readonly string[];
  readonly renewals: readonly string[];
  readonly live: TableRows;
  readonly desired: TableRows;
}

export interface SavedHook {
  readonly interfaceName: string;
  readonly ifindex: number;
  readonly direction: Direction;
  readonly kind: HookKind;
  readonly programId: number;
}

export interface Moved {
  /** Where it moved: rows that are live, rows that the files want, what else a plan rests on. */
  readonly where: 'live' | 'desired' | 'interfaces' | 'hooks' | 'build' | 'generation' | 'steps';
  /** Of a row. */
  readonly table: ConfiguredTable | undefined;
  readonly key: string;
  /** In words, keys by digest; undefined: there was none. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Where the files say so. */
  readonly place: Place | undefined;
}

export function savedFrom(plan: Plan): SavedPlan {
  return {
    generation: plan.generation,
    liveGeneration: plan.live.slot?.meta.generation ?? 0n,
    build: hex(plan.buildDigest),
    interfaces: interfacesOf(plan),
    hooks: plan.observation.hooks.map(({ interfaceName, ifindex, direction, kind, programId }) => ({
      interfaceName,
      ifindex,
      direction,
      kind,
      programId,
    })),
    steps: stepsOf(plan),
    renewals: plan.renewals,
    live: plan.liveRows,
    desired: plan.desired,
  };
}

/** Empty: the plan of now is the saved one. */
export function movedSince(saved: SavedPlan, plan: Plan, interfaceName: InterfaceName, digest: KeyDigest): Moved[] {
  const now = savedFrom(plan);
  const words: Words = { interfaceName, digest, placeOf: placesIn(plan) };
  const found = [
    ...tables.flatMap((table) => movedRows('live', table, saved.live[table.name], now.live[table.name], words)),
    ...movedInterfaces(saved.interfaces, now.interfaces),
    ...movedHooks(saved.hooks, now.hooks),
    ...movedTexts('build', 'programs', saved.build.slice(0, 12), now.build.slice(0, 12)),
    ...tables.flatMap((table) =>
      movedRows('desired', table, saved.desired[table.name], now.desired[table.name], words),
    ),
  ];
  if (found.length > 0) return found;
  return [
    ...movedTexts('generation', 'live', text(saved.liveGeneration), text(now.liveGeneration)),
    ...movedTexts('generation', 'next', text(saved.generation), text(now.generation)),
    ...movedTexts('steps', 'hooks', saved.steps.join(', '), now.steps.join(', ')),
    ...movedTexts('steps', 'renewals', saved.renewals.join(', '), now.renewals.join(', ')),
  ];
}

/** An interface that is not there any more keeps a plan from being made at all. */
export function movedInterfaces(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Moved[] {
  return Object.keys({ ...before, ...after })
    .sort()
    .flatMap((name) => movedTexts('interfaces', name, indexText(before[name]), indexText(after[name])));
}

interface Words {
  readonly interfaceName: InterfaceName;
  readonly digest: KeyDigest;
  readonly placeOf: PlaceOf;
}

function movedRows(where: 'live' | 'desired', table: AnyTable, before: Rows, after: Rows, words: Words): Moved[] {
  const { creates, updates, deletes } = diffRows(after, before);
  const moved = (from: number | undefined, to: number | undefined): Moved => {
    const [was, is] = [fieldsAt(table, before, from, words), fieldsAt(table, after, to, words)];
    const differing = from !== undefined && to !== undefined ? namesThatDiffer(was, is) : undefined;
    return {
      where,
      table: table.name,
      key: keyText(table, to === undefined ? keyAt(before, from ?? 0) : keyAt(after, to)),
      before: from === undefined ? undefined : fieldsText(was, differing),
      after: to === undefined ? undefined : fieldsText(is, differing),
      place: words.placeOf(to === undefined ? ownerAt(table, before, from ?? 0) : ownerAt(table, after, to)),
    };
  };
  const rows = [
    ...creates.map((to) => moved(undefined, to)),
    ...updates.map(([to, from]) => moved(from, to)),
    ...deletes.map((from) => moved(from, undefined)),
  ];
  return rows.sort((a, b) => (a.key < b.key ? -1 : 1));
}

type Told = Readonly<Record<string, string>>;

function fieldsAt(table: AnyTable, rows: Rows, at: number | undefined, { interfaceName, digest }: Words): Told {
  if (at === undefined) return {};
  const key = table.key.decode(keyAt(rows, at));
  const value = table.value.decode(valueAt(rows, at));
  const told = Object.entries(table.describe(key, value, interfaceName));
  return Object.fromEntries(told.map(([name, said]) => [name, fieldText(said, digest)]));
}

function fieldText(said: FieldText, digest: KeyDigest): string {
  if (said instanceof Uint8Array) return digest(said);
  return typeof said === 'string' ? said : said.join(', ');
}

function namesThatDiffer(before: Told, after: Told): readonly string[] {
  return Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);
}

/** Bytes that no word of a file stands for. */
const unspoken = 'other bytes';

function fieldsText(told: Told, names: readonly string[] = Object.keys(told)): string {
  return names.map((name) => `${name} ${told[name] ?? '(none)'}`).join(', ') || unspoken;
}

/** `group 2, service 1`. */
function keyText(table: AnyTable, key: Uint8Array): string {
  const decoded: Readonly<Record<string, unknown>> = table.key.decode(key);
  const parts = Object.entries(decoded).filter(([name]) => !/^pad/.test(name));
  return parts.map(([name, value]) => `${name} ${value instanceof Uint8Array ? hex(value) : String(value)}`).join(', ');
}

function ownerAt(table: AnyTable, rows: Rows, at: number): Owner {
  return table.owner(table.key.decode(keyAt(rows, at)), table.value.decode(valueAt(rows, at)));
}

type PlaceOf = (owner: Owner) => Place | undefined;

function placesIn({ topology: { services, tunnels }, interfaces }: Plan): PlaceOf {
  const [byService, byTunnel, byIndex] = [
    new Map(services.map(({ group, id, place }) => [`${group}/${id}`, place])),
    new Map(tunnels.map(({ id, place }) => [id, place])),
    new Map(interfaces.map(({ ifindex, place }) => [ifindex, place])),
  ];
  return (owner) => {
    switch (owner.kind) {
      case 'service':
        return byService.get(`${owner.group}/${owner.id}`);
      case 'tunnel':
        return byTunnel.get(owner.id);
      case 'interface':
        return byIndex.get(owner.ifindex);
      case 'shared':
        return undefined;
      default:
        return owner satisfies never;
    }
  };
}

function movedHooks(before: readonly SavedHook[], after: readonly SavedHook[]): Moved[] {
  const [was, is] = [programs(before), programs(after)];
  return Object.keys({ ...was, ...is })
    .sort()
    .flatMap((name) => movedTexts('hooks', name, was[name], is[name]));
}

function programs(hooks: readonly SavedHook[]): Readonly<Record<string, string>> {
  return Object.fromEntries(hooks.map((hook) => [hookName(hook), `program ${hook.programId}`]));
}

function hookName({ interfaceName, direction, kind }: Pick<Hook, 'interfaceName' | 'direction' | 'kind'>): string {
  return `${interfaceName} ${direction} (${kind})`;
}

function stepsOf({ hooks }: Plan): string[] {
  return hooks.map((step) => `${step.action} ${hookName(hookOf(step))}`);
}

function hookOf(step: HookStep): Pick<Hook, 'interfaceName' | 'direction' | 'kind'> {
  switch (step.action) {
    case 'attach':
      return step.target;
    case 'switch':
      return step.from;
    case 'detach':
      return step.hook;
    default:
      return step satisfies never;
  }
}

function interfacesOf({ interfaces, entries }: Plan): Readonly<Record<string, number>> {
  return Object.fromEntries([...interfaces.map(({ name, ifindex }) => [name, ifindex] as const), ...entries]);
}

function movedTexts(
  where: Moved['where'],
  key: string,
  before: string | undefined,
  after: string | undefined,
): Moved[] {
  return before === after ? [] : [{ where, table: undefined, key, before, after, place: undefined }];
}

function indexText(ifindex: number | undefined): string | undefined {
  return ifindex === undefined ? undefined : `index ${ifindex}`;
}

function text(generation: bigint): string | undefined {
  return generation === 0n ? undefined : `generation ${generation}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
