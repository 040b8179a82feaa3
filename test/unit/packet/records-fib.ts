// What the kernel answers where the packet records run (test/kernel/records/devices.ts says what routes and neighbours there are), for
// the model.
import { familyOf } from '../../../src/net/ip.ts';
import type { FibAnswer, FibQuestion } from '../../../src/packet/model/tables.ts';
import { vlanBytes } from '../../../src/packet/vlan.ts';
import { clientMac, farMac, ifindexes, nodeMac, wireMac } from '../../kernel/records/fib.ts';

const own = ['172.1.0.4', '172.2.0.4', '172.3.0.4', '2001:db8:1::4', '2001:db8:2::4', '2001:db8:3::4'];
/** By what an address begins with. */
const routes = {
  wire: ['172.1.0.', '2001:db8:1::'],
  far: ['172.3.0.', '10.0.0.', '1.1.1.', '2001:db8:3::', '2001:db8:8::', '2001:db8:9::'],
  refused: ['10.0.1.', '10.0.2.', '10.0.3.', '2001:db8:a1::', '2001:db8:a2::', '2001:db8:a3::'],
} as const;
const neighbours = {
  wire: ['172.1.0.3', '2001:db8:1::3'],
  far: ['10.0.0.9', '1.1.1.1', '2001:db8:9::9', '2001:db8:8::8'],
} as const;
const hops = {
  wire: { sourceMac: wireMac, destinationMac: nodeMac },
  far: { sourceMac: farMac, destinationMac: clientMac },
} as const;
const mtuBytes = 1500;

export function recordsFib({ destination, ifindex, bytes, output }: FibQuestion): FibAnswer {
  const leads = (way: keyof typeof routes): boolean => routes[way].some((start) => destination.startsWith(start));
  if ((ifindex !== ifindexes.wire && ifindex !== ifindexes.far) || leads('refused')) return { kind: 'refused' };
  const device = leads('wire') ? 'wire' : leads('far') ? 'far' : undefined;
  if (own.includes(destination) || !device) return { kind: 'not-forwarded' };
  const through = ifindexes[device];
  if (output && through !== ifindex && familyOf(destination) === 4) return { kind: 'not-forwarded' };
  if (!neighbours[device].some((known) => known === destination)) return { kind: 'no-neighbour', ifindex: through };
  if (bytes > mtuBytes + vlanBytes) return { kind: 'not-forwarded' };
  return { kind: 'success', ifindex: through, ...hops[device] };
}
