// What would make an operator's first try fail although the file is right: routes, forwarding, rp_filter, MTU.
// Reads the host, changes nothing; each is a warning at the line that it is about.
import type { Host, HostInterface } from '../datapath/port.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { type Family, familyOf, type Ip } from '../net/ip.ts';
import { type Place, type Problem, problem } from '../problem.ts';
import type { ResolvedInterface } from '../tables/table.ts';
import { flagBits, type Service, type Topology } from '../topology/topology.ts';
import { leastMtu, overheadOfTunnel } from './path-mtu.ts';

/** Hosts with many services would ask the kernel for a route 100,000 times: distinct addresses only, and no more than these. */
const addressesAsked = 256;
/** A route that is missing for one service is missing for many: the rest of a kind is a number. */
const shownOfAKind = 10;

/** @param pathMtus by id, of tunnels whose file gives none */
export function hostWarnings(
  topology: Topology,
  interfaces: readonly ResolvedInterface[],
  asked: Host,
  pathMtus: ReadonlyMap<number, number>,
): Problem[] {
  const host = askingOnce(asked);
  return [
    ...localWarnings(topology, interfaces, host, host.interfaces()),
    ...routeWarnings(topology, interfaces, host, host.interfaces()),
    ...forwardingWarnings(topology, interfaces, host),
    ...filterWarnings(topology, interfaces, host),
    ...mtuWarnings(topology, host),
    ...roomProblems(topology, pathMtus),
  ].reduce<Problem[]>(withinReason, []);
}

/** The last that is shown of a kind says that there are more. */
function withinReason(shown: Problem[], one: Problem): Problem[] {
  const alike = shown.filter(({ code }) => code === one.code);
  if (alike.length < shownOfAKind) return [...shown, one];
  const last = alike.at(-1);
  const more = ' (there are more like this one)';
  return shown.map((other) =>
    other === last && !other.message.endsWith(more) ? { ...other, message: other.message + more } : other,
  );
}

/** Several warnings are about the same routes, and tunnels share remotes; an answer of the kernel costs 0.1 ms. */
function askingOnce(host: Host): Host {
  const routes = new Map<string, ReturnType<Host['route']>>();
  return {
    ...host,
    route(destination) {
      if (!routes.has(destination)) routes.set(destination, host.route(destination));
      return routes.get(destination);
    },
  };
}

function warning(code: Parameters<typeof problem>[0], message: string, place: Place, hint: string): Problem {
  return problem(code, message, { place, hint }, 'warning');
}

/** Answers of the far end come to `local`: where that is nobody's address, nothing comes back. */
function localWarnings(
  topology: Topology,
  interfaces: readonly ResolvedInterface[],
  host: Host,
  here: readonly HostInterface[],
): Problem[] {
  const attached = new Set(interfaces.map(({ ifindex }) => ifindex));
  const own = here.filter(({ ifindex }) => attached.has(ifindex)).flatMap(({ addresses }) => addresses);
  const hint = own.length ? `addresses of the listed interfaces are ${own.join(', ')}` : 'add the address to this host';
  const asked = new Set<string>();
  const problems: Problem[] = [];
  for (const { id, local, place } of topology.tunnels) {
    if (asked.has(local.ip)) continue;
    if (asked.size === addressesAsked) break;
    asked.add(local.ip);
    if (host.route(local.ip)?.local) continue;
    const what = `local ${formatEndpoint(local)} of tunnel ${id}`;
    problems.push(warning('local-missing', `${what} is not an address of this host: nothing comes back`, place, hint));
  }
  return problems;
}

function routeWarnings(
  topology: Topology,
  interfaces: readonly ResolvedInterface[],
  host: Host,
  here: readonly HostInterface[],
): Problem[] {
  const attached = new Set(interfaces.map(({ ifindex }) => ifindex));
  const names = interfaces.map(({ name }) => name).join(', ');
  const nameOf = (ifindex: number): string =>
    here.find((one) => one.ifindex === ifindex)?.name ?? `interface ${ifindex}`;
  const problems: Problem[] = [];
  const leaves = (ip: Ip, what: string, place: Place): void => {
    const route = host.route(ip);
    if (!route)
      problems.push(
        warning(
          'no-route',
          `no route to ${what}: such packets never reach the egress hook`,
          place,
          `add one: ip route add ${hostPrefix(ip)} via NEXT-HOP dev ${interfaces[0]?.name ?? 'eth0'}`,
        ),
      );
    else if (!route.local && !attached.has(route.ifindex))
      problems.push(
        warning(
          'no-route',
          `${what} is routed through ${nameOf(route.ifindex)}, and only ${names} would be attached`,
          place,
          `list ${nameOf(route.ifindex)} under interfaces, or route it through ${names}`,
        ),
      );
  };
  for (const tunnel of topology.tunnels)
    if (tunnel.remote !== 'learned')
      leaves(tunnel.remote.ip, `remote ${formatEndpoint(tunnel.remote)} of tunnel ${tunnel.id}`, tunnel.place);

  const asked = new Set<string>();
  for (const service of topology.services) {
    const ip = topology.role === 'gateway' ? service.proxy.ip : service.endpoint.ip;
    if (asked.has(ip)) continue;
    if (asked.size === addressesAsked) break;
    asked.add(ip);
    if (topology.role === 'gateway') {
      const what = `proxy ${ip} of service "${service.name}"`;
      if (host.route(ip)?.local)
        problems.push(
          warning(
            'proxy-local',
            `${what} is an address of this host: the stack delivers its packets here, and none is carried`,
            service.place,
            'give proxy an address that is routed to this host and is on none of its interfaces',
          ),
        );
      else leaves(ip, what, service.place);
    } else if (!host.route(ip))
      problems.push(
        warning(
          'endpoint-unreachable',
          `endpoint ${ip} of service "${service.name}" is neither an address of this host nor routed`,
          service.place,
          `add the address (ip address add ${hostPrefix(ip)} dev lo) or a route to it`,
        ),
      );
  }
  return problems;
}

function hostPrefix(ip: Ip): string {
  return `${ip}/${familyOf(ip) === 4 ? 32 : 128}`;
}

const forwarding: Readonly<Record<Family, string>> = { 4: 'net.ipv4.ip_forward', 6: 'net.ipv6.conf.all.forwarding' };

function forwardingWarnings(topology: Topology, interfaces: readonly ResolvedInterface[], host: Host): Problem[] {
  const { role, services, tunnels, place } = topology;
  const asks = interfaces.some(({ flags }) => flags.egress & flagBits.egress.fib);
  const forwarded = role === 'gateway' ? services : services.slice(0, addressesAsked).filter(isElsewhere(host));
  const needed = new Set([
    ...forwarded.map(({ proxy }) => familyOf(proxy.ip)),
    ...(asks ? tunnels.map(({ local }) => familyOf(local.ip)) : []),
  ]);
  return ([4, 6] as const)
    .filter((family) => needed.has(family) && host.sysctl(forwarding[family]) === '0')
    .map((family) =>
      warning(
        'forwarding-off',
        `IPv${family} forwarding is off: packets of clients are dropped before they reach a tunnel`,
        place,
        `turn it on: sysctl -w ${forwarding[family]}=1`,
      ),
    );
}

function isElsewhere(host: Host): (service: Service) => boolean {
  return ({ endpoint }) => host.route(endpoint.ip)?.local === false;
}

/** Requests of dso services come from clients that are not routed back through the tunnel's interface. IPv6 has no such filter. */
function filterWarnings(topology: Topology, interfaces: readonly ResolvedInterface[], host: Host): Problem[] {
  const dso = topology.services.find(({ mode, proxy }) => mode === 'dso' && familyOf(proxy.ip) === 4);
  if (!dso) return [];
  const all = Number(host.sysctl('net.ipv4.conf.all.rp_filter') ?? 0);
  return interfaces.flatMap(({ name }) => {
    const setting = `net.ipv4.conf.${name.replaceAll('.', '/')}.rp_filter`;
    const own = Number(host.sysctl(setting) ?? 0);
    return Math.max(all, own) === 1
      ? [
          warning(
            'strict-rp-filter',
            `rp_filter is strict on ${name}: requests of dso service "${dso.name}" may be dropped`,
            dso.place,
            `make it loose: sysctl -w ${setting}=2`,
          ),
        ]
      : [];
  });
}

/** What is longer than the path carries vanishes without a word; the path's own MTU is what a file gets that says none. */
function mtuWarnings(topology: Topology, host: Host): Problem[] {
  return topology.tunnels.flatMap(({ id, remote, mtuBytes, place }) => {
    if (mtuBytes === 'path' || remote === 'learned') return [];
    const route = host.route(remote.ip);
    return route && !route.local && route.mtuBytes < mtuBytes
      ? [
          warning(
            'mtu-too-small',
            `tunnel ${id} has mtu ${mtuBytes}, and the path to its remote carries ${route.mtuBytes} bytes: longer packets would be lost`,
            place,
            `raise the underlay's MTU, write mtu: ${route.mtuBytes}, or leave mtu out`,
          ),
        ]
      : [];
  });
}

/** No IPv6 packet may be told to be shorter than 1280 bytes: what does not fit then is lost for good. */
function roomProblems({ tunnels, services }: Topology, pathMtus: ReadonlyMap<number, number>): Problem[] {
  const least = leastMtu[6];
  const users = new Map<number, Service>();
  for (const service of services)
    if (familyOf(service.proxy.ip) === 6) for (const id of service.tunnels) if (!users.has(id)) users.set(id, service);
  return tunnels.flatMap((tunnel) => {
    const { id, mtuBytes, place } = tunnel;
    const user = users.get(id);
    const mtu = mtuBytes === 'path' ? pathMtus.get(id) : mtuBytes;
    const overhead = overheadOfTunnel(tunnel);
    if (!user || mtu === undefined || mtu - overhead >= least) return [];
    const of = mtuBytes === 'path' ? `a path of ${mtu} bytes` : `mtu ${mtu}`;
    const message = `tunnel ${id} has ${of}, which leaves ${mtu - overhead} to the packets in it: those of IPv6 service "${user.name}" need ${least}`;
    const hint = `it takes ${least + overhead} bytes: raise ${mtuBytes === 'path' ? "the underlay's MTU" : 'mtu'}, or give the service another tunnel`;
    return [problem('mtu-too-small', message, { place, hint }, mtuBytes === 'path' ? 'warning' : 'error')];
  });
}
