// Ends of tunnels that are an interface's address: which one it is now. Pure.
import type { HostInterface } from '../datapath/port.ts';
import { familyOf, type Ip } from '../net/ip.ts';
import { type Problem, problem } from '../problem.ts';
import { keyAt, type Rows, valueAt } from '../tables/rows.ts';
import { tunnel } from '../tables/tunnel.ts';
import type { LocalInterface, Topology, Tunnel } from '../topology/topology.ts';
import { listed } from '../topology/wording.ts';
import { missing } from './interfaces.ts';

export interface ResolvedLocals {
  /** Every tunnel with an address of its own. */
  readonly topology: Topology;
  readonly problems: readonly Problem[];
}

/**
 * Of several addresses the one that tunnels live on stays as long as the interface has it; otherwise the first in the kernel's
 * order, those that come and go (temporary, deprecated, not yet checked for duplicates) behind the others.
 */
export function resolveLocals(
  topology: Topology,
  here: readonly HostInterface[],
  live: Rows | undefined,
): ResolvedLocals {
  if (topology.tunnels.every(({ localFrom }) => localFrom === 'address')) return { topology, problems: [] };
  const used = live ? localsOf(live, topology) : new Set<Ip>();
  const problems: Problem[] = [];
  const found = new Map<string, Ip | undefined>();
  const addressOf = (from: LocalInterface, one: Tunnel): Ip | undefined => {
    const name = `${from.interface}/${from.family}`;
    if (!found.has(name)) {
      const { ip, problem: said } = choose(from, one, here, used);
      if (said) problems.push(said);
      found.set(name, ip);
    }
    return found.get(name);
  };
  const tunnels = topology.tunnels.map((one): Tunnel => {
    const ip = one.localFrom === 'address' ? undefined : addressOf(one.localFrom, one);
    return ip === undefined ? one : { ...one, local: { ...one.local, ip }, localFrom: 'address' };
  });
  return { topology: { ...topology, tunnels }, problems };
}

interface Chosen {
  readonly ip: Ip | undefined;
  readonly problem?: Problem;
}

/** No VLAN of an interface is called so. */
const hostName = /\.[a-z]{2,}$/i;
const notLookedUp =
  "names of hosts are not looked up: write one of this host's addresses, or an interface that has one";

function choose(
  { interface: name, family }: LocalInterface,
  { id, place }: Tunnel,
  here: readonly HostInterface[],
  used: ReadonlySet<string>,
): Chosen {
  const found = here.find((one) => one.name === name);
  if (!found) {
    const absent = missing(`interface "${name}" (local of tunnel ${id})`, place, here);
    return { ip: undefined, problem: hostName.test(name) ? { ...absent, hint: notLookedUp } : absent };
  }
  const own = (found.addresses as readonly Ip[]).filter((ip) => familyOf(ip) === family);
  const [ip] = [...own.filter((one) => used.has(one)), ...own];
  const title = `local of tunnel ${id} is the IPv${family} address of ${name}`;
  if (ip === undefined)
    return {
      ip,
      problem: problem('local-without-address', `${title}, which has none`, {
        place,
        hint: hintFor(name, family, found),
      }),
    };
  if (own.length === 1) return { ip };
  const message = `${title}, which has ${own.length}: ${listed(own, 'and', 5)}; it is ${ip}`;
  const hint = 'it stays as long as the interface has it; write the address itself if another one is meant';
  return { ip, problem: problem('local-ambiguous', message, { place, hint }, 'warning') };
}

function hintFor(name: string, family: 4 | 6, { addresses }: HostInterface): string {
  const other = family === 4 ? 6 : 4;
  return addresses.length > 0
    ? `it has ${listed([...addresses], 'and', 5)}: write ${other === 6 ? `${name}/6` : name} for IPv${other}`
    : 'a daemon (trueingress watch) waits for it; link-local IPv6 addresses do not count';
}

/** Those of tunnels that the topology still has. */
function localsOf(rows: Rows, { tunnels }: Topology): Set<Ip> {
  const ids = new Set(tunnels.map(({ id }) => id));
  const locals = new Set<Ip>();
  for (let at = 0; at < rows.count; at++)
    if (ids.has(tunnel.key.decode(keyAt(rows, at)).id)) locals.add(tunnel.value.decode(valueAt(rows, at)).localIp);
  return locals;
}
