// BTF, the type information in a BPF object: read far enough to compare its structs with the layouts of layout.ts, and to
// find the constants of .rodata. Little-endian only. [kernel Documentation/bpf/btf.rst]
import type { Layout } from './layout.ts';

/** What of a layout is compared; every Layout is one. */
export type Shape = Pick<Layout<unknown>, 'struct' | 'size' | 'members'>;

export interface BtfMember {
  readonly name: string;
  /** Bytes from the start of the struct. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** In the words of FieldType.kind: `u32`, `be16`, `ip`, `bytes[16]`, `u32[4]`; otherwise the C type's name. */
  readonly kind: string;
}

export interface BtfStruct {
  readonly size: number;
  readonly members: readonly BtfMember[];
}

export interface Btf {
  struct(tag: string): BtfStruct | undefined;
  /** Variables of a section, e.g. `.rodata`: name → offset and size in bytes. undefined: no such section. */
  section(name: string): ReadonlyMap<string, { readonly offset: number; readonly size: number }> | undefined;
}

const kinds = { int: 1, array: 3, struct: 4, union: 5, enum: 6, typedef: 8, variable: 14, section: 15 } as const;
/** Bytes after the 12 that every type has: [fixed, for each of its `vlen` parts]. */
const trailing: Readonly<Record<number, readonly [number, number]>> = {
  1: [4, 0],
  3: [12, 0],
  4: [0, 12],
  5: [0, 12],
  6: [0, 8],
  13: [0, 8],
  14: [4, 0],
  15: [0, 12],
  17: [4, 0],
  19: [0, 12],
};

interface RawType {
  readonly kind: number;
  readonly name: string;
  readonly parts: number;
  /** Size in bytes, or the id of the type meant: it depends on the kind. */
  readonly sizeOrType: number;
  /** Where its trailing part starts. */
  readonly at: number;
}

/** Throws RangeError when this is no BTF. */
export function parseBtf(source: Uint8Array): Btf {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  const word = (offset: number): number => view.getUint32(offset, true);
  if (source.length < 24 || view.getUint16(0, true) !== 0xeb9f) throw new RangeError('no BTF');
  const header = word(4);
  const typesEnd = header + word(8) + word(12);
  const strings = header + word(16);
  const nameAt = (offset: number): string => {
    const start = strings + offset;
    return Buffer.from(source.subarray(start, source.indexOf(0, start))).toString('latin1');
  };

  const types: RawType[] = [{ kind: 0, name: 'void', parts: 0, sizeOrType: 0, at: 0 }];
  for (let at = header + word(8); at < typesEnd; ) {
    const info = word(at + 4);
    const kind = (info >>> 24) & 0x1f;
    const parts = info & 0xffff;
    types.push({ kind, parts, name: nameAt(word(at)), sizeOrType: word(at + 8), at: at + 12 });
    const [fixed, each] = trailing[kind] ?? [0, 0];
    at += 12 + fixed + parts * each;
  }
  const typeOf = (id: number): RawType => {
    const type = types[id];
    if (!type) throw new RangeError(`BTF type ${id} is missing`);
    return type;
  };

  const sizeOf = (type: RawType): number => {
    if (type.kind === kinds.array) return sizeOf(typeOf(word(type.at))) * word(type.at + 8);
    const sized = [kinds.int, kinds.struct, kinds.union, kinds.enum, kinds.section].some((kind) => kind === type.kind);
    return sized ? type.sizeOrType : type.kind === 2 ? 8 : sizeOf(typeOf(type.sizeOrType));
  };

  // By type name, since only the name says the byte order: __be16 and __u16 are the same type underneath.
  const describe = (type: RawType): string => {
    switch (type.kind) {
      case kinds.typedef:
        return plainNames[type.name] ?? describe(typeOf(type.sizeOrType));
      case kinds.array: {
        const element = describe(typeOf(word(type.at)));
        return `${element === 'u8' || element === 'char' ? 'bytes' : element}[${word(type.at + 8)}]`;
      }
      case kinds.enum:
        return 'u32';
      case kinds.int:
      case kinds.struct:
      case kinds.union:
        return plainNames[type.name] ?? type.name;
      default:
        return type.sizeOrType ? describe(typeOf(type.sizeOrType)) : type.name;
    }
  };

  return {
    struct(tag) {
      const type = types.find((one) => one.kind === kinds.struct && one.name === tag);
      if (!type) return undefined;
      const members = Array.from({ length: type.parts }, (_, i) => {
        const at = type.at + 12 * i;
        const member = typeOf(word(at + 4));
        return { name: nameAt(word(at)), offset: word(at + 8) / 8, size: sizeOf(member), kind: describe(member) };
      });
      return { size: type.sizeOrType, members };
    },
    section(name) {
      const type = types.find((one) => one.kind === kinds.section && one.name === name);
      if (!type) return undefined;
      return new Map(
        Array.from({ length: type.parts }, (_, i) => {
          const at = type.at + 12 * i;
          return [typeOf(word(at)).name, { offset: word(at + 4), size: word(at + 8) }];
        }),
      );
    },
  };
}

const plainNames: Readonly<Record<string, string>> = {
  __u8: 'u8',
  __u16: 'u16',
  __u32: 'u32',
  __u64: 'u64',
  __be16: 'be16',
  __be32: 'be32',
  __be64: 'be64',
  'unsigned char': 'u8',
  'unsigned short': 'u16',
  'unsigned int': 'u32',
  'unsigned long long': 'u64',
  ip_addr: 'ip',
  bpf_spin_lock: 'u32',
};

/**
 * Where a layout and the object's struct disagree, one sentence each; empty when they agree in size and in every member's
 * name, offset, size and byte order. A pad may be any bytes there; a
 * bpf_spin_lock is a u32.
 */
export function compareLayout(btf: Btf, layout: Shape): string[] {
  const struct = btf.struct(layout.struct);
  return struct ? compareStruct(struct, layout) : [`struct ${layout.struct} is not in the object`];
}

export function compareStruct(struct: BtfStruct, layout: Shape): string[] {
  const differences: string[] = [];
  if (struct.size !== layout.size)
    differences.push(`struct ${layout.struct} has ${struct.size} bytes in the object, ${layout.size} here`);
  for (let i = 0; i < Math.max(struct.members.length, layout.members.length); i++) {
    const theirs = struct.members[i];
    const ours = layout.members[i];
    const object = theirs ? `${camelCase(theirs.name)} ${theirs.kind} at ${theirs.offset}` : 'nothing';
    const here = ours ? `${ours.name} ${ours.type.kind} at ${ours.offset}` : 'nothing';
    if (
      !theirs ||
      !ours ||
      theirs.offset !== ours.offset ||
      theirs.size !== ours.type.size ||
      !sameMember(theirs, ours)
    )
      differences.push(`struct ${layout.struct}, member ${i + 1}: ${object} in the object, ${here} here`);
  }
  return differences;
}

function sameMember(theirs: BtfMember, ours: Shape['members'][number]): boolean {
  if (ours.type.kind.startsWith('pad')) return theirs.name.startsWith('pad');
  return sameName(theirs.name, ours.name) && theirs.kind === ours.type.kind;
}

/** A C member's name and a layout's. */
export function sameName(c: string, ours: string): boolean {
  return camelCase(c) === ours;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
