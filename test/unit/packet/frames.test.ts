// Frames built and taken apart: against published bytes, and against each other.
import { describe, expect, test } from 'vitest';
import { type Endpoint, parseEndpoint } from '../../../src/net/endpoint.ts';
import { checksum, onesSum } from '../../../src/packet/checksum.ts';
import { describeFrame } from '../../../src/packet/describe.ts';
import {
  gueData,
  guePing,
  gueSignedPing,
  gueThen,
  gueWords,
  overheadOf,
  readGue,
  readShort,
  shortData,
  shortPing,
  signedPart,
} from '../../../src/packet/gue.ts';
import { buildEchoReply, buildEchoRequest, buildIcmp, buildTooBig } from '../../../src/packet/icmp.ts';
import { buildEthernet, buildIpv4, etherTypes, fragmentBits, packetOf } from '../../../src/packet/ipv4.ts';
import { extensionTypes, paddingExtension, routingExtension } from '../../../src/packet/ipv6.ts';
import { readFrame, readPacket } from '../../../src/packet/read.ts';
import { sipHash } from '../../../src/packet/siphash.ts';
import { buildTcp, buildUdp } from '../../../src/packet/transport.ts';
import { tagged, untagged, vlanTypes } from '../../../src/packet/vlan.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));
const hex = (frame: Uint8Array): string => Buffer.from(frame).toString('hex');
function endpoint(text: string): Endpoint {
  const parsed = parseEndpoint(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

const client = endpoint('10.0.0.9:40000');
const proxy = endpoint('5.5.5.5:3100');
const client6 = endpoint('[2001:db8::9]:40000');
const proxy6 = endpoint('[2001:db8:5::5]:3100');
const gateway = endpoint('172.1.0.4:6080');
const node = endpoint('172.1.0.3:6080');
const key = new TextEncoder().encode('Pa55w0rd1234567\0');
const service = { group: 2, service: 1, key };

const chained6 = buildUdp({
  source: client6,
  destination: proxy6,
  fragment: fragmentBits.moreFragments,
  id: 0xdeadbeef,
  extensions: [
    paddingExtension(extensionTypes.hopByHop),
    routingExtension(0),
    paddingExtension(extensionTypes.destinationOptions, 2),
  ],
  payload: new Uint8Array(8),
});

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

  test('make these bytes of an IPv6 SYN, as tcpdump reads them', () => {
    expect(hex(buildTcp({ source: client6, destination: proxy6, tos: 0xb9, flowLabel: 0x12345 }))).toBe(
      hex(
        bytes(`000000000000 000000000000 86dd
               6b912345 0014 06 40 20010db8000000000000000000000009 20010db8000500000000000000000005
               9c40 0c1c 00000001 00000000 5002 ffff ac00 0000`),
      ),
    );
  });

  test('put extension headers and the fragment header before the transport', () => {
    expect(readFrame(chained6)).toMatchObject({
      protocol: 17,
      headerBytes: 40 + 8 + 8 + 16 + 8,
      totalBytes: chained6.length - 14,
      id: 0xdeadbeef,
      fragment: fragmentBits.moreFragments,
      ports: { source: client6.port, destination: proxy6.port },
    });
    expect(hex(chained6.subarray(54, 94))).toBe(
      hex(bytes(`2b00 0104 00000000  3c00 00000000 0000  2c01 010c 000000000000000000000000  1100 0001 deadbeef`)),
    );
  });

  test('make an atomic fragment only when told to', () => {
    const packet = { source: client6, destination: proxy6, fragment: fragmentBits.dontFragment };
    expect(readFrame(buildUdp(packet))?.headerBytes).toBe(40);
    expect(readFrame(buildUdp({ ...packet, atomic: true, id: 9 }))).toMatchObject({
      headerBytes: 48,
      fragment: 0,
      id: 9,
    });
  });

  test('refuse what no header can say', () => {
    const pair = { source: client.ip, destination: proxy.ip, protocol: 6 };
    expect(() => buildIpv4({ ...pair, payload: new Uint8Array(65_516) })).toThrow(RangeError);
    expect(() => buildIpv4({ ...pair, payload: new Uint8Array(0), options: new Uint8Array(3) })).toThrow(RangeError);
    expect(() => gueData({ ...service, key: new Uint8Array(15) }, new Uint8Array(0))).toThrow(RangeError);
  });
});

describe('ICMP', () => {
  const ends = { source: client.ip, destination: proxy.ip };
  const ends6 = { source: client6.ip, destination: proxy6.ip };
  const quoted = packetOf(buildTcp({ source: proxy, destination: client })).subarray(0, 28);

  test('makes these bytes of an ICMPv6 echo request, as tcpdump reads them', () => {
    const payload = new Uint8Array(3).fill(9);
    expect(hex(packetOf(buildEchoRequest({ ...ends6, identifier: 77, payload })).subarray(40))).toBe(
      '800011de004d0001090909',
    );
  });

  test.each([
    ['echo request', buildEchoRequest({ ...ends, identifier: 1 }), 8],
    ['echo reply', buildEchoReply({ ...ends, identifier: 1 }), 0],
    ['too big', buildTooBig({ ...ends, mtuBytes: 1400, quoted }), 3],
    ['any other', buildIcmp({ ...ends, type: 11, payload: quoted }), 11],
    ['ICMPv6 echo request', buildEchoRequest({ ...ends6, identifier: 1 }), 128],
    ['ICMPv6 echo reply', buildEchoReply({ ...ends6, identifier: 1 }), 129],
    ['ICMPv6 too big', buildTooBig({ ...ends6, mtuBytes: 1400, quoted }), 2],
  ])('has a right checksum: %s', (_name, frame, type) => {
    const packet = readFrame(frame);
    expect(packet?.segment[0]).toBe(type);
    expect(packet?.checksums.transport).toBe(true);
    expect(packet?.ports).toBeUndefined();
  });
});

describe('VLAN tags', () => {
  test('are put in and taken out', () => {
    const frame = buildTcp({ source: client, destination: proxy });
    const once = tagged(frame, 0x2005);
    expect(hex(once.subarray(12, 18))).toBe('810020050800');
    expect(hex(tagged(once, 7, vlanTypes.service).subarray(12, 20))).toBe('88a8000781002005');
    expect(hex(untagged(once))).toBe(hex(frame));
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
    for (const other of [chained6, buildEchoRequest({ source: client6.ip, destination: proxy6.ip, identifier: 1 })])
      for (let length = 0; length <= other.length; length++)
        expect(() => describeFrame(other.slice(0, length))).not.toThrow();
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

  test('data of IPv6 has its own word', () => {
    expect(hex(gueData(service, packetOf(chained6)).subarray(0, 4))).toBe('0529a000');
    expect(hex(shortData(1, packetOf(chained6)).subarray(0, 4))).toBe('0529a000');
  });

  test('a signed ping is a ping with sequence and tag', () => {
    const ping = gueSignedPing(service, 100, 0x1122334455667788n, key);
    expect(hex(ping.subarray(0, 36))).toBe(`2a01a00000020001${hex(key)}000000641122334455667788`);
    expect(hex(signedPart(ping))).toBe('00020001000000641122334455667788');
    expect(hex(ping.subarray(36))).toBe(hex(sipHash(key, signedPart(ping))));
    expect(readGue(ping)).toEqual({ ...service, kind: 'signed-ping', tunnel: 100, sequence: 0x1122334455667788n });
  });

  test('the short header has the bytes of the protocol document', () => {
    expect(hex(shortPing(100))).toBe('2601a00000000064');
    expect(hex(shortData(100, Uint8Array.of(0x45)))).toBe('0504a0000000006445');
    expect(readShort(shortData(100, inner))).toEqual({ kind: 'data', tunnel: 100, packet: inner });
    expect(readShort(shortPing(4_294_967_295))).toEqual({ kind: 'ping', tunnel: 4_294_967_295 });
    expect(readShort(guePing(service, 1))).toBeUndefined();
  });

  test('adds what the table of the protocol document says', () => {
    expect([overheadOf(4, 'keyed'), overheadOf(6, 'keyed'), overheadOf(4, 'short'), overheadOf(6, 'short')]).toEqual([
      52, 72, 36, 56,
    ]);
  });

  test('is not read where it is not', () => {
    expect(readGue(new Uint8Array(0))).toBeUndefined();
    expect(readGue(gueThen(gueWords.ping, service, new Uint8Array(5)))).toBeUndefined();
    expect(readGue(gueThen(0x4504a000, service, inner))).toBeUndefined();
  });
});

describe('describeFrame', () => {
  const syn = buildTcp({ source: client, destination: proxy });
  const syn6 = buildTcp({ source: client6, destination: proxy6 });
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
      '172.1.0.4:6080 > 172.1.0.3:6080 gue data group 2 service 1 [4 bytes that are not IP]',
      buildUdp({ ...outer, payload: gueData(service, new Uint8Array(4)) }),
    ],
    [
      '10.0.0.9:40000 > 5.5.5.5:3100 tcp 40 bytes, first fragment',
      buildTcp({ source: client, destination: proxy, fragment: fragmentBits.moreFragments }),
    ],
    ['10.0.0.9 > 5.5.5.5 tcp 40 bytes, fragment at 16', buildTcp({ source: client, destination: proxy, fragment: 2 })],
    [
      '10.0.0.9 > 5.5.5.5 protocol 47 28 bytes',
      buildIpv4({ source: client.ip, destination: proxy.ip, protocol: 47, payload: new Uint8Array(8) }),
    ],
    [
      '10.0.0.9 > 5.5.5.5 icmp echo request 77 28 bytes',
      buildEchoRequest({ source: client.ip, destination: proxy.ip, identifier: 77 }),
    ],
    [
      '5.5.5.5 > 10.0.0.9 icmp 3/4 mtu 1400 [10.0.0.9:40000 > 5.5.5.5:3100 tcp]',
      buildTooBig({
        source: proxy.ip,
        destination: client.ip,
        mtuBytes: 1400,
        quoted: packetOf(syn).subarray(0, 28),
      }),
    ],
    ['ethertype 86dd, 40 bytes', buildEthernet(etherTypes.ipv6, 40)],
    ['vlan 5 10.0.0.9:40000 > 5.5.5.5:3100 tcp 40 bytes', tagged(syn, 0x2005)],
    ['[2001:db8::9]:40000 > [2001:db8:5::5]:3100 tcp 60 bytes', syn6],
    [
      '2001:db8::9 > 2001:db8:5::5 udp 64 bytes, fragment at 24',
      buildUdp({ source: client6, destination: proxy6, fragment: 3, payload: new Uint8Array(8) }),
    ],
    [
      '172.1.0.4:6080 > 172.1.0.3:6080 gue data group 2 service 1 [[2001:db8::9]:40000 > [2001:db8:5::5]:3100 tcp 60 bytes]',
      buildUdp({ ...outer, payload: gueData(service, packetOf(syn6)) }),
    ],
    [
      '172.1.0.4:6080 > 172.1.0.3:6080 gue signed ping group 2 service 1 tunnel 100 sequence 7',
      buildUdp({ ...outer, payload: gueSignedPing(service, 100, 7n, key) }),
    ],
    [
      '172.1.0.4:6080 > 172.1.0.3:6080 gue short data tunnel 100 [10.0.0.9:40000 > 5.5.5.5:3100 tcp 40 bytes]',
      buildUdp({ ...outer, payload: shortData(100, packetOf(syn)) }),
    ],
    ['172.1.0.4:6080 > 172.1.0.3:6080 gue short ping tunnel 100', buildUdp({ ...outer, payload: shortPing(100) })],
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
    for (const payload of [gueData(service, packetOf(syn)), guePing(service, 1), gueSignedPing(service, 1, 1n, key)]) {
      const text = describeFrame(buildUdp({ ...outer, payload }));
      expect(text).not.toContain('Pa55w0rd');
      expect(text).not.toContain(hex(key));
    }
  });
});
