// ICMP through tunnels: echo to a proxy's address, and errors about what a tunnel carried.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { clearText, describeFrame } from '../support/lab-capture.ts';
import { addressOf, families } from '../support/lab-network.ts';
import { run } from '../support/lab-process.ts';
import { applyBoth, echo, inFamily, verdict, web } from '../support/lab-topology.ts';
import { patience, soon } from '../support/patience.ts';

describe.skipIf(whyNoLab()).each(families)('ICMP and a tunnel over %s', (outer) => {
  const pages = families.map((inner) => inFamily(web, inner));
  /** Nobody listens there. */
  const deaf = families.map((inner) => inFamily({ ...echo, endpoint: '1.1.1.1:4999' }, inner));
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
  });
  afterAll(async () => {
    await lab.destroy();
  });

  /** Of three echo requests, how many were answered: "3 packets transmitted, 3 received". */
  const answered = async (address: string): Promise<number> => {
    const ping = ['ping', '-n', '-c', '3', '-i', '0.2', '-W', String(5 * patience), address];
    const { stdout } = await run([...lab.enter('client'), ...ping]);
    return Number(/(\d+) received/.exec(stdout)?.[1] ?? Number.NaN);
  };

  test('echo is answered by the gateway, IPv4 and IPv6', async () => {
    await applyBoth(
      lab,
      pages.map((service) => ({ ...service, echo: 'answer' as const })),
      outer,
    );
    const capture = await lab.capture('wire', 'underlay');
    for (const { proxy } of pages) expect(await answered(addressOf(proxy))).toBe(3);
    const { frames } = await capture.stop();
    expect(frames.filter(({ kind }) => kind === 'gue-data')).toEqual([]);
    expect(clearText(frames).map(describeFrame)).toEqual([]);
    expect(await verdict(lab, 'gateway1', 'egress', 'echo-answered')).toBe(6);
  });

  test("echo is carried to the endpoint's host, IPv4 and IPv6", async () => {
    await applyBoth(lab, [...pages.map((service) => ({ ...service, echo: 'carry' as const })), ...deaf], outer);
    const capture = await lab.capture('wire', 'underlay');
    for (const { proxy } of pages) expect(await answered(addressOf(proxy))).toBe(3);
    const { frames } = await capture.stop();
    expect(frames.filter(({ kind }) => kind === 'gue-data')).toHaveLength(12);
    expect(clearText(frames).map(describeFrame)).toEqual([]);
  });

  test.each(families)('port unreachable reaches the client, %s', async (inner) => {
    await applyBoth(lab, [...pages, ...deaf], outer);
    const capture = await lab.capture('wire', 'underlay');
    const sender = ['build/tools/udp-send', '-t', inFamily(echo, inner).proxy, '-r', '20', '-n', '5', '-s', '5'];
    const errors = async (): Promise<number> => JSON.parse(await lab.exec('client', sender)).errors;
    await expect.poll(errors, soon).toBeGreaterThan(0);
    const { frames } = await capture.stop();
    expect(clearText(frames).map(describeFrame)).toEqual([]);
  });
});
