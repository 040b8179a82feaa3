// An independent model of the programs: docs/DATAPATH.md, written from the text and not from the C. It stands for the programs in
// the memory datapath, and `make fuzz` holds the programs to it. Knows packets and asks its tables by question; how a row is
// stored is not known here. No offloads, no full tables, no other CPU.
import { protocolNumbers } from '../net/endpoint.ts';
import { be16 } from './bytes.ts';
import { ethernetBytes, etherTypes } from './ipv4.ts';
import { type ModelAnswer, type ModelPacket, passed } from './model/answer.ts';
import { toProxy } from './model/gateway.ts';
import { isIcmp } from './model/head.ts';
import { receive } from './model/ingress.ts';
import { fromEndpoint } from './model/node.ts';
import { type Packet, readPacketAt } from './model/packet.ts';
import type { ModelFeatures, ModelTables } from './model/tables.ts';
import { hearTooBig } from './model/underlay.ts';
import { untagged, vlanBytes, vlanTypes } from './vlan.ts';

export function runModel(tables: ModelTables, whole: ModelPacket): ModelAnswer {
  const asked = { ...whole, frame: tagBeside(whole.frame) };
  const packet = packetIn(tables.features, asked.frame);
  return (packet && answerTo(tables, asked, packet)) ?? passed('pass-not-ours', asked.frame);
}

function answerTo(tables: ModelTables, asked: ModelPacket, packet: Packet): ModelAnswer | undefined {
  if (asked.direction === 'egress')
    return tables.role === 'gateway' ? toProxy(tables, asked, packet) : fromEndpoint(tables, asked, packet);
  if (packet.protocol === protocolNumbers.udp) return receive(tables, asked, packet);
  return isIcmp(packet) ? hearTooBig(tables, asked, packet) : undefined;
}

function packetIn({ ipv6 }: ModelFeatures, frame: Uint8Array): Packet | undefined {
  const family = familyBy(be16(frame, 12));
  return family === undefined || (family === 6 && !ipv6) ? undefined : readPacketAt(frame, ethernetBytes, family);
}

function familyBy(etherType: number): 4 | 6 | undefined {
  if (etherType === etherTypes.ipv4) return 4;
  return etherType === etherTypes.ipv6 ? 6 : undefined;
}

/** One tag inside the frame is moved beside it, where no program sees it, if IPv4 or IPv6 is behind it. */
function tagBeside(frame: Uint8Array): Uint8Array {
  const isTagged = Object.values<number>(vlanTypes).includes(be16(frame, 12));
  if (!isTagged || frame.length < ethernetBytes + vlanBytes) return frame;
  return familyBy(be16(frame, 12 + vlanBytes)) === undefined ? frame : untagged(frame);
}
