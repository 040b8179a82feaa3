// Struct layouts ⇄ bytes: the only room where byte order exists. A layout is declared once, member by member in C order,
// and compared with the object's and the map's BTF (btf.ts), so that C and TypeScript cannot disagree.
import { type Ip, readIp, writeIp } from '../net/ip.ts';

/** One member's type: its size and alignment in bytes, and how a value of it is put and taken. */
export interface FieldType<T> {
  /** As BTF describes it, e.g. `u32`, `be16`, `ip`, `bytes[16]`, `pad[4]`. */
  readonly kind: string;
  readonly size: number;
  readonly align: number;
  readonly put: (value: T, bytes: Uint8Array, offset: number, view: DataView) => void;
  readonly take: (bytes: Uint8Array, offset: number, view: DataView) => T;
}

declare const padding: unique symbol;
/** The value type of a pad: never given, never read. */
export type Padding = typeof padding;

/** Host order. Every machine that this runs on is little-endian; native/ refuses others at start. */
export const u8: FieldType<number> = {
  kind: 'u8',
  size: 1,
  align: 1,
  put: (value, bytes, offset) => {
    bytes[offset] = value;
  },
  take: (bytes, offset) => bytes[offset] ?? 0,
};
export const u16: FieldType<number> = {
  kind: 'u16',
  size: 2,
  align: 2,
  put: (value, _bytes, offset, view) => view.setUint16(offset, value, true),
  take: (_bytes, offset, view) => view.getUint16(offset, true),
};
export const u32: FieldType<number> = {
  kind: 'u32',
  size: 4,
  align: 4,
  put: (value, _bytes, offset, view) => view.setUint32(offset, value, true),
  take: (_bytes, offset, view) => view.getUint32(offset, true),
};
export const u64: FieldType<bigint> = {
  kind: 'u64',
  size: 8,
  align: 8,
  put: (value, _bytes, offset, view) => view.setBigUint64(offset, value, true),
  take: (_bytes, offset, view) => view.getBigUint64(offset, true),
};
/** Wire order. */
export const be16: FieldType<number> = {
  kind: 'be16',
  size: 2,
  align: 2,
  put: (value, _bytes, offset, view) => view.setUint16(offset, value, false),
  take: (_bytes, offset, view) => view.getUint16(offset, false),
};
export const be32: FieldType<number> = {
  kind: 'be32',
  size: 4,
  align: 4,
  put: (value, _bytes, offset, view) => view.setUint32(offset, value, false),
  take: (_bytes, offset, view) => view.getUint32(offset, false),
};
/** struct ip_addr: 16 bytes, IPv4 as v4-mapped. */
export const ip: FieldType<Ip> = { kind: 'ip', size: 16, align: 4, put: writeIp, take: readIp };

/** The same 16 bytes as they are: of a prefix, which may be all zero without meaning "none". */
export const rawIp: FieldType<Uint8Array> = { ...bytes(16), kind: ip.kind, align: ip.align };

/** Opaque bytes, exactly `size`. */
export function bytes(size: number): FieldType<Uint8Array> {
  return {
    kind: `bytes[${size}]`,
    size,
    align: 1,
    put: (value, target, offset) => {
      if (value.length !== size) throw new RangeError(`${value.length} bytes where ${size} are wanted`);
      target.set(value, offset);
    },
    take: (source, offset) => source.slice(offset, offset + size),
  };
}

/** ASCII text, NUL-padded to `size`. */
export function text(size: number): FieldType<string> {
  return {
    kind: `bytes[${size}]`,
    size,
    align: 1,
    put: (value, target, offset) => {
      if (value.length > size) throw new RangeError(`${value.length} characters where ${size} fit`);
      for (let i = 0; i < size; i++) target[offset + i] = i < value.length ? value.charCodeAt(i) & 0x7f : 0;
    },
    take: (source, offset) => {
      let value = '';
      for (let i = 0; i < size && source[offset + i]; i++) value += String.fromCharCode(source[offset + i] ?? 0);
      return value;
    },
  };
}

/** `count` numbers, host order. */
export function u32s(count: number): FieldType<readonly number[]> {
  return {
    kind: `u32[${count}]`,
    size: 4 * count,
    align: 4,
    put: (value, _bytes, offset, view) => {
      for (let i = 0; i < count; i++) view.setUint32(offset + 4 * i, value[i] ?? 0, true);
    },
    take: (_bytes, offset, view) => Array.from({ length: count }, (_, i) => view.getUint32(offset + 4 * i, true)),
  };
}

/** Named in C, zero, and no part of a row. */
export function pad(size: number): FieldType<Padding> {
  return {
    kind: `pad[${size}]`,
    size,
    align: 1,
    put: (_value, target, offset) => {
      target.fill(0, offset, offset + size);
    },
    take: () => undefined as unknown as Padding,
  };
}

// A row type must be able to name every member type; `never` would refuse all of them.
// biome-ignore lint/suspicious/noExplicitAny: the value type is restored by RowOf
export type Fields = Readonly<Record<string, FieldType<any>>>;

/** The row that a layout reads and writes: every member but the pads. */
export type RowOf<F extends Fields> = {
  readonly [K in keyof F as F[K] extends FieldType<Padding> ? never : K]: F[K] extends FieldType<infer T> ? T : never;
};

export interface Member {
  readonly name: string;
  readonly offset: number;
  readonly type: FieldType<unknown>;
}

export interface Layout<Row> {
  /** The C struct's tag. */
  readonly struct: string;
  readonly size: number;
  readonly members: readonly Member[];
  /** Writes `size` bytes at `offset`. Throws RangeError when a value does not fit its member. */
  encodeInto(row: Row, bytes: Uint8Array, offset: number, view: DataView): void;
  encode(row: Row): Uint8Array;
  decode(bytes: Uint8Array, offset?: number): Row;
}

/** Members in C order. Throws when that order would make the C compiler pad. */
export function layout<F extends Fields>(struct: string, fields: F): Layout<RowOf<F>> {
  const members: Member[] = [];
  let size = 0;
  let align = 1;
  for (const [name, type] of Object.entries(fields)) {
    if (size % type.align) throw new RangeError(`${struct}.${name} would need padding at ${size}`);
    members.push({ name, offset: size, type });
    size += type.size;
    align = Math.max(align, type.align);
  }
  if (size % align) throw new RangeError(`${struct} would need padding at its end`);

  const encodeInto = (row: RowOf<F>, target: Uint8Array, offset: number, view: DataView): void => {
    const values = row as Record<string, unknown>;
    for (const member of members) member.type.put(values[member.name], target, offset + member.offset, view);
  };
  return {
    struct,
    size,
    members,
    encodeInto,
    encode(row) {
      const target = new Uint8Array(size);
      encodeInto(row, target, 0, viewOf(target));
      return target;
    },
    decode(source, offset = 0) {
      if (source.length < offset + size) throw new RangeError(`${struct}: ${source.length - offset} bytes of ${size}`);
      const view = viewOf(source);
      const row: Record<string, unknown> = {};
      for (const member of members)
        if (!member.type.kind.startsWith('pad'))
          row[member.name] = member.type.take(source, offset + member.offset, view);
      return row as RowOf<F>;
    },
  };
}

export function viewOf(source: Uint8Array): DataView {
  return new DataView(source.buffer, source.byteOffset, source.byteLength);
}
