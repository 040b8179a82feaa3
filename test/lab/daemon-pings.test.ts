// The daemon's own pings: a node behind NAT that nobody pings by hand. Its gateway hears it, follows it, and misses it when it is gone.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { startWatch } from '../support/lab-daemon.ts';
import type { Running } from '../support/lab-process.ts';
import { apply, echo, hidden, tunnel101, type WrittenService, type WrittenTunnel } from '../support/lab-topology.ts';
import { fetchPage, startFlow, unharmed } from '../support/lab-traffic.ts';
import { soon } from '../support/patience.ts';

const url = 'http://5.5.5.6:3100/';
const ping = { interval: '300ms' };
const gateway: WrittenTunnel = { ...tunnel101.gateway, ping };
const node: WrittenTunnel = { ...tunnel101.node, ping };
const datagrams: WrittenService = { ...echo, proxy: '5.5.5.6:3100', tunnel: 101 };

describe.skipIf(whyNoLab())('a node behind NAT that only the daemon pings for', () => {
  let lab: Lab;
  let daemon: Running;
  beforeAll(async () => {
    lab = await raiseLab();
    await apply(lab, 'gateway1', { tunnels: [gateway], services: [hidden, datagrams] });
    // The tunnel's port on another address of the host is nobody's business.
    const server = lab.spawn('node2', ['build/tools/udp-sink', '-b', '127.0.0.1:6080', '-s', '120']);
    await server.says('ready');
    daemon = await startWatch(lab, 'node2', {
      tunnels: [node],
      services: [hidden, datagrams].map((one) => ({ ...one, tunnel: 1 })),
    });
  });
  afterAll(async () => {
    await lab.destroy();
  });

  const remote = async () => {
    const { stdout } = await lab.trueingress('gateway1', ['status', '--json', '-i', lab.instance('gateway1')]);
    return JSON.parse(stdout).tunnels[0].learned;
  };
  const body = async (): Promise<string | undefined> => (await fetchPage(lab, url, { timeoutMs: 700 })).body;

  test('is reached without any ping by hand, and is not stale', async () => {
    await expect.poll(body, soon).toContain('Hello from node2');
    expect(await remote()).toMatchObject({ moves: 0, stale: false });
  });

  test('is reached again after the NAT mapping moved', async () => {
    await lab.moveNat();
    await expect.poll(body, soon).toContain('Hello from node2');
    expect((await remote()).moves).toBeGreaterThan(0);
  });

  test('loses no datagram to its own pings, which leave by the port of the tunnel', async () => {
    const before = (await remote()).moves;
    const flow = await startFlow(lab, {
      to: '5.5.5.6:3100',
      at: 'node2',
      endpoint: '1.1.1.1:4000',
      perSecond: 500,
      count: 1500,
      seconds: 20,
    });
    expect(await flow.finished()).toMatchObject(unharmed);
    const { moves, stale } = await remote();
    expect({ moves, stale }).toEqual({ moves: before, stale: false });
  });

  test('is stale when its daemon has been gone for three pings', async () => {
    await daemon.end('SIGTERM');
    await expect.poll(async () => (await remote()).stale, soon).toBe(true);
    const { stdout } = await lab.trueingress('gateway1', ['status', '-i', lab.instance('gateway1')]);
    expect(stdout).toMatch(/ago, stale|now, stale/);
  });
});
