// The ring buffer's reader against the kernel's own writer: small programs, assembled here, put packets into a ring.
import { closeSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { mapInfo } from '../../../src/native/descriptors.ts';
import { check } from '../../../src/native/errno.ts';
import { libbpf } from '../../../src/native/libbpf.ts';
import type { OpenMap } from '../../../src/native/maps.ts';
import { openRingBuffer, type RingBuffer, ringBufferType } from '../../../src/native/ringbuf.ts';
import { testRun } from '../../../src/native/testrun.ts';
import { KernelError } from '../../../src/problem.ts';
import { whyNoKernel } from '../../support/netns.ts';

const descriptors: number[] = [];
const rings: RingBuffer[] = [];

afterEach(() => {
  for (const ring of rings.splice(0)) ring.close();
  for (const fd of descriptors.splice(0)) closeSync(fd);
});

function kept(fd: number, call: string): number {
  descriptors.push(check(fd, call, 'test'));
  return fd;
}

function newMap(type: number, keyBytes: number, valueBytes: number, entries: number): OpenMap {
  const fd = kept(libbpf.mapCreate(type, 'ring', keyBytes, valueBytes, entries, undefined), 'bpf_map_create');
  return { fd, info: mapInfo(fd) };
}

function newRing(size = 4096): { readonly map: OpenMap; readonly ring: RingBuffer } {
  const map = newMap(ringBufferType, 0, 0, size);
  const ring = openRingBuffer(map);
  rings.push(ring);
  return { map, ring };
}

/** struct bpf_insn: u8 opcode; u8 source << 4 | destination; s16 offset; s32 immediate. */
type Instruction = readonly [opcode: number, destination: number, source: number, immediate: number, offset?: number];
const [move, moveRegister, add, jumpIfZero, loadMap, call, exit] = [0xb7, 0xbf, 0x07, 0x15, 0x18, 0x85, 0x95];
const helpers = { skbLoadBytes: 26, ringOutput: 130, ringReserve: 131, ringDiscard: 133 } as const;
const mapDescriptor = 1;

function loadProgram(instructions: readonly Instruction[]): number {
  const bytes = new Uint8Array(8 * instructions.length);
  const view = new DataView(bytes.buffer);
  instructions.forEach(([opcode, destination, source, immediate, offset = 0], i) => {
    view.setUint8(8 * i, opcode);
    view.setUint8(8 * i + 1, (source << 4) | destination);
    view.setInt16(8 * i + 2, offset, true);
    view.setInt32(8 * i + 4, immediate, true);
  });
  return kept(libbpf.programLoad(3, 'writer', 'GPL', bytes, instructions.length, undefined), 'bpf_prog_load');
}

/** Puts the first `size` bytes of each packet into the ring; its result is the helper's. */
function writerOf({ fd }: OpenMap, size: number): (frame: Uint8Array) => number {
  const program = loadProgram([
    [move, 2, 0, 0],
    [moveRegister, 3, 10, 0],
    [add, 3, 0, -size],
    [move, 4, 0, size],
    [call, 0, 0, helpers.skbLoadBytes],
    [loadMap, 1, mapDescriptor, fd],
    [0, 0, 0, 0],
    [moveRegister, 2, 10, 0],
    [add, 2, 0, -size],
    [move, 3, 0, size],
    [move, 4, 0, 0],
    [call, 0, 0, helpers.ringOutput],
    [exit, 0, 0, 0],
  ]);
  return (frame) => testRun(program, { frame, ifindex: 1, ingressIfindex: 1 }).action;
}

/** Reserves and gives up. */
function quitterOf({ fd }: OpenMap): () => void {
  const program = loadProgram([
    [loadMap, 1, mapDescriptor, fd],
    [0, 0, 0, 0],
    [move, 2, 0, 40],
    [move, 3, 0, 0],
    [call, 0, 0, helpers.ringReserve],
    [jumpIfZero, 0, 0, 0, 3],
    [moveRegister, 1, 0, 0],
    [move, 2, 0, 0],
    [call, 0, 0, helpers.ringDiscard],
    [move, 0, 0, 0],
    [exit, 0, 0, 0],
  ]);
  return () => testRun(program, { frame: new Uint8Array(64), ifindex: 1, ingressIfindex: 1 });
}

function frameOf(number: number): Uint8Array {
  const frame = new Uint8Array(128).map((_, at) => (at * 7 + number) & 0xff);
  new DataView(frame.buffer).setUint32(0, number);
  return frame;
}

function readAll(ring: RingBuffer, atMost = Number.POSITIVE_INFINITY): Uint8Array[] {
  const records: Uint8Array[] = [];
  ring.read((record) => records.push(record.slice()), atMost);
  return records;
}

describe.skipIf(whyNoKernel())('a ring buffer', () => {
  test('gives records back in the order in which programs put them there, byte for byte', () => {
    const { map, ring } = newRing();
    const write = writerOf(map, 40);
    for (const number of [1, 2, 3]) write(frameOf(number));
    expect(readAll(ring)).toEqual([1, 2, 3].map((number) => frameOf(number).slice(0, 40)));
    expect(readAll(ring)).toEqual([]);
  });

  test('goes round many times, also with lengths that are no multiple of 8 and records that wrap', () => {
    const { map, ring } = newRing();
    const writers = [20, 40, 100, 61].map((size) => ({ size, write: writerOf(map, size) }));
    let seen = 0;
    for (let number = 0; number < 1000; number++) {
      const writer = writers[number % 4];
      expect(writer?.write(frameOf(number))).toBe(0);
      if (number % 7 !== 6) continue;
      for (const record of readAll(ring)) {
        expect(record).toEqual(frameOf(seen).slice(0, writers[seen % 4]?.size));
        seen++;
      }
    }
    seen += readAll(ring).length;
    expect(seen).toBe(1000);
  });

  test('hands over no more at a time than was asked for, and the rest the next time', () => {
    const { map, ring } = newRing();
    const write = writerOf(map, 40);
    for (let number = 0; number < 5; number++) write(frameOf(number));
    expect([readAll(ring, 2), readAll(ring, 2), readAll(ring, 2)].map(({ length }) => length)).toEqual([2, 2, 1]);
  });

  test('passes over what a program gave up', () => {
    const { map, ring } = newRing();
    const [write, quit] = [writerOf(map, 40), quitterOf(map)];
    quit();
    write(frameOf(1));
    quit();
    expect(readAll(ring)).toEqual([frameOf(1).slice(0, 40)]);
    expect(ring.waiting()).toBe(0);
  });

  test('that is full refuses, and has room again once it was read', () => {
    const { map, ring } = newRing();
    const write = writerOf(map, 120);
    let written = 0;
    while (write(frameOf(written)) === 0) written++;
    // The kernel never fills the last byte.
    expect(written).toBe(Math.floor((ring.size - 1) / 128));
    expect(ring.waiting()).toBe(written * 128);
    expect(readAll(ring)).toHaveLength(written);
    expect(write(frameOf(0))).toBe(0);
  });

  test('is read on by the next reader from where the last one stopped', () => {
    const { map, ring } = newRing();
    const write = writerOf(map, 40);
    for (const number of [1, 2, 3]) write(frameOf(number));
    expect(readAll(ring, 1)).toHaveLength(1);
    ring.close();
    expect(readAll(ring)).toEqual([]);
    const next = openRingBuffer(map);
    rings.push(next);
    expect(readAll(next)).toEqual([2, 3].map((number) => frameOf(number).slice(0, 40)));
  });

  test('gives the room of a record back although whoever took it failed', () => {
    const { map, ring } = newRing();
    const write = writerOf(map, 40);
    for (const number of [1, 2]) write(frameOf(number));
    const fail = () => {
      throw new Error('a taker fails');
    };
    expect(() => ring.read(fail, 9)).toThrow('a taker fails');
    expect(readAll(ring)).toEqual([frameOf(2).slice(0, 40)]);
  });

  test('is not opened from a map of another type', () => {
    expect(() => openRingBuffer(newMap(2, 4, 8, 1))).toThrow(KernelError);
  });
});
