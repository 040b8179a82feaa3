// Numbers in wire order at a place in a frame; behind its end there are zeros.

export function be16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function be32(bytes: Uint8Array, at: number): number {
  return be16(bytes, at) * 0x10000 + be16(bytes, at + 2);
}

export function be64(bytes: Uint8Array, at: number): bigint {
  return BigInt(be32(bytes, at)) * 0x100000000n + BigInt(be32(bytes, at + 4));
}

export function setBe16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value & 0xff;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
