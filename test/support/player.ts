// Performs random port operations on a datapath and says what can be compared afterwards: outcomes, observations and rows, with
// kernel ids replaced by the order in which they were first seen. Knows neither of the two implementations.

import type { Datapath, Hook, LoadSpec, Observation, SlotName } from '../../src/datapath/port.ts';
import { slotNames } from '../../src/datapath/port.ts';
import type { Ip } from '../../src/net/ip.ts';
import { KernelError, Refusal } from '../../src/problem.ts';
import { layoutVersion, type Meta, metaMagic, metaStates } from '../../src/tables/meta.ts';
import { tables } from '../../src/tables/registry.ts';
import type { Rows } from '../../src/tables/rows.ts';
import { tunnel } from '../../src/tables/tunnel.ts';
import { rowLines } from './memory.ts';
import type { Operation } from './operations.ts';
import { configuredSizes, learnedSizes, plainTunnelRow } from './rows.ts';

/** One of the two datapaths, with what a sequence has to remember of it. */
export interface Player {
  readonly datapath: Datapath;
  readonly instance: string;
  readonly interfaces: readonly { readonly name: string; readonly ifindex: number }[];
  readonly losePin: (path: string) => void;
  /** Every hook that was ever observed, each once. */
  readonly hooks: Hook[];
  /** Kernel ids in the order in which they were first seen. */
  readonly ids: number[];
}

export function createPlayer(player: Omit<Player, 'hooks' | 'ids'>): Player {
  return { ...player, hooks: [], ids: [] };
}

/** Does it and says how it ended: `ok`, an errno's name, or a problem's code. */
export function play(player: Player, operation: Operation): string {
  try {
    perform(player, operation);
    return 'ok';
  } catch (error) {
    if (error instanceof KernelError) return error.errnoName;
    if (error instanceof Refusal) return error.problem.code;
    throw error;
  }
}

function perform(player: Player, operation: Operation): void {
  const { datapath, instance, interfaces, hooks, losePin } = player;
  switch (operation.do) {
    case 'createSlot':
      datapath.createSlot(
        instance,
        operation.slot,
        specOf(operation.entries),
        metaOf(player, operation.slot, operation.generation, metaStates.staging),
      );
      return;
    case 'discardSlot':
    case 'repairPins':
      datapath[operation.do](instance, operation.slot);
      return;
    case 'writeRows':
      datapath.writeRows(instance, operation.slot, 'tunnel', {
        upserts: tunnelRows(operation.upserts),
        deletions: Buffer.concat(operation.deletions.map((one) => tunnel.key.encode({ id: one }))),
      });
      return;
    case 'writeMeta':
      datapath.writeMeta(
        instance,
        operation.slot,
        metaOf(player, operation.slot, operation.generation, operation.state),
      );
      return;
    case 'attach': {
      const { name = 'nowhere', ifindex = 9999 } = interfaces[operation.interface] ?? {};
      const { direction, kind } = operation;
      datapath.attach(instance, operation.slot, { ifindex, interfaceName: name, direction, kind });
      return;
    }
    case 'switchHook':
    case 'detach': {
      const hook = hooks[operation.hook % Math.max(hooks.length, 1)];
      if (!hook) return;
      if (operation.do === 'detach') datapath.detach(instance, hook);
      else datapath.switchHook(instance, operation.slot, hook);
      return;
    }
    case 'forget':
      datapath.forget(instance, operation);
      return;
    case 'removeInstance':
      datapath.removeInstance(instance);
      return;
    case 'losePin':
      losePin(operation.path);
      return;
    default:
      operation satisfies never;
  }
}

/** Everything that can be seen of the instance, without what differs from kernel to kernel. */
export function look(player: Player): unknown {
  const { datapath, instance, hooks } = player;
  const observation = datapath.observe(instance);
  for (const hook of observation.hooks) if (!hooks.some((one) => sameHook(one, hook))) hooks.push(hook);
  return {
    ...seen(player, observation),
    rows: Object.fromEntries(
      slotNames.flatMap((name) => (observation.slots[name] ? [[name, rowsOf(datapath, instance, name)]] : [])),
    ),
    listed: datapath.instances().includes(instance),
    counters: datapath.readCounters(instance).length,
    peers: datapath.readLearned(instance, 'peer').count,
  };
}

function seen(player: Player, { slots, hooks, learned, broken, exists, problems }: Observation): object {
  const nth = (kernelId: number): number => {
    if (kernelId === 0) return -1;
    if (!player.ids.includes(kernelId)) player.ids.push(kernelId);
    return player.ids.indexOf(kernelId);
  };
  const each = (ids: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      Object.entries(ids)
        .sort()
        .map(([name, kernelId]) => [name, nth(kernelId)]),
    );
  return {
    exists,
    broken,
    problems: problems.map(({ code }) => code),
    learned: learned && { capacities: learned.capacities, ids: each(learned.ids) },
    hooks: hooks.map(({ programId, interfaceName, direction, kind, slot: of }) => [
      interfaceName,
      direction,
      kind,
      of,
      nth(programId),
    ]),
    slots: slotNames.map((name) => {
      const found = slots[name];
      if (!found) return undefined;
      const { meta, programs, capacities, pinned, readable, learnedIds } = found;
      const { generation: number, state, instance, slot: of } = meta;
      const ids = { programs: each(programs), learned: each(learnedIds) };
      return { number, state, instance, of, ...ids, capacities, pinned, readable };
    }),
  };
}

function rowsOf(datapath: Datapath, instance: string, name: SlotName): unknown {
  return tables.map((table) => rowLines(datapath.readRows(instance, name, table.name)));
}

function sameHook(a: Hook, b: Hook): boolean {
  return a.ifindex === b.ifindex && a.direction === b.direction && a.kind === b.kind && a.programId === b.programId;
}

function specOf(entries: number): LoadSpec {
  const constants = { role: 1, ingressFeatures: 1, egressFeatures: 1, topologyFeatures: 0 };
  return { ...constants, capacities: configuredSizes(entries), learnedCapacities: learnedSizes(8) };
}

function metaOf({ datapath, instance }: Player, of: SlotName, number: number, state: number): Meta {
  const digest = new Uint8Array(32);
  return {
    generation: BigInt(number),
    timeNs: 0n,
    netnsInode: datapath.observe(instance).netnsInode,
    activation: 0n,
    magic: metaMagic,
    layoutVersion,
    state,
    role: 1,
    features: 1 | (1 << 16),
    instanceId: 0,
    instance,
    slot: of,
    topologyFeatures: 0,
    rowsDigest: digest,
    buildDigest: digest,
    sourceDigest: digest,
  };
}

function tunnelRows(rows: readonly { readonly id: number; readonly epoch: number }[]): Rows {
  const address = '172.16.0.1' as Ip;
  const values = rows.map(({ epoch }) =>
    tunnel.value.encode({
      epoch: BigInt(epoch),
      localIp: address,
      remoteIp: address,
      localPort: 6080,
      remotePort: 6080,
      counter: 128,
      remoteId: 1,
      pingIntervalMs: 0,
      mtu: 1500,
      flags: 0,
      ...plainTunnelRow,
    }),
  );
  return {
    keySize: tunnel.key.size,
    valueSize: tunnel.value.size,
    count: rows.length,
    keys: Buffer.concat(rows.map((row) => tunnel.key.encode({ id: row.id }))),
    values: Buffer.concat(values),
  };
}
