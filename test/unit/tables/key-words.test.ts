// Keys in words: what `trace` shows is what `why` reads, for the rows of any topology and for learned ones.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scan } from '../../../src/packet/words/scan.ts';
import { trialPlan } from '../../../src/reconcile/trial.ts';
import { learntTables, tables } from '../../../src/tables/registry.ts';
import { keyAt } from '../../../src/tables/rows.ts';
import type { AnyLearned, AnyTable } from '../../../src/tables/table.ts';
import { topologyOf } from '../../support/arbitrary.ts';

const all: readonly (AnyTable | AnyLearned)[] = [...tables, ...learntTables];
const names: Readonly<Record<string, number>> = { eth0: 7, eth1: 8 };
const nameOf = (ifindex: number): string =>
  Object.keys(names).find((name) => names[name] === ifindex) ?? String(ifindex);

function read(table: AnyTable | AnyLearned, text: string): unknown {
  return scan(text, (scanner) => table.readKey(scanner, (name) => names[name]));
}

describe('a key in words', () => {
  test.for([
    ...all.map(({ name, keyExample }) => [name, keyExample] as const),
    ['encap', 'icmpv6 2001:db8::1'],
    ['encap', 'tcp [2001:db8::1]:443 via eth1'],
    ['encap', 'udp 5.5.5.5:53 via local'],
    ['decap', '2001:db8::1'],
    ['nat', 'in udp [2001:db8::1]:53'],
    ['short_header', '[2001:db8::1]:6080 > [2001:db8::2]:6081'],
    ['flow', 'icmp 10.0.0.9 > 10.0.0.1 id 0'],
    ['fragment', '50 2001:db8::1 > 2001:db8::2 id 4294967295'],
    ['config', '9 ingress'],
  ] as const)('of %s: "%s" is read and written back', ([name, text]) => {
    const table = all.find((one) => one.name === name);
    if (!table) throw new Error(name);
    const key = read(table, text);
    expect(table.keyText(key, nameOf)).toBe(text);
    expect(table.key.encode(key).length).toBe(table.key.size);
  });

  test('is read back for every row that a topology wants', () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(fc.constantFrom('gateway' as const, 'node' as const).chain(topologyOf), (topology) => {
        const { desired } = trialPlan(topology);
        for (const table of tables) {
          const rows = desired[table.name];
          for (let at = 0; at < rows.count; at++) {
            const key = table.key.decode(keyAt(rows, at));
            expect(read(table, table.keyText(key, nameOf))).toEqual(key);
            met.add(table.name);
          }
        }
      }),
      { numRuns: 100 },
    );
    expect([...met].sort()).toEqual(tables.map(({ name }) => name).sort());
  });

  test.for([
    ['tunnel', 'web', 1, 'the id of a tunnel'],
    ['tunnel', '100 200', 5, 'nothing more'],
    ['verify', '2', 1, 'GROUP/ID'],
    ['nat', 'tcp 10.0.0.1:80', 1, '"in" or "out"'],
    ['encap', 'tcp 5.5.5.5:80 via', 19, 'an interface'],
    ['encap', 'tcp 5.5.5.5:80 via eth9', 20, 'an interface'],
    ['path', '172.1.0.3', 10, '">"'],
    ['short_header', '1.1.1.1 > 2.2.2.2:2', 1, 'with a port'],
    ['config', 'eth0', 5, '"ingress"'],
  ] as const)('of %s is not "%s": column %i', ([name, text, column, expected]) => {
    const table = all.find((one) => one.name === name);
    if (!table) throw new Error(name);
    expect(read(table, text)).toMatchObject({ column, expected: expect.stringContaining(expected) });
  });
});
