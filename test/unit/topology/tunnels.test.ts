// What a tunnel can say, and every problem that it can have, with its exact place.
import { describe, expect, it } from 'vitest';
import { gatewayText, mustRead, nodeText, problemsOf, read, tunnelFields, vary } from './texts.ts';

type Row = readonly [name: string, text: string, ...problems: string[]];

const fixedText = vary(gatewayText, ['learned', '172.1.0.3:6080']);
const v6 = (text: string) => vary(text, ['172.1.0.4:6080', '"[2001:db8::4]:6080"']);

describe('a tunnel', () => {
  it('of a gateway that learns has a signing key, prefixes in order, and a limit on moves', async () => {
    const { tunnels } = await mustRead(
      tunnelFields(
        gatewayText,
        'sign: {key: {file: ping.key}, required: true}',
        'allowFrom: [2001:db8::/32, 203.0.113.0/25, 10.0.0.0/8, 203.0.113.0/24, "2001:DB8::/32"]',
        'movesPerMinute: 10',
        'source: strict',
      ),
    );
    expect(tunnels[0]).toMatchObject({
      sign: { key: { kind: 'file', path: 'ping.key' }, required: true },
      allowFrom: [
        { ip: '10.0.0.0', bits: 8 },
        { ip: '203.0.113.0', bits: 24 },
        { ip: '203.0.113.0', bits: 25 },
        { ip: '2001:db8::', bits: 32 },
      ],
      movesPerMinute: 10,
      source: 'strict',
    });
  });

  it.each(['abc', 'hex:616263', '{text: abc}', 'base64:YWJj'])('signs with a key in any form: %s', async (key) => {
    const { tunnels } = await mustRead(tunnelFields(nodeText, `sign: {key: ${key}}`));
    const bytes = new Uint8Array(16);
    bytes.set(Buffer.from('abc'));
    expect(tunnels[0]?.sign).toEqual({ key: { kind: 'bytes', bytes }, required: false });
  });

  it('with the short header says at a gateway too what number it has at the far end', async () => {
    const { tunnels } = await mustRead(tunnelFields(fixedText, 'header: short', 'remoteId: 7'));
    expect(tunnels[0]).toMatchObject({ id: 100, header: 'short', remoteId: 7, source: 'by-key', sign: 'none' });
  });

  it('of a node sends from ports of its flows, if it does not ping', async () => {
    const { tunnels } = await mustRead(tunnelFields(nodeText, 'sourcePort: flow-hash'));
    expect(tunnels.map(({ sourcePort }) => sourcePort)).toEqual(['flow-hash', 'local']);
  });

  it.each<Row>([
    ['an unknown header', tunnelFields(fixedText, 'header: long'), 'wrong-value 7:13'],
    ['an unknown source', tunnelFields(gatewayText, 'source: any'), 'wrong-value 7:13'],
    ['an unknown source port', tunnelFields(gatewayText, 'sourcePort: 6080'), 'wrong-value 7:17'],

    ['IPv6 without brackets', vary(gatewayText, ['172.1.0.4:6080', '2001:db8::4:6080']), 'bad-port 6:12'],
    ['IPv6 without port', vary(gatewayText, ['172.1.0.4:6080', '"[2001:db8::4]"']), 'bad-port 6:12'],
    ['IPv4 in brackets', vary(gatewayText, ['172.1.0.4:6080', '"[172.1.0.4]:6080"']), 'bad-address 6:12'],
    ['a bracket that is not closed', vary(gatewayText, ['172.1.0.4:6080', '"[2001:db8::4:6080"']), 'bad-address 6:12'],
    ['IPv4 as IPv6', vary(gatewayText, ['172.1.0.4:6080', '"[::ffff:172.1.0.4]:6080"']), 'bad-address 6:12'],
    ['a zone', vary(gatewayText, ['172.1.0.4:6080', '"[fe80::4%eth0]:6080"']), 'bad-address 6:12'],
    ['a link-local address', vary(gatewayText, ['172.1.0.4:6080', '"[fe80::4]:6080"']), 'bad-address 6:12'],
    ['the last link-local address', vary(gatewayText, ['172.1.0.4:6080', '"[febf::4]:6080"']), 'bad-address 6:12'],
    ['a multicast IPv6 address', vary(gatewayText, ['172.1.0.4:6080', '"[ff02::1]:6080"']), 'bad-address 6:12'],
    ['the unspecified IPv6 address', vary(gatewayText, ['172.1.0.4:6080', '"[::]:6080"']), 'bad-address 6:12'],
    ['the broadcast address', vary(gatewayText, ['172.1.0.4:6080', '255.255.255.255:6080']), 'bad-address 6:12'],
    ['ends of two families', v6(fixedText), 'mixed-families 7:13'],
    ['a node that learns, in IPv6', vary(nodeText, ['172.1.0.4:6080', '"[::]:0"']), 'remote-needed 7:13'],

    ['less than IPv6 carries', tunnelFields(v6(gatewayText), 'mtu: 1279'), 'wrong-value 7:10'],
    ['less than the format knows', tunnelFields(v6(gatewayText), 'mtu: 575'), 'wrong-value 7:10'],
    ['what IPv6 carries at least', tunnelFields(v6(gatewayText), 'mtu: 1280')],
    [
      'both families and less than IPv6 carries',
      tunnelFields(v6(fixedText), 'mtu: 576'),
      'wrong-value 7:10',
      'mixed-families 8:13',
    ],

    [
      'source and sign with the keyed header',
      tunnelFields(fixedText, 'header: keyed', 'source: strict', 'sign: {key: a}'),
    ],
    ['local ports with the short header', tunnelFields(fixedText, 'header: short', 'sourcePort: local')],
    ['the short header and a learned remote', tunnelFields(gatewayText, 'header: short'), 'short-header 8:5'],
    [
      'the short header and what needs a key',
      tunnelFields(fixedText, 'header: short', 'source: by-key', 'sourcePort: flow-hash', 'sign: {key: abc}'),
      'short-header 8:5',
      'short-header 9:5',
      'short-header 10:5',
    ],
    [
      'ports of flows where pings must come from one',
      tunnelFields(nodeText, 'ping: {interval: 1s}', 'sourcePort: flow-hash'),
      'conflicting-fields 8:5',
    ],

    ['text for sign', tunnelFields(gatewayText, 'sign: Pa55w0rd'), 'wrong-type 7:11'],
    ['a number for sign', tunnelFields(gatewayText, 'sign: 0755'), 'wrong-type 7:11'],
    ['sign without key', tunnelFields(gatewayText, 'sign: {required: true}'), 'missing-field 7:11'],
    ['sign with a misspelled field', tunnelFields(gatewayText, 'sign: {key: a, require: true}'), 'unknown-field 7:20'],
    ['a signing key that is a number', tunnelFields(gatewayText, 'sign: {key: 5}'), 'key-not-text 7:17'],
    [
      'a signing key that is too long',
      tunnelFields(gatewayText, `sign: {key: ${'x'.repeat(17)}}`),
      'key-too-long 7:17',
    ],
    ['required that is text', tunnelFields(gatewayText, 'sign: {key: a, required: always}'), 'wrong-type 7:30'],

    ['a prefix with host bits', tunnelFields(gatewayText, 'allowFrom: [10.0.0.1/8]'), 'bad-prefix 7:17'],
    ['an IPv6 prefix with host bits', tunnelFields(gatewayText, 'allowFrom: [2001:db8::1/32]'), 'bad-prefix 7:17'],
    ['an address for a prefix', tunnelFields(gatewayText, 'allowFrom: [10.0.0.1]'), 'bad-prefix 7:17'],
    ['a prefix that is too long', tunnelFields(gatewayText, 'allowFrom: [10.0.0.0/33]'), 'bad-prefix 7:17'],
    ['an IPv6 prefix that is too long', tunnelFields(gatewayText, 'allowFrom: ["::/129"]'), 'bad-prefix 7:17'],
    ['a prefix with a mask', tunnelFields(gatewayText, 'allowFrom: [10.0.0.0/255.0.0.0]'), 'bad-prefix 7:17'],
    ['a prefix that is a name', tunnelFields(gatewayText, 'allowFrom: [office]'), 'bad-prefix 7:17'],
    ['a prefix that is a number', tunnelFields(gatewayText, 'allowFrom: [10]'), 'wrong-type 7:17'],
    ['a prefix that is no list', tunnelFields(gatewayText, 'allowFrom: 10.0.0.0/8'), 'wrong-type 7:16'],
    ['no prefix in the list', tunnelFields(gatewayText, 'allowFrom: []'), 'wrong-value 7:16'],
    [
      'nine prefixes',
      tunnelFields(gatewayText, `allowFrom: [${Array(9).fill('10.0.0.0/8').join(', ')}]`),
      'wrong-value 7:16',
    ],
    [
      'each prefix that is wrong',
      tunnelFields(gatewayText, 'allowFrom: [10.0.0.0/8, 10.0.0.1/8, 11.0.0.0/7]'),
      'bad-prefix 7:29',
      'bad-prefix 7:41',
    ],
    ['a negative limit on moves', tunnelFields(gatewayText, 'movesPerMinute: -1'), 'wrong-value 7:21'],
    [
      'what a fixed remote has no use for',
      tunnelFields(fixedText, 'allowFrom: [10.0.0.0/8]', 'movesPerMinute: 5'),
      'remote-fixed 7:5',
      'remote-fixed 8:5',
    ],
    [
      'what only a gateway can have',
      tunnelFields(nodeText, 'allowFrom: [10.0.0.0/8]', 'movesPerMinute: 5', 'sign: {key: abc, required: true}'),
      'only-on-gateway 7:5',
      'only-on-gateway 8:5',
      'only-on-gateway 9:22',
    ],
  ])('has %s', async (_, text, ...problems) => {
    expect(await problemsOf(text)).toEqual(problems);
  });

  it.each([
    ['the prefix that was meant', 'allowFrom: [10.1.2.3/9]', 'write 10.0.0.0/9'],
    ['the IPv6 prefix that was meant', 'allowFrom: [2001:db8:ff::1/33]', 'write 2001:db8::/33'],
    ['an address as a prefix', 'allowFrom: [10.1.2.3]', 'write 10.1.2.3/32'],
    ['an IPv6 address as a prefix', 'allowFrom: ["2001:DB8::1"]', 'write 2001:db8::1/128'],
    ['a field of sign', 'sign: {key: a, require: true}', 'did you mean required?'],
  ])('is told %s', async (_, field, hint) => {
    const { problems } = await read(tunnelFields(gatewayText, field));
    expect(problems.map((one) => one.hint)).toEqual([hint]);
  });

  it.each([
    ['[::ffff:1.2.3.4]:80', 'that is an IPv4 address, write it as one: 1.2.3.4:80'],
    ['[1.2.3.4]:80', 'brackets are for IPv6: write 1.2.3.4:80'],
    ['[fe80::1%eth0]:80', 'leave out the zone, from the % on: link-local addresses are not taken'],
    ['[fe80::1]:80', 'use a global address of the host, or a unique local one (fd00::/8)'],
    ['2001:db8::4', 'an IPv6 address stands in brackets before its port, all of it in quotes: "[2001:db8::4]:6080"'],
    ['[2001:db8::4]', 'write it like "[2001:db8::4]:6080"'],
    ['[2001:db8::10000]:80', 'write it like "[2001:db8::4]:6080"'],
    ['224.0.0.1:80', 'write it like 172.1.0.4:6080'],
  ])('is told how to write %s', async (written, hint) => {
    const { problems } = await read(vary(gatewayText, ['172.1.0.4:6080', JSON.stringify(written)]));
    expect(problems.map((one) => one.hint)).toEqual([hint]);
  });

  // As `local` such a name would be an interface's.
  it('has no names of hosts as remote', async () => {
    const { problems } = await read(vary(nodeText, ['remote: 172.1.0.4:6080', 'remote: gateway.example:80']));
    expect(problems.map((one) => one.hint)).toEqual(['write the address as numbers; names are not looked up']);
  });

  const second = `  - id: 200
    local: "172.1.0.4:6080"
    remote: 172.1.0.3:6080
`;
  const withSecond = (text: string, more: string) => vary(text, ['services:', `${second}${more}services:`]);

  it.each<Row>([
    [
      'two with the short header',
      withSecond(tunnelFields(fixedText, 'header: short'), '    header: short\n'),
      'short-header 11:13',
    ],
    ['the first with the short header', withSecond(tunnelFields(fixedText, 'header: short'), ''), 'short-header 11:13'],
    ['the second with the short header', withSecond(fixedText, '    header: short\n'), 'short-header 10:13'],
    ['both with keys', withSecond(fixedText, '')],
    [
      'the short header and another port',
      vary(withSecond(tunnelFields(fixedText, 'header: short'), ''), ['.3:6080\nservices', '.3:6081\nservices']),
    ],
    ['the short header beside one that learns', withSecond(gatewayText, '    header: short\n')],
  ])('shares its two ends with another: %s', async (_, text, ...problems) => {
    expect(await problemsOf(text)).toEqual(problems);
  });

  it('shares its two ends with another in whatever spelling', async () => {
    const [local, remote] = ['"[2001:db8::4]:6080"', '"[2001:db8::3]:6080"'];
    const text = vary(gatewayText, ['172.1.0.4:6080', local], ['learned', remote]);
    const other = `  - id: 200\n    local: "[2001:DB8:0:0::4]:6080"\n    remote: "[2001:db8::0:3]:6080"\n    header: short\n`;
    expect(await problemsOf(vary(text, ['services:', `${other}services:`], ['5.5.5.5', '5.5.5.6']))).toEqual([
      'short-header 10:13',
    ]);
  });
});
