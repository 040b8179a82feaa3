// A key changed on two hosts while requests go on, in the order of docs/OPERATING.md: for the lab test and for `make evidence`.
import type { Lab } from './lab.ts';
import { apply, echo, tunnel100, type WrittenService, web } from './lab-topology.ts';
import { type Fetched, type FlowResult, fetchPage, startFlow } from './lab-traffic.ts';
import { bearable, patience } from './patience.ts';

export const oldKey = 'the-old-key';
export const newKey = 'the-new-key';

export type Keys = Pick<WrittenService, 'key' | 'previousKey'>;

/** Whoever receives learns a key before anybody sends it, and forgets it after the last one has stopped. */
export const rotation: readonly { readonly host: 'gateway1' | 'node1'; readonly keys: Keys }[] = [
  { host: 'node1', keys: { key: oldKey, previousKey: newKey } },
  { host: 'gateway1', keys: { key: newKey, previousKey: oldKey } },
  { host: 'node1', keys: { key: newKey } },
  { host: 'gateway1', keys: { key: newKey } },
];

export async function applyKeys(lab: Lab, host: 'gateway1' | 'node1', keys: Keys): Promise<void> {
  const tunnel = host === 'gateway1' ? tunnel100.gateway : tunnel100.node;
  await apply(lab, host, { tunnels: [tunnel], services: [web, echo].map((service) => ({ ...service, ...keys })) });
}

export async function applyOldKey(lab: Lab): Promise<void> {
  for (const host of ['node1', 'gateway1'] as const) await applyKeys(lab, host, { key: oldKey });
}

/** Datagrams at a steady rate and pages one after the other, from before the first step until after the last. */
export async function rotateUnderLoad(lab: Lab): Promise<{ readonly flow: FlowResult; readonly pages: Fetched[] }> {
  await applyOldKey(lab);
  const { proxy, endpoint } = echo;
  const load = { perSecond: bearable(5000), count: bearable(400_000), seconds: 80 * patience };
  const flow = await startFlow(lab, { to: proxy, at: 'node1', endpoint, ...load });
  let changing = true;
  const asking = keepAsking(lab, () => changing);
  try {
    for (const { host, keys } of rotation) await applyKeys(lab, host, keys);
  } finally {
    changing = false;
  }
  const pages = await asking;
  return { flow: await flow.stop(), pages };
}

async function keepAsking(lab: Lab, more: () => boolean): Promise<Fetched[]> {
  const pages: Fetched[] = [];
  while (more()) pages.push(await fetchPage(lab, `http://${web.proxy}/`));
  return pages;
}
