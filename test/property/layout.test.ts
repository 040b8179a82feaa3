// P17 for every layout of every table: what is written as bytes is read back as it was.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FieldType, Layout } from '../../src/layout/layout.ts';
import { ipFromOctets, parseIp } from '../../src/net/ip.ts';
import { capturedLayout, captureLayout, eventLayout } from '../../src/tables/events.ts';
import { flow, fragment, path, peer } from '../../src/tables/learned.ts';
import { metaLayout } from '../../src/tables/meta.ts';
import { tables } from '../../src/tables/registry.ts';

/** As RFC 5952 writes it. */
const ipv6 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((octets) => ipFromOctets(octets))
  .filter((ip) => parseIp(ip) !== undefined && ip !== '::');

/** Values that a member of this kind takes. */
function valueFor({ kind, size }: FieldType<unknown>): fc.Arbitrary<unknown> {
  if (kind === 'u8') return fc.integer({ min: 0, max: 255 });
  if (kind === 'be16' || kind === 'u16') return fc.integer({ min: 0, max: 65535 });
  if (kind === 'u32' || kind === 'be32') return fc.integer({ min: 0, max: 4294967295 });
  if (kind === 'u64') return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  if (kind === 'ip') return fc.oneof(fc.ipV4(), ipv6);
  if (kind.startsWith('bytes')) return fc.uint8Array({ minLength: size, maxLength: size });
  if (kind.startsWith('u32['))
    return fc.array(fc.integer({ min: 0, max: 4294967295 }), { minLength: size / 4, maxLength: size / 4 });
  throw new Error(`no arbitrary for ${kind}`);
}

/** Text and opaque bytes are one kind to BTF, and so are addresses and those of prefixes: what an empty row holds tells. */
function rowOf(layout: Layout<unknown>): fc.Arbitrary<Record<string, unknown>> {
  const empty = layout.decode(new Uint8Array(layout.size)) as Record<string, unknown>;
  return fc.record(
    Object.fromEntries(
      layout.members
        .filter(({ type }) => !type.kind.startsWith('pad'))
        .map(({ name, type }) => [
          name,
          typeof empty[name] === 'string' && type.kind !== 'ip'
            ? fc.stringMatching(new RegExp(`^[a-z0-9-]{0,${type.size}}$`))
            : valueFor(empty[name] instanceof Uint8Array ? { ...type, kind: 'bytes' } : type),
        ]),
    ),
  );
}

const layouts: readonly Layout<unknown>[] = [
  ...[...tables, peer, flow, fragment, path].flatMap(
    (table): Layout<unknown>[] => [table.key, table.value] as Layout<unknown>[],
  ),
  ...([metaLayout, captureLayout, capturedLayout, eventLayout] as Layout<unknown>[]),
];

describe.each(layouts.map((layout) => ({ name: layout.struct, layout })))('$name', ({ layout }) => {
  test('P17: decoding what was encoded gives the row', () => {
    fc.assert(
      fc.property(rowOf(layout), (row) => {
        expect(layout.decode(layout.encode(row))).toEqual(row);
      }),
    );
  });

  test('P17: encoding writes every byte, pads as zero, and no byte beside them', () => {
    fc.assert(
      fc.property(rowOf(layout), fc.integer({ min: 0, max: 40 }), (row, offset) => {
        const target = new Uint8Array(offset + layout.size + 8).fill(0xa5);
        layout.encodeInto(row, target, offset, new DataView(target.buffer));
        expect(target.subarray(offset, offset + layout.size)).toEqual(layout.encode(row));
        expect(target.subarray(0, offset).every((byte) => byte === 0xa5)).toBe(true);
        expect(target.subarray(offset + layout.size).every((byte) => byte === 0xa5)).toBe(true);
      }),
    );
  });

  test('P17: encoding what was decoded from a row of the kernel gives the same bytes', () => {
    fc.assert(
      fc.property(rowOf(layout), (row) => {
        const bytes = layout.encode(row);
        expect(layout.encode(layout.decode(bytes))).toEqual(bytes);
      }),
    );
  });
});
