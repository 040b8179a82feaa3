import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ip, parseIp } from '../../../src/net/ip.ts';
import {
  comparePrefixes,
  formatPrefix,
  type Prefix,
  parsePrefix,
  readPrefix,
  writePrefix,
} from '../../../src/net/prefix.ts';

const prefixOf = (text: string): Prefix => {
  const parsed = parsePrefix(text);
  if (typeof parsed === 'string' || 'meant' in parsed) throw new Error(text);
  return parsed;
};

/** Any address cut to any length. */
const anyPrefix: fc.Arbitrary<Prefix> = fc
  .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(128))
  .map(([text, bits]) =>
    parsePrefix(`${parseIp(text) ?? '0.0.0.0'}/${text.includes('.') && !text.includes(':') ? bits % 33 : bits}`),
  )
  .filter((parsed) => typeof parsed === 'object')
  .map((parsed) => ('meant' in parsed ? parsed.meant : parsed));

describe('a prefix', () => {
  it.each([
    ['203.0.113.0/24', { ip: '203.0.113.0', bits: 24 }],
    ['0.0.0.0/0', { ip: '0.0.0.0', bits: 0 }],
    ['128.0.0.0/1', { ip: '128.0.0.0', bits: 1 }],
    ['10.1.2.3/32', { ip: '10.1.2.3', bits: 32 }],
    ['2001:DB8::/32', { ip: '2001:db8::', bits: 32 }],
    ['::/0', { ip: '::', bits: 0 }],
    ['2001:db8::1/128', { ip: '2001:db8::1', bits: 128 }],
    ['10.1.2.3/8', { meant: { ip: '10.0.0.0', bits: 8 } }],
    ['10.1.2.3/31', { meant: { ip: '10.1.2.2', bits: 31 } }],
    ['1.2.3.4/0', { meant: { ip: '0.0.0.0', bits: 0 } }],
    ['2001:db8:ff::/33', { meant: { ip: '2001:db8::', bits: 33 } }],
    ['2001:db8::1/127', { meant: { ip: '2001:db8::', bits: 127 } }],
    ['10.0.0.0', 'bad-length'],
    ['10.0.0.0/', 'bad-length'],
    ['10.0.0.0/33', 'bad-length'],
    ['10.0.0.0/08', 'bad-length'],
    ['10.0.0.0/-1', 'bad-length'],
    ['10.0.0.0/8 ', 'bad-length'],
    ['10.0.0.0/255.0.0.0', 'bad-length'],
    ['::/129', 'bad-length'],
    ['::/1000', 'bad-length'],
    ['10.0/8', 'bad-address'],
    ['[::]/0', 'bad-address'],
    ['::ffff:10.0.0.0/104', 'bad-address'],
    ['/8', 'bad-address'],
    ['', 'bad-address'],
  ])('is read from %j', (text, expected) => {
    expect(parsePrefix(text)).toEqual(expected);
  });

  it('reads back from what it prints', () => {
    fc.assert(
      fc.property(anyPrefix, (prefix) => {
        expect(parsePrefix(formatPrefix(prefix))).toEqual(prefix);
      }),
    );
  });

  it('comes back from its 16 bytes and its length among their 128 bits (P17)', () => {
    fc.assert(
      fc.property(anyPrefix, (prefix) => {
        const bytes = new Uint8Array(20).fill(0xee);
        const bits = writePrefix(prefix, bytes, 2);
        expect(readPrefix(bytes, 2, bits)).toEqual(prefix);
        expect([...bytes.subarray(0, 2), ...bytes.subarray(18)]).toEqual(Array(4).fill(0xee));
      }),
    );
  });

  it.each([
    ['10.0.0.0/8', [...Array(10).fill(0), 0xff, 0xff, 10, 0, 0, 0], 104],
    ['0.0.0.0/1', [...Array(10).fill(0), 0xff, 0xff, 0, 0, 0, 0], 97],
    ['0.0.0.0/0', [...Array(10).fill(0), 0xff, 0xff, 0, 0, 0, 0], 96],
    ['::/0', Array(16).fill(0), 0],
    ['::/96', Array(16).fill(0), 96],
    ['2001:db8::/32', [0x20, 1, 0xd, 0xb8, ...Array(12).fill(0)], 32],
  ])('lies in 16 bytes, IPv4 as v4-mapped: %s', (text, expected, length) => {
    const bytes = new Uint8Array(16).fill(0xee);
    expect(writePrefix(prefixOf(text), bytes, 0)).toBe(length);
    expect([...bytes]).toEqual(expected);
    expect(readPrefix(bytes, 0, length)).toEqual(prefixOf(text));
  });

  it('sorts by family, address and length', () => {
    const sorted = ['0.0.0.0/0', '9.0.0.0/8', '10.0.0.0/8', '10.0.0.0/16', '::/0', '9::/16', '2001:db8::/32'];
    expect(sorted.map(prefixOf).reverse().sort(comparePrefixes).map(formatPrefix)).toEqual(sorted);
    expect(comparePrefixes(prefixOf('10.0.0.0/8'), { ip: '10.0.0.0' as Ip, bits: 8 })).toBe(0);
  });
});
