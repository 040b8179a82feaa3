// Next hops of IPv6, and flag `fwd`: into a tunnel through the interface that the outer packet's route names, and out of one straight
// on to where the packet inside is going (devices.ts says what routes and neighbours there are).
import type { Endpoint } from '../../../src/net/endpoint.ts';
import type { Ip } from '../../../src/net/ip.ts';
import { directionNumbers, roleNumbers } from '../../../src/tables/config.ts';
import { type Direction, flagBits } from '../../../src/topology/topology.ts';
import { errorOn } from './errors.ts';
import {
  deliveredOf,
  type Fields,
  gatewayOf,
  type Kind,
  kindText,
  nodeOf,
  replyOf,
  requestOf,
  sent,
  talkers,
  tcpOf,
  tunnelEnds,
  udpOf,
} from './families.ts';
import { clientMac, farMac, ifindexes, nodeMac, wireMac } from './fib.ts';
import type { DeviceName, PacketRecord, RowSet } from './record.ts';
import { bytes, endpoint, through, tunnelId, tunnelRow } from './scene.ts';
import { passes, type Rest } from './ways.ts';

const redirected = 7;
const next = -1;
const { fib, fwd: egressFwd, proxy: proxyFlag } = flagBits.egress;
const { fwd, gue } = flagBits.ingress;
const toNode = { destinationMac: nodeMac, sourceMac: wireMac };
const toClient = { destinationMac: clientMac, sourceMac: farMac };

const config = (direction: Direction, flags: number): NonNullable<RowSet['config']> =>
  (['wire', 'far', 'quiet'] as const).map((device) => ({
    key: { ifindex: ifindexes[device], direction: directionNumbers[direction] },
    value: { role: roleNumbers.gateway, flags, instanceId: 1, name: 'records' },
  }));

const remotes = {
  4: {
    unresolved: endpoint('172.1.0.77:6080'),
    behindQuiet: endpoint('172.2.0.9:6080'),
    own: endpoint('172.1.0.4:7000'),
    nowhere: endpoint('203.0.113.1:6080'),
  },
  6: {
    unresolved: endpoint('[2001:db8:1::77]:6080'),
    behindQuiet: endpoint('[2001:db8:2::9]:6080'),
    own: endpoint('[2001:db8:1::4]:7000'),
    nowhere: endpoint('[2001:db8:dead::1]:6080'),
  },
} as const;

/** A request that leaves for this remote. */
function leaving(
  kind: Kind,
  name: string,
  flags: number,
  remote: Endpoint,
  device: DeviceName,
  rest: Rest = {},
): PacketRecord {
  const { gateway } = tunnelEnds[kind.outer];
  return passes('to-proxy', kind, `${kindText(kind)}: ${name}`, requestOf(kind), requestOf(kind), {
    rows: gatewayOf(kind, {
      config: config('egress', proxyFlag | flags),
      tunnel: [tunnelRow(tunnelId, gateway, remote)],
    }),
    device,
    egressFeatures: fib | egressFwd,
    out: through(gateway, remote, requestOf(kind)),
    ...rest,
  });
}
const dropped = (kind: Kind, name: string, flags: number, remote: Endpoint, device: DeviceName): PacketRecord =>
  leaving(kind, name, flags, remote, device, { verdict: 'fib-failed', out: requestOf(kind) });

function egress(kind: Kind): PacketRecord[] {
  const { gateway, node } = tunnelEnds[kind.outer];
  const { unresolved, behindQuiet, own, nowhere } = remotes[kind.outer];
  const resolved = through(gateway, node, requestOf(kind), toNode);
  return [
    leaving(kind, 'with fib the frame gets the MAC addresses of the next hop', fib, node, 'wire', { out: resolved }),
    leaving(kind, 'with fib a next hop that is not resolved yet is left to the kernel', fib, unresolved, 'wire', {
      action: redirected,
    }),
    dropped(kind, 'with fib a remote without route is dropped', fib, nowhere, 'wire'),
    dropped(kind, 'with fib a route through another interface does not count', fib, node, 'far'),
    dropped(kind, 'with fib an interface that does not forward drops', fib, behindQuiet, 'quiet'),
    dropped(kind, 'with fib the host itself is no next hop', fib, own, 'wire'),

    leaving(kind, 'with fwd it leaves through the interface of its route', egressFwd, node, 'far', {
      out: resolved,
      action: redirected,
    }),
    leaving(kind, 'with fwd it goes on where its route leads through the same interface', egressFwd, node, 'wire', {
      out: resolved,
    }),
    leaving(kind, 'with fwd a next hop that is not resolved yet is left to the kernel', egressFwd, unresolved, 'far', {
      action: redirected,
    }),
    leaving(kind, 'with fib and fwd it leaves through the interface of its route', fib | egressFwd, node, 'far', {
      out: resolved,
      action: redirected,
    }),
    dropped(kind, 'with fwd a remote without route is dropped', egressFwd, nowhere, 'wire'),
    dropped(kind, 'with fwd an interface that does not forward drops', egressFwd, behindQuiet, 'quiet'),
    dropped(kind, 'with fwd the host itself is no next hop', egressFwd, own, 'wire'),
    leaving(kind, 'without either it goes where it went', 0, node, 'far'),
    leaving(kind, 'flags that the load has off are off', fib | egressFwd, node, 'far', { egressFeatures: 0 }),
  ];
}

/** A reply that comes out of its tunnel on an interface with these flags. */
function arriving(kind: Kind, name: string, before: Uint8Array, after: Uint8Array, rest: Rest = {}): PacketRecord {
  return passes('from-proxy', kind, `${kindText(kind)}: ${name}`, before, after, {
    rows: gatewayOf(kind, { config: config('ingress', gue | fwd) }),
    device: 'wire',
    ingressFeatures: fwd,
    action: redirected,
    ...rest,
  });
}

const clients = {
  4: {
    unresolved: '10.0.0.10',
    nowhere: '203.0.113.5',
    blackhole: '10.0.1.5',
    unreachable: '10.0.2.5',
    prohibited: '10.0.3.5',
    own: '172.1.0.4',
  },
  6: {
    unresolved: '2001:db8:9::10',
    nowhere: '2001:db8:dead::5',
    blackhole: '2001:db8:a1::5',
    unreachable: '2001:db8:a2::5',
    prohibited: '2001:db8:a3::5',
    own: '2001:db8:1::4',
  },
} as const;

function ingress(kind: Kind): PacketRecord[] {
  const { client, proxy, server } = talkers[kind.inner];
  const { unresolved, nowhere, blackhole, unreachable, prohibited, own } = clients[kind.inner];
  const ttl = { ttl: 64 };
  const lowered = { ttl: 63 };
  const to = (ip: string, fields: Fields = {}): Uint8Array =>
    sent(kind.protocol, proxy, { ...client, ip: ip as Ip }, fields);
  const stayed = (name: string, packet: Uint8Array, rest: Rest = {}): PacketRecord =>
    arriving(kind, name, packet, packet, { action: next, ...rest });
  const refused = (name: string, packet: Uint8Array, rest: Rest = {}): PacketRecord =>
    arriving(kind, name, packet, packet, { verdict: 'fib-failed', action: 2, ...rest });
  const [error] = errorOn('from-proxy', kind);
  const [forwardedError] = errorOn('from-proxy', kind, { ...lowered, ...toClient });
  const [request, delivered] = [requestOf(kind), deliveredOf(kind, { ...lowered, ...toClient })];
  return [
    arriving(kind, 'with fwd a reply goes straight on', replyOf(kind, ttl), replyOf(kind, { ...lowered, ...toClient })),
    arriving(
      kind,
      'with fwd the last hop but one goes straight on',
      replyOf(kind, { ttl: 2 }),
      replyOf(kind, { ttl: 1, ...toClient }),
    ),
    arriving(
      kind,
      'with fwd a hop limit of 255 goes straight on',
      replyOf(kind, { ttl: 255 }),
      replyOf(kind, { ttl: 254, ...toClient }),
    ),
    arriving(kind, 'with fwd an error goes straight on, and what it quotes stays', error, forwardedError),
    arriving(
      kind,
      'with fwd a neighbour that is not resolved yet is left to the kernel',
      to(unresolved),
      to(unresolved, lowered),
    ),
    stayed('with fwd what has no hop left goes to the stack', replyOf(kind, { ttl: 1 })),
    stayed('with fwd what had none to begin with goes to the stack', replyOf(kind, { ttl: 0 })),
    stayed('with fwd what is for this host goes to the stack', to(own)),
    stayed('with fwd what has no route goes to the stack', to(nowhere)),
    stayed(
      'with fwd what is too long for the next interface goes to the stack',
      replyOf(kind, { payload: bytes(1600) }),
    ),
    refused('with fwd a black hole drops', to(blackhole)),
    refused('with fwd what cannot be reached is dropped', to(unreachable)),
    refused('with fwd what is prohibited is dropped', to(prohibited)),
    refused('with fwd an interface that does not forward drops what came out of a tunnel', replyOf(kind), {
      device: 'quiet',
    }),
    stayed('an interface without the flag leaves it to the stack', replyOf(kind), {
      rows: gatewayOf(kind, { config: config('ingress', gue) }),
    }),
    stayed('an interface without a CONFIG row leaves it to the stack', replyOf(kind), { device: 'lo' }),
    stayed('a flag that the load has off is off', replyOf(kind), { ingressFeatures: 0 }),
    passes(
      'to-server',
      kind,
      `${kindText(kind)}: with fwd a request goes straight on to the endpoint`,
      request,
      delivered,
      {
        rows: nodeOf(kind, { config: config('ingress', gue | fwd) }),
        device: 'wire',
        ingressFeatures: fwd,
        action: redirected,
      },
    ),
    passes(
      'to-server',
      kind,
      `${kindText(kind)}: with fwd a request for an endpoint on this host goes to the stack`,
      request,
      sent(kind.protocol, client, { ...server, ip: own as Ip }),
      {
        rows: nodeOf(kind, { config: config('ingress', gue | fwd) }, { endpointIp: own as Ip }),
        device: 'wire',
        ingressFeatures: fwd,
      },
    ),
  ];
}

export const forwarding: readonly PacketRecord[] = [
  ...[tcpOf(4), tcpOf(6), tcpOf(6, 4), tcpOf(4, 6)].flatMap(egress),
  ...[tcpOf(4), tcpOf(6), udpOf(6, 4), udpOf(4, 6)].flatMap(ingress),
];
