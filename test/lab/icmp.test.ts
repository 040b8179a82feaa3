// ICMP through tunnels: echo to a proxy's address, and errors about what a tunnel carried.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { clearText, describeFrame } from '../support/lab-capture.ts';
import { run } from '../support/lab-process.ts';
import { applyBoth, combinations, echo, inFamily, verdict, web } from '../support/lab-topology.ts';
import { patience } from '../support/patience.ts';

const addressIn = (endpoint: string): string => endpoint.replace(/^\[|\]?:\d+$/g, '');

describe.skipIf(whyNoLab())('ICMP', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
  });
  afterAll(async () => {
    await lab.destroy();
  });

  /** Of three echo requests, how many were answered: "3 packets transmitted, 3 received". */
  const answered = async (address: string): Promise<number> => {
    const ping = ['ping', '-n', '-c', '3', '-i', '0.2', '-W', String(patience), address];
    const { stdout } = await run([...lab.enter('client'), ...ping]);
    return Number(/(\d+) received/.exec(stdout)?.[1] ?? Number.NaN);
  };

  test.each(combinations)('echo is answered by the gateway, $inner in $outer', async ({ inner, outer }) => {
    const service = inFamily(web, inner);
    await applyBoth(lab, [{ ...service, echo: 'answer' }], outer);
    const capture = await lab.capture('wire', 'underlay');
    expect(await answered(addressIn(service.proxy))).toBe(3);
    const { frames } = await capture.stop();
    expect(frames.filter(({ kind }) => kind === 'gue-data')).toEqual([]);
    expect(clearText(frames).map(describeFrame)).toEqual([]);
    expect(await verdict(lab, 'gateway1', 'egress', 'echo-answered')).toBeGreaterThanOrEqual(3);
  });

  test.each(combinations)("echo is carried to the endpoint's host, $inner in $outer", async ({ inner, outer }) => {
    const service = inFamily(web, inner);
    await applyBoth(lab, [{ ...service, echo: 'carry' }], outer);
    const capture = await lab.capture('wire', 'underlay');
    expect(await answered(addressIn(service.proxy))).toBe(3);
    const { frames } = await capture.stop();
    expect(frames.filter(({ kind }) => kind === 'gue-data')).toHaveLength(6);
    expect(clearText(frames).map(describeFrame)).toEqual([]);
  });

  test.each(combinations)('port unreachable reaches the client, $inner in $outer', async ({ inner, outer }) => {
    const deaf = inFamily({ ...echo, endpoint: '1.1.1.1:4999' }, inner);
    await applyBoth(lab, [deaf], outer);
    const capture = await lab.capture('wire', 'underlay');
    const sender = ['build/tools/udp-send', '-t', deaf.proxy, '-r', '20', '-n', '5', '-s', '5'];
    const { errors }: { errors: number } = JSON.parse(await lab.exec('client', sender));
    const { frames } = await capture.stop();
    expect(errors).toBeGreaterThan(0);
    expect(clearText(frames).map(describeFrame)).toEqual([]);
  });
});
