// Node, egress (DATAPATH.md section 3): what a service's endpoint sends gets the proxy's address, and the way back that its request came.
import { type Endpoint, type Port, sameEndpoint } from '../../net/endpoint.ts';
import { familyOf, type Ip } from '../../net/ip.ts';
import { icmpProtocols } from '../icmp.ts';
import { dropped, type ModelAnswer, type ModelPacket, passed } from './answer.ts';
import { remember, withPorts } from './fragments.ts';
import { carriesPorts } from './head.ts';
import { translateEcho, translateError } from './icmp-rewrite.ts';
import type { Packet } from './packet.ts';
import { echoIn, quotedIn } from './quote.ts';
import { remoteOf } from './remote.ts';
import { translate } from './rewrite.ts';
import { type Sending, send, whyUnfit } from './send.ts';
import { clampSegments, fitsIn } from './sizes.ts';
import type { FlowTuple, ModelIdentity, ModelService, ModelTables } from './tables.ts';

/** undefined: not ours. */
export function fromEndpoint(tables: ModelTables, asked: ModelPacket, packet: Packet): ModelAnswer | undefined {
  if (carriesPorts(packet)) return segmentFromEndpoint(tables, asked, packet);
  return errorAboutEndpoint(tables, asked, packet) ?? echoFromEndpoint(tables, asked, packet);
}

function segmentFromEndpoint(tables: ModelTables, asked: ModelPacket, packet: Packet): ModelAnswer | undefined {
  const known = withPorts(tables, packet);
  if (!known) return undefined;
  const { protocol = 0, source: endpoint, destination: client } = known;
  const owner = ownerOf(tables, protocol, endpoint);
  if (!owner) return undefined;
  remember(tables, packet);
  return returned(tables, { asked, packet: known, owner, tuple: { protocol, endpoint, client } }, (frame, { proxy }) =>
    translate(frame, known, 'source', proxy),
  );
}

/** An error about a packet to an endpoint is told as if it were about the proxy. */
function errorAboutEndpoint(tables: ModelTables, asked: ModelPacket, packet: Packet): ModelAnswer | undefined {
  const quote = quotedIn(asked.frame, packet);
  if (!quote) return undefined;
  const { protocol, source: client, destination: endpoint } = quote;
  const owner = ownerOf(tables, protocol, endpoint);
  if (!owner) return undefined;
  return returned(tables, { asked, packet, owner, tuple: { protocol, endpoint, client } }, (frame, { proxy }) =>
    translateError(frame, packet, quote, { side: 'source', from: endpoint, to: proxy }),
  );
}

/** Whose echo it is, only the flow tells: echo has no port. */
function echoFromEndpoint(tables: ModelTables, asked: ModelPacket, packet: Packet): ModelAnswer | undefined {
  const identifier = tables.features.echo ? echoIn(asked.frame, packet, 'reply') : undefined;
  if (identifier === undefined) return undefined;
  const flow = tables.flow(echoTuple(packet.source.ip, packet.destination.ip, identifier));
  const service = flow && tables.service(flow.group, flow.service);
  if (!flow || !service?.echo) return undefined;
  if (service.endpoint?.ip !== packet.source.ip) return undefined;
  return carried(tables, service, flow.tunnel, { asked, packet }, (frame) =>
    translateEcho(frame, packet, 'source', service.proxy.ip),
  );
}

/** FLOW remembers an echo request under the endpoint's port 0 and the identifier. */
export function echoTuple(endpoint: Ip, client: Ip, identifier: Port): FlowTuple {
  return {
    protocol: icmpProtocols[familyOf(endpoint)],
    endpoint: { ip: endpoint, port: 0 as Port },
    client: { ip: client, port: identifier },
  };
}

function ownerOf(tables: ModelTables, protocol: number, endpoint: Endpoint): ModelIdentity | 'shared' | undefined {
  return endpoint.port === 0 ? undefined : tables.natOut(protocol, endpoint);
}

type Leaving = Pick<Sending, 'asked' | 'packet'>;
type Translation = (frame: Uint8Array, service: ModelService) => Uint8Array;

/** For the service whose endpoint it is; where several share it, for the one whose request the flow remembers. */
function returned(
  tables: ModelTables,
  what: Leaving & { readonly owner: ModelIdentity | 'shared'; readonly tuple: FlowTuple },
  translation: Translation,
): ModelAnswer | undefined {
  const { owner, tuple, asked } = what;
  if (owner === 'shared') {
    const flow = tables.flow(tuple);
    const service = flow && tables.service(flow.group, flow.service);
    if (!service?.endpoint || !sameEndpoint(service.endpoint, tuple.endpoint)) return undefined;
    return carried(tables, service, flow?.tunnel, what, translation);
  }
  const service = tables.service(owner.group, owner.service);
  if (!service) return dropped('unknown-service', asked.frame);
  const flow = service.remembersFlow || service.passesUnknown ? tables.flow(tuple) : undefined;
  const own = flow?.group === service.group && flow.service === service.service ? flow : undefined;
  if (service.passesUnknown && !own) return undefined;
  return carried(tables, service, own?.tunnel, what, translation);
}

/** Back through the tunnel that carried the request if the service may still use it, otherwise its first; or straight to the client. */
function carried(
  tables: ModelTables,
  service: ModelService,
  remembered: number | undefined,
  { asked, packet }: Leaving,
  translation: Translation,
): ModelAnswer {
  const translated = (frame: Uint8Array): Uint8Array => translation(frame, service);
  const id = service.tunnels.find((one) => one === remembered) ?? service.tunnels[0] ?? 0;
  if (!service.dso) return send(tables, { asked, packet, translated, tunnel: id, whose: service });
  const unfit = whyUnfit(asked.frame, packet);
  if (unfit) return dropped(unfit, asked.frame);
  const plain = translated(asked.frame);
  const tunnel = tables.tunnel(id);
  if (!tunnel) return passed('returned-direct', plain);
  return passed('returned-direct', clampSegments(plain, packet, fitsIn(tables, tunnel, remoteOf(tables, tunnel)?.ip)));
}
