// Keys of the two ends: each end must accept what the other sends. A key is never shown; two that differ are told by fingerprints.
import { formatPlace, type Problem, problem } from '../problem.ts';
import type { KeyDigest } from '../topology/key-digest.ts';
import type { ResolvedKey } from '../topology/topology.ts';
import type { Pairs, ServicePair, TunnelPair, TwoEnds } from './pairs.ts';
import { announces } from './tunnel-agreement.ts';
import { serviceTitle } from './words.ts';

/** What an end sends, and what it takes. */
interface Held {
  readonly key: ResolvedKey | undefined;
  readonly previous: ResolvedKey | 'none' | undefined;
}

export function keyFindings(ends: TwoEnds, { services, tunnels }: Pairs, fingerprint: KeyDigest): Problem[] {
  const short = new Set(tunnels.filter(({ gateway }) => gateway.header === 'short').map(({ gateway }) => gateway.id));
  return services.flatMap((pair) =>
    pair.gateway.tunnels.every((id) => short.has(id)) ? [] : servicesKeys(ends, pair, fingerprint),
  );
}

function servicesKeys(ends: TwoEnds, pair: ServicePair, fingerprint: KeyDigest): Problem[] {
  const { gateway, node } = ends;
  const near: Held = { key: gateway.keys.services[pair.atGateway], previous: gateway.keys.previous[pair.atGateway] };
  const far: Held = { key: node.keys.services[pair.atNode], previous: node.keys.previous[pair.atNode] };
  const title = serviceTitle(pair.gateway);
  const there = `the node's is at ${formatPlace(pair.node.place)}`;
  if (near.key === 'keep' || far.key === 'keep')
    return [
      problem(
        'ends-key',
        `${title}: keys are not compared, one end says keep or has its key elsewhere`,
        { place: pair.gateway.place, hint: `give both ends the key; ${there}` },
        'warning',
      ),
    ];
  const say = (sender: string, sent: Uint8Array, taker: string, taken: Held): Problem => {
    const takes = [taken.key, taken.previous].filter((key) => key instanceof Uint8Array).map(fingerprint);
    const message = `${title}: the ${sender} sends key ${fingerprint(sent)}, and the ${taker} takes ${takes.join(' and ')}`;
    return problem('ends-key', message, {
      place: pair.gateway.place,
      hint: `such packets are dropped (bad-key); fingerprints are of this run only; ${there}`,
    });
  };
  return [
    ...(near.key && !takes(far, near.key) ? [say('gateway', near.key, 'node', far)] : []),
    ...(far.key && !takes(near, far.key) ? [say('node', far.key, 'gateway', near)] : []),
  ];
}

/** What is kept is not known here: it may be the one. */
function takes({ key, previous }: Held, sent: Uint8Array): boolean {
  return previous === 'keep' || isSame(key, sent) || isSame(previous, sent);
}

function isSame(key: ResolvedKey | 'none' | undefined, other: Uint8Array): boolean {
  return key instanceof Uint8Array && Buffer.compare(key, other) === 0;
}

export function signingFindings(ends: TwoEnds, { tunnels }: Pairs, fingerprint: KeyDigest): Problem[] {
  return tunnels.filter(announces).flatMap((pair) => signing(ends, pair, fingerprint));
}

function signing({ gateway, node }: TwoEnds, pair: TunnelPair, fingerprint: KeyDigest): Problem[] {
  const near = gateway.keys.signing[pair.atGateway] ?? 'none';
  const far = node.keys.signing[pair.atNode] ?? 'none';
  const title = `tunnel ${pair.node.id}`;
  const say = (what: string, hint: string): Problem[] => [
    problem('ends-ping', `${title}: ${what}`, {
      place: pair.node.place,
      hint: `${hint}; the gateway's is at ${formatPlace(pair.gateway.place)}`,
    }),
  ];
  if (far !== 'none' && near === 'none')
    return say(
      'its pings are signed, and the gateway has no key to check them',
      'such pings are dropped (ping-refused): write sign on both',
    );
  const { sign } = pair.gateway;
  if (far === 'none' && sign !== 'none' && sign.required)
    return say('its pings are not signed, and the gateway refuses those', 'write sign: {key: …} here as well');
  if (near instanceof Uint8Array && far instanceof Uint8Array && Buffer.compare(near, far) !== 0)
    return say(
      `its pings are signed with key ${fingerprint(far)}, and the gateway checks with ${fingerprint(near)}`,
      'such pings are dropped (bad-signature)',
    );
  return [];
}
