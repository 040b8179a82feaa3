// C and TypeScript agree on every struct: the layouts compared with the object's own BTF; and what a comparison says when
// they do not.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { shapes } from '../../../src/datapath/kernel/names.ts';
import { type Btf, compareLayout, parseBtf } from '../../../src/layout/btf.ts';
import { be16, bytes, ip, layout, pad, text, u8, u32, u64 } from '../../../src/layout/layout.ts';
import { objectPath } from '../../../src/paths.ts';

const path = objectPath();

describe.skipIf(!existsSync(path))('the object’s BTF', () => {
  const btf = parseBtf(sectionOf(readFileSync(path), '.BTF'));

  it.each(shapes.map((shape) => [shape.struct, shape] as const))(
    'struct %s › is the same in C and TypeScript',
    (_, shape) => {
      expect(compareLayout(btf, shape)).toEqual([]);
    },
  );

  it('section › has the constants that a load sets', () => {
    const variables = btf.section('.rodata');
    // Never read: it names struct event to whoever looks at the object's types.
    expect(variables?.get('event_record')?.size).toBe(8);
    const constants = [...(variables ?? [])].filter(([name]) => name !== 'event_record');
    expect(constants.map(([name]) => name).sort()).toEqual([
      'egress_features',
      'ingress_features',
      'role',
      'topology_features',
    ]);
    expect(constants.every(([, { size }]) => size === 4)).toBe(true);
    expect(btf.section('.nothing')).toBeUndefined();
  });
});

describe('compareLayout', () => {
  const fields = { epoch: u64, key: bytes(16), remoteIp: ip, localPort: be16, kind: u8, pad: pad(1), count: u32 };
  const ours = layout('thing', fields);
  const theirs = (
    changes: Record<number, Partial<{ name: string; offset: number; size: number; kind: string }>> = {},
  ): Btf => ({
    section: () => undefined,
    struct: () => ({
      size: 48,
      members: [
        { name: 'epoch', offset: 0, size: 8, kind: 'u64' },
        { name: 'key', offset: 8, size: 16, kind: 'bytes[16]' },
        { name: 'remote_ip', offset: 24, size: 16, kind: 'ip' },
        { name: 'local_port', offset: 40, size: 2, kind: 'be16' },
        { name: 'kind', offset: 42, size: 1, kind: 'u8' },
        { name: 'pad', offset: 43, size: 1, kind: 'bytes[1]' },
        { name: 'count', offset: 44, size: 4, kind: 'u32' },
      ].map((member, i) => ({ ...member, ...changes[i] })),
    }),
  });

  it('compareLayout › finds nothing where both agree', () => {
    expect(compareLayout(theirs(), ours)).toEqual([]);
  });

  it.each([
    ['a byte order', { 3: { kind: 'u16' } }, 'localPort u16 at 40 in the object, localPort be16 at 40 here'],
    ['a name', { 0: { name: 'era' } }, 'era u64 at 0 in the object, epoch u64 at 0 here'],
    ['an offset', { 6: { offset: 43 } }, 'count u32 at 43 in the object, count u32 at 44 here'],
    ['a type', { 2: { kind: 'bytes[16]' } }, 'remoteIp bytes[16] at 24 in the object, remoteIp ip at 24 here'],
    ['a pad that is none', { 5: { name: 'flags' } }, 'flags bytes[1] at 43 in the object, pad pad[1] at 43 here'],
  ])('compareLayout › names %s that differs', (_what, changes, named) => {
    expect(compareLayout(theirs(changes), ours)).toEqual([expect.stringContaining(named)]);
  });

  it('compareLayout › names a struct that is missing or of another size', () => {
    expect(compareLayout({ ...theirs(), struct: () => undefined }, ours)).toEqual([
      'struct thing is not in the object',
    ]);
    const longer = layout('thing', { ...fields, name: text(16) });
    expect(compareLayout(theirs(), longer)).toEqual([
      'struct thing has 48 bytes in the object, 64 here',
      expect.stringContaining('nothing in the object, name bytes[16] at 48 here'),
    ]);
  });

  it('parseBtf › refuses what is no BTF', () => {
    expect(() => parseBtf(new Uint8Array(100))).toThrow(RangeError);
    expect(() => parseBtf(new Uint8Array(0))).toThrow(RangeError);
  });
});

/** A section's bytes from a 64-bit little-endian ELF file. */
function sectionOf(elf: Buffer, wanted: string): Uint8Array {
  const [table, entrySize, count, names] = [
    Number(elf.readBigUInt64LE(40)),
    elf.readUInt16LE(58),
    elf.readUInt16LE(60),
    elf.readUInt16LE(62),
  ];
  const header = (index: number) => {
    const at = table + index * entrySize;
    return {
      name: elf.readUInt32LE(at),
      offset: Number(elf.readBigUInt64LE(at + 24)),
      size: Number(elf.readBigUInt64LE(at + 32)),
    };
  };
  for (let index = 0; index < count; index++) {
    const { name, offset, size } = header(index);
    const start = header(names).offset + name;
    if (elf.toString('latin1', start, elf.indexOf(0, start)) === wanted) return elf.subarray(offset, offset + size);
  }
  throw new Error(`no section ${wanted}`);
}
