// The parts of fuzzed frames: fields of IP headers with all that may lie in them, lengths at which something changes, TCP's options.
import type { Family } from '../../src/net/ip.ts';
import type { IpFields } from '../../src/packet/ip.ts';
import { fragmentBits } from '../../src/packet/ipv4.ts';
import { type Extension, extensionTypes, paddingExtension, routingExtension } from '../../src/packet/ipv6.ts';
import { type TcpSegment, tcpFlags } from '../../src/packet/transport.ts';
import type { Choices } from './choices.ts';

const { dontFragment, moreFragments } = fragmentBits;
const { hopByHop, destinationOptions, fragment } = extensionTypes;

const mac = (last: number): Uint8Array => Uint8Array.of(2, 0, 0, 0, 0, last);

/** `odd`: how rarely something unusual is in it, once in so many. */
export function ipFields(c: Choices, family: Family, odd = 7): IpFields {
  return {
    tos: c.weighted([6, 0], [2, 1], [2, 2], [2, 3], [1, 0xb8], [1, 0xff]),
    ttl: c.weighted([10, 64], [1, 1], [1, 0], [1, 255]),
    id: c.of([1, 2]),
    fragment: c.rarely(odd) ? fragmentFrom(c) : c.weighted([2, dontFragment], [1, 0]),
    ...(c.rarely(odd) ? unusual(c, family) : {}),
    ...(c.rarely(4) ? { sourceMac: mac(1), ...(c.rarely(2) ? { destinationMac: mac(2) } : {}) } : {}),
  };
}

function fragmentFrom(c: Choices): number {
  return c.weighted([4, moreFragments], [4, 2], [1, moreFragments | dontFragment], [1, moreFragments | 5], [1, 0x1fff]);
}

function unusual(c: Choices, family: Family): IpFields {
  if (family === 4) return { options: ipv4Options(c) };
  if (c.rarely(3)) return { atomic: true, extensions: c.rarely(2) ? [paddingExtension(hopByHop)] : [] };
  return { extensions: extensionsFrom(c) };
}

const nops = (count: number): Uint8Array => new Uint8Array(count).fill(1);

function ipv4Options(c: Choices): Uint8Array {
  return c.of([
    nops(4),
    Uint8Array.of(7, 7, 4, 0, 0, 0, 0, 0),
    Uint8Array.of(131, 3, 4, 0),
    Uint8Array.of(1, 1, 1, 137, 3, 4, 0, 0),
    Uint8Array.of(0, 131, 3, 4),
    Uint8Array.of(7, 1, 0, 0),
    Uint8Array.of(7, 5, 0, 0),
    Uint8Array.of(1, 1, 1, 7),
    nops(12),
    nops(16),
    nops(40),
    Uint8Array.of(...nops(11), 7, 5, 0, 0, 0, 0, 0, 0, 0),
    c.bytes(8),
  ]);
}

function extensionsFrom(c: Choices): Extension[] {
  const padding = (count: number): Extension[] =>
    Array.from({ length: count }, () => paddingExtension(destinationOptions));
  /** A fragment header where the chain is to go on. */
  const inTheMiddle = { type: fragment, body: Uint8Array.of(0, c.of([0, 1]), 0, 0, 0, 1) };
  return c.of<() => Extension[]>([
    () => [paddingExtension(hopByHop)],
    () => [paddingExtension(destinationOptions, 2)],
    () => [routingExtension(0)],
    () => [routingExtension(1)],
    () => [paddingExtension(hopByHop), routingExtension(2), paddingExtension(destinationOptions)],
    () => padding(5),
    () => padding(6),
    () => padding(7),
    () => [...padding(6), routingExtension(1)],
    () => [...padding(5), routingExtension(1), ...padding(1)],
    () => [inTheMiddle],
    () => [inTheMiddle, paddingExtension(destinationOptions)],
    () => [inTheMiddle, inTheMiddle],
    () => [{ type: 51, body: c.bytes(6) }],
    () => [{ type: 59, body: c.bytes(6) }],
    () => [{ type: c.of([hopByHop, destinationOptions]), body: Uint8Array.of(255, 255, 255, 255, 255, 255) }],
  ])();
}

/** Bytes of payload, so that the packet is small, or about as long as what just fits. `header`: bytes before the payload. */
export function payloadFrom(c: Choices, header: number, fitting: readonly number[]): Uint8Array {
  const about = fitting.length ? (fitting[c.upTo(fitting.length - 1)] ?? 0) : 1500;
  const length = c.weighted(
    [8, c.upTo(24)],
    [3, about - header + c.of([0, 1, -1, 8])],
    [1, about - header + c.upTo(1500)],
  );
  return new Uint8Array(Math.min(Math.max(length, 0), longest)).fill(c.upTo(255));
}
/** A test run takes no frame of more than a page. */
const longest = 3200;

export function tcpFields(c: Choices): Pick<TcpSegment, 'flags' | 'tcpOptions'> {
  const { syn, ack, rst } = tcpFlags;
  const flags = c.weighted([3, ack], [4, syn], [2, syn | ack], [1, syn | rst], [1, 0]);
  const value = c.of([1460, 500, 1400, 8960, 0, 65535]);
  const mss = [2, 4, value >> 8, value & 255];
  const tcpOptions = c.weighted<readonly number[]>(
    [5, mss],
    [3, []],
    [1, [4, 2, 3, 3, 7, ...mss]],
    [1, [1, ...mss]],
    [1, [...nops(11), ...mss]],
    [1, [...nops(12), ...mss]],
    [1, [3, 0, ...mss]],
    [1, [2, 3, 5, 1, ...mss]],
    [1, [5, 40, 1, 1]],
    [1, [0, ...mss]],
    [1, [5, 34, ...new Uint8Array(32), 1, 1, ...mss]],
  );
  const padded = new Uint8Array(Math.ceil(tcpOptions.length / 4) * 4);
  padded.set(tcpOptions);
  return { flags, tcpOptions: padded };
}
