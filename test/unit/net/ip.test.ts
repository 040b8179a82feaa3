import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Ip,
  ipFromOctets,
  ipNumber,
  ipOctets,
  mappedIpv4,
  notOfHost,
  parseIp,
  readIp,
  unspecifiedIp,
  writeIp,
} from '../../../src/net/ip.ts';

const anyIp = fc.ipV4().map((text) => text as Ip);

describe('an IPv4 address', () => {
  it.each(['0.0.0.0', '1.2.3.4', '255.255.255.255', '10.0.200.99'])('is %s', (text) => {
    expect(parseIp(text)).toBe(text);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.04',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1.2.3.4\n',
    'a.b.c.d',
    '1.2.3.-4',
    '１.2.3.4',
  ])('is not %j', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  it('is stored in 16 bytes as v4-mapped, at any offset, and nothing beside them is touched', () => {
    const bytes = new Uint8Array(20).fill(0xee);
    writeIp('172.1.0.4' as Ip, bytes, 2);
    expect([...bytes]).toEqual([0xee, 0xee, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 172, 1, 0, 4, 0xee, 0xee]);
  });

  it('is all zero when it is unspecified', () => {
    const bytes = new Uint8Array(16).fill(0xee);
    writeIp(unspecifiedIp, bytes, 0);
    expect(bytes).toEqual(new Uint8Array(16));
    expect(readIp(bytes, 0)).toBe(unspecifiedIp);
  });

  it('comes back from its 16 bytes (P17)', () => {
    fc.assert(
      fc.property(anyIp, (ip) => {
        const bytes = new Uint8Array(16);
        writeIp(ip, bytes, 0);
        expect(readIp(bytes, 0)).toBe(ip);
      }),
    );
  });

  it('sorts by its number as by its octets', () => {
    fc.assert(
      fc.property(anyIp, anyIp, (a, b) => {
        expect(Math.sign(ipNumber(a) - ipNumber(b))).toBe(Math.sign(Buffer.compare(ipOctets(a), ipOctets(b))));
      }),
    );
    expect(ipNumber('255.0.0.1' as Ip)).toBe(0xff000001);
  });
});

describe('an IPv6 address', () => {
  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:0:0:0:4', '2001:db8::4'],
    ['2001:0db8::0004', '2001:db8::4'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['2001:db8:1:2:3:4:0:6', '2001:db8:1:2:3:4:0:6'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['::1.2.3.4', '::102:304'],
    ['fe80::1', 'fe80::1'],
  ])('%s is written %s (RFC 5952)', (text, canonical) => {
    expect(parseIp(text)).toBe(canonical);
  });

  it.each([
    ':',
    ':::',
    '1',
    '1:',
    ':1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '::1:2:3:4:5:6:7:8',
    '12345::',
    '1::g',
    '-1::',
    '::1.2.3',
    '::01.2.3.4',
    '::1.2.3.256',
    '1.2.3.4::',
    '::1.2.3.4:5',
    'fe80::1%eth0',
    '[::1]',
    ' ::1',
    '::1\n',
    '::ffff:1.2.3.4',
    '::ffff:0:0',
    '0:0:0:0:0:FFFF:102:304',
  ])('is not %j', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  it('keeps its octets in 16 bytes, at any offset, and nothing beside them is touched', () => {
    const bytes = new Uint8Array(20).fill(0xee);
    writeIp('2001:db8::1:4' as Ip, bytes, 2);
    expect([...bytes]).toEqual([0xee, 0xee, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 4, 0xee, 0xee]);
  });

  it('comes back from its 16 bytes (P17), and from its octets in whatever spelling', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const ip = parseIp(text);
        fc.pre(ip !== undefined && ip !== '::');
        const bytes = new Uint8Array(16);
        writeIp(ip, bytes, 0);
        expect(readIp(bytes, 0)).toBe(ip);
        expect(ipFromOctets(ipOctets(ip))).toBe(ip);
        // Written out in full it is the same address.
        const full = Array.from(
          bytes,
          (octet, at) => octet.toString(16).padStart(2, '0') + (at % 2 && at < 15 ? ':' : ''),
        );
        expect(parseIp(full.join('').toUpperCase())).toBe(ip);
      }),
    );
  });

  it('is what the URL parser of Node.js takes for it, and nothing else', () => {
    const piece = fc.constantFrom(...'0123abcdefABCDEF', ':', '::', '.', '1.2.3.4', 'ffff', '0:0');
    const text = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc.ipV6(),
    );
    fc.assert(
      fc.property(text, (written) => {
        fc.pre(written.includes(':'));
        const isMapped = mappedIpv4(written) !== undefined;
        const here = isMapped ? undefined : parseIp(written);
        const there = URL.canParse(`http://[${written}]/`)
          ? new URL(`http://[${written}]/`).hostname.slice(1, -1)
          : undefined;
        expect(isMapped ? '::ffff:' : (here ?? '')).toBe(isMapped ? there?.slice(0, 7) : (there ?? ''));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:102:304', '1.2.3.4'],
    ['0:0:0:0:0:ffff:ff00:1', '255.0.0.1'],
    ['::fffe:1.2.3.4', undefined],
    ['1.2.3.4', undefined],
    ['::ffff:1.2.3', undefined],
  ])('%s is IPv4 in its clothes: %s', (text, ip) => {
    expect(mappedIpv4(text)).toBe(ip);
  });
});

describe('an address of a host', () => {
  it.each([
    ['1.0.0.1', undefined],
    ['127.0.0.1', undefined],
    ['169.254.0.1', undefined],
    ['223.255.255.255', undefined],
    ['240.0.0.1', undefined],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['::1', undefined],
    ['::102:304', undefined],
    ['2001:db8::1', undefined],
    ['fd00::1', undefined],
    ['fe7f::1', undefined],
    ['fec0::1', undefined],
    ['fe8::1', undefined],
    ['::', 'unspecified'],
    ['fe80::1', 'link-local'],
    ['febf:ffff::1', 'link-local'],
    ['ff00::', 'multicast'],
    ['ff02::1', 'multicast'],
  ])('is %s: %s', (ip, fault) => {
    expect(parseIp(ip)).toBe(ip);
    expect(notOfHost(ip as Ip)).toBe(fault);
  });
});
