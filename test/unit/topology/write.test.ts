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
});
