// A decoder of GUE datagrams, written from PROTOCOL.md alone: it judges src/packet and the Wireshark dissector, and so shares no
// code with either. Gives fields by the names that tshark calls them, outermost first, as tshark prints them.

export type FieldName = (typeof fieldNames)[number];
export const fieldNames = [
  'eth.type',
  'ip.src',
  'ip.dst',
  'ip.len',
  'ip.proto',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.plen',
  'ipv6.nxt',
  'udp.srcport',
  'udp.dstport',
  'udp.length',
  'tcp.srcport',
  'tcp.dstport',
  'icmp.type',
  'icmp.code',
  'icmpv6.type',
  'tigue.kind',
  'tigue.header',
  'tigue.version',
  'tigue.control',
  'tigue.hlen',
  'tigue.proto',
  'tigue.ctype',
  'tigue.flags',
  'tigue.group',
  'tigue.service',
  'tigue.key.length',
  'tigue.tunnel',
  'tigue.sequence',
  'tigue.tag',
] as const;

export type DecodedFields = Readonly<Partial<Record<FieldName, readonly string[]>>>;

const guePort = 6080;
const hexOf = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;

class Decoder {
  readonly fields = new Map<FieldName, string[]>();
  readonly #bytes: Buffer;

  constructor(frame: Uint8Array) {
    this.#bytes = Buffer.from(frame);
  }

  frame(): void {
    if (this.#bytes.length < 14) return;
    const type = this.#bytes.readUInt16BE(12);
    this.#note('eth.type', hexOf(type, 4));
    if (type === 0x0800) this.#ipv4(14);
    if (type === 0x86dd) this.#ipv6(14);
  }

  #note(name: FieldName, value: string | number | bigint): void {
    this.fields.set(name, [...(this.fields.get(name) ?? []), String(value)]);
  }

  #has(at: number, count: number): boolean {
    return this.#bytes.length >= at + count;
  }

  #ipv4(at: number): void {
    if (!this.#has(at, 20)) return;
    const protocol = this.#bytes.readUInt8(at + 9);
    this.#note('ip.len', this.#bytes.readUInt16BE(at + 2));
    this.#note('ip.proto', protocol);
    this.#note('ip.src', this.#bytes.subarray(at + 12, at + 16).join('.'));
    this.#note('ip.dst', this.#bytes.subarray(at + 16, at + 20).join('.'));
    const isLaterFragment = (this.#bytes.readUInt16BE(at + 6) & 0x1fff) !== 0;
    if (!isLaterFragment) this.#transport(protocol, at + (this.#bytes.readUInt8(at) & 15) * 4);
  }

  #ipv6(at: number): void {
    if (!this.#has(at, 40)) return;
    const next = this.#bytes.readUInt8(at + 6);
    this.#note('ipv6.plen', this.#bytes.readUInt16BE(at + 4));
    this.#note('ipv6.nxt', next);
    this.#note('ipv6.src', ipv6Text(this.#bytes.subarray(at + 8, at + 24)));
    this.#note('ipv6.dst', ipv6Text(this.#bytes.subarray(at + 24, at + 40)));
    this.#transport(next, at + 40);
  }

  #transport(protocol: number, at: number): void {
    if (protocol === 6 && this.#has(at, 20)) {
      this.#note('tcp.srcport', this.#bytes.readUInt16BE(at));
      this.#note('tcp.dstport', this.#bytes.readUInt16BE(at + 2));
    }
    if (protocol === 17 && this.#has(at, 8)) this.#udp(at);
    if (protocol === 1 && this.#has(at, 8)) this.#icmp(at);
    if (protocol === 58 && this.#has(at, 8)) this.#note('icmpv6.type', this.#bytes.readUInt8(at));
  }

  #icmp(at: number): void {
    const type = this.#bytes.readUInt8(at);
    this.#note('icmp.type', type);
    this.#note('icmp.code', this.#bytes.readUInt8(at + 1));
    if ([3, 11, 12].includes(type)) this.#ipv4(at + 8);
  }

  #udp(at: number): void {
    const source = this.#bytes.readUInt16BE(at);
    const destination = this.#bytes.readUInt16BE(at + 2);
    const length = this.#bytes.readUInt16BE(at + 4);
    this.#note('udp.srcport', source);
    this.#note('udp.dstport', destination);
    this.#note('udp.length', length);
    if ((source === guePort || destination === guePort) && this.#has(at, 16)) this.#gue(at + 8, length - 8);
  }

  /** PROTOCOL.md section 1, table and picture. */
  #gue(at: number, length: number): void {
    const first = this.#bytes.readUInt8(at);
    const second = this.#bytes.readUInt8(at + 1);
    const isControl = (first & 0x20) !== 0;
    this.#note('tigue.version', first >> 6);
    this.#note('tigue.control', isControl ? 1 : 0);
    this.#note('tigue.hlen', first & 0x1f);
    this.#note(isControl ? 'tigue.ctype' : 'tigue.proto', second);
    this.#note('tigue.flags', hexOf(this.#bytes.readUInt16BE(at + 2), 4));
    const word = this.#bytes.subarray(at, at + 4).toString('hex');
    if (word === '0504a000') this.#data(at, length, 4);
    if (word === '0529a000') this.#data(at, length, 6);
    if (word === '2601a000' && length === 8) this.#short(at, 'ping');
    if (word === '2601a000' && length !== 8) this.#keyed(at, 'ping');
    if (word === '2a01a000') this.#keyed(at, 'signed ping');
  }

  #data(at: number, length: number, version: 4 | 6): void {
    const isShort = !this.#isPacket(at + 24, length - 24, version) && this.#isPacket(at + 8, length - 8, version);
    if (isShort) this.#short(at, 'data');
    else this.#keyed(at, 'data');
    const packet = at + (isShort ? 8 : 24);
    if (version === 4) this.#ipv4(packet);
    else this.#ipv6(packet);
  }

  #isPacket(at: number, length: number, version: 4 | 6): boolean {
    if (!this.#has(at, 6) || this.#bytes.readUInt8(at) >> 4 !== version) return false;
    return length === (version === 4 ? this.#bytes.readUInt16BE(at + 2) : this.#bytes.readUInt16BE(at + 4) + 40);
  }

  #short(at: number, kind: keyof typeof kinds): void {
    this.#note('tigue.kind', kinds[kind]);
    this.#note('tigue.header', 2);
    this.#note('tigue.tunnel', this.#bytes.readUInt32BE(at + 4));
  }

  #keyed(at: number, kind: keyof typeof kinds): void {
    this.#note('tigue.kind', kinds[kind]);
    this.#note('tigue.header', 1);
    this.#note('tigue.group', this.#bytes.readUInt16BE(at + 4));
    this.#note('tigue.service', this.#bytes.readUInt16BE(at + 6));
    this.#note('tigue.key.length', Math.max(0, Math.min(16, this.#bytes.length - at - 8)));
    if (kind === 'data' || !this.#has(at, 28)) return;
    this.#note('tigue.tunnel', this.#bytes.readUInt32BE(at + 24));
    if (kind !== 'signed ping' || !this.#has(at, 44)) return;
    this.#note('tigue.sequence', this.#bytes.readBigUInt64BE(at + 28));
    this.#note('tigue.tag', this.#bytes.subarray(at + 36, at + 44).toString('hex'));
  }
}

/** As the dissector numbers them. */
const kinds = { data: 1, ping: 2, 'signed ping': 3 } as const;

/** RFC 5952: the first longest run of zero groups is left out. */
function ipv6Text(octets: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, at) => octets.readUInt16BE(2 * at).toString(16));
  const runs = [...groups.join(':').matchAll(/\b0(?::0)+\b/g)].map(([run]) => run);
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return groups.join(':');
  return groups.join(':').replace(new RegExp(`(^|:)${longest}(:|$)`), '::');
}

export function decodeFields(frame: Uint8Array): DecodedFields {
  const decoder = new Decoder(frame);
  decoder.frame();
  return Object.fromEntries(decoder.fields);
}
