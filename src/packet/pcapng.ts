// Capture files as Wireshark reads them: blocks of pcapng (draft-ietf-opsawg-pcapng), each a function from values to bytes.
// One section, little-endian; interfaces are numbered in the order of their blocks, each before its first packet.
//
//   block   u32 type · u32 length · body · options · u32 length, all of it in multiples of 4 bytes
//   option  u16 code · u16 length · value and its padding; code 0 ends them

const blockTypes = { section: 0x0a0d0d0a, interface: 1, packet: 6 } as const;
/** Tells a reader in which byte order the section is. */
const byteOrderMagic = 0x1a2b3c4d;
const ethernet = 1;

const options = { end: 0, comment: 1 } as const;
const sectionOptions = { system: 3, application: 4 } as const;
const interfaceOptions = { name: 2, description: 3, resolution: 9 } as const;
const packetOptions = { flags: 2, dropped: 4 } as const;
/** Timestamps count 10^-9 s. */
const nanoseconds = 9;

export interface Section {
  /** The program that wrote the file, with its version. */
  readonly application: string;
  /** Of the machine that the packets were seen on. */
  readonly system: string;
}

/** What a file begins with. */
export function sectionBlock({ application, system }: Section): Uint8Array {
  const body = new Uint8Array(16);
  const view = new DataView(body.buffer);
  view.setUint32(0, byteOrderMagic, true);
  view.setUint16(4, 1, true);
  // Length of the section: not known yet.
  view.setBigInt64(8, -1n, true);
  return block(blockTypes.section, body, [
    textOption(sectionOptions.system, system),
    textOption(sectionOptions.application, application),
  ]);
}

export interface CaptureInterface {
  readonly name: string;
  readonly description: string;
  /** Bytes of a frame that are kept at most. */
  readonly snapBytes: number;
}

export function interfaceBlock({ name, description, snapBytes }: CaptureInterface): Uint8Array {
  const body = new Uint8Array(8);
  const view = new DataView(body.buffer);
  view.setUint16(0, ethernet, true);
  view.setUint32(4, snapBytes, true);
  return block(blockTypes.interface, body, [
    textOption(interfaceOptions.name, name),
    textOption(interfaceOptions.description, description),
    option(interfaceOptions.resolution, Uint8Array.of(nanoseconds)),
  ]);
}

export interface CapturePacket {
  /** Number of its interface. */
  readonly interface: number;
  /** Since 1970. */
  readonly timeNs: bigint;
  /** From the Ethernet header on, as much of it as was captured. */
  readonly frame: Uint8Array;
  /** Of the whole frame. */
  readonly bytes: number;
  readonly direction: 'ingress' | 'egress';
  readonly comment: string;
  /** Packets left out before this one. */
  readonly dropped: number;
}

/** Bits 0 and 1 of epb_flags. */
const directionFlags = { ingress: 1, egress: 2 } as const;

export function packetBlock(packet: CapturePacket): Uint8Array {
  const { frame } = packet;
  const body = new Uint8Array(20 + padded(frame.length));
  const view = new DataView(body.buffer);
  view.setUint32(0, packet.interface, true);
  view.setUint32(4, Number(packet.timeNs >> 32n), true);
  view.setUint32(8, Number(packet.timeNs & 0xffff_ffffn), true);
  view.setUint32(12, frame.length, true);
  view.setUint32(16, Math.max(packet.bytes, frame.length), true);
  body.set(frame, 20);
  const flags = new Uint8Array(4);
  new DataView(flags.buffer).setUint32(0, directionFlags[packet.direction], true);
  return block(blockTypes.packet, body, [
    option(packetOptions.flags, flags),
    ...(packet.dropped ? [droppedOption(packet.dropped)] : []),
    textOption(options.comment, packet.comment),
  ]);
}

function droppedOption(count: number): Uint8Array {
  const value = new Uint8Array(8);
  new DataView(value.buffer).setBigUint64(0, BigInt(count), true);
  return option(packetOptions.dropped, value);
}

function block(type: number, body: Uint8Array, given: readonly Uint8Array[]): Uint8Array {
  const all = [...given, option(options.end, new Uint8Array(0))];
  const length = 12 + body.length + all.reduce((sum, one) => sum + one.length, 0);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  bytes.set(body, 8);
  let at = 8 + body.length;
  for (const one of all) {
    bytes.set(one, at);
    at += one.length;
  }
  view.setUint32(at, length, true);
  return bytes;
}

function option(code: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + padded(value.length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, code, true);
  view.setUint16(2, value.length, true);
  bytes.set(value, 4);
  return bytes;
}

const utf8 = new TextEncoder();

function textOption(code: number, text: string): Uint8Array {
  return option(code, utf8.encode(text));
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
