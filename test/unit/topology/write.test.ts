import { describe, expect, it } from 'vitest';
import type { Service } from '../../../src/topology/topology.ts';
import { printTopology } from '../../../src/topology/write.ts';
import { gatewayText, mustRead, nodeText, vary } from './texts.ts';

const schemaLine = '# yaml-language-server: $schema=../schemas/topology.schema.json\n';

describe('printing a topology', () => {
  it('gives the text that it was read from, when nothing in that is default', async () => {
    const text =
      schemaLine +
      vary(
        nodeText,
        ['role: node', 'role: node\ninterfaces: [eth0]\nflags:\n  egress: [fib]\n'],
        ['services', '\nservices'],
      );
    expect(await printTopology(await mustRead(text), { keys: 'show' })).toBe(text);
  });

  it('leaves keys out unless they are to be shown', async () => {
    const text = await printTopology(await mustRead(gatewayText), { keys: 'keep' });
    expect(text).toContain('    key: keep\n');
    expect(text).not.toContain('Pa55');
  });

  it('says what is known of learned remotes behind them, and header lines above', async () => {
    const text = await printTopology(await mustRead(gatewayText), {
      keys: 'keep',
      learned: new Map([[100, '192.0.2.7:6080, 3s ago']]),
      header: ['Exported from epic-1.'],
      schema: 'topology.schema.json',
    });
    expect(text).toMatch(
      /^# Exported from epic-1\.\n# yaml-language-server: \$schema=topology\.schema\.json\napiVersion/,
    );
    expect(text).toContain('    remote: learned # 192.0.2.7:6080, 3s ago\n');
  });

  it.each([
    ['printable text', 'Pa55w0rd', 'Pa55w0rd'],
    ['text that looks like a number', '12345', '"12345"'],
    ['text that looks like keep', 'keep', '"hex:6b656570000000000000000000000000"'],
    ['text that looks like hexadecimal', 'hex:61', '"hex:6865783a363100000000000000000000"'],
    ['text with a colon', 'a: b', '"hex:613a2062000000000000000000000000"'],
    ['bytes that are no text', '\u0001', '"hex:01000000000000000000000000000000"'],
  ])('shows a key of %s', async (_, key, shown) => {
    const topology = await mustRead(gatewayText);
    const bytes = new Uint8Array(16);
    bytes.set(Buffer.from(key));
    const services = topology.services.map((one): Service => ({ ...one, key: { kind: 'bytes', bytes } }));
    const text = await printTopology({ ...topology, services }, { keys: 'show' });
    expect(text).toContain(`    key: ${shown}\n`);
    expect((await mustRead(text)).services[0]?.key).toEqual({ kind: 'bytes', bytes });
  });

  it.each(['yes', 'null', '0755', '1:30', '~', 'a: b', '# x', '- x', '&a', 'ünï', ' x ', '"', "it's"])(
    'prints the label %s so that every reader takes it for text',
    async (name) => {
      const topology = await mustRead(gatewayText);
      const text = await printTopology(
        { ...topology, services: topology.services.map((one) => ({ ...one, name })) },
        { keys: 'show' },
      );
      expect(text).toContain(`  - name: ${JSON.stringify(name)}\n`);
      expect((await mustRead(text)).services[0]?.name).toBe(name);
    },
  );

  it('keeps key references, times, interfaces with flags of their own', async () => {
    const text =
      schemaLine +
      vary(
        nodeText,
        ['role: node', 'role: node\ninterfaces:\n  - eth0\n  - name: eth1\n    flags:\n      egress: [fib]\n'],
        ['services', '\nservices'],
        [
          '    remote: 172.1.0.4:6080',
          '    remote: 172.1.0.4:6080\n    remoteId: 7\n    mtu: 9000\n    ping:\n      interval: 90s',
        ],
        ['key: Pa55w0rd1234567', 'key:\n      file: keys/web'],
      );
    expect(await printTopology(await mustRead(text), { keys: 'show' })).toBe(
      text.replace('\ninterfaces', '\n\ninterfaces'),
    );
  });

  it('says everything that a tunnel and a service can say, keys included where they are to be shown', async () => {
    const gateway =
      schemaLine +
      `apiVersion: trueingress/v1
name: epic-1
role: gateway
interfaces: [eth0]
flags:
  ingress: [fwd, dump]
  egress: [fwd, dump, fib]

tunnels:
  - id: 100
    local: "[2001:db8::4]:6080"
    remote: "[2001:db8::3]:6080"
    remoteId: 7
    header: short
  - id: 200
    local: 172.1.0.4:6080
    remote: learned
    source: strict
    sourcePort: flow-hash
    sign:
      key: Secret
      required: true
    allowFrom: [203.0.113.0/24, 2001:db8::/32]
    movesPerMinute: 10

services:
  - name: web
    group: 2
    id: 1
    protocol: tcp
    proxy: "[2001:db8::5]:3100"
    tunnel: 200
    via: eth1
    key: NewKey
    previousKey:
      file: old.key
    echo: carry
  - name: web-local
    group: 2
    id: 2
    protocol: tcp
    proxy: "[2001:db8::5]:3100"
    tunnel: 200
    via: local
    key: "hex:000102030405060708090a0b0c0d0e0f"
`;
    expect(await printTopology(await mustRead(gateway), { keys: 'show' })).toBe(gateway);
    const kept = await printTopology(await mustRead(gateway), { keys: 'keep' });
    expect(kept).toBe(
      vary(
        gateway,
        ['key: Secret', 'key: keep'],
        ['key: NewKey', 'key: keep'],
        ['previousKey:\n      file: old.key', 'previousKey: keep'],
        ['key: "hex:000102030405060708090a0b0c0d0e0f"', 'key: keep'],
      ),
    );
    expect((await mustRead(kept)).services[0]?.previousKey).toEqual({ kind: 'keep' });
  });

  it('says what a service of a node can say, and not that pings of a node are required to be signed', async () => {
    const text =
      schemaLine +
      vary(
        nodeText,
        ['    remote: 172.1.0.4:6080\n', '    remote: 172.1.0.4:6080\n    sign:\n      key: Secret\n'],
        ['    key: Pa55w0rd1234567\n', '    key: Pa55w0rd1234567\n    fallback: pass\n    echo: carry\n'],
        ['services', '\nservices'],
        ['role: node\n', 'role: node\n\n'],
      );
    expect(await printTopology(await mustRead(text), { keys: 'show' })).toBe(text);
  });
});
