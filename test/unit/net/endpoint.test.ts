import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalEndpoint,
  formatEndpoint,
  parseEndpoint,
  parsePort,
  protocolName,
  protocolNumbers,
  sameEndpoint,
} from '../../../src/net/endpoint.ts';

describe('an endpoint', () => {
  it.each([
    ['172.1.0.4:6080', { ip: '172.1.0.4', port: 6080 }],
    ['0.0.0.0:65535', { ip: '0.0.0.0', port: 65535 }],
    ['172.1.0.4', 'bad-port'],
    ['172.1.0.4:', 'bad-port'],
    ['172.1.0.4:0', 'bad-port'],
    ['172.1.0.4:080', 'bad-port'],
    ['172.1.0.4:65536', 'bad-port'],
    ['172.1.0.4:1e3', 'bad-port'],
    ['172.1.0:6080', 'bad-address'],
    ['host:6080', 'bad-address'],
    [':6080', 'bad-address'],
    ['[::1]:6080', { ip: '::1', port: 6080 }],
    ['[2001:DB8::0:4]:65535', { ip: '2001:db8::4', port: 65535 }],
    ['[::1]', 'bad-port'],
    ['[::1]6080', 'bad-address'],
    ['[::1]:0', 'bad-port'],
    ['[::1]:6080 ', 'bad-port'],
    ['[::1', 'bad-address'],
    ['::1', 'bad-port'],
    ['2001:db8::4:6080', 'bad-port'],
    ['::1]:6080', 'bad-address'],
    ['[1.2.3.4]:6080', 'bad-address'],
    ['[::ffff:1.2.3.4]:6080', 'bad-address'],
    ['[fe80::1%eth0]:6080', 'bad-address'],
    ['[[::1]]:6080', 'bad-address'],
    ['', 'bad-address'],
  ])('is read from %j', (text, expected) => {
    expect(parseEndpoint(text)).toEqual(expected);
  });

  it('of IPv4 has one spelling: what is read prints as it was written', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.tuple(fc.ipV4(), fc.nat(70_000)).map(([ip, port]) => `${ip}:${port}`),
        ),
        (text) => {
          const parsed = parseEndpoint(text);
          if (typeof parsed !== 'string' && !text.startsWith('[')) expect(formatEndpoint(parsed)).toBe(text);
        },
      ),
    );
  });

  it('of IPv6 reads back from what it prints, which is canonical', () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.integer({ min: 1, max: 65535 }), (ip, port) => {
        const parsed = parseEndpoint(`[${ip}]:${port}`);
        fc.pre(typeof parsed !== 'string'); // IPv4 in IPv6's clothes
        const text = formatEndpoint(parsed);
        expect(parseEndpoint(text)).toEqual(parsed);
        expect(canonicalEndpoint(`[${ip}]:${port}`)).toBe(text);
        expect(canonicalEndpoint(text)).toBe(text);
      }),
    );
  });

  it.each(['1.2.3.4:5', 'host:80', '[::g]:80', '[::1]', '[1.2.3.4]:5', ''])(
    'keeps its text when that is %j',
    (text) => {
      expect(canonicalEndpoint(text)).toBe(text);
    },
  );

  it('equals another of the same address and port only', () => {
    const [a, b, c, d] = ['1.1.1.1:1', '1.1.1.1:1', '1.1.1.1:2', '1.1.1.2:1'].map(parseEndpoint);
    const same = (one: typeof a) => typeof a === 'object' && typeof one === 'object' && sameEndpoint(a, one);
    expect([same(b), same(c), same(d)]).toEqual([true, false, false]);
  });
});

describe('a port', () => {
  it.each(['1', '80', '65535'])('is %s', (text) => {
    expect(parsePort(text)).toBe(Number(text));
  });

  it.each(['0', '65536', '080', '-1', '1.5', ' 1', '', '99999999999'])('is not %j', (text) => {
    expect(parsePort(text)).toBeUndefined();
  });
});

it('a protocol has the number that IANA gave it', () => {
  expect([protocolName(protocolNumbers.tcp), protocolName(protocolNumbers.udp), protocolName(1)]).toEqual([
    'tcp',
    'udp',
    undefined,
  ]);
});
