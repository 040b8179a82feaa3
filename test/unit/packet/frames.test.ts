// Frames built and taken apart: against published bytes, and against each other.
import { describe, expect, test } from 'vitest';
import { type Endpoint, parseEndpoint } from '../../../src/net/endpoint.ts';
import { checksum, onesSum } from '../../../src/packet/checksum.ts';
import { describeFrame } from '../../../src/packet/describe.ts';
import { gueData, guePing, gueThen, gueWords, readGue } from '../../../src/packet/gue.ts';
import { buildEthernet, buildIpv4, etherTypes, fragmentBits, packetOf } from '../../../src/packet/ipv4.ts';
import { readFrame, readPacket } from '../../../src/packet/read.ts';
import { buildTcp, buildUdp } from '../../../src/packet/transport.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));
const hex = (frame: Uint8Array): string => Buffer.from(frame).toString('hex');
function endpoint(text: string): Endpoint {
  const parsed = parseEndpoint(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

const client = endpoint('10.0.0.9:40000');
const proxy = endpoint('5.5.5.5:3100');
const gateway = endpoint('172.1.0.4:6080');
const node = endpoint('172.1.0.3:6080');
const key = new TextEncoder().encode('Pa55w0rd1234567\0');
const service = { group: 2, service: 1, key };

describe('checksums', () => {
  test('are those of RFC 1071', () => {
    expect(onesSum(bytes('0001f203f4f5f6f7'))).toBe(0xddf2);
    expect(checksum(bytes('0001f203f4f5f6f7'))).toBe(0x220d);
  });

  test('of a well-known IPv4 header come out as published', () => {
    expect(checksum(bytes('45000073000040004011 0000 c0a80001c0a800c7'))).toBe(0xb861);
  });

  test('pad an odd byte with zero, and bring the carry round', () => {
    expect(onesSum(bytes('0102ff'))).toBe(0x0003);
  });

  test('fold as often as something is carried', () => {
    expect(onesSum(new Uint8Array(65_534).fill(0xff))).toBe(0xffff);
  });
});

describe('buildTcp and buildUdp', () => {
  test('make these bytes of a SYN', () => {
    expect(hex(buildTcp({ source: client, destination: proxy }))).toBe(
      hex(
        bytes(`000000000000 000000000000 0800
               4500 0028 0000 4000 4006 26be 0a000009 05050505
               9c40 0c1c 00000001 00000000 5002 ffff f372 0000`),
      ),
    );
  });

  test('make packets whose checksums are right', () => {
    for (let length = 0; length < 40; length++) {
      const payload = Uint8Array.from({ length }, (_, i) => i * 37);
      for (const frame of [
        buildTcp({ source: client, destination: proxy, payload }),
        buildUdp({ source: client, destination: proxy, payload }),
      ]) {
        const packet = readFrame(frame);
        expect(packet?.checksums).toEqual({ ip: true, transport: true });
        expect(hex(packet?.payload ?? new Uint8Array(1))).toBe(hex(payload));
        expect(packet?.totalBytes).toBe(frame.length - 14);
      }
    }
  });

  test('leave the UDP checksum out when told to', () => {
    const packet = readFrame(buildUdp({ source: client, destination: proxy, checksum: 'none' }));
    expect(packet?.checksums).toEqual({ ip: true, transport: undefined });
  });

  test('refuse what no header can say', () => {
    const pair = { source: client.ip, destination: proxy.ip, protocol: 6 };
    expect(() => buildIpv4({ ...pair, payload: new Uint8Array(65_516) })).toThrow(RangeError);
    expect(() => buildIpv4({ ...pair, payload: new Uint8Array(0), options: new Uint8Array(3) })).toThrow(RangeError);
    expect(() => gueData({ ...service, key: new Uint8Array(15) }, new Uint8Array(0))).toThrow(RangeError);
  });
});

describe('readFrame', () => {
  const frame = buildTcp({ source: client, destination: proxy, tos: 0xb9, ttl: 3, id: 7, fragment: 0 });

  test('reads back what was built', () => {
    expect(readFrame(frame)).toMatchObject({
      source: client.ip,
      destination: proxy.ip,
      ports: { source: client.port, destination: proxy.port },
      protocol: 6,
      tos: 0xb9,
      ttl: 3,
      id: 7,
      fragment: 0,
      headerBytes: 20,
    });
  });

  test('tells a wrong checksum from a right one', () => {
    const broken = frame.slice();
    broken[40] = (broken[40] ?? 0) ^ 1;
    expect(readFrame(broken)?.checksums).toEqual({ ip: true, transport: false });
    broken[22] = 4;
    expect(readFrame(broken)?.checksums).toEqual({ ip: false, transport: false });
  });

  test('takes any bytes', () => {
    for (let length = 0; length <= frame.length; length++)
      expect(() => readFrame(frame.slice(0, length))).not.toThrow();
    expect(readFrame(buildEthernet(etherTypes.ipv6, 40))).toBeUndefined();
    expect(readPacket(new Uint8Array(0))).toBeUndefined();
  });

  test('finds no ports in a later fragment', () => {
    const later = buildTcp({ source: client, destination: proxy, fragment: 5 });
    expect(readFrame(later)?.ports).toBeUndefined();
  });

  test('reads a frame that lies inside other bytes', () => {
    const buffer = new Uint8Array(frame.length + 9);
    buffer.set(frame, 9);
    expect(readFrame(buffer.subarray(9))).toEqual(readFrame(frame));
  });
});

describe('GUE', () => {
  const inner = packetOf(buildTcp({ source: client, destination: proxy }));

  test('data has the bytes of the protocol document', () => {
    expect(hex(gueData(service, Uint8Array.of(0x45)))).toBe(`0504a00000020001${hex(key)}45`);
  });

  test('a ping has the bytes of the protocol document', () => {
    expect(hex(guePing(service, 100))).toBe(`2601a00000020001${hex(key)}00000064`);
  });

  test('is read back', () => {
    expect(readGue(gueData(service, inner))).toEqual({ ...service, kind: 'data', packet: inner });
    expect(readGue(guePing(service, 4_294_967_295))).toEqual({ ...service, kind: 'ping', tunnel: 4_294_967_295 });
  });

  test('is not read where it is not', () => {
    expect(readGue(new Uint8Array(0))).toBeUndefined();
    expect(readGue(gueThen(gueWords.ping, service, new Uint8Array(5)))).toBeUndefined();
    expect(readGue(gueThen(0x4504a000, service, inner))).toBeUndefined();
  });
});

describe('describeFrame', () => {
  const syn = buildTcp({ source: client, destination: proxy });
  const outer = { source: gateway, destination: node, checksum: 'none' } as const;
  const lines: readonly (readonly [string, Uint8Array])[] = [
    ['10.0.0.9:40000 > 5.5.5.5:3100 tcp 40 bytes', syn],
    [
      '172.1.0.4:6080 > 172.1.0.3:6080 gue data group 2 service 1 [10.0.0.9:40000 > 5.5.5.5:3100 tcp 40 bytes]',
      buildUdp({ ...outer, payload: gueData(service, packetOf(syn)) }),
    ],
    [
      '172.1.0.4:6080 > 172.1.0.3:6080 gue ping group 2 service 1 tunnel 100',
      buildUdp({ ...outer, payload: guePing(service, 100) }),
    ],
    [
      '172.1.0.4:6080 > 172.1.0.3:6080 gue data group 2 service 1 [4 bytes that are not IPv4]',
      buildUdp({ ...outer, payload: gueData(service, new Uint8Array(4)) }),
    ],
    [
      '10.0.0.9:40000 > 5.5.5.5:3100 tcp 40 bytes, first fragment',
      buildTcp({ source: client, destination: proxy, fragment: fragmentBits.moreFragments }),
    ],
    ['10.0.0.9 > 5.5.5.5 tcp 40 bytes, fragment at 16', buildTcp({ source: client, destination: proxy, fragment: 2 })],
    [
      '10.0.0.9 > 5.5.5.5 protocol 1 28 bytes',
      buildIpv4({ source: client.ip, destination: proxy.ip, protocol: 1, payload: new Uint8Array(8) }),
    ],
    ['ethertype 86dd, 40 bytes', buildEthernet(etherTypes.ipv6, 40)],
  ];

  test.each(lines)('%s', (line, frame) => {
    expect(describeFrame(frame)).toBe(line);
  });

  test('names a checksum that is wrong', () => {
    const broken = syn.slice();
    broken[22] = 1;
    broken[50] = 1;
    expect(describeFrame(broken)).toBe('10.0.0.9:40000 > 5.5.5.5:3100 tcp 40 bytes, bad IP checksum, bad checksum');
  });

  test('never has the key in it', () => {
    const text = describeFrame(buildUdp({ ...outer, payload: gueData(service, packetOf(syn)) }));
    expect(text).not.toContain('Pa55w0rd');
    expect(text).not.toContain(hex(key));
  });
});
