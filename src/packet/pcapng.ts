// Capture files as Wireshark reads them: blocks of pcapng (draft-ietf-opsawg-pcapng), each a function from values to bytes.
// One section, little-endian; interfaces are numbered in the order of their blocks, each before its first packet.
//
//   block   u32 type · u32 length · body · options · u32 length, all of it in multiples of 4 bytes
//   option  u16 code · u16 length · value and its padding; code 0 ends them

const blockTypes = { section: 0x0a0d0d0a, interface: 1, packet: 6 } as const;
/** Tells a reader in which byte order the section is. */
const byteOrderMagic = 0x1a2b3c4d;
const ethernet = 1;

const options = { comment: 1 } as const;
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
  return block(
    blockTypes.section,
    16,
    [text(sectionOptions.system, system), text(sectionOptions.application, application)],
    (view, at) => {
      view.setUint32(at, byteOrderMagic, true);
      view.setUint16(at + 4, 1, true);
      // Length of the section: not known yet.
      view.setBigInt64(at + 8, -1n, true);
    },
  );
}

export interface CaptureInterface {
  readonly name: string;
  readonly description: string;
  /** Bytes of a frame that are kept at most. */
  readonly snapBytes: number;
}

export function interfaceBlock({ name, description, snapBytes }: CaptureInterface): Uint8Array {
  const given = [
    text(interfaceOptions.name, name),
    text(interfaceOptions.description, description),
    { code: interfaceOptions.resolution, value: Uint8Array.of(nanoseconds) },
  ];
  return block(blockTypes.interface, 8, given, (view, at) => {
    view.setUint16(at, ethernet, true);
    view.setUint32(at + 4, snapBytes, true);
  });
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

/** Bits 0 and 1 of epb_flags: inbound 1, outbound 2. */
const directionFlags = { ingress: Uint8Array.of(1, 0, 0, 0), egress: Uint8Array.of(2, 0, 0, 0) } as const;

export function packetBlock(packet: CapturePacket): Uint8Array {
  const { frame, timeNs } = packet;
  const given = [
    { code: packetOptions.flags, value: directionFlags[packet.direction] },
    ...(packet.dropped ? [{ code: packetOptions.dropped, value: u64Bytes(packet.dropped) }] : []),
    text(options.comment, packet.comment),
  ];
  return block(blockTypes.packet, 20 + padded(frame.length), given, (view, at, bytes) => {
    view.setUint32(at, packet.interface, true);
    view.setUint32(at + 4, Number(timeNs >> 32n), true);
    view.setUint32(at + 8, Number(timeNs & 0xffff_ffffn), true);
    view.setUint32(at + 12, frame.length, true);
    view.setUint32(at + 16, Math.max(packet.bytes, frame.length), true);
    bytes.set(frame, at + 20);
  });
}

interface Option {
  readonly code: number;
  readonly value: Uint8Array;
}

/** One piece of memory for the whole: of these there are many in a second. */
function block(
  type: number,
  bodyBytes: number,
  given: readonly Option[],
  writeBody: (view: DataView, at: number, bytes: Uint8Array) => void,
): Uint8Array {
  const optionBytes = given.reduce((sum, { value }) => sum + 4 + padded(value.length), 4);
  const length = 12 + bodyBytes + optionBytes;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  writeBody(view, 8, bytes);
  let at = 8 + bodyBytes;
  for (const { code, value } of given) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  // The option that ends them is four zeros, which are there.
  view.setUint32(length - 4, length, true);
  return bytes;
}

function u64Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}

const utf8 = new TextEncoder();

function text(code: number, value: string): Option {
  return { code, value: utf8.encode(value) };
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
