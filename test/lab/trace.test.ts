// trace over what is live: real packets traced give the bytes that really went out, with the lines of the file, and nothing is left.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { apply, hidden, ping, tunnel100, tunnel101, web } from '../support/lab-topology.ts';
import { everyMap, tracePage } from '../support/lab-traced.ts';
import { fetchPage } from '../support/lab-traffic.ts';

describe.skipIf(whyNoLab())('trace', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
  });
  afterAll(async () => {
    await lab.destroy();
  });

  const ask = async (words: readonly string[]) =>
    await lab.trueingress('gateway1', [...words, '-i', lab.instance('gateway1')]);

  test('says of real packets what became of them, to the last byte', async () => {
    const packets = await tracePage(lab);
    expect(packets.filter(({ direction }) => direction === 'egress').length).toBeGreaterThan(2);
    expect(packets.filter(({ direction }) => direction === 'ingress').length).toBeGreaterThan(1);
    for (const { direction, verdict, seen, traced, exitCode } of packets) {
      expect([direction, verdict, exitCode]).toEqual([
        direction,
        direction === 'egress' ? 'encapsulated' : 'decapsulated',
        0,
      ]);
      expect(traced).toBe(seen);
    }
  });

  test('leaves every map of what is live as it was, learned rows and counters too', async () => {
    const before = await everyMap(lab);
    expect(before.length).toBeGreaterThan(1000);
    for (const packet of [
      'tcp 10.0.0.2:40000 > 5.5.5.5:3100',
      'tcp 5.5.5.5:3100 > 10.0.0.2:40000 in tunnel 100',
      'ping tunnel 100',
    ])
      expect((await ask(['trace', packet])).code).toBe(0);
    expect(await everyMap(lab)).toBe(before);
  });

  test('answers as the learned remote of now would have it, and names the line of the applied file', async () => {
    await apply(lab, 'gateway1', { tunnels: [tunnel100.gateway, tunnel101.gateway], services: [web, hidden] });
    await apply(lab, 'node2', { tunnels: [tunnel101.node], services: [{ ...hidden, tunnel: 1 }] });
    const request = ['trace', 'tcp 10.0.0.2:40000 > 5.5.5.6:3100', '--expect', 'encapsulated'];
    expect(await ask(request)).toMatchObject({ code: 1, stdout: expect.stringContaining('expected encapsulated') });
    expect(await ping(lab, 'node2')).toMatchObject({ code: 0 });
    const { code, stdout } = await ask(request);
    expect(code).toBe(0);
    expect(stdout).toMatch(/peer 101 → remote 172\.1\.0\.1:20\d\d\d, heard/);
    expect(stdout).toMatch(/gateway1\.yaml:\d+ {2}service "hidden" \(2\/4\)/);
    expect((await fetchPage(lab, 'http://5.5.5.6:3100/')).body).toContain('Hello from node2');
    const { stdout: told } = await ask(['why', 'tunnel', '101']);
    expect(told).toMatch(/peer 101 → remote 172\.1\.0\.1:20\d\d\d/);
    expect(told).toContain('encap tcp 5.5.5.6:3100 → tunnel 101');
  });
});
