// A BPF ring buffer, read in place (Documentation/bpf/ringbuf.rst of the kernel). Three parts are mapped from its descriptor:
//
//   page 0      consumer position, ours to write: how far we have read
//   page 1      producer position: how far programs have reserved
//   from page 2 the data, twice in a row, so that a record that wraps around is still in one piece
//
// A record is { u32 length, with the two bits below; u32 for the kernel }, its bytes, and up to 7 more to a multiple of 8.
// There is one reader at a time, or records are lost: that is for the caller to see to. Knows no record's meaning.
import { errno, failure } from './errno.ts';
import { lastErrno, viewMemory } from './koffi.ts';
import { attempt, libc } from './libc.ts';
import type { OpenMap } from './maps.ts';

/** Reserved and not yet written: it and all after it must wait. */
const busyBit = 0x8000_0000;
/** Reserved and given up: there is nothing in it. */
const discardBit = 0x4000_0000;
const headerBytes = 8;

/** BPF_MAP_TYPE_RINGBUF. */
export const ringBufferType = 27;

const protection = { read: 1, write: 2 } as const;
const shared = 1;
const pageSizeName = 30;

export interface RingBuffer {
  /**
   * Hands the records over that are whole, oldest first, at most `atMost` of them, and gives their room back. Returns how many. A
   * record's bytes are the ring's own: they are valid during the call of `take` only.
   */
  read(take: (record: Uint8Array) => void, atMost: number): number;
  /** Bytes that are reserved or wait to be read. */
  waiting(): number;
  /** Bytes of all that it holds. */
  readonly size: number;
  close(): void;
}

/** `map` may be closed afterwards: what is mapped keeps it alive. Throws KernelError. */
export function openRingBuffer({ fd, info }: OpenMap): RingBuffer {
  if (info.type !== ringBufferType) throw failure('mmap', errno.EINVAL, `${info.name} is no ring buffer`);
  const size = info.maxEntries;
  const page = attempt(() => libc.configuration(pageSizeName));
  const consumerAt = mapped(page, protection.read | protection.write, fd, 0, info.name);
  let producerAt: bigint;
  try {
    producerAt = mapped(page + 2 * size, protection.read, fd, page, info.name);
  } catch (error) {
    libc.unmap(consumerAt, page);
    throw error;
  }
  const consumer = new BigUint64Array(viewMemory(consumerAt, page), 0, 1);
  const memory = viewMemory(producerAt, page + 2 * size);
  const producer = new BigUint64Array(memory, 0, 1);
  const headers = new Uint32Array(memory, page);
  const data = new Uint8Array(memory, page);
  let open = true;

  return {
    size,
    // Atomics order what other CPUs wrote: a length is read before the bytes that it speaks of, and room is given back after.
    read(take, atMost) {
      if (!open) return 0;
      const from = consumer[0] ?? 0n;
      const start = Number(from % BigInt(size));
      const there = Number(Atomics.load(producer, 0) - from);
      let count = 0;
      let read = 0;
      try {
        while (count < atMost && read < there) {
          const at = (start + read) % size;
          const header = Atomics.load(headers, at / 4);
          if (header & busyBit) break;
          const length = (header & ~discardBit) >>> 0;
          read += (headerBytes + length + 7) & ~7;
          if (header & discardBit) continue;
          count++;
          take(data.subarray(at + headerBytes, at + headerBytes + length));
        }
      } finally {
        if (read) Atomics.store(consumer, 0, from + BigInt(read));
      }
      return count;
    },
    waiting: () => (open ? Number(Atomics.load(producer, 0) - (consumer[0] ?? 0n)) : 0),
    close() {
      if (!open) return;
      open = false;
      libc.unmap(consumerAt, page);
      libc.unmap(producerAt, page + 2 * size);
    },
  };
}

function mapped(length: number, access: number, fd: number, offset: number, about: string): bigint {
  const address = libc.map(0n, length, access, shared, fd, offset);
  // MAP_FAILED is (void *) -1.
  if (address === undefined || BigInt.asIntN(64, address) === -1n) throw failure('mmap', lastErrno(), about);
  return address;
}
