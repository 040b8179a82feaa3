// The grammar of packets in words, by example: what is said, what it is short for, and where a text is no packet.
import { describe, expect, test } from 'vitest';
import type { Ip } from '../../../src/net/ip.ts';
import { describeFrame } from '../../../src/packet/describe.ts';
import { buildIpv4, packetOf } from '../../../src/packet/ipv4.ts';
import { buildWords } from '../../../src/packet/words/build.ts';
import { formatPacket } from '../../../src/packet/words/format.ts';
import { formatHook, parseHook } from '../../../src/packet/words/hook.ts';
import { nameFrame } from '../../../src/packet/words/name.ts';
import { outerOf, type TunnelDirectory } from '../../../src/packet/words/outer.ts';
import { parsePacket } from '../../../src/packet/words/parse.ts';
import { faultText, isFault, type PacketWords } from '../../../src/packet/words/words.ts';
import { directoryOf } from '../../support/packet-words.ts';

function packet(text: string): PacketWords {
  const parsed = parsePacket(text);
  if (isFault(parsed)) throw new Error(`${parsed.column}: ${faultText(parsed)}`);
  return parsed;
}

function frameOf(text: string, directory: TunnelDirectory): Uint8Array {
  const words = packet(text);
  const outer = words.kind === 'plain' ? undefined : outerOf(directory, words);
  if (outer && 'message' in outer) throw new Error(`${outer.message}; ${outer.hint}`);
  return buildWords(words, outer);
}

describe('a packet in words', () => {
  test.for([
    ['tcp 198.51.100.7:40000 > 5.5.5.5:3100', '198.51.100.7:40000 > 5.5.5.5:3100 tcp 40 bytes'],
    ['udp [2001:db8::1]:5353>[2001:db8::2]:53', '[2001:db8::1]:5353 > [2001:db8::2]:53 udp 48 bytes'],
    ['icmp 10.0.0.2 > 5.5.5.5', '10.0.0.2 > 5.5.5.5 icmp echo request 1 28 bytes'],
    ['icmp-reply 2001:db8::1 > 2001:db8::2 id 7', '2001:db8::1 > 2001:db8::2 icmpv6 echo reply 7 48 bytes'],
    [
      'tcp 1.1.1.1:1 > 5.5.5.5:3100 syn ack mss 1460 length 1400 vlan 7',
      'vlan 7 1.1.1.1:1 > 5.5.5.5:3100 tcp 1400 bytes',
    ],
    ['udp 1.1.1.1 > 5.5.5.5 fragment 1480 last', '1.1.1.1 > 5.5.5.5 udp 21 bytes, fragment at 1480'],
    [
      'tcp 5.5.5.5:3100 > 198.51.100.7:40000 in tunnel 100',
      '172.1.0.4:6080 > 172.1.0.3:6080 gue data group 2 service 1 [5.5.5.5:3100 > 198.51.100.7:40000 tcp 40 bytes]',
    ],
    [
      'tcp 5.5.5.5:3100 > 8.8.8.8:4 in tunnel 101 from 203.0.113.9:6080',
      '203.0.113.9:6080 > 172.1.0.3:6080 gue data group 2 service 1 [5.5.5.5:3100 > 8.8.8.8:4 tcp 40 bytes]',
    ],
    [
      'tcp [2001:db8:5::5]:3100 > [2001:db8::7]:4 in tunnel 103',
      '[2001:db8::4]:6080 > [2001:db8::3]:6080 gue short data tunnel 103 [[2001:db8:5::5]:3100 > [2001:db8::7]:4 tcp 60 bytes]',
    ],
    ['ping tunnel 100', '172.1.0.4:6080 > 172.1.0.3:6080 gue ping group 2 service 1 tunnel 100'],
    [
      'ping tunnel 101',
      '203.0.113.9:41000 > 172.1.0.3:6080 gue signed ping group 2 service 1 tunnel 101 sequence 1700000000000000000',
    ],
    ['ping tunnel 101 unsigned', '203.0.113.9:41000 > 172.1.0.3:6080 gue ping group 2 service 1 tunnel 101'],
  ] as const)('"%s" is that frame', ([text, frame]) => {
    expect(describeFrame(frameOf(text, directoryOf('gateway')))).toBe(frame);
  });

  test('is what a node is sent: requests by their destination', () => {
    const frame = frameOf('udp 9.9.9.9:5 > 5.5.5.5:3100 in tunnel 101 key previous from 1.1.1.1:1', {
      ...directoryOf('node'),
      services: function* () {
        const udp = directoryOf('node').service(2, 2);
        if (udp) yield udp;
      },
    });
    expect(describeFrame(frame)).toContain('group 2 service 2');
    expect(nameFrame(frame, directoryOf('node'))).toMatchObject({ tunnel: { key: 'previous' } });
  });

  test('keeps its words short: what is usual is left out', () => {
    expect(formatPacket(packet('tcp  1.1.1.1:1>5.5.5.5:80  syn ttl 64 tos 0 df length 40'))).toBe(
      'tcp 1.1.1.1:1 > 5.5.5.5:80',
    );
    expect(formatPacket(packet('ping tunnel 7 key right wrongly-signed'))).toBe('ping tunnel 7 wrongly-signed');
  });

  test('has a wrong key that is neither of the two', () => {
    const directory = directoryOf('node');
    const wrong = frameOf('udp 9.9.9.9:5 > 5.5.5.5:3100 in tunnel 101 service 2/2 key wrong', directory);
    expect(nameFrame(wrong, directory)).toMatchObject({ tunnel: { key: 'wrong' } });
  });

  test('is not found for a frame that words cannot say', () => {
    const odd = buildIpv4({
      source: '1.1.1.1' as Ip,
      destination: '2.2.2.2' as Ip,
      protocol: 47,
      payload: new Uint8Array(8),
    });
    expect(nameFrame(odd)).toBeUndefined();
    expect(nameFrame(packetOf(odd))).toBeUndefined();
  });
});

describe('a text that is no packet', () => {
  test.for([
    ['', 1, 'a packet, which begins with', undefined],
    ['sctp 1.1.1.1:1 > 2.2.2.2:2', 1, 'a packet, which begins with', 'sctp'],
    ['tcp 5.5.5.5 > 6.6.6.6', 5, 'an address with a port', '5.5.5.5'],
    ['tcp 5.5.5.5:99999 > 6.6.6.6:1', 5, 'an address with a port', '5.5.5.5:99999'],
    ['tcp 1.1.1.1:1 2.2.2.2:2', 15, '">"', '2.2.2.2:2'],
    ['tcp 1.1.1.1:1 >', 16, 'an IPv4 address with a port, as before ">"', undefined],
    ['tcp 1.1.1.1:1 > [::1]:2', 17, 'an IPv4 address with a port', '[::1]:2'],
    ['icmp 1.1.1.1:1 > 2.2.2.2', 6, 'without a port', '1.1.1.1:1'],
    ['tcp 1.1.1.1:1 > 2.2.2.2:2 urg', 27, '"psh"', 'urg'],
    ['tcp 1.1.1.1:1 > 2.2.2.2:2 syn syn', 31, 'once only', 'syn'],
    ['tcp 1.1.1.1:1 > 2.2.2.2:2 ack mss 1400', 31, '"mss" beside "syn" only', 'mss'],
    ['tcp 1.1.1.1:1 > 2.2.2.2:2 length 30', 27, '40 or more', 'length'],
    ['tcp 1.1.1.1:1 > 2.2.2.2:2 length 99999', 34, 'from 20 to 65535', '99999'],
    ['udp 1.1.1.1:1 > 2.2.2.2:2 df no-df', 30, 'not both', 'no-df'],
    ['udp [::1]:1 > [::2]:2 df', 23, '"fragment"', 'df'],
    ['udp 1.1.1.1:1 > 2.2.2.2:2 fragment 8', 5, 'without a port', '1.1.1.1:1'],
    ['udp 1.1.1.1 > 2.2.2.2 fragment 9', 23, 'multiple of 8', 'fragment'],
    ['udp 1.1.1.1:1 > 2.2.2.2:2 fragment 0 last', 38, 'not the first', 'last'],
    ['udp 1.1.1.1:1 > 2.2.2.2:2 in tunnel', 36, 'the id of a tunnel', undefined],
    ['udp 1.1.1.1:1 > 2.2.2.2:2 in tunnel 0', 37, 'the id of a tunnel', '0'],
    ['udp 1.1.1.1:1 > 2.2.2.2:2 in tunnel 7 key good', 43, '"previous"', 'good'],
    ['udp 1.1.1.1:1 > 2.2.2.2:2 in tunnel 7 service 2', 47, 'GROUP/ID', '2'],
    ['udp 1.1.1.1:1 > 2.2.2.2:2 in tunnel 7 unsigned', 39, '"service"', 'unsigned'],
    ['ping tunnel 7 unsigned wrongly-signed', 24, 'once only', 'wrongly-signed'],
    ['udp 1.1.1.1:1 > 2.2.2.2:2 vlan 1 in tunnel 7 vlan 2', 27, 'once only', 'vlan'],
  ] as const)('"%s" is one at column %i: expected %s', ([text, column, expected, found]) => {
    const parsed = parsePacket(text);
    expect(parsed).toMatchObject({ column, found });
    expect(isFault(parsed) && parsed.expected).toContain(expected);
  });
});

describe('a packet that cannot be made for this host', () => {
  test.for([
    ['ping tunnel 7', 'there is no tunnel 7'],
    ['ping tunnel 102', 'nobody knows where the far end of tunnel 102 is: it was never heard of'],
    ['ping tunnel 103 key wrong', 'tunnel 103 has the short header, which has no key and no service'],
    ['ping tunnel 102 from 1.1.1.1:1', 'no service of tunnel 102 is there'],
    ['tcp 5.5.5.5:3101 > 9.9.9.9:1 in tunnel 100', 'no service of tunnel 100 has proxy tcp 5.5.5.5:3101'],
    ['tcp 5.5.5.5:3100 > 9.9.9.9:1 in tunnel 100 key previous', 'service 2/1 accepts no previous key'],
    ['ping tunnel 100 from [::1]:1', 'no packet goes from [::1]:1 to 172.1.0.3:6080'],
    ['tcp 5.5.5.5:3100 > 9.9.9.9:1 length 65500 in tunnel 100', '65500 bytes do not fit into a tunnel'],
  ] as const)('"%s": %s', ([text, message]) => {
    const words = packet(text);
    if (words.kind === 'plain') throw new Error(text);
    expect(outerOf(directoryOf('gateway'), words)).toMatchObject({ message });
  });
});

describe('a place in words', () => {
  test.for([
    ['eth0 egress', { interface: 'eth0', direction: 'egress', entered: undefined }],
    ['eth0:ingress', { interface: 'eth0', direction: 'ingress', entered: undefined }],
    ['eth0.100:egress entered eth1', { interface: 'eth0.100', direction: 'egress', entered: 'eth1' }],
    ['egress entered local', { interface: undefined, direction: 'egress', entered: 'local' }],
  ] as const)('"%s" is a hook', ([text, hook]) => {
    expect(parseHook(text)).toEqual(hook);
    expect(parseHook(formatHook(hook))).toEqual(hook);
  });

  test.for([
    ['', 1],
    ['eth0', 5],
    ['eth0 out', 6],
    ['eth0 ingress entered eth1', 14],
    ['eth0 egress entered', 20],
    ['eth0 egress at', 13],
  ] as const)('"%s" is none, at column %i', ([text, column]) => {
    expect(parseHook(text)).toMatchObject({ column });
  });
});
