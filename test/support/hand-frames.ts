// Frames written by hand from the bytes of PROTOCOL.md section 1, one of each kind and family. Nothing of src/packet is used:
// whoever is tested with these shall not have made them.

const concat = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/[\s·]/g, ''), 'hex'));
const be16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);

const ethernet = hex('02000000000b 02000000000a');
/** Addresses: 172.1.0.4 → 172.1.0.3 outside, 10.0.0.2 → 5.5.5.5 inside; 2001:db8::a → ::b outside, 2001:db8:1::2 → 2001:db8:5::5 inside. */
const ends = {
  outer4: hex('ac010004 ac010003'),
  inner4: hex('0a000002 05050505'),
  outer6: hex('20010db8 00000000 00000000 0000000a 20010db8 00000000 00000000 0000000b'),
  inner6: hex('20010db8 00010000 00000000 00000002 20010db8 00050000 00000000 00000005'),
};

type Family = 4 | 6;

function ipv4(
  protocol: number,
  addresses: Uint8Array,
  payload: Uint8Array,
  options: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const header = concat(
    Uint8Array.of(0x45 + options.length / 4, 0),
    be16(20 + options.length + payload.length),
    hex('0000 4000 40'),
    Uint8Array.of(protocol),
    hex('0000'),
    addresses,
    options,
  );
  header.set(be16(sum(header)), 10);
  return concat(header, payload);
}

/** RFC 1071. */
function sum(bytes: Uint8Array): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 2) total += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >> 16);
  return ~total & 0xffff;
}

function ipv6(next: number, addresses: Uint8Array, payload: Uint8Array): Uint8Array {
  return concat(hex('60000000'), be16(payload.length), Uint8Array.of(next, 64), addresses, payload);
}

/** Without a checksum, as outer headers are. */
function udp(source: number, destination: number, payload: Uint8Array): Uint8Array {
  return concat(be16(source), be16(destination), be16(8 + payload.length), be16(0), payload);
}

const tcpSyn = hex('12c0 0c1c 00000001 00000000 5002 ffff 0000 0000');
const udpQuery = udp(4711, 5300, hex('00112233'));
/** Type 3 code 4 with next-hop MTU 1400, about a datagram of which 8 bytes are quoted. */
const tooBig = hex('0304 0000 0000 0578 · 4500 05dc 0000 4000 3f11 0000 05050505 0a000002 · 0035 1267 05c8 0000');
export const inner = {
  tcp4: ipv4(6, ends.inner4, tcpSyn),
  udp4: ipv4(17, ends.inner4, udpQuery),
  icmp4: ipv4(1, ends.inner4, tooBig),
  options4: ipv4(6, ends.inner4, tcpSyn, hex('01010101')),
  tcp6: ipv6(6, ends.inner6, tcpSyn),
  udp6: ipv6(17, ends.inner6, udpQuery),
};

/** "Pa55w0rd1234567" and a zero. */
export const key = hex('50613535773072643132333435363700');
const keyed = (word: string, rest: Uint8Array): Uint8Array => concat(hex(`${word} 0002 0001`), key, rest);
const short = (word: string, rest: Uint8Array): Uint8Array => concat(hex(`${word} 00000064`), rest);

const payloads: Readonly<Record<string, Uint8Array>> = {
  'data, IPv4 inside': keyed('0504a000', inner.tcp4),
  'data, UDP inside': keyed('0504a000', inner.udp4),
  'data, an ICMP error inside': keyed('0504a000', inner.icmp4),
  'data, IPv4 options inside': keyed('0504a000', inner.options4),
  'data, IPv6 inside': keyed('0529a000', inner.tcp6),
  ping: keyed('2601a000', hex('00000065')),
  'signed ping': keyed('2a01a000', hex('00000065 · 17f3b6a1c0de4000 · 0123456789abcdef')),
  'data, short, IPv4 inside': short('0504a000', inner.tcp4),
  'data, short, IPv6 inside': short('0529a000', inner.udp6),
  'ping, short': short('2601a000', new Uint8Array(0)),
};

export interface HandFrame {
  readonly name: string;
  readonly frame: Uint8Array;
  /** Of the frame before it was cut. */
  readonly bytes: number;
  /** A GUE datagram that is none of PROTOCOL.md's. */
  readonly isWrong?: boolean;
}

function framed(family: Family, payload: Uint8Array): Uint8Array {
  const datagram = udp(6080, 6080, payload);
  return family === 4
    ? concat(ethernet, hex('0800'), ipv4(17, ends.outer4, datagram))
    : concat(ethernet, hex('86dd'), ipv6(17, ends.outer6, datagram));
}

/** A packet as it is without a tunnel. */
export function plainFrame(packet: Uint8Array): Uint8Array {
  return concat(ethernet, hex((packet[0] ?? 0) >> 4 === 6 ? '86dd' : '0800'), packet);
}

const families: readonly Family[] = [4, 6];

/** Every kind of datagram over both families. */
const gueFrames: readonly HandFrame[] = families.flatMap((family) =>
  Object.entries(payloads).map(([name, payload]) => {
    const frame = framed(family, payload);
    return { name: `${name}, over IPv${family}`, frame, bytes: frame.length };
  }),
);

const longInner = ipv4(6, ends.inner4, concat(tcpSyn, new Uint8Array(1000).fill(0x61)));
const longFrame = framed(4, keyed('0504a000', longInner));

/** Packets that are no tunnel's, wrong ones, and one that was cut short as EVENT cuts them. */
const otherFrames: readonly HandFrame[] = [
  { name: 'plain TCP', frame: plainFrame(inner.tcp4) },
  { name: 'plain UDP over IPv6', frame: plainFrame(inner.udp6) },
  { name: 'an ICMP error', frame: plainFrame(inner.icmp4) },
  { name: 'a question for an address', frame: concat(ethernet, hex('0806 0001080006040001'), new Uint8Array(20)) },
  { name: 'GUE of version 1', frame: framed(4, concat(hex('4504a000 0002 0001'), key, inner.tcp4)), isWrong: true },
  { name: 'GUE without a group', frame: framed(4, concat(hex('05042000'), key, inner.tcp4)), isWrong: true },
  { name: 'a ping that is too long', frame: framed(4, keyed('2601a000', hex('00000065 00'))), isWrong: true },
].map((one) => ({ ...one, bytes: one.frame.length }));

const cutFrame: HandFrame = {
  name: 'data, cut short',
  frame: longFrame.subarray(0, 256),
  bytes: longFrame.length,
};

export const handFrames: readonly HandFrame[] = [...gueFrames, ...otherFrames, cutFrame];
