// What the underlay says of its own packets being too long (DATAPATH.md section 4.1): a path carries less, for a while.
import { type Endpoint, protocolNumbers } from '../../net/endpoint.ts';
import { be16, be32 } from '../bytes.ts';
import { overheadOf } from '../gue.ts';
import { tooBigErrors } from '../icmp.ts';
import { type ModelAnswer, type ModelPacket, passed } from './answer.ts';
import { leastHashPort } from './outer.ts';
import type { Packet } from './packet.ts';
import { isReadableIcmp, readQuote } from './quote.ts';
import type { ModelTables } from './tables.ts';

const rememberedNs = 600_000_000_000n;
/** RFC 791: every host takes 576, here inside of a tunnel; RFC 8200: every link carries 1280. */
const leastMtu = { 4: 576 + overheadOf(4, 'keyed'), 6: 1280 } as const;
const [leastNamed, mostNamed] = [68, 0xffff];

/** undefined: it is something else, or about somebody else's packet. It goes on to the stack in any case. */
export function hearTooBig(tables: ModelTables, asked: ModelPacket, packet: Packet): ModelAnswer | undefined {
  const { frame } = asked;
  const { family, transportAt } = packet;
  const { type, code } = tooBigErrors[family];
  if (!isReadableIcmp(frame, packet) || be16(frame, transportAt) !== (type << 8) + code) return undefined;
  const quote = readQuote(frame, packet);
  if (quote?.protocol !== protocolNumbers.udp || !isFromTunnel(tables, quote.source)) return undefined;
  const named = family === 4 ? be16(frame, transportAt + 6) || leastMtu[4] : be32(frame, transportAt + 4);
  if (named < leastNamed || named > mostNamed) return undefined;
  lower(tables, quote, Math.max(named, leastMtu[family]));
  return passed('path-mtu-lowered', frame);
}

function isFromTunnel(tables: ModelTables, source: Endpoint): boolean {
  return tables.acceptsGue(source) || (source.port >= leastHashPort && tables.hashesPortsOf(source.ip));
}

type Path = Pick<Packet, 'sourceIp' | 'destinationIp'>;

function lower(tables: ModelTables, { sourceIp, destinationIp }: Path, mtuBytes: number): void {
  const now = tables.nowNs();
  const known = tables.path(sourceIp, destinationIp);
  const isLower = !known || known.untilNs <= now || mtuBytes < known.mtuBytes;
  const path = { mtuBytes: isLower ? mtuBytes : known.mtuBytes, untilNs: now + rememberedNs };
  tables.learnPath(sourceIp, destinationIp, path);
}
