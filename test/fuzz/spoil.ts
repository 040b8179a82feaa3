// Frames made wrong after they were right: tags put in, bytes changed, cut off, added; lengths that lie; and bytes of pure chance.
import { be16, setBe16 } from '../../src/packet/bytes.ts';
import { etherTypes, ipv4Bytes } from '../../src/packet/ipv4.ts';
import { ipv6Bytes } from '../../src/packet/ipv6.ts';
import { tagged, vlanTypes } from '../../src/packet/vlan.ts';
import type { Choices } from './choices.ts';

const ip = 14;
const shortest = ip + 1;

export function spoilt(c: Choices, frame: Uint8Array): Uint8Array {
  return runnable(wronged(c, frame));
}

/** Test runs refuse IPv4 and IPv6 without a whole header behind the Ethernet header: what lacks of it becomes zero. */
function runnable(frame: Uint8Array): Uint8Array {
  const type = be16(frame, 12);
  const least = ip + (type === etherTypes.ipv4 ? ipv4Bytes : type === etherTypes.ipv6 ? ipv6Bytes : 1);
  if (frame.length >= least) return frame;
  const longer = new Uint8Array(least);
  longer.set(frame);
  return longer;
}

function wronged(c: Choices, frame: Uint8Array): Uint8Array {
  return c.weighted<() => Uint8Array>(
    [36, () => frame],
    [3, () => changed(frame, c.upTo(95), c.upTo(255))],
    [3, () => flipped(frame, c.upTo(140), c.upTo(7))],
    [2, () => frame.slice(0, Math.max(frame.length - 1 - c.upTo(60), shortest))],
    [1, () => frame.slice(0, Math.max(Math.min(ip + c.upTo(120), frame.length), shortest))],
    [1, () => Buffer.concat([frame, new Uint8Array(1 + c.upTo(9))])],
    [2, () => lying(frame, c.of([2, 4, 24]), c.of([1, -1, 8, -8, -20, 300, -300, c.upTo(65535)]))],
    [3, () => tagged(frame, 1 + c.upTo(200), c.of([vlanTypes.customer, vlanTypes.service]))],
    [1, () => tagged(tagged(frame, 2, c.of([vlanTypes.customer, vlanTypes.service])), 1)],
    [1, () => Uint8Array.of(...frame.subarray(0, 14), ...c.bytes(40))],
  )();
}

function changed(frame: Uint8Array, place: number, byte: number): Uint8Array {
  const at = Math.min(ip + place, frame.length - 1);
  const copy = frame.slice();
  copy[at] = byte;
  return copy;
}

function flipped(frame: Uint8Array, place: number, bit: number): Uint8Array {
  const at = Math.min(ip + place, frame.length - 1);
  return changed(frame, at - ip, (frame[at] ?? 0) ^ (1 << bit));
}

/** A length field (offset in the IPv4 header, in the IPv6 header, of UDP behind IPv4) that says something else. */
function lying(frame: Uint8Array, field: number, change: number): Uint8Array {
  const copy = frame.slice();
  if (ip + field + 2 <= copy.length) setBe16(copy, ip + field, (be16(copy, ip + field) + change) & 0xffff);
  return copy;
}
