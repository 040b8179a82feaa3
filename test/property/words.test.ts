// Packets in words: text, words and frame say the same, whichever is made from which.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFrame } from '../../src/packet/read.ts';
import { buildPlain, buildWords } from '../../src/packet/words/build.ts';
import { formatPacket } from '../../src/packet/words/format.ts';
import { parseHook } from '../../src/packet/words/hook.ts';
import { nameFrame } from '../../src/packet/words/name.ts';
import { outerOf, type TunnelDirectory } from '../../src/packet/words/outer.ts';
import { parsePacket } from '../../src/packet/words/parse.ts';
import { isFault, type PacketWords } from '../../src/packet/words/words.ts';
import { anyPacket, anyPlain, directoryOf } from '../support/packet-words.ts';

const runs = { numRuns: 500 };

/** A wrong signature cannot be told from a right one, and a service that is not there has no tunnels to be named after. */
function isSayable({ service }: TunnelDirectory, words: PacketWords): boolean {
  if (words.kind === 'plain') return true;
  const said = words.tunnel.service;
  return (
    (!said || service(said.group, said.id) !== undefined) && !(words.kind === 'ping' && words.signature === 'wrong')
  );
}

describe('packets in words', () => {
  test('are read back from their text as they were', () => {
    fc.assert(
      fc.property(anyPacket(), (words) => {
        expect(parsePacket(formatPacket(words))).toEqual(words);
      }),
      runs,
    );
  });

  test('are named from their frame as they were', () => {
    fc.assert(
      fc.property(anyPlain, (packet) => {
        expect(nameFrame(buildPlain(packet))).toEqual({ kind: 'plain', packet, vlan: undefined });
      }),
      runs,
    );
  });

  test('make frames whose lengths and checksums are right', () => {
    fc.assert(
      fc.property(anyPlain, (packet) => {
        const read = readFrame(buildPlain(packet));
        expect(read).toMatchObject({ source: packet.source, totalBytes: packet.lengthBytes });
        expect([read?.checksums.ip, read?.checksums.transport]).not.toContain(false);
      }),
      runs,
    );
  });

  test.for(['gateway', 'node'] as const)(
    'through tunnels of a %s: the name of a frame makes the same frame',
    (role) => {
      const directory = directoryOf(role);
      const [named, refused] = [new Set<string>(), new Set<string>()];
      fc.assert(
        fc.property(anyPacket(fc.constantFrom(100, 101, 102, 103)), (words) => {
          const outer = words.kind === 'plain' ? undefined : outerOf(directory, words);
          if (outer && 'message' in outer) {
            refused.add(outer.message.replace(/\d+/g, 'N'));
            return;
          }
          const frame = buildWords(words, outer);
          const name = nameFrame(frame, directory);
          if (!isSayable(directory, words)) return;
          if (!name) throw new Error(`no name for ${formatPacket(words)}`);
          const again = name.kind === 'plain' ? undefined : outerOf(directory, name);
          if (again && 'message' in again) throw new Error(`${formatPacket(name)}: ${again.message}`);
          expect(buildWords(name, again)).toEqual(frame);
          named.add(name.kind);
        }),
        runs,
      );
      expect([...named].sort()).toEqual(['ping', 'plain', 'tunnelled']);
      expect(refused.size).toBeGreaterThan(2);
    },
  );

  test('any text is a packet or a fault with a column in it', () => {
    const word = fc.constantFrom(
      ...['tcp', 'udp', 'icmp', 'ping', 'tunnel', '100', '>', '5.5.5.5', '5.5.5.5:80', '[2001:db8::1]:53', 'in', 'syn'],
      ...[
        'length',
        '40',
        'fragment',
        '8',
        'last',
        'df',
        'no-df',
        'service',
        '2/1',
        'from',
        'key',
        'wrong',
        '…',
        ' ',
        '[',
      ],
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(text, (some) => {
        for (const parsed of [parsePacket(some), parseHook(some)]) {
          if (!isFault(parsed)) continue;
          expect(parsed.column).toBeGreaterThanOrEqual(1);
          expect(parsed.column).toBeLessThanOrEqual(some.length + 1);
          if (parsed.found !== undefined) expect(some.slice(parsed.column - 1).startsWith(parsed.found)).toBe(true);
        }
      }),
      runs,
    );
  });
});
