// What a text that has no problems means.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readTopology } from '../../../src/topology/read.ts';
import { gatewayText, head, mustRead, nodeText, vary } from './texts.ts';

const padded = (text: string) => Uint8Array.from({ length: 16 }, (_, at) => text.charCodeAt(at) || 0);

describe('reading', () => {
  it('gives a gateway with its defaults filled in and what it does not store left out', async () => {
    const place = (line: number, column: number) => ({ file: 'a.yaml', line, column });
    expect(await mustRead(gatewayText)).toEqual({
      name: 'epic-1',
      id: 0,
      role: 'gateway',
      interfaces: [],
      flags: { ingress: 1, egress: 1 },
      tunnels: [
        {
          id: 100,
          localFrom: 'address',
          local: { ip: '172.1.0.4', port: 6080 },
          remote: 'learned',
          remoteId: 100,
          pingIntervalMs: 0,
          mtuBytes: 'path',
          header: 'keyed',
          source: 'by-key',
          sourcePort: 'local',
          sign: 'none',
          allowFrom: [],
          movesPerMinute: 0,
          place: place(5, 5),
        },
      ],
      services: [
        {
          name: 'web',
          group: 2,
          id: 1,
          protocol: 'tcp',
          proxy: { ip: '5.5.5.5', port: 3100 },
          endpoint: { ip: '5.5.5.5', port: 3100 },
          tunnels: [100],
          key: { kind: 'bytes', bytes: padded('Pa55w0rd1234567') },
          previousKey: 'none',
          via: 'any',
          fallback: 'first',
          echo: 'pass',
          mode: 'standard',
          far: { endpoint: { ip: '1.1.1.1', port: 4000 }, mode: 'unsaid' },
          place: place(9, 5),
        },
      ],
      leftOut: [],
      expectations: [],
      sourceDigest: Uint8Array.from(createHash('sha256').update(gatewayText).digest()),
      place: place(1, 1),
    });
  });

  it('gives a node its endpoints, tunnels in their order, pings and the far end of each tunnel', async () => {
    const text = vary(
      nodeText,
      ['[100, 200]', '[200, 100]'],
      ['    key:', '    mode: dso\n    key:'],
      [
        '    remote: 172.1.0.5:6080',
        '    remote: 172.1.0.5:6080\n    remoteId: 7\n    mtu: 1400\n    ping: {interval: 1m}',
      ],
    );
    const { tunnels, services } = await mustRead(text);
    expect(services[0]).toMatchObject({ tunnels: [200, 100], mode: 'dso', endpoint: { ip: '1.1.1.1', port: 4000 } });
    expect(tunnels.map(({ remoteId, mtuBytes, pingIntervalMs }) => [remoteId, mtuBytes, pingIntervalMs])).toEqual([
      [100, 'path', 0],
      [7, 1400, 60_000],
    ]);
  });

  it.each([
    ['1ms', 1],
    ['500ms', 500],
    ['10s', 10_000],
    ['1m', 60_000],
    ['24h', 86_400_000],
  ])('takes an interval of %s for %i milliseconds', async (text, ms) => {
    const { tunnels } = await mustRead(vary(nodeText, ['    remote:', `    ping: {interval: ${text}}\n    remote:`]));
    expect(tunnels[0]?.pingIntervalMs).toBe(ms);
  });

  it('sorts interfaces by name, tunnels by id and services by group and id', async () => {
    const { interfaces, tunnels, services } = await mustRead(`${head}interfaces: [eth1, eth0]
tunnels:
  - {id: 9, local: "1.1.1.1:1", remote: learned}
  - {id: 1, local: "1.1.1.1:1", remote: learned}
services:
  - {group: 2, id: 1, protocol: tcp, proxy: "5.5.5.5:1", tunnel: 9, key: a}
  - {group: 1, id: 9, protocol: tcp, proxy: "5.5.5.5:2", tunnel: 9, key: a}
  - {group: 1, id: 2, protocol: tcp, proxy: "5.5.5.5:3", tunnel: 1, key: a}
`);
    expect(interfaces.map(({ name }) => name)).toEqual(['eth0', 'eth1']);
    expect(tunnels.map(({ id }) => id)).toEqual([1, 9]);
    expect(services.map(({ group, id }) => [group, id])).toEqual([
      [1, 2],
      [1, 9],
      [2, 1],
    ]);
  });

  it('labels a service without name by its group and id', async () => {
    const { services } = await mustRead(vary(gatewayText, ['- name: web\n    group', '- group']));
    expect(services[0]?.name).toBe('service-2-1');
  });

  it.each(['0.0.0.0:0', '"[::]:0"', '"[0:0::0]:0"'])('takes %s for learned, as the older tools do', async (remote) => {
    const { tunnels } = await mustRead(vary(gatewayText, ['learned', remote]));
    expect(tunnels[0]?.remote).toBe('learned');
  });

  it('takes any spelling of an IPv6 address for the one that RFC 5952 gives it', async () => {
    const { tunnels, services } = await mustRead(
      vary(
        gatewayText,
        ['172.1.0.4:6080', '"[2001:DB8:0::0:4]:6080"'],
        ['5.5.5.5:3100', '"[2001:db8::192.0.2.1]:3100"'],
        ['1.1.1.1:4000', '"[2001:db8::1]:4000"'],
      ),
    );
    expect(tunnels[0]?.local).toEqual({ ip: '2001:db8::4', port: 6080 });
    expect(services[0]?.proxy).toEqual({ ip: '2001:db8::c000:201', port: 3100 });
  });

  it.each([
    ['nothing', '', 1, 1],
    ['names', 'flags: {egress: [fib]}', 1, 17],
    ['implied names', 'flags: {ingress: [gue], egress: [proxy, fib]}', 1, 17],
    ['numbers', 'flags: {ingress: 1, egress: 17}', 1, 17],
    ['a number in hexadecimal', 'flags: {egress: 0x11}', 1, 17],
    ['zero', 'flags: {ingress: 0, egress: 0}', 1, 1],
    ['every name', 'flags: {ingress: [gue, fwd, dump], egress: [proxy, fwd, dump, fib]}', 13, 29],
    ['every number', 'flags: {ingress: 13, egress: 29}', 13, 29],
    ['fwd, which brings fib at egress and not at ingress', 'flags: {ingress: [fwd], egress: [fwd]}', 5, 21],
    ['fwd as a number', 'flags: {egress: 4}', 1, 21],
    ['dump alone', 'flags: {ingress: 8, egress: [dump]}', 9, 9],
  ])('adds to the flags that a gateway implies: %s', async (_, line, ingress, egress) => {
    expect((await mustRead(`${head}${line}\n`)).flags).toEqual({ ingress, egress });
  });

  it('gives an interface the flags of the file, except where it has its own', async () => {
    const { interfaces } = await mustRead(
      `${head}flags: {egress: [fib]}\ninterfaces: [eth0, {name: eth1, flags: {egress: []}}, {name: eth2}]\n`,
    );
    expect(interfaces.map(({ flags }) => flags.egress)).toEqual([17, 1, 17]);
  });

  it.each<[string, string, object]>([
    ['plain text', 'abc', { kind: 'bytes', bytes: padded('abc') }],
    ['text of 16 bytes', '"0123456789abcdef"', { kind: 'bytes', bytes: padded('0123456789abcdef') }],
    ['base64', 'base64:YWJj', { kind: 'bytes', bytes: padded('abc') }],
    ['base64 without padding', 'base64:YQ', { kind: 'bytes', bytes: padded('a') }],
    ['hexadecimal', 'hex:616263', { kind: 'bytes', bytes: padded('abc') }],
    ['text of several lines, without its last newline', '|\n      abc', { kind: 'bytes', bytes: padded('abc') }],
    ['literal text', '{text: keep}', { kind: 'bytes', bytes: padded('keep') }],
    ['literal text with a prefix', '{text: "hex:61"}', { kind: 'bytes', bytes: padded('hex:61') }],
    ['keep', 'keep', { kind: 'keep' }],
    ['a file', '{file: web.key}', { kind: 'file', path: 'conf/web.key' }],
    ['a file elsewhere', '{file: /etc/web.key}', { kind: 'file', path: '/etc/web.key' }],
    ['a variable', '{env: WEB_KEY}', { kind: 'env', variable: 'WEB_KEY' }],
  ])('takes a key as %s', async (_, written, key) => {
    const text = vary(gatewayText, ['Pa55w0rd1234567', written]);
    const { topology } = await readTopology([{ file: 'conf/a.yaml', text, directory: 'conf' }]);
    expect(topology?.services[0]?.key).toMatchObject(key);
  });

  it('merges anchors with <<, own fields first', async () => {
    const { services } = await mustRead(
      `${gatewayText}  - <<: [*udp, *rest]
    id: 2
    proxy: 5.5.5.6:53
    group: 9
x-never: reached
`.replace(
        'apiVersion',
        'x-udp: &udp {protocol: udp, group: 3}\nx-rest: &rest {protocol: tcp, tunnel: 100, key: abc}\napiVersion',
      ),
    );
    expect(services[1]).toMatchObject({ group: 9, id: 2, protocol: 'udp', tunnels: [100] });
  });

  it('points into the anchor when a merged field is wrong', async () => {
    const { problems } = await readTopology([
      { file: 'a.yaml', directory: '.', text: `x-a: &a {group: 70000}\n${gatewayText.replace('group: 2', '<<: *a')}` },
    ]);
    expect(problems.map(({ place }) => [place?.line, place?.column])).toEqual([[1, 17]]);
  });

  it('joins the lists and flags of several files and lets them repeat equal scalars', async () => {
    const other = `apiVersion: trueingress/v1
name: epic-1
id: 7
interfaces: [eth0]
flags: {egress: [fib]}
tunnels: [{id: 7, local: "1.1.1.1:1", remote: learned}]
services: [{group: 1, id: 1, protocol: udp, proxy: "5.5.5.5:3100", tunnel: 100, key: a}]
`;
    const topology = await mustRead(gatewayText, other);
    expect(topology).toMatchObject({ id: 7, flags: { egress: 17 }, role: 'gateway' });
    expect(topology.tunnels.map(({ id, place }) => [id, place.file])).toEqual([
      [7, '2.yaml'],
      [100, 'a.yaml'],
    ]);
    expect(topology.services.map(({ place }) => place.file)).toEqual(['2.yaml', 'a.yaml']);
  });

  it('reads JSON', async () => {
    const text = JSON.stringify(
      { apiVersion: 'trueingress/v1', name: 'a', role: 'node', interfaces: ['eth0'] },
      null,
      '\t',
    );
    expect((await mustRead(text)).interfaces[0]?.place).toEqual({ file: 'a.yaml', line: 6, column: 3 });
  });

  it('reads hundreds of services that share an anchor', async () => {
    const services = Array.from({ length: 500 }, (_, id) => `  - {<<: *web, id: ${id}, proxy: "5.5.5.5:${id + 1}"}\n`);
    const text = `x-web: &web {group: 1, protocol: tcp, tunnel: 1, key: abc}
${head}tunnels: [{id: 1, local: "1.1.1.1:1", remote: learned}]
services:
${services.join('')}`;
    expect((await mustRead(text)).services).toHaveLength(500);
  });
});
