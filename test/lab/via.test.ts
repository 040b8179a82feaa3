// `via`: one proxy endpoint, and which tunnel carries a request depends on where it entered the gateway.
//
//   client ── eth1 ┐
//   gateway2 ─ eth2 ├ gateway1 ── tunnel 100 ── node1
//   gateway1 itself ┘          └─ tunnel 101 ── node2
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { families, type HostName } from '../support/lab-network.ts';
import {
  apply,
  applyAll,
  hidden,
  inFamily,
  ping,
  tunnel100,
  tunnel101,
  type WrittenService,
  web,
} from '../support/lab-topology.ts';
import { fetchPage } from '../support/lab-traffic.ts';

/** On node2, at the same proxy endpoint as `web`. */
const twin: WrittenService = { ...hidden, proxy: web.proxy };

describe.skipIf(whyNoLab())('two services with one proxy endpoint', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
    const ends = (number: number) => [`10.0.9.${number}/24`, `2001:db8:109::${number}/64`];
    await lab.connect(
      { host: 'gateway1', device: 'eth2', cidrs: ends(1) },
      { host: 'gateway2', device: 'eth2', cidrs: ends(2) },
    );
    await lab.ip('gateway2', ['route', 'replace', '5.5.5.0/24', 'via', '10.0.9.1']);
    await lab.ip('gateway2', ['-6', 'route', 'replace', '2001:db8:5::/64', 'via', '2001:db8:109::1']);
    const both = (service: WrittenService) => families.map((inner) => inFamily(service, inner));
    await applyAll(lab, {
      node1: { tunnels: [tunnel100.node], services: both(web) },
      node2: { tunnels: [tunnel101.node], services: both({ ...twin, tunnel: 1 }) },
    });
  });
  afterAll(async () => {
    await lab.destroy();
  });

  const applyGateway = async (byNode1: string | undefined, byNode2: string | undefined): Promise<void> => {
    const services = families.flatMap((inner) => [
      { ...inFamily(web, inner), ...(byNode1 && { via: byNode1 }) },
      { ...inFamily(twin, inner), ...(byNode2 && { via: byNode2 }) },
    ]);
    await apply(lab, 'gateway1', { tunnels: [tunnel100.gateway, tunnel101.gateway], services });
    expect(await ping(lab, 'node2')).toMatchObject({ code: 0 });
  };

  const answers = async (from: HostName): Promise<(string | undefined)[]> => {
    const found: (string | undefined)[] = [];
    for (const inner of families) {
      const page = await fetchPage(lab, `http://${inFamily(web, inner).proxy}/`, { from });
      found.push(/Hello from (\w+)/.exec(page.body ?? '')?.[1] ?? page.error);
    }
    return found;
  };

  test('are told apart by the interface through which a request came', async () => {
    await applyGateway('eth1', 'eth2');
    expect(await answers('client')).toEqual(['node1', 'node1']);
    expect(await answers('gateway2')).toEqual(['node2', 'node2']);
  });

  test('the one without via takes what the other does not', async () => {
    await applyGateway(undefined, 'eth2');
    expect(await answers('client')).toEqual(['node1', 'node1']);
    expect(await answers('gateway1')).toEqual(['node1', 'node1']);
    expect(await answers('gateway2')).toEqual(['node2', 'node2']);
  });

  test('local is what the gateway itself asks', async () => {
    await applyGateway(undefined, 'local');
    expect(await answers('gateway1')).toEqual(['node2', 'node2']);
    expect(await answers('client')).toEqual(['node1', 'node1']);
  });
});
