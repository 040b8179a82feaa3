// Which way replies go: back through the gateway that carried the request (FLOW), or straight to the client (dso).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { protocolNumbers } from '../../src/net/endpoint.ts';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { clearText, describeFrame, type Frame, innerPacket } from '../support/lab-capture.ts';
import { addresses } from '../support/lab-network.ts';
import {
  apply,
  applyAll,
  applyBoth,
  echo,
  tryApply,
  tunnel100,
  tunnel200,
  verdict,
  web,
} from '../support/lab-topology.ts';
import { fetchPage, startFlow } from '../support/lab-traffic.ts';

const { tcp, udp } = protocolNumbers;
/** Through a gateway, to one address of the client: what earlier connections repeat is told apart by it and by the protocol. */
const repliesTo = (frames: readonly Frame[], gateway: string, client: string, protocol: number): number =>
  frames
    .filter((one) => one.kind === 'gue-data' && one.source === addresses.node1 && one.destination === gateway)
    .map(innerPacket)
    .filter((inner) => inner[9] === protocol && inner.subarray(16, 20).join('.') === client).length;

describe.skipIf(whyNoLab())('one service on two gateways', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
    const services = [web, echo];
    const shared = services.map((service) => ({ ...service, tunnel: [100, 200] }));
    await applyAll(lab, {
      node1: { tunnels: [tunnel100.node, tunnel200.node], services: shared },
      gateway1: { tunnels: [tunnel100.gateway], services },
    });
    await apply(lab, 'gateway2', {
      tunnels: [tunnel200.gateway],
      services: services.map((service) => ({ ...service, tunnel: 200 })),
    });
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test.each([
    { by: 'gateway1', address: addresses.client, used: addresses.gateway1, unused: addresses.gateway2 },
    { by: 'gateway2', address: addresses.clientByGateway2, used: addresses.gateway2, unused: addresses.gateway1 },
  ])('replies to requests through $by go back through $by', async ({ address, used, unused }) => {
    const capture = await lab.capture('wire', 'underlay');
    const page = await fetchPage(lab, 'http://5.5.5.5:3100/', { address });
    const { frames, missed } = await capture.stop();
    expect(page.body).toContain(`to ${address}`);
    expect(repliesTo(frames, used, address, tcp)).toBeGreaterThan(2);
    expect(repliesTo(frames, unused, address, tcp)).toBe(0);
    expect(clearText(frames).map(describeFrame)).toEqual([]);
    expect(missed).toBe(0);
  });

  test('keeps apart two UDP flows that are carried at once', async () => {
    const common = {
      to: '5.5.5.5:3100',
      at: 'node1',
      endpoint: '1.1.1.1:4000',
      perSecond: 500,
      count: 250,
      seconds: 20,
    } as const;
    const capture = await lab.capture('wire', 'u-gateway2');
    const flow = await startFlow(lab, { ...common, address: addresses.clientByGateway2 });
    const [pages, result] = await Promise.all([fetchPage(lab, 'http://5.5.5.5:3100/bytes/200000'), flow.finished()]);
    const { frames } = await capture.stop();
    expect(pages).toMatchObject({ status: 200, bytes: 200_000 });
    expect(result).toMatchObject({ requests: { sent: 250, received: 250 }, replies: { received: 250 } });
    expect(repliesTo(frames, addresses.gateway2, addresses.clientByGateway2, udp)).toBe(250);
  });
});

describe.skipIf(whyNoLab())('direct server output', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
    await lab.openDirectLink();
    const services = [{ ...web, mode: 'dso' as const }];
    await applyAll(lab, {
      node1: { tunnels: [tunnel100.node], services, interfaces: ['eth0', 'eth1'] },
      gateway1: { tunnels: [tunnel100.gateway], services },
    });
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test('requests come through the tunnel and replies go straight to the client, from the proxy address', async () => {
    const underlay = await lab.capture('wire', 'underlay');
    const street = await lab.capture('wire', 's-node1', 'tcp');
    const page = await fetchPage(lab, 'http://5.5.5.5:3100/bytes/100000');
    const tunnelled = await underlay.stop();
    const direct = await street.stop();
    expect(page).toMatchObject({ status: 200, bytes: 100_000 });
    expect(clearText(tunnelled.frames).map(describeFrame)).toEqual([]);
    expect(repliesTo(tunnelled.frames, addresses.gateway1, addresses.client, tcp)).toBe(0);
    expect(new Set(direct.frames.map(({ source, sourcePort }) => `${source}:${sourcePort}`))).toEqual(
      new Set(['5.5.5.5:3100']),
    );
    expect(await verdict(lab, 'node1', 'egress', 'returned-direct')).toBeGreaterThan(2);
  });

  test('a change of mode back to standard sends replies through the tunnel again', async () => {
    await lab.closeDirectLink();
    await applyBoth(lab, [web]);
    expect((await fetchPage(lab, 'http://5.5.5.5:3100/')).body).toContain('Hello from node1');
  });
});

describe.skipIf(whyNoLab())('a proxy address that is the gateway’s own', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
  });
  afterAll(async () => {
    await lab.destroy();
  });

  // The stack delivers such packets to the gateway itself, and what is delivered here never reaches the egress hook.
  test.each([
    { where: 'on the side of the clients', proxy: '10.0.0.4:3100', interfaces: ['eth0'] },
    {
      where: 'on the side of the clients, which is attached too',
      proxy: '10.0.0.4:3100',
      interfaces: ['eth0', 'eth1'],
    },
  ])('$where is warned of, and carries nothing', async ({ proxy, interfaces }) => {
    const service = { ...web, proxy };
    await apply(lab, 'node1', { tunnels: [tunnel100.node], services: [service] });
    const applied = await tryApply(lab, 'gateway1', { tunnels: [tunnel100.gateway], services: [service], interfaces });
    expect([applied.code, applied.stderr.match(/warning\[[^\]]*\]/g)]).toEqual([0, ['warning[proxy-local]']]);
    const carried = await verdict(lab, 'gateway1', 'egress', 'encapsulated');
    expect(await fetchPage(lab, `http://${proxy}/`)).toMatchObject({ error: 'ECONNREFUSED' });
    expect(await verdict(lab, 'gateway1', 'egress', 'encapsulated')).toBe(carried);
  });

  test('becomes one that is carried when another address takes its place', async () => {
    await applyBoth(lab, [web]);
    expect(await fetchPage(lab, 'http://5.5.5.5:3100/')).toMatchObject({ status: 200 });
  });
});
