// Frames field by field: every byte is in one field, whatever the bytes are, and no key is in any.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareLayers } from '../../src/packet/fields/changes.ts';
import { frameLayers, withoutKeys } from '../../src/packet/fields/fields.ts';
import { buildWords } from '../../src/packet/words/build.ts';
import { outerOf } from '../../src/packet/words/outer.ts';
import { anyPacket, directoryOf } from '../support/packet-words.ts';

const directory = directoryOf('gateway');
const runs = { numRuns: 500 };
const wellFormed = anyPacket(fc.constantFrom(100, 101, 103)).map((words) => {
  const outer = words.kind === 'plain' ? undefined : outerOf(directory, words);
  return outer && 'message' in outer ? new Uint8Array(14) : buildWords(words, outer);
});
/** Cut short, or with a byte changed. */
const spoilt = fc
  .tuple(wellFormed, fc.nat(200), fc.nat(200), fc.integer({ min: 0, max: 255 }))
  .map(([frame, length, at, byte]) => {
    const some = frame.slice(0, Math.max(14, length));
    if (at < some.length) some[at] = byte;
    return some;
  });
const frames = fc.oneof(wellFormed, spoilt, fc.uint8Array({ minLength: 0, maxLength: 120 }));

describe('a frame field by field', () => {
  test('has every byte in one field, in the order of the wire', () => {
    fc.assert(
      fc.property(wellFormed, (frame) => {
        const fields = frameLayers(frame).flatMap((layer) => layer.fields);
        expect(fields.map(({ at }) => at)).toEqual(
          [...fields.keys()].map((n) => fields.slice(0, n).reduce((sum, { bytes }) => sum + bytes.length, 0)),
        );
        expect(Buffer.concat(fields.map(({ bytes }) => bytes)).equals(frame)).toBe(true);
      }),
      runs,
    );
  });

  test('is read whatever its bytes are, and no byte is in two fields', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const fields = frameLayers(frame).flatMap((layer) => layer.fields);
        for (const [n, { at, bytes }] of fields.entries()) {
          expect(at + bytes.length).toBeLessThanOrEqual(fields[n + 1]?.at ?? frame.length);
          expect(Buffer.from(frame.subarray(at, at + bytes.length)).equals(bytes)).toBe(true);
        }
        expect(compareLayers(frameLayers(frame), frameLayers(frame)).every(({ change }) => change === 'same')).toBe(
          true,
        );
      }),
      runs,
    );
  });

  test('holds no key', () => {
    const keys = [1, 2, 3]
      .map((id) => directory.service(2, id)?.key ?? new Uint8Array(0))
      .map((key) => Buffer.from(key));
    let blanked = 0;
    fc.assert(
      fc.property(wellFormed, (frame) => {
        const holds = (bytes: Uint8Array): boolean => keys.some((key) => Buffer.from(bytes).includes(key));
        if (holds(frame)) blanked++;
        expect(holds(withoutKeys(frame))).toBe(false);
      }),
      runs,
    );
    expect(blanked).toBeGreaterThan(20);
  });
});
