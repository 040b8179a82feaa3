// The daemon while real traffic runs: killed, fed bad files, its interfaces moved, its address changed.
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { addresses } from '../support/lab-network.ts';
import { apply, topologyText, tunnel100, web } from '../support/lab-topology.ts';
import { fetchPage, unharmed } from '../support/lab-traffic.ts';
import { endure, gatewayParts, LabDaemon, localOfTunnel, nodeParts, until } from '../support/lab-watch.ts';

const page = `http://${web.proxy}/`;

describe.skipIf(whyNoLab())('trueingress watch', () => {
  let lab: Lab;
  let daemon: LabDaemon | undefined;
  beforeAll(async () => {
    lab = await raiseLab();
  });
  afterEach(async () => {
    await daemon?.end();
    daemon = undefined;
  });
  afterAll(async () => {
    await lab.destroy();
  });

  const comes = async (): Promise<boolean> => (await fetchPage(lab, page, { timeoutMs: 500 })).status === 200;

  test('loses no packet while it is killed, restarted, fed bad files and its interfaces come and go', async () => {
    const { flow, exit, repaired } = await endure(lab, 6, 10_000);
    expect(flow).toMatchObject(unharmed);
    expect(flow.requests.sent).toBeGreaterThan(1000);
    expect([exit, repaired]).toEqual([0, expect.any(Number)]);
    expect(repaired).toBeGreaterThan(0);
  });

  test('puts the programs on the interface of the tunnel again when that is made anew, and traffic flows', async () => {
    await apply(lab, 'node1', nodeParts);
    daemon = new LabDaemon(lab, 'gateway1', topologyText(lab, 'gateway1', gatewayParts));
    await until('the page comes', comes);
    // The cable is pulled and another one plugged in: the same name, address and route, another index.
    await lab.replug('gateway1', 'eth0');
    await until('the page comes again', comes);
  });

  test('follows the address of local: eth0:6080, at both ends of the tunnel', async () => {
    const moved = '172.1.0.44';
    const at = (address: string) => ({ ...tunnel100.node, remote: `${address}:6080` });
    await apply(lab, 'node1', { ...nodeParts, tunnels: [at(addresses.gateway1)] });
    const parts = { ...gatewayParts, tunnels: [{ ...tunnel100.gateway, local: 'eth0:6080' }] };
    daemon = new LabDaemon(lab, 'gateway1', topologyText(lab, 'gateway1', parts), ['--interval', '24h']);
    await until('the page comes', comes);
    expect(await localOfTunnel(lab, 'gateway1')).toBe(`${addresses.gateway1}:6080`);
    // As a DHCP client does it: the new one first.
    await lab.ip('gateway1', ['address', 'add', `${moved}/24`, 'dev', 'eth0']);
    await lab.ip('gateway1', ['address', 'delete', `${addresses.gateway1}/24`, 'dev', 'eth0']);
    await lab.ip('gateway1', ['address', 'replace', `${moved}/24`, 'dev', 'eth0']);
    await lab.ip('gateway1', ['route', 'replace', '5.5.5.0/24', 'via', '172.1.0.1']);
    const tookMs = await until(
      'the row is the new one',
      async () => (await localOfTunnel(lab, 'gateway1')) === `${moved}:6080`,
    );
    console.info(`new address in TUNNEL ${tookMs.toFixed(0)} ms after the last command`);
    await apply(lab, 'node1', { ...nodeParts, tunnels: [at(moved)] });
    await until('the page comes through the new address', comes);
  });

  test('ends within a second when it is asked to, whatever is done', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const one = new LabDaemon(lab, 'gateway1', topologyText(lab, 'gateway1', gatewayParts));
      await one.says('started');
      expect((await one.end(signal)).code).toBe(0);
    }
  });

  test('goes on with what is live when a file is bad at its start, and takes it when it is good', async () => {
    await apply(lab, 'node1', nodeParts);
    await apply(lab, 'gateway1', gatewayParts);
    await until('the page comes', comes);
    daemon = new LabDaemon(lab, 'gateway1', 'role: [');
    await daemon.says('held');
    expect(await comes()).toBe(true);
    writeFileSync(daemon.path, topologyText(lab, 'gateway1', gatewayParts));
    await daemon.says('the host is as the file says');
    expect(await comes()).toBe(true);
  });
});
