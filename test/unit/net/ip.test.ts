import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ip, ipNumber, ipOctets, parseIp, readIp, unspecifiedIp, writeIp } from '../../../src/net/ip.ts';

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
    '::1',
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
