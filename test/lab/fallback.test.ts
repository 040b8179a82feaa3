// `fallback`: what becomes of replies whose request did not come through a tunnel. A health check asks the endpoint directly.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { addressOf, families, inIpv6 } from '../support/lab-network.ts';
import { applyAll, inFamily, tunnel100, type WrittenService, web } from '../support/lab-topology.ts';
import { type FetchOptions, fetchPage } from '../support/lab-traffic.ts';

describe.skipIf(whyNoLab()).each(families)('a health check of an endpoint, %s', (inner) => {
  const service = inFamily(web, inner);
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
    const [net, node] = inner === 'IPv4' ? ['1.1.1.1', '172.1.0.3'] : [inIpv6('1.1.1.1'), inIpv6('172.1.0.3')];
    await lab.ip('router', ['route', 'add', net, 'via', node]);
  });
  afterAll(async () => {
    await lab.destroy();
  });

  const applyServices = async (services: readonly WrittenService[]): Promise<void> => {
    await applyAll(lab, {
      gateway1: { tunnels: [tunnel100.gateway], services },
      node1: { tunnels: [tunnel100.node], services },
    });
  };
  const check = async (options: FetchOptions = {}) =>
    await fetchPage(lab, `http://${service.endpoint}/`, { from: 'router', ...options });
  const ask = async (proxy: string) => await fetchPage(lab, `http://${proxy}/`);

  test('goes into the tunnel and is lost, unless the service says otherwise', async () => {
    await applyServices([service]);
    expect(await ask(service.proxy)).toMatchObject({ status: 200 });
    expect(await check({ timeoutMs: 700 })).toMatchObject({ error: 'TIMEOUT' });
  });

  test('is answered untouched with fallback: pass, while tunnelled requests are answered through the tunnel', async () => {
    await applyServices([{ ...service, fallback: 'pass' }]);
    const capture = await lab.capture('wire', 'u-node1');
    const [checked, page] = await Promise.all([check(), ask(service.proxy)]);
    const { frames } = await capture.stop();
    expect(checked).toMatchObject({ status: 200 });
    expect(page).toMatchObject({ status: 200 });
    const plain = frames.filter(({ source }) => source === addressOf(service.endpoint));
    expect(plain.length).toBeGreaterThan(2);
    expect(frames.filter(({ kind }) => kind === 'gue-data').length).toBeGreaterThan(5);
  });

  test('several services that pass may share the endpoint: each reply goes back as its request came', async () => {
    const other = inFamily({ ...web, name: 'other', id: 8, proxy: '5.5.5.5:3108', key: 'other-key' }, inner);
    await applyServices([
      { ...service, fallback: 'pass' },
      { ...other, fallback: 'pass' },
    ]);
    for (const { proxy } of [service, other]) expect(await ask(proxy)).toMatchObject({ status: 200 });
    expect(await check()).toMatchObject({ status: 200 });
  });
});
