// Gateway, egress (DATAPATH.md section 2): what goes to a proxy endpoint leaves through its tunnel or not at all.
import { type Endpoint, protocolNumbers } from '../../net/endpoint.ts';
import { icmpProtocols } from '../icmp.ts';
import { dropped, type ModelAnswer, type ModelPacket } from './answer.ts';
import { remember, withPorts } from './fragments.ts';
import { carriesPorts } from './head.ts';
import { echoed } from './icmp-rewrite.ts';
import { isWellFormed, type Packet, roomOf } from './packet.ts';
import { echoIn, quotedIn } from './quote.ts';
import { send } from './send.ts';
import { sentBack } from './sizes.ts';
import { type ModelKeyed, type ModelTables, viaAny, viaLocal } from './tables.ts';

const unchanged = (frame: Uint8Array): Uint8Array => frame;

/** undefined: not ours. */
export function toProxy(tables: ModelTables, asked: ModelPacket, packet: Packet): ModelAnswer | undefined {
  if (carriesPorts(packet)) return segmentToProxy(tables, asked, packet);
  if (packet.protocol === undefined) return hiddenToProxy(tables, asked, packet);
  return errorToProxy(tables, asked, packet) ?? echoToProxy(tables, asked, packet);
}

/** What nobody can read may be for a proxy: it is not left to find its way in the clear. */
function hiddenToProxy(tables: ModelTables, { frame }: ModelPacket, { destination }: Packet): ModelAnswer | undefined {
  const { tcp, udp } = protocolNumbers;
  const isProxyAddress = [tcp, udp].some((protocol) => tables.hasProxyAt(protocol, destination.ip));
  return isProxyAddress ? dropped('options', frame) : undefined;
}

function segmentToProxy(tables: ModelTables, asked: ModelPacket, packet: Packet): ModelAnswer | undefined {
  const protocol = packet.protocol ?? 0;
  const isProxyAddress = tables.hasProxyAt(protocol, packet.destination.ip);
  const known = withPorts(tables, packet);
  if (!known) return isProxyAddress ? dropped('fragment', asked.frame) : undefined;
  // Also of what is for another port, so that its later fragments are known not to be ours.
  if (isProxyAddress) remember(tables, packet);
  const row = rowFor(tables, asked, protocol, known.destination);
  return row && send(tables, { asked, packet: known, tunnel: row.tunnel, whose: row, translated: unchanged });
}

/** The row of the interface by which the packet entered, or that of any. Port 0 is nobody's: its row says something else. */
function rowFor(
  { features, encap }: ModelTables,
  { ingressIfindex }: ModelPacket,
  protocol: number,
  proxy: Endpoint,
): (ModelKeyed & { readonly tunnel: number }) | undefined {
  if (proxy.port === 0) return undefined;
  const entered = features.via ? encap(protocol, proxy, ingressIfindex === 0 ? viaLocal : ingressIfindex) : undefined;
  return entered ?? encap(protocol, proxy, viaAny);
}

/** An error about a packet that came from a proxy goes to the node that sent it. */
function errorToProxy(tables: ModelTables, asked: ModelPacket, packet: Packet): ModelAnswer | undefined {
  const quote = quotedIn(asked.frame, packet);
  if (!quote || quote.source.ip !== packet.destination.ip) return undefined;
  const row = rowFor(tables, asked, quote.protocol, quote.source);
  return row && send(tables, { asked, packet, tunnel: row.tunnel, whose: row, translated: unchanged });
}

function echoToProxy(tables: ModelTables, asked: ModelPacket, packet: Packet): ModelAnswer | undefined {
  const { frame } = asked;
  if (!tables.features.echo || echoIn(frame, packet, 'request') === undefined) return undefined;
  const row = tables.echoAt(icmpProtocols[packet.family], packet.destination.ip);
  if (row?.tunnel) return send(tables, { asked, packet, tunnel: row.tunnel, whose: row, translated: unchanged });
  if (!row) return undefined;
  if (!isWellFormed(frame, packet, roomOf(frame))) return dropped('bad-inner', frame);
  return sentBack('echo-answered', asked, echoed(frame, packet));
}
