// A host in memory: the interfaces of a world, and the routes and sysctls that a test gives it.
import { familyOf, parseIp } from '../../net/ip.ts';
import { parsePrefix, prefixHolds } from '../../net/prefix.ts';
import type { Host } from '../port.ts';
import type { MemoryWorld } from './world.ts';

export interface MemoryRoute {
  /** `0.0.0.0/0` is the IPv4 default route. */
  readonly prefix: string;
  readonly ifindex: number;
  readonly local?: boolean;
  readonly mtuBytes?: number;
}

export interface HostSpec {
  readonly routes?: readonly MemoryRoute[];
  readonly sysctls?: Readonly<Record<string, string>>;
}

export function createMemoryHost(world: MemoryWorld, { routes = [], sysctls = {} }: HostSpec = {}): Host {
  const interfaceAt = (ifindex: number) => world.interfaces.find((one) => one.ifindex === ifindex);
  return {
    interfaces: () => [...world.interfaces],
    defaultRouteInterface: () => {
      const route = routes.find(({ prefix }) => prefix === '0.0.0.0/0');
      return route && interfaceAt(route.ifindex)?.name;
    },
    route(destination) {
      const [longest] = routes
        .filter(({ prefix }) => contains(prefix, destination))
        .sort((a, b) => prefixLength(b.prefix) - prefixLength(a.prefix));
      const through = longest && interfaceAt(longest.ifindex);
      if (!longest || !through) return undefined;
      return {
        ifindex: longest.ifindex,
        local: longest.local ?? false,
        mtuBytes: longest.mtuBytes ?? through.mtuBytes,
      };
    },
    sysctl: (name) => sysctls[name],
    hasTcx: () => world.tcx,
  };
}

function prefixLength(prefix: string): number {
  return Number(prefix.slice(prefix.indexOf('/') + 1));
}

function contains(prefix: string, address: string): boolean {
  const [wanted, ip] = [parsePrefix(prefix), parseIp(address)];
  if (typeof wanted !== 'object') throw new RangeError(prefix);
  if (!ip) return false;
  const { ip: base, bits } = 'meant' in wanted ? wanted.meant : wanted;
  return familyOf(base) === familyOf(ip) && prefixHolds({ ip: base, bits }, ip);
}
