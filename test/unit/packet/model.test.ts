// The model of the programs (src/packet/model.ts) is held to the packet records: what a record says of a packet, the model says too.
import { describe, expect, test } from 'vitest';
import { evaluateByModel } from '../../../src/datapath/memory/evaluate.ts';
import { type MemoryMap, putEntry } from '../../../src/datapath/memory/map.ts';
import type { LearnedMaps, Load } from '../../../src/datapath/memory/world.ts';
import type { ProbeResult } from '../../../src/datapath/port.ts';
import type { Layout } from '../../../src/layout/layout.ts';
import { describeFrame } from '../../../src/packet/describe.ts';
import { roleNumbers } from '../../../src/tables/config.ts';
import { flow, fragment, path, peer } from '../../../src/tables/learned.ts';
import { tables } from '../../../src/tables/registry.ts';
import { recordGroups } from '../../kernel/records/all.ts';
import type { PacketRecord, Passage, Row, RowSet } from '../../kernel/records/record.ts';

interface Descriptor {
  readonly name: string;
  readonly key: Layout<unknown>;
  readonly value: Layout<unknown>;
}

function mapOf({ name, key, value }: Descriptor, rows: RowSet): MemoryMap {
  const map: MemoryMap = {
    kind: 'map',
    id: 0,
    name,
    type: 'hash',
    keySize: key.size,
    valueSize: value.size,
    maxEntries: 64,
    entries: new Map(),
  };
  const wanted = (rows as Readonly<Record<string, readonly Row<unknown, unknown>[]>>)[name] ?? [];
  for (const row of wanted) putEntry(map, key.encode(row.key), value.encode(row.value));
  return map;
}

function viewOf({ role, egressFeatures = 0, rows }: PacketRecord): { load: Load; learned: LearnedMaps } {
  const mapsOf = (list: readonly unknown[]) =>
    Object.fromEntries((list as readonly Descriptor[]).map((table) => [table.name, mapOf(table, rows)]));
  const counter = { kind: 'counters', id: 0, blocks: 0, values: new Map() } as const;
  const learned = { ...mapsOf([peer, flow, fragment, path]), counter } as unknown as LearnedMaps;
  const maps = mapsOf(tables) as unknown as Load['maps'];
  const meta = { kind: 'meta' as const, id: 0, bytes: new Uint8Array(0) };
  const constants = { role: roleNumbers[role], ingressFeatures: 0, egressFeatures, topologyFeatures: 0 };
  return { load: { ...constants, maps, meta, learned }, learned };
}

function play(view: ReturnType<typeof viewOf>, { hook, packet }: Passage, { local }: PacketRecord): ProbeResult {
  return evaluateByModel(view, {
    direction: hook,
    ifindex: 1,
    ingressIfindex: local && hook === 'egress' ? 0 : 1,
    frame: packet,
  });
}

/** The model knows no routes and neighbours (fib), no other CPU, no full table, no checksum that a device is to finish. */
const beyond = new Set([
  'a PEER row that is being written is not used',
  'a full PEER table refuses',
  'a quoted checksum that is unfinished counts as what it will be',
]);
const groups = Object.entries(recordGroups).filter(([name]) => name !== 'fib');

describe.each(groups)('the model of %s', (_group, records) => {
  const within = records.filter(({ name }) => !beyond.has(name));
  test.each(within.map((record) => [record.name, record] as const))('%s', (_name, record) => {
    const view = viewOf(record);
    for (const one of record.before ?? []) expect(play(view, one, record).verdict).toBe(one.verdict);
    const { verdict, frame } = play(view, record, record);
    expect(verdict).toBe(record.verdict);
    const blind = (bytes: Uint8Array): string => {
      const copy = bytes.slice();
      // Identification by chance, and the checksum that covers it.
      if (record.randomId) copy.fill(0, 18, 20).fill(0, 24, 26);
      return Buffer.from(copy).toString('hex');
    };
    const expected = record.out ?? record.packet;
    expect(describeFrame(frame)).toBe(describeFrame(expected));
    expect(blind(frame)).toBe(blind(expected));
  });
});
