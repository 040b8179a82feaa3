// The short header of TrueIngress 0.25+: each role talks to an independent peer (test/support/tools/short-peer.c), which was
// written from PROTOCOL.md and shares no code with the product. It plays the other host.
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { addressesOf, addressOf, endpointOf, families, type HostName } from '../support/lab-network.ts';
import { setOffload } from '../support/lab-paths.ts';
import type { Running } from '../support/lab-process.ts';
import { apply, combinations, inFamily, verdict, web } from '../support/lab-topology.ts';
import { bulkBothWays, cameWhole, fetchPage } from '../support/lab-traffic.ts';
import { bearable, soon } from '../support/patience.ts';

const peerTool = 'build/tools/short-peer';
const bulk = bearable(3_000_000);

/** The peer needs it. */
function whyNoTun(): string | undefined {
  if (existsSync('/dev/net/tun')) return undefined;
  const reason = 'no /dev/net/tun: the module tun is not loaded';
  if (process.env.REQUIRE_KERNEL === '1') throw new Error(`tests of the short header may not be skipped: ${reason}`);
  console.warn(`tests of the short header skipped: ${reason}`);
  return reason;
}

describe.skipIf(whyNoLab() ?? whyNoTun())('a tunnel with the short header', () => {
  let lab: Lab;
  let peer: Running | undefined;
  beforeAll(async () => {
    lab = await raiseLab();
    // The peer reads what a wire would carry: veth alone passes on checksums that nobody has computed.
    await setOffload(lab, 'without checksum offload behind the client');
  });
  afterEach(async () => {
    await peer?.end();
    peer = undefined;
  });
  afterAll(async () => {
    await lab.destroy();
  });

  /** The far end of tunnel 300 on a host, behind a device `short0` that carries what the tunnel takes. */
  const startPeer = async (host: HostName, local: string, remote: string, more: readonly string[] = []) => {
    const ends = ['-l', endpointOf(local, 6080), '-r', endpointOf(remote, 6080)];
    const running = lab.spawn(host, [peerTool, '-d', 'short0', ...ends, '-i', '300', ...more]);
    await running.says('ready');
    await lab.ip(host, ['link', 'set', 'short0', 'mtu', '1400', 'addrgenmode', 'none', 'up']);
    peer = running;
    return running;
  };

  test.each(combinations)('gateway to an independent node, $inner in $outer', async ({ inner, outer }) => {
    const service = inFamily(web, inner);
    const { gateway1, node1 } = addressesOf[outer];
    await startPeer('node1', node1, gateway1, ['-p']);
    // That node has no translation: its server is asked by the proxy's own address.
    await lab.ip('node1', ['address', 'replace', addressOf(service.proxy), 'dev', 'short0']);
    await lab.ip('node1', ['route', 'replace', addressesOf[inner].client, 'dev', 'short0']);
    const server = lab.spawn('node1', [
      process.execPath,
      'test/support/tools/server.mjs',
      'independent',
      service.proxy,
    ]);
    await server.says(`listening on ${service.proxy}`);
    const tunnel = { id: 300, local: endpointOf(gateway1, 6080), remote: endpointOf(node1, 6080) };
    await apply(lab, 'gateway1', {
      tunnels: [{ ...tunnel, header: 'short' }],
      services: [{ ...service, tunnel: 300 }],
    });
    expect((await fetchPage(lab, `http://${service.proxy}/`)).body).toContain('Hello from independent');
    expect(await bulkBothWays(lab, `http://${service.proxy}`, bulk)).toEqual(cameWhole(bulk));
    await server.end();
    const { stdout = '' } = (await peer?.end()) ?? {};
    expect(JSON.parse(stdout.split('\n')[1] ?? '')).toMatchObject({ strange: 0 });
  });

  test.each(families)('node to an independent gateway over %s', async (outer) => {
    const { gateway2, node1 } = addressesOf[outer];
    await startPeer('gateway2', gateway2, node1);
    for (const inner of families)
      await lab.ip('gateway2', ['route', 'replace', addressOf(inFamily(web, inner).proxy), 'dev', 'short0']);
    const tunnel = { id: 300, local: endpointOf(node1, 6080), remote: endpointOf(gateway2, 6080) };
    const services = families.map((inner) => ({ ...inFamily(web, inner), tunnel: 300 }));
    await apply(lab, 'node1', { tunnels: [{ ...tunnel, header: 'short' }], services });
    for (const inner of families) {
      const { clientByGateway2 } = addressesOf[inner];
      const page = await fetchPage(lab, `http://${inFamily(web, inner).proxy}/`, { address: clientByGateway2 });
      expect(page.body).toContain(`Hello from node1`);
      expect(page.body).toContain(`to ${clientByGateway2}`);
    }
    const { stdout = '' } = (await peer?.end()) ?? {};
    expect(JSON.parse(stdout.split('\n')[1] ?? '')).toMatchObject({ strange: 0 });
  });

  test('takes nothing from elsewhere than its remote', async () => {
    const { gateway1, node1, gateway2 } = addressesOf.IPv4;
    await apply(lab, 'gateway1', {
      tunnels: [{ id: 300, local: endpointOf(gateway1, 6080), remote: endpointOf(node1, 6080), header: 'short' }],
      services: [{ ...web, tunnel: 300 }],
    });
    const before = await verdict(lab, 'gateway1', 'ingress', 'bad-header');
    const accepted = await verdict(lab, 'gateway1', 'ingress', 'ping-accepted');
    await startPeer('gateway2', gateway2, gateway1, ['-p']);
    await expect.poll(() => verdict(lab, 'gateway1', 'ingress', 'bad-header'), soon).toBe(before + 1);
    expect(await verdict(lab, 'gateway1', 'ingress', 'ping-accepted')).toBe(accepted);
  });
});
