// What the short header rules out between items: it names a tunnel and no service, so that its data is told by the two ends of
// the tunnel and by the proxy alone (PROTOCOL.md section 1). What it rules out within one tunnel is tunnels.ts.
import { canonicalEndpoint } from '../net/endpoint.ts';
import { complain } from './complaints.ts';
import { type Part, titleOf, whereIs } from './shape.ts';
import type { Role } from './topology.ts';

export function isShort({ value }: Part): boolean {
  return value.header === 'short';
}

/** Whatever comes from the remote of such a tunnel is read as short: no other tunnel may lie between the same ends. */
export function checkShortTunnels(tunnels: readonly Part[]): void {
  if (!tunnels.some(isShort)) return;
  const firsts = new Map<string, Part>();
  for (const part of tunnels) {
    const { local, remote } = part.value;
    if (typeof local !== 'string' || typeof remote !== 'string' || part.complaints.isFull()) continue;
    const ends = `${canonicalEndpoint(local)} ${canonicalEndpoint(remote)}`;
    const first = firsts.get(ends);
    if (!first) firsts.set(ends, part);
    else if (isShort(first) || isShort(part))
      complain(
        part,
        'short-header',
        `${titleOf(part)} lies between the ends of ${titleOf(first)}, and one of them has the short header`,
        {
          path: ['remote'],
          hint: `the first is at ${whereIs(first)}; the short header needs a pair of ends of its own, such as another port`,
        },
      );
  }
}

export function checkShortServices(services: readonly Part[], tunnels: readonly Part[], role: Role | undefined): void {
  const short = new Set(tunnels.filter(isShort).map(({ value }) => value.id));
  if (short.size === 0) return;
  for (const part of services) {
    const { tunnel, via, echo } = part.value;
    const ids: readonly unknown[] = Array.isArray(tunnel) ? tunnel : [tunnel];
    const id = ids.find((one) => short.has(one));
    if (id === undefined || part.complaints.isFull()) continue;
    const title = `${titleOf(part)} travels through tunnel ${id} with the short header and`;
    if (role === 'gateway' && via !== undefined && via !== 'any')
      complain(part, 'short-header', `${title} says via`, {
        path: ['via'],
        hint: 'leave it out: its replies are told by the proxy alone, wherever the request entered',
      });
    if (echo === 'carry')
      complain(part, 'short-header', `${title} carries echo`, {
        path: ['echo'],
        hint: 'use echo: answer, or a tunnel with the keyed header: an echo reply does not say whose it is',
      });
  }
}
