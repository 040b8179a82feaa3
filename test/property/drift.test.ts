// Rows edited by hand: which ones is told rightly or not at all, and telling never fails whatever is in the maps.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openMemoryDatapath } from '../../src/datapath/memory/datapath.ts';
import { ownAttachments } from '../../src/datapath/memory/find.ts';
import type { MemoryMap } from '../../src/datapath/memory/map.ts';
import type { MemoryWorld } from '../../src/datapath/memory/world.ts';
import type { ConfiguredTable } from '../../src/datapath/port.ts';
import { readStatus } from '../../src/reconcile/status.ts';
import { tables } from '../../src/tables/registry.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { anyTopology, topologyPair } from '../support/arbitrary.ts';
import { applyOn, makeWorld, prepareOn } from '../support/memory.ts';
import { tries } from '../support/runs.ts';

const instance = 'epic-1';

function liveMaps(world: MemoryWorld): Readonly<Record<ConfiguredTable, MemoryMap>> {
  const [live] = ownAttachments(world, instance);
  if (!live) throw new Error('nothing is live');
  return live.program.load.maps;
}

interface Hand {
  readonly table: ConfiguredTable;
  readonly change: 'added' | 'edited' | 'removed';
  readonly bytes: Uint8Array;
}

const hand: fc.Arbitrary<Hand> = fc.record({
  table: fc.constantFrom(...tables.map(({ name }) => name)),
  change: fc.constantFrom('added' as const, 'edited' as const, 'removed' as const),
  bytes: fc.uint8Array({ minLength: 256, maxLength: 256 }),
});

/** What bpftool would do; false: there is no row to do it to. */
function edit(world: MemoryWorld, { table, change, bytes }: Hand): boolean {
  const { entries } = liveMaps(world)[table];
  const found = tables.find(({ name }) => name === table);
  if (!found) throw new Error(table);
  const [name, entry] = [...entries][0] ?? [];
  if (change === 'added') {
    const key = bytes.slice(0, found.key.size);
    const hex = Buffer.from(key).toString('latin1');
    if ([...entries.values()].some((one) => Buffer.compare(one.key, key) === 0)) return false;
    entries.set(hex, { key, value: bytes.slice(100, 100 + found.value.size) });
    return true;
  }
  if (name === undefined || !entry) return false;
  if (change === 'removed') entries.delete(name);
  else {
    const value = entry.value.with((bytes[0] ?? 0) % entry.value.length, bytes[1] ?? 0);
    if (Buffer.compare(value, entry.value) === 0) return false;
    entries.set(name, { key: entry.key, value });
  }
  return true;
}

/** Both hold the number of the service's counter. */
const numbered: readonly ConfiguredTable[] = ['verify', 'encap'];

const told = (world: MemoryWorld) => {
  const datapath = openMemoryDatapath(world);
  return readStatus(datapath, datapath.observe(instance), 0n).drift;
};
const planned = (world: MemoryWorld, topology: Topology) => prepareOn(world, topology).plan.drift;

describe('rows edited by hand', () => {
  test('are told by a plan of the file that was applied: this table, this change', () => {
    fc.assert(
      fc.property(anyTopology, hand, (topology, one) => {
        const world = makeWorld();
        applyOn(world, topology);
        expect([told(world), planned(world, topology)]).toEqual([undefined, undefined]);
        fc.pre(edit(world, one));
        const drift = planned(world, topology);
        // An epoch, a counter or a kept key has no other home than its row: that such a one was edited is seen, what it was is not known.
        if (drift?.rows.length) {
          const tablesTold = drift.rows.filter(({ change }) => change === one.change).map(({ table }) => table);
          // Of a counter's number in two rows that differ, either may be the edited one.
          const rightly = one.change === 'edited' && numbered.includes(one.table) ? numbered : [one.table];
          expect(
            rightly.some((table) => tablesTold.includes(table)),
            `told: ${tablesTold}`,
          ).toBe(true);
        } else
          expect([one.change, ['tunnel', 'verify', 'encap', 'config']]).toEqual([
            'edited',
            expect.arrayContaining([one.table]),
          ]);
      }),
      tries(80),
    );
  });

  test('are told without any file where nothing but a row more is there', () => {
    fc.assert(
      fc.property(anyTopology, hand, (topology, one) => {
        const world = makeWorld();
        applyOn(world, topology);
        fc.pre(one.change === 'added' && edit(world, one));
        expect(told(world)?.rows).toMatchObject([{ table: one.table, change: 'added' }]);
      }),
      tries(80),
    );
  });

  test('are seen as such by status and by the plan of another file, however many they are', () => {
    fc.assert(
      fc.property(topologyPair, fc.array(hand, { minLength: 1, maxLength: 4 }), ([before, after], hands) => {
        const world = makeWorld();
        applyOn(world, before);
        const untouched = structuredClone(liveMaps(world));
        for (const one of hands) edit(world, one);
        for (const policy of ['upsert-only', 'create-only'] as const) prepareOn(world, after, { policy });
        const entriesOf = (maps: typeof untouched) =>
          tables.map(({ name }) => [...maps[name].entries.values()].map(({ key, value }) => `${key}=${value}`).sort());
        const same = JSON.stringify(entriesOf(untouched)) === JSON.stringify(entriesOf(liveMaps(world)));
        expect([told(world) === undefined, planned(world, after) === undefined]).toEqual([same, same]);
      }),
      tries(80),
    );
  });
});
