// What a record expects, where chance has a part in it; and whether the checksums of a frame are right at every depth: of the
// packet, of what it carries and of what an error quotes.
import { checksum } from '../../../src/packet/checksum.ts';
import { readGue, readShort } from '../../../src/packet/gue.ts';
import { icmpBytes, icmpProtocols } from '../../../src/packet/icmp.ts';
import { ethernetBytes, etherTypes, fragmentBits, ipv4Bytes } from '../../../src/packet/ipv4.ts';
import { ipv6Bytes } from '../../../src/packet/ipv6.ts';
import { type ReadPacket, readFrame, readPacket } from '../../../src/packet/read.ts';
import type { PacketRecord } from './record.ts';

/** IANA's dynamic ports. */
const firstHashPort = 49152;
const identificationAt = ethernetBytes + 4;
const checksumAt = ethernetBytes + 10;

/** The expected frame, with the identification and the port that chance gave the real one. */
export function expectedFrame(
  { packet, out = packet, randomId, hashPort }: PacketRecord,
  actual: Uint8Array,
): Uint8Array {
  if (!randomId && !hashPort) return out;
  const frame = out.slice();
  const view = new DataView(frame.buffer);
  const isIpv4 = view.getUint16(12) === etherTypes.ipv4;
  if (randomId) {
    frame.set(actual.subarray(identificationAt, identificationAt + 2), identificationAt);
    view.setUint16(checksumAt, 0);
    view.setUint16(checksumAt, checksum(frame.subarray(ethernetBytes, ethernetBytes + ipv4Bytes)));
  }
  if (hashPort) {
    const at = ethernetBytes + (isIpv4 ? ipv4Bytes : ipv6Bytes);
    const port = ((actual[at] ?? 0) << 8) + (actual[at + 1] ?? 0);
    view.setUint16(at, port >= firstHashPort ? port : firstHashPort);
  }
  return frame;
}

/** Where a checksum is wrong, from the outside in: `ip`, `transport`, each after what it lies in. */
export function wrongChecksums(frame: Uint8Array): string[] {
  const packet = readFrame(frame);
  return packet ? faultsOf(packet, '') : [];
}

function faultsOf(packet: ReadPacket, within: string): string[] {
  const { ip, transport } = packet.checksums;
  return [
    ...(ip === false ? [`${within}ip`] : []),
    ...(transport === false ? [`${within}transport`] : []),
    ...insideOf(packet, within),
  ];
}

function insideOf({ family, protocol, payload, segment, ports }: ReadPacket, within: string): string[] {
  if (protocol === icmpProtocols[family] && segment.length > icmpBytes)
    return quotedFaults(segment.subarray(icmpBytes), within);
  if (!ports) return [];
  const keyed = readGue(payload);
  const short = readShort(payload);
  for (const bytes of [
    keyed?.kind === 'data' ? keyed.packet : undefined,
    short?.kind === 'data' ? short.packet : undefined,
  ]) {
    const inner = bytes && readPacket(bytes);
    if (inner && inner.totalBytes === bytes.length) return faultsOf(inner, `${within}inner `);
  }
  return [];
}

/** What is quoted has its IP header's checksum; its transport's only when it is quoted whole. */
function quotedFaults(bytes: Uint8Array, within: string): string[] {
  const quoted = readPacket(bytes);
  if (!quoted) return [];
  const isWhole = quoted.totalBytes === bytes.length && (quoted.fragment & fragmentBits.offset) === 0;
  const faults = faultsOf(quoted, `${within}quoted `);
  return isWhole ? faults : faults.filter((fault) => fault === `${within}quoted ip`);
}
