// How long a packet may be between the ends of each tunnel, where the file leaves it to the path: asked of routes and interfaces;
// and how long one inside then.
import type { Host, HostInterface } from '../datapath/port.ts';
import { type Family, familyOf } from '../net/ip.ts';
import { overheadOf } from '../packet/gue.ts';
import type { ResolvedInterface } from '../tables/table.ts';
import type { Topology, Tunnel } from '../topology/topology.ts';

/** What every path carries (RFC 1122 section 3.3.3, RFC 8200 section 5). */
export const leastMtu: Readonly<Record<Family, number>> = { 4: 576, 6: 1280 };
/** A packet's length has 16 bits. */
const mostMtu = 65535;

/** Outer IP, UDP and GUE. */
export function overheadOfTunnel({ local, header }: Pick<Tunnel, 'local' | 'header'>): number {
  return overheadOf(familyOf(local.ip), header);
}

/** By id, of the tunnels whose file gives none. */
export function pathMtus(
  topology: Topology,
  interfaces: readonly ResolvedInterface[],
  host: Host,
): ReadonlyMap<number, number> {
  const here = host.interfaces();
  const asked = new Map<string, number | undefined>();
  const routeMtu = (ip: string): number | undefined => {
    if (!asked.has(ip)) asked.set(ip, host.route(ip)?.mtuBytes);
    return asked.get(ip);
  };
  const mtus = new Map<number, number>();
  for (const tunnel of topology.tunnels) {
    if (tunnel.mtuBytes !== 'path') continue;
    const bytes =
      (tunnel.remote !== 'learned' && routeMtu(tunnel.remote.ip)) || deviceMtu(tunnel, interfaces, here) || 1500;
    mtus.set(tunnel.id, Math.min(Math.max(bytes, leastMtu[familyOf(tunnel.local.ip)]), mostMtu));
  }
  return mtus;
}

/** Of the interface with the tunnel's local address; where none has it, the least of those attached. */
function deviceMtu(
  { local }: Tunnel,
  interfaces: readonly ResolvedInterface[],
  here: readonly HostInterface[],
): number | undefined {
  const own = here.find(({ addresses }) => addresses.includes(local.ip));
  if (own) return own.mtuBytes;
  const attached = here.filter(({ ifindex }) => interfaces.some((one) => one.ifindex === ifindex));
  return attached.length ? Math.min(...attached.map(({ mtuBytes }) => mtuBytes)) : undefined;
}
