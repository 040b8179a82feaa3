// SipHash-2-4 (Aumasson and Bernstein, 2012), which signs pings: a keyed hash of 64 bits.

const mask = (1n << 64n) - 1n;
/** "somepseudorandomlygeneratedbytes", by eight. */
const start = [0x736f6d6570736575n, 0x646f72616e646f6dn, 0x6c7967656e657261n, 0x7465646279746573n] as const;

type State = [bigint, bigint, bigint, bigint];

function rotated(word: bigint, bits: bigint): bigint {
  return ((word << bits) | (word >> (64n - bits))) & mask;
}

function rounds(state: State, count: number): void {
  let [a, b, c, d] = state;
  for (let round = 0; round < count; round++) {
    a = (a + b) & mask;
    c = (c + d) & mask;
    b = rotated(b, 13n) ^ a;
    d = rotated(d, 16n) ^ c;
    a = rotated(a, 32n);
    c = (c + b) & mask;
    a = (a + d) & mask;
    b = rotated(b, 17n) ^ c;
    d = rotated(d, 21n) ^ a;
    c = rotated(c, 32n);
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
}

/** The eight bytes as the reference implementation writes them: little-endian. `key`: 16 bytes. */
export function sipHash(key: Uint8Array, message: Uint8Array): Uint8Array {
  if (key.length !== 16) throw new RangeError(`a SipHash key of ${key.length} bytes`);
  const keys = new DataView(key.buffer, key.byteOffset, key.length);
  const [k0, k1] = [keys.getBigUint64(0, true), keys.getBigUint64(8, true)];
  const state: State = [start[0] ^ k0, start[1] ^ k1, start[2] ^ k0, start[3] ^ k1];

  // The last word carries what is left over, and the length in its top byte.
  const padded = new Uint8Array(Math.floor(message.length / 8) * 8 + 8);
  padded.set(message);
  padded[padded.length - 1] = message.length;
  const words = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += 8) {
    const word = words.getBigUint64(at, true);
    state[3] ^= word;
    rounds(state, 2);
    state[0] ^= word;
  }
  state[2] ^= 0xffn;
  rounds(state, 4);
  const hash = new Uint8Array(8);
  new DataView(hash.buffer).setBigUint64(0, state[0] ^ state[1] ^ state[2] ^ state[3], true);
  return hash;
}
