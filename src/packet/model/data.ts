// Data that came through a tunnel (DATAPATH.md sections 4.5 to 4.7): who may send it, then what it is, then what becomes of it.
import { be32 } from '../bytes.ts';
import { gueBytes, gueWords, shortGueBytes } from '../gue.ts';
import { dropped, type ModelAnswer } from './answer.ts';
import { deliver } from './deliver.ts';
import { withPorts } from './fragments.ts';
import { carriesPorts, isIcmp } from './head.ts';
import { segmentOf, whatItIs } from './inner.ts';
import type { Outer } from './outer.ts';
import { isWellFormed, type Packet, readPacketAt } from './packet.ts';
import { type ModelService, type ModelTables, type ModelTunnel, viaAny } from './tables.ts';
import { arrivalTunnel, verified } from './verify.ts';

export function receiveKeyed(tables: ModelTables, outer: Outer): ModelAnswer {
  const { frame } = outer.asked;
  if (outer.payloadBytes < gueBytes) return dropped('bad-header', frame);
  const service = verified(tables, outer);
  if (typeof service === 'string') return dropped(service, frame);
  const arrival = arrivalTunnel(tables, outer, service);
  if (typeof arrival === 'string') return dropped(arrival, frame);
  const inner = innerOf(tables, outer, gueBytes);
  if (typeof inner === 'string') return dropped(inner, frame);
  const content = whatItIs(tables, frame, inner, service);
  return content ? deliver(tables, outer, { inner, service, arrival, content }) : dropped('wrong-endpoint', frame);
}

/** `id`: the tunnel between the two endpoints. It carries no key: the source is all that vouches for it. */
export function receiveShort(tables: ModelTables, outer: Outer, id: number): ModelAnswer {
  const { frame } = outer.asked;
  if (outer.payloadBytes < shortGueBytes) return dropped('bad-header', frame);
  if (be32(frame, outer.gueAt + 4) !== id) return dropped('wrong-tunnel', frame);
  const arrival = tables.tunnel(id);
  if (!arrival) return dropped('no-tunnel', frame);
  const inner = innerOf(tables, outer, shortGueBytes);
  if (typeof inner === 'string') return dropped(inner, frame);
  const service = carriesPorts(inner) ? serviceOf(tables, inner, arrival) : undefined;
  const content = service && segmentOf(tables, inner, service);
  if (!service || !content) return dropped('wrong-endpoint', frame);
  return deliver(tables, outer, { inner, service, arrival, content });
}

/** The packet inside, with its ports, or why it is none that can be carried. */
function innerOf(
  tables: ModelTables,
  outer: Outer,
  headerBytes: number,
): Packet | 'bad-inner' | 'options' | 'fragment' {
  const { asked, gueAt, payloadBytes } = outer;
  const { frame } = asked;
  const family = be32(frame, gueAt) === gueWords.dataIpv6 ? 6 : 4;
  if (family === 6 && !tables.features.ipv6) return 'bad-inner';
  const packet = readPacketAt(frame, gueAt + headerBytes, family);
  const room = payloadBytes - headerBytes;
  if (!packet || packet.bytes !== room) return 'bad-inner';
  if (packet.sourceRouted) return 'options';
  if (!carriesPorts(packet) && !isIcmp(packet)) return 'bad-inner';
  if (!isWellFormed(frame, packet, room)) return 'bad-inner';
  return withPorts(tables, packet) ?? 'fragment';
}

/** Without a header that names it, the service is the one whose proxy is inside. */
function serviceOf(tables: ModelTables, inner: Packet, { id }: ModelTunnel): ModelService | undefined {
  const proxy = tables.role === 'gateway' ? inner.source : inner.destination;
  const { protocol = 0 } = inner;
  if (proxy.port === 0) return undefined;
  const row = tables.role === 'gateway' ? tables.encap(protocol, proxy, viaAny) : tables.natIn(protocol, proxy);
  const service = row && tables.service(row.group, row.service);
  return service?.tunnels.includes(id) ? service : undefined;
}
