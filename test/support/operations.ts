// Random sequences of port operations, for two datapaths to be compared by (player.ts performs them).
import fc from 'fast-check';
import { type HookKind, type SlotName, slotNames } from '../../src/datapath/port.ts';
import { tables } from '../../src/tables/registry.ts';
import { type Direction, directions } from '../../src/topology/topology.ts';

export type Operation =
  | { readonly do: 'createSlot'; readonly slot: SlotName; readonly entries: number; readonly generation: number }
  | { readonly do: 'discardSlot' | 'repairPins'; readonly slot: SlotName }
  | {
      readonly do: 'writeRows';
      readonly slot: SlotName;
      readonly upserts: readonly { readonly id: number; readonly epoch: number }[];
      readonly deletions: readonly number[];
    }
  | { readonly do: 'writeMeta'; readonly slot: SlotName; readonly state: number; readonly generation: number }
  | {
      readonly do: 'attach';
      readonly slot: SlotName;
      /** Position in the interfaces; beyond them, one that does not exist. */
      readonly interface: number;
      readonly direction: Direction;
      readonly kind: HookKind;
    }
  /** `hook`: position among all hooks ever seen, modulo how many, so that stale ones are tried as well. */
  | { readonly do: 'switchHook'; readonly slot: SlotName; readonly hook: number }
  | { readonly do: 'detach'; readonly hook: number }
  | { readonly do: 'forget'; readonly tunnels: readonly number[]; readonly counters: readonly number[] }
  | { readonly do: 'removeInstance' }
  /** Somebody else unpins something of ours. */
  | { readonly do: 'losePin'; readonly path: string };

const slot = fc.constantFrom(...slotNames);
const id = fc.integer({ min: 1, max: 6 });
const generation = fc.integer({ min: 1, max: 9 });
const objects = [...tables.map(({ name }) => name as string), 'ingress', 'egress', 'meta'];
const pinPath = fc.oneof(
  fc.tuple(slot, fc.constantFrom(...objects)).map(([name, object]) => `${name}/${object}`),
  fc.constantFrom('peer', 'flow', 'fragment', 'counter').map((name) => `learned/${name}`),
);

const createSlot = fc.record({
  do: fc.constant('createSlot' as const),
  slot,
  entries: fc.integer({ min: 1, max: 4 }),
  generation,
});
const attach = fc.record({
  do: fc.constant('attach' as const),
  slot,
  interface: fc.integer({ min: 0, max: 2 }),
  direction: fc.constantFrom(...directions),
  kind: fc.constantFrom<HookKind>('tcx', 'clsact'),
});

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: createSlot },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('discardSlot' as const, 'repairPins' as const), slot }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('writeRows' as const),
      slot,
      upserts: fc.uniqueArray(fc.record({ id, epoch: fc.nat(9) }), { selector: (row) => row.id, maxLength: 5 }),
      deletions: fc.uniqueArray(id, { maxLength: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('writeMeta' as const),
      slot,
      state: fc.integer({ min: 1, max: 3 }),
      generation,
    }),
  },
  { weight: 5, arbitrary: attach },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('switchHook' as const), slot, hook: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('detach' as const), hook: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('forget' as const),
      tunnels: fc.array(id, { maxLength: 2 }),
      counters: fc.constantFrom([], [128], [128, 132]),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'removeInstance' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('losePin' as const), path: pinPath }) },
);

/** Begins with a slot more often than not, so that what follows has something to work on. */
export const operations: fc.Arbitrary<Operation[]> = fc
  .tuple(fc.array(createSlot, { maxLength: 2 }), fc.array(operation, { minLength: 4, maxLength: 14 }))
  .map(([first, rest]) => [...first, ...rest]);
