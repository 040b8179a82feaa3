// A tunnel's end that is an interface's address: how it is written, read and printed, and what stands in for it.
import { describe, expect, it } from 'vitest';
import { familyOf, notOfHost } from '../../../src/net/ip.ts';
import { formatLocal, parseLocalInterface, standIn } from '../../../src/topology/locals.ts';
import { printTopology } from '../../../src/topology/write.ts';
import { gatewayText, mustRead, problemsOf, vary } from './texts.ts';

const withLocal = (text: string): string => vary(gatewayText, ['172.1.0.4:6080', text]);

describe('local: eth0:6080', () => {
  it.each([
    ['eth0:6080', 'eth0', 4],
    ['eth0/4:6080', 'eth0', 4],
    ['eth0/6:6080', 'eth0', 6],
    ['eth0.100:6080', 'eth0.100', 4],
    ['6to4:6080', '6to4', 4],
    ['wlp0s20f3u1u4c2:6080', 'wlp0s20f3u1u4c2', 4],
  ])('%s is the address of an interface', async (text, name, family) => {
    const [tunnel] = (await mustRead(withLocal(text))).tunnels;
    expect(tunnel).toMatchObject({ localFrom: { interface: name, family }, local: { port: 6080 } });
    expect(familyOf(tunnel?.local.ip ?? standIn({ interface: name, family: 4 }))).toBe(family);
  });

  it.each([
    '172.1.0.4:6080',
    '172.1.0.400:6080',
    '172.1.0:6080',
    '"[2001:db8::4]:6080"',
    'fd00::4:6080',
    'eth0:0',
    'eth0:70000',
    'eth0',
    'eth0/5:6080',
    'sixteen-letters-:6080',
    '"eth 0:6080"',
  ])('%s is not', (text) => {
    expect(parseLocalInterface(text.replaceAll('"', ''))).toBeUndefined();
  });

  it('is of the family that a remote must have', async () => {
    const text = vary(gatewayText, ['172.1.0.4:6080', 'eth0/6:6080'], ['remote: learned', 'remote: 172.1.0.3:6080']);
    expect(await problemsOf(text)).toEqual(['mixed-families 7:13']);
  });

  it('may not stand where a remote is written', async () => {
    expect(await problemsOf(vary(gatewayText, ['learned', 'eth0:6080']))).toEqual(['bad-address 7:13']);
  });

  it('P12: is printed as it was written', async () => {
    for (const text of ['eth0:6080', 'eth0/6:6081']) {
      const topology = await mustRead(withLocal(text));
      const printed = await printTopology(topology, { keys: 'show' });
      expect(printed).toContain(`local: ${text}\n`);
      expect((await mustRead(printed)).tunnels).toEqual([{ ...topology.tunnels[0], place: expect.anything() }]);
    }
  });

  it('has a stand-in that could be an end and that no host has, another for another interface', () => {
    const names = Array.from({ length: 500 }, (_, at) => ({ interface: `eth${at}` }));
    for (const family of [4, 6] as const) {
      const all = names.map((one) => standIn({ ...one, family }));
      expect(new Set(all).size).toBe(names.length);
      expect(all.every((ip) => familyOf(ip) === family && notOfHost(ip) === undefined)).toBe(true);
      expect(all.every((ip) => (family === 4 ? ip.startsWith('240.') : ip.startsWith('100::')))).toBe(true);
    }
  });

  it('is formatted with another port too', async () => {
    const [tunnel] = (await mustRead(withLocal('eth0/6:6080'))).tunnels;
    expect(tunnel && formatLocal(tunnel, 7000 as typeof tunnel.local.port)).toBe('eth0/6:7000');
  });
});
