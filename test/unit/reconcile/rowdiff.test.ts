import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffRows, rowChanges } from '../../../src/reconcile/rowdiff.ts';
import { keyAt, type Rows, valueAt } from '../../../src/tables/rows.ts';

const hex = (part: Uint8Array): string => Buffer.from(part).toString('hex');

function pack(entries: ReadonlyMap<string, string>): Rows {
  const keys = Buffer.from([...entries.keys()].join(''), 'hex');
  const values = Buffer.from([...entries.values()].join(''), 'hex');
  return { keySize: 4, valueSize: 6, count: entries.size, keys, values };
}

function unpack(rows: Rows): Map<string, string> {
  return new Map(Array.from({ length: rows.count }, (_, i) => [hex(keyAt(rows, i)), hex(valueAt(rows, i))]));
}

// Few distinct keys and values, so that equal ones meet.
const entries = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 3 })), { maxLength: 60 })
  .map(
    (list) =>
      new Map(
        list.map(([key, value]) => [key.toString(16).padStart(8, '0'), value.toString(16).padStart(12, '0')] as const),
      ),
  );

describe('diffRows', () => {
  test('finds exactly what a comparison of maps finds', () => {
    fc.assert(
      fc.property(entries, entries, (desired, observed) => {
        const diff = diffRows(pack(desired), pack(observed));
        const names = (list: readonly number[], rows: Rows): string[] => list.map((i) => hex(keyAt(rows, i))).sort();
        expect(names(diff.creates, diff.desired)).toEqual(
          [...desired.keys()].filter((key) => !observed.has(key)).sort(),
        );
        expect(names(diff.deletes, diff.observed)).toEqual(
          [...observed.keys()].filter((key) => !desired.has(key)).sort(),
        );
        expect(
          names(
            diff.updates.map(([i]) => i),
            diff.desired,
          ),
        ).toEqual(
          [...desired]
            .filter(([key, value]) => observed.has(key) && observed.get(key) !== value)
            .map(([key]) => key)
            .sort(),
        );
      }),
    );
  });

  test('its changes turn what is observed into what is desired', () => {
    fc.assert(
      fc.property(entries, entries, (desired, observed) => {
        const { upserts, deletions } = rowChanges(diffRows(pack(desired), pack(observed)));
        const held = unpack(pack(observed));
        for (let i = 0; i < deletions.length; i += 4) held.delete(hex(deletions.subarray(i, i + 4)));
        for (const [key, value] of unpack(upserts)) held.set(key, value);
        expect(new Map([...held].sort())).toEqual(new Map([...desired].sort()));
      }),
    );
  });

  test('refuses rows of unlike sizes', () => {
    const rows = pack(new Map());
    expect(() => diffRows(rows, { ...rows, keySize: 8 })).toThrow(RangeError);
  });
});
