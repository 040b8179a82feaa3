// The network around one topology: what it needs of interfaces, routes, neighbours, settings and of others on its hooks.
import type { HostInterface } from '../datapath/port.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import type { Problem, ProblemCode } from '../problem.ts';
import type { ResolvedInterface } from '../tables/table.ts';
import type { Topology } from '../topology/topology.ts';
import { type Check, type Detail, ok, skipped, unlessAny, warning } from './check.ts';
import type { HookProgram, NetworkFacts } from './facts.ts';

export interface Network {
  readonly topology: Topology;
  readonly interfaces: readonly ResolvedInterface[];
  readonly here: readonly HostInterface[];
  /** Interfaces that do not exist, and what planning warns of: routes, forwarding, rp_filter, MTU, epochs. */
  readonly problems: readonly Problem[];
  readonly facts: NetworkFacts;
  /** Whether a daemon keeps the instance, which sends its pings. */
  readonly daemon: 'runs' | 'none' | 'unknown';
}

export function examineNetwork(network: Network): Check[] {
  return [
    ...byProblem.map(({ name, codes, fine }) => fromProblems(network, name, codes, fine)),
    links(network),
    neighbours(network),
    offloads(network),
    ports(network),
    filters(network),
    others(network),
    ...(network.topology.role === 'node' ? [pings(network)] : []),
  ];
}

/** What planning looks at as well: one check for each kind. */
const byProblem: readonly { readonly name: string; readonly codes: readonly ProblemCode[]; readonly fine: string }[] = [
  { name: 'interfaces', codes: ['interface-missing', 'not-ethernet', 'no-default-route'], fine: 'all are here' },
  { name: 'local-endpoints', codes: ['local-missing'], fine: 'addresses of this host' },
  {
    name: 'routes',
    codes: ['no-route', 'proxy-local', 'endpoint-unreachable'],
    fine: 'to every remote, through attached interfaces',
  },
  { name: 'forwarding', codes: ['forwarding-off'], fine: 'on where it is needed' },
  { name: 'rp-filter', codes: ['strict-rp-filter'], fine: 'in nobody’s way' },
  { name: 'mtu', codes: ['mtu-too-small'], fine: 'paths carry what tunnels send' },
  { name: 'epochs', codes: ['clock-behind'], fine: 'none is ahead of the clock' },
];

function fromProblems({ problems }: Network, name: string, codes: readonly ProblemCode[], fine: string): Check {
  const mine = problems.filter(({ code }) => codes.includes(code));
  const check = unlessAny(
    name,
    mine.map(({ message, hint }): Detail => ({ message, todo: hint && commandIn(hint) })),
    fine,
  );
  return mine.some(({ severity }) => severity === 'error') ? { ...check, result: 'failure' } : check;
}

/** A hint says in words what its command does; here the command alone is wanted. */
function commandIn(hint: string): string {
  return hint.replace(/^[a-z ]+: (?=(sysctl|ip) )/, '');
}

function links({ interfaces, here }: Network): Check {
  const own = interfaces.flatMap(({ ifindex }) => here.find((one) => one.ifindex === ifindex) ?? []);
  const down = own
    .filter(({ up }) => !up)
    .map(({ name }): Detail => ({ message: `${name} is down`, todo: `ip link set ${name} up` }));
  return unlessAny('links', down, own.map(({ name, mtuBytes }) => `${name} up, MTU ${mtuBytes}`).join('; ') || 'none');
}

const broken = new Set(['FAILED', 'INCOMPLETE']);

function neighbours({ facts }: Network): Check {
  if (!facts.neighbours) return skipped('neighbours', 'ip is not there', 'apt-get install iproute2');
  const bad = facts.neighbours
    .filter(({ state }) => state !== undefined && broken.has(state))
    .map(({ remote, nextHop, device, state }): Detail => {
      const message = `${nextHop} on ${device}, the way to remote ${remote}, does not answer (${state})`;
      return { message, todo: `ping -c 3 -I ${device} ${nextHop}` };
    });
  if (facts.neighbours.length === 0) return ok('neighbours', 'no remote that could be asked for');
  const known = facts.neighbours.filter(({ state }) => state !== undefined).length;
  return unlessAny(
    'neighbours',
    bad,
    `${known} of ${facts.neighbours.length} next hops known, the others are asked when needed`,
  );
}

function offloads({ topology, interfaces, facts }: Network): Check {
  if (!facts.offloads) return skipped('offloads', 'ethtool is not there', 'apt-get install ethtool');
  const details: Detail[] = [];
  const found: string[] = [];
  const hasUdp = topology.services.some(({ protocol }) => protocol === 'udp');
  for (const { name } of interfaces) {
    const features = facts.offloads[name] ?? {};
    const on = ['tso', 'gso', 'gro'].filter((feature) => features[feature]);
    found.push(`${name}: ${on.length ? on.join(', ') : 'none'}`);
    if (features.lro)
      details.push({
        message: `${name} joins received packets (LRO): what is forwarded cannot be taken apart again`,
        todo: `ethtool -K ${name} lro off`,
      });
    if (features.gso === false)
      details.push({
        message: `${name} has GSO off: TCP through tunnels is several times slower`,
        todo: `ethtool -K ${name} gso on`,
      });
    if (features.uso && facts.veths.includes(name) && hasUdp)
      details.push({
        message: `${name} is a veth that passes UDP uncut (UDP_SEGMENT, as QUIC sends): out of a tunnel at its other end it is lost`,
        todo: `ethtool -K ${name} tx-udp-segmentation off`,
      });
  }
  return unlessAny('offloads', details, found.join('; '));
}

const anyAddress = new Set(['0.0.0.0', '::']);

/** Programs take GUE off before any socket; a node's own pings are sent from the port. */
function ports({ topology, facts }: Network): Check {
  const locals = new Map(topology.tunnels.map(({ local }) => [formatEndpoint(local), local]));
  const taken = [...locals].filter(([, { ip, port }]) =>
    facts.udpPorts.some((one) => one.port === port && (one.ip === ip || anyAddress.has(one.ip))),
  );
  const details = taken.map(([name, { port }]): Detail => {
    const message =
      topology.role === 'node'
        ? `a socket has ${name}: pings of this node cannot be sent from it`
        : `a socket has ${name}: it hears nothing of what is sent there`;
    return { message, todo: `ss -ulpn sport = :${port}` };
  });
  return unlessAny(
    'ports',
    details,
    `${locals.size} local ${locals.size === 1 ? 'endpoint' : 'endpoints'}, none taken`,
  );
}

function filters({ facts }: Network): Check {
  if (!facts.filters) return skipped('firewall', 'nft is not there, or has nothing to say');
  const details = facts.filters.map((message): Detail => ({ message, todo: 'nft list ruleset' }));
  return unlessAny('firewall', details, 'no rule that would meet tunnels by the looks of it');
}

/** Those in front of ours decide first. */
function others({ interfaces, here, facts }: Network): Check {
  const nameOf = (ifindex: number) => here.find((one) => one.ifindex === ifindex)?.name ?? `interface ${ifindex}`;
  const attached = new Set(interfaces.map(({ ifindex }) => ifindex));
  const front = facts.programs.filter(
    (one, at) => !one.isOwn && attached.has(one.ifindex) && isInFront(facts.programs, at),
  );
  if (front.length === 0) return ok('other-programs', 'none runs before ours');
  return warning(
    'other-programs',
    `${front.length} of others before ours`,
    ...front.map(
      ({ ifindex, direction, kind, id, name }): Detail => ({
        message: `program ${id} (${name}) is on ${nameOf(ifindex)} ${direction} (${kind}): what it takes or drops, ours never sees`,
        todo: `bpftool prog show id ${id}`,
      }),
    ),
  );
}

/** Where none of ours is yet, TCX programs of others are: an apply puts ours behind them. */
function isInFront(programs: readonly HookProgram[], at: number): boolean {
  const one = programs[at];
  if (!one) return false;
  const sameHook = (other: HookProgram) => other.ifindex === one.ifindex && other.direction === one.direction;
  const own = programs.findIndex((other) => other.isOwn && sameHook(other));
  return own < 0 ? one.kind === 'tcx' : at < own;
}

/** A gateway learns where a node is from nothing else. */
function pings({ topology: { name, tunnels }, daemon }: Network): Check {
  const pinging = tunnels.filter(({ pingIntervalMs }) => pingIntervalMs > 0).map(({ id }) => id);
  if (pinging.length === 0) return ok('pings', 'no tunnel sends any');
  if (daemon === 'unknown')
    return skipped('pings', 'only root may ask whether a daemon sends them', 'sudo trueingress doctor');
  const which = `${pinging.length === 1 ? 'tunnel' : 'tunnels'} ${pinging.join(', ')}`;
  if (daemon === 'runs') return ok('pings', `of ${which} are sent by the daemon`);
  return warning('pings', 'no daemon sends them', {
    message: `pings of ${which} are sent by a daemon, and none keeps "${name}" here`,
    todo: `trueingress watch -f FILE, or start its unit; without a daemon: trueingress ping --every 10s -i ${name}`,
  });
}
