// The Wireshark dissector and an independent decoder read the same captures, and agree on every field of every packet.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { interfaceBlock, packetBlock, sectionBlock } from '../../../src/packet/pcapng.ts';
import { decodeFields, fieldNames } from '../../support/decoder.ts';
import { type HandFrame, handFrames } from '../../support/hand-frames.ts';
import { tshark, tsharkFields, whyNoTshark } from '../../support/tshark.ts';

const directory = mkdtempSync(join(tmpdir(), 'trueingress-dissector-'));
afterAll(() => rmSync(directory, { recursive: true }));

function written(name: string, frames: readonly Pick<HandFrame, 'frame' | 'bytes'>[]): string {
  const file = join(directory, name);
  const packets = frames.map(({ frame, bytes }, at) =>
    packetBlock({
      interface: 0,
      timeNs: 1_700_000_000_000_000_000n + BigInt(at),
      frame,
      bytes,
      direction: 'ingress',
      comment: `number ${at}`,
      dropped: 0,
    }),
  );
  const head = [
    sectionBlock({ application: 'test', system: 'test' }),
    interfaceBlock({ name: 'eth0', description: 'test', snapBytes: 256 }),
  ];
  writeFileSync(file, Buffer.concat([...head, ...packets]));
  return file;
}

const faults = ['tigue.malformed', 'tigue.length', '_ws.malformed'] as const;
const column = '_ws.col.Info';

describe.skipIf(whyNoTshark())('the Wireshark dissector', () => {
  let file: string;
  let seen: ReturnType<typeof tsharkFields<(typeof fieldNames)[number] | (typeof faults)[number] | typeof column>>;
  beforeAll(() => {
    file = written('all.pcapng', handFrames);
    seen = tsharkFields(file, [...fieldNames, ...faults, column]);
  });
  const of = (name: string) => seen[handFrames.findIndex((one) => one.name === name)];

  test('agrees with the independent decoder on every field of every kind of packet, over both families', () => {
    const fields = seen.map((one) =>
      Object.fromEntries(fieldNames.flatMap((name) => (one[name] ? [[name, one[name]]] : []))),
    );
    const wanted = handFrames.map(({ name, frame }) => ({ name, fields: decodeFields(frame) }));
    expect(handFrames.map(({ name }, at) => ({ name, fields: fields[at] }))).toEqual(wanted);
    expect(fields).toHaveLength(handFrames.length);
  });

  test.each<[name: string, kind: string, header: string, whose: object]>([
    ['data, IPv4 inside', '1', '1', { 'tigue.group': ['2'], 'tigue.service': ['1'], 'tigue.key.length': ['16'] }],
    ['data, IPv6 inside', '1', '1', { 'tigue.group': ['2'], 'tigue.proto': ['41'] }],
    ['ping', '2', '1', { 'tigue.service': ['1'], 'tigue.tunnel': ['101'] }],
    ['signed ping', '3', '1', { 'tigue.sequence': [String(0x17f3b6a1c0de4000n)], 'tigue.tag': ['0123456789abcdef'] }],
    ['data, short, IPv4 inside', '1', '2', { 'tigue.tunnel': ['100'] }],
    ['data, short, IPv6 inside', '1', '2', { 'tigue.tunnel': ['100'] }],
    ['ping, short', '2', '2', { 'tigue.tunnel': ['100'] }],
  ])('reads %s over both families', (name, kind, header, whose) => {
    for (const family of [4, 6])
      expect(of(`${name}, over IPv${family}`)).toMatchObject({
        'tigue.kind': [kind],
        'tigue.header': [header],
        ...whose,
      });
  });

  test('names kind, service and tunnel in the line of a packet that carries no other, and in the tree', () => {
    expect(of('ping, over IPv4')?.[column]).toEqual(['Ping, service 2/1, tunnel 101']);
    expect(of('signed ping, over IPv6')?.[column]).toEqual(['Signed ping, service 2/1, tunnel 101']);
    expect(of('ping, short, over IPv4')?.[column]).toEqual(['Ping, tunnel 100']);
  });

  test('never shows a key, in no export of what it dissected', () => {
    const tree = tshark(file, ['-V']);
    const markup = tshark(file, ['-T', 'pdml', '-J', 'tigue']);
    for (const text of [tree, markup]) expect(text).not.toMatch(/Pa55w0rd|50613535773072643132/i);
    expect(tree).toContain('Key: 16 bytes (not shown)');
    expect(tree).toContain('TrueIngress GUE, Data, service 2/1');
    expect(markup).toContain('name="tigue.group"');
  });

  test('finds nothing wrong with right datagrams, also with one that the capture cut short', () => {
    const right = handFrames.filter(({ isWrong }) => !isWrong);
    expect(right.length).toBeGreaterThan(20);
    for (const { name } of right) expect([name, faults.filter((fault) => of(name)?.[fault])]).toEqual([name, []]);
  });

  test('says that wrong ones are', () => {
    const wrong = handFrames.filter(({ isWrong }) => isWrong);
    expect(wrong.map(({ name }) => [name, of(name)?.['tigue.malformed'] !== undefined])).toEqual([
      ['GUE of version 1', true],
      ['GUE without a group', true],
      ['a ping that is too long', true],
    ]);
  });

  test('looks at the ports and takes the header that its preferences name', () => {
    const [frame] = handFrames;
    if (!frame) throw new Error('no frame');
    const moved = frame.frame.slice();
    moved.set([0x23, 0x28, 0x23, 0x28], 34);
    const elsewhere = written('ports.pcapng', [{ frame: moved, bytes: moved.length }, frame]);
    const headers = (preferences: readonly string[]) =>
      tsharkFields(elsewhere, ['tigue.header', 'tigue.tunnel'], { preferences });
    expect(headers([])).toEqual([{}, { 'tigue.header': ['1'] }]);
    const short = { 'tigue.header': ['2'], 'tigue.tunnel': [String(0x00020001)] };
    expect(headers(['tigue.ports:6080,9000', 'tigue.header:short'])).toEqual([short, short]);
  });
});
