// VLAN tags: beside the frame, where kernels with VLAN devices keep them, and inside the frame, where a raw socket puts them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint, Port } from '../../src/net/endpoint.ts';
import { parseIp } from '../../src/net/ip.ts';
import { buildUdp } from '../../src/packet/transport.ts';
import { tagged } from '../../src/packet/vlan.ts';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import type { Frame } from '../support/lab-capture.ts';
import { addressesOf, addressOf, endpointOf, type Family, families } from '../support/lab-network.ts';
import { sleep } from '../support/lab-process.ts';
import { applyAll, applyBoth, combinations, echo, inFamily, tunnel100, verdict, web } from '../support/lab-topology.ts';
import { fetchPage } from '../support/lab-traffic.ts';
import { taggedAddresses, taggedDevice, tagUnderlay, vlan, whyNoVlan } from '../support/lab-vlan.ts';
import { patience, soon } from '../support/patience.ts';

describe.skipIf(whyNoLab())('a tag inside the frame', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test.each(combinations)('stays outside of the tunnel, $inner in $outer', async ({ inner, outer }) => {
    const service = inFamily(echo, inner);
    await applyBoth(lab, [service], outer);
    const before = await verdict(lab, 'node1', 'ingress', 'decapsulated');
    const source = endpointAt(addressesOf[inner].client, 40_000);
    const destination = endpointAt(addressOf(service.proxy), 3100);
    const frame = buildUdp({ source, destination, payload: new TextEncoder().encode('tagged') });
    const file = lab.write('frame', tagged(frame, vlan));
    // The program, too, must send it to somebody who is there.
    await lab.exec('gateway1', ['ping', '-n', '-c', '1', addressesOf[outer].node1]);
    const capture = await lab.capture('wire', 'u-gateway1');
    await lab.exec('gateway1', ['build/tools/frame-send', 'eth0', file]);
    const { frames } = await capture.stop();
    const ours = frames.filter((one) => one.vlan === vlan);
    expect(ours).toMatchObject([{ kind: 'gue-data', destination: addressesOf[outer].node1 }]);
    await expect.poll(() => verdict(lab, 'node1', 'ingress', 'decapsulated'), soon).toBe(before + 1);
  });
});

describe.skipIf(whyNoLab())('a tag of the underlay', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
  });
  afterAll(async () => {
    await lab.destroy();
  });

  /** Of the server, tagged, as a frame that the node's program takes into the tunnel; the client's capture of what comes out. */
  async function answerOver(inner: Family): Promise<readonly Frame[]> {
    const source = endpointAt(addressOf(inFamily(echo, inner).endpoint), 4000);
    const destination = endpointAt(addressesOf[inner].client, 40_000);
    const frame = buildUdp({ source, destination, payload: new TextEncoder().encode('tagged') });
    const file = lab.write('answer', tagged(frame, vlan));
    const wire = await lab.capture('wire', 'u-gateway1', `vlan ${vlan}`);
    const capture = await lab.capture('client', 'eth0', 'udp port 40000 or vlan');
    await lab.exec('node1', ['build/tools/frame-send', 'eth0', file]);
    await sleep(300 * patience);
    expect((await wire.stop()).frames).toMatchObject([{ kind: 'gue-data', vlan }]);
    return (await capture.stop()).frames;
  }

  test.each(families)('is no part of what `fwd` sends on by another interface, %s', async (inner) => {
    const services = [inFamily(echo, inner)];
    await applyAll(lab, {
      node1: { tunnels: [tunnel100.node], services },
      gateway1: { tunnels: [tunnel100.gateway], services, flags: { ingress: ['fwd'], egress: ['fib'] } },
    });
    await lab.exec('node1', ['ping', '-n', '-c', '1', addressesOf.IPv4.gateway1]);
    const arrived = [{ destination: addressesOf[inner].client, sourcePort: 3100, vlan: 0 }];
    await lab.exec('gateway1', ['ping', '-n', '-c', '1', addressesOf[inner].client]);
    expect(await answerOver(inner)).toMatchObject(arrived);
    await lab.ip('gateway1', ['neigh', 'flush', 'dev', 'eth1']);
    expect(await answerOver(inner)).toMatchObject(arrived);
  });
});

describe.skipIf(whyNoLab() ?? whyNoVlan()).each(['eth0', taggedDevice])('VLAN devices, programs on %s', (device) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
    await tagUnderlay(lab);
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test.each(families)('pages come and go with a tag on every packet, over %s', async (outer) => {
    const { gateway1, node1 } = taggedAddresses[outer];
    const [near, far] = [endpointOf(gateway1, 6080), endpointOf(node1, 6080)];
    const services = families.map((inner) => inFamily(web, inner));
    const parts = { services, interfaces: [device], flags: {} };
    await applyAll(lab, {
      node1: { ...parts, tunnels: [{ id: 100, local: far, remote: near }] },
      gateway1: { ...parts, tunnels: [{ id: 100, local: near, remote: far }] },
    });
    const capture = await lab.capture('wire', 'underlay', `vlan ${vlan}`);
    for (const { proxy } of services) expect(await fetchPage(lab, `http://${proxy}/`)).toMatchObject({ status: 200 });
    const { frames } = await capture.stop();
    expect(frames.filter((one) => one.kind === 'gue-data' && one.vlan === vlan).length).toBeGreaterThan(10);
  });
});

function endpointAt(address: string, port: number): Endpoint {
  const ip = parseIp(address);
  if (ip === undefined) throw new Error(`${address} is no address`);
  return { ip, port: port as Port };
}
