// Would the staged generation cut the caller's own ssh connection? That very flow is run through it, both ways, beside the
// generation that it lives under now. What a session through one of our own tunnels needs is asked of FLOW besides.
import type { Datapath, Host, Probe, ProbePacket } from '../datapath/port.ts';
import { type Endpoint, formatEndpoint, protocolNumbers, sameEndpoint } from '../net/endpoint.ts';
import { buildTcp, tcpFlags } from '../packet/transport.ts';
import { KernelError, type Problem, problem, Refusal } from '../problem.ts';
import { flow } from '../tables/learned.ts';
import type { Direction, Topology } from '../topology/topology.ts';
import { ingest } from './ingest.ts';
import type { Plan } from './plan.ts';

/** A TCP connection to this host, as sshd has it. */
export interface Session {
  readonly peer: Endpoint;
  readonly local: Endpoint;
}

/** Of a plan whose slot is staged. Empty: it is not touched, or it does not end on this host. */
export function sessionProblems(datapath: Datapath, host: Host, plan: Plan, session: Session): Problem[] {
  if (!host.route(session.local.ip)?.local) return [];
  return [...tunnelLost(datapath, plan, session), ...otherwiseTreated(datapath, host, plan, session)].slice(0, 1);
}

/** A session that came through a tunnel lives as long as its service has that endpoint and that tunnel. */
function tunnelLost(datapath: Datapath, plan: Plan, session: Session): Problem[] {
  const through = flowOf(datapath, plan, session);
  if (!through) return [];
  const { group, service: id, tunnel } = through;
  const service = plan.topology.services.find((one) => one.group === group && one.id === id);
  const kept = service && sameEndpoint(service.endpoint, session.local) && service.tunnels.includes(tunnel);
  if (kept) return [];
  return [
    cuts(session, `it comes through service ${group}/${id} and tunnel ${tunnel}, which would lead there no more`),
  ];
}

function flowOf(datapath: Datapath, { instance, observation }: Plan, { peer, local }: Session) {
  if (!observation.learned) return undefined;
  const rows = datapath.readLearned(instance, 'flow');
  for (let at = 0; at < rows.count; at++) {
    const key = flow.key.decode(rows.keys, at * rows.keySize);
    if (key.protocol !== protocolNumbers.tcp || key.clientPort !== peer.port || key.clientIp !== peer.ip) continue;
    if (key.endpointIp === local.ip && key.endpointPort === local.port)
      return flow.value.decode(rows.values, at * rows.valueSize);
  }
  return undefined;
}

const ways: Readonly<Record<Direction, string>> = { ingress: 'packets to it', egress: 'packets from it' };

/** What becomes of its packets where they pass our hooks is what becomes of them now; with nothing live: nothing. */
function otherwiseTreated(datapath: Datapath, host: Host, plan: Plan, session: Session): Problem[] {
  const packets = packetsOf(host, plan, session);
  if (packets.length === 0) return [];
  const staged = verdictsOf(datapath.openProbe(plan.instance, plan.slot), packets);
  const now = verdictsNow(datapath, plan, packets) ?? (hasSameOwner(plan, session) ? staged : []);
  return packets.flatMap(({ direction, ifindex }, at) => {
    const [comes, is] = [staged[at] ?? untouched, now[at] ?? untouched];
    if (comes === is) return [];
    const name = plan.interfaces.find((one) => one.ifindex === ifindex)?.name ?? `interface ${ifindex}`;
    return [cuts(session, `${ways[direction]} on ${name} ${direction} would be ${comes}, and are ${is}`)];
  });
}

const untouched = 'pass-not-ours';

function verdictsOf(probe: Probe, packets: readonly ProbePacket[]): string[] {
  try {
    return packets.map((packet) => probe.run(packet).verdict);
  } finally {
    probe.close();
  }
}

/** undefined: a live generation of another build cannot be run beside. */
function verdictsNow(datapath: Datapath, plan: Plan, packets: readonly ProbePacket[]): string[] | undefined {
  const { live, instance } = plan;
  if (!live.slot || live.state === 'resting' || live.state === 'none') return [];
  try {
    return verdictsOf(datapath.openProbe(instance, live.slot.name), packets);
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof KernelError)) throw error;
    return undefined;
  }
}

/** Whether the service that listens where the session ends is the one that did: what it does to the session, it did before. */
function hasSameOwner({ instance, liveRows, topology }: Plan, { local }: Session): boolean {
  const at = ({ services }: Topology) => services.find(({ endpoint }) => sameEndpoint(endpoint, local));
  const [before, after] = [at(ingest(instance, liveRows, () => undefined).topology), at(topology)];
  return before?.group === after?.group && before?.id === after?.id;
}

/** Requests where they come in, replies where they leave, as far as these interfaces are ours. */
function packetsOf(host: Host, { interfaces }: Plan, { peer, local }: Session): ProbePacket[] {
  const leaves = host.route(peer.ip)?.ifindex;
  const holders = new Set(
    host.interfaces().flatMap(({ ifindex, addresses }) => (addresses.includes(local.ip) ? [ifindex] : [])),
  );
  const flags = tcpFlags.psh | tcpFlags.ack;
  const payload = new TextEncoder().encode('own session');
  const inward = buildTcp({ source: peer, destination: local, payload, flags });
  const outward = buildTcp({ source: local, destination: peer, payload, flags });
  return interfaces.flatMap(({ ifindex }): ProbePacket[] => [
    ...(ifindex === leaves || holders.has(ifindex)
      ? [{ direction: 'ingress' as const, ifindex, ingressIfindex: ifindex, frame: inward }]
      : []),
    ...(ifindex === leaves ? [{ direction: 'egress' as const, ifindex, ingressIfindex: 0, frame: outward }] : []),
  ]);
}

function cuts({ peer, local }: Session, why: string): Problem {
  return problem(
    'cuts-ssh',
    `this would cut your own ssh connection (${formatEndpoint(peer)} to ${formatEndpoint(local)}): ${why}`,
    { hint: 'say --allow-cut-ssh if that is meant and you have another way in, such as a console' },
  );
}
