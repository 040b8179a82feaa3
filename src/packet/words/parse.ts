// Text → packet in words: docs/PACKETS.md. What is not said gets its usual value here.
import { type Family, familyOf } from '../../net/ip.ts';
import { type Extras, parseExtras } from './extras.ts';
import { ipHeaderBytes, shortestBytes } from './lengths.ts';
import { type Scanner, scan, unexpected, type Word } from './scan.ts';
import { parseTunnel } from './tunnel.ts';
import {
  type EchoWords,
  type End,
  echoKinds,
  type FragmentWords,
  type IpWords,
  type PacketWords,
  type PlainWords,
  type SegmentWords,
  segmentKinds,
  type WordsFault,
} from './words.ts';

const kinds = [...segmentKinds, ...echoKinds, 'ping'] as const;

export function parsePacket(text: string): PacketWords | WordsFault {
  return scan(text, packetIn);
}

function packetIn(scanner: Scanner): PacketWords {
  const kind = scanner.oneOf(kinds, 'a packet, which begins with "tcp", "udp", "icmp", "icmp-reply" or "ping"');
  if (kind === 'ping') {
    const { tunnel, vlan, signature } = parseTunnel(scanner, 'ping');
    return { kind: 'ping', signature, tunnel, vlan };
  }
  const { packet, extras } = plainIn(scanner, kind);
  const { vlan } = extras.numbers;
  if (scanner.peek().text !== 'in') return { kind: 'plain', packet, vlan };
  scanner.oneOf(['in']);
  const outer = parseTunnel(scanner, 'packet');
  if (outer.vlan !== undefined && vlan !== undefined) unexpected(extras.at('vlan'), '"vlan" once only');
  return { kind: 'tunnelled', packet, tunnel: outer.tunnel, vlan: outer.vlan ?? vlan };
}

function plainIn(scanner: Scanner, kind: PlainWords['kind']): { packet: PlainWords; extras: Extras } {
  const isEcho = kind === 'icmp' || kind === 'icmp-reply';
  const what = isEcho ? 'an address, such as 198.51.100.7 or 2001:db8::7' : withPort;
  const source = scanner.end(what);
  if (isEcho && source.port !== undefined) unexpected(source, `${what}, without a port`);
  scanner.oneOf(['>']);
  const family = familyOf(source.ip);
  const alike = `an IPv${family} address ${source.port === undefined ? 'without' : 'with'} a port, as before ">"`;
  const destination = scanner.end(alike);
  const isAlike =
    familyOf(destination.ip) === family && (destination.port === undefined) === (source.port === undefined);
  if (!isAlike) unexpected(destination, alike);
  const extras = parseExtras(scanner, kind, family);
  const said = { source, destination, extras, family };
  return { packet: isEcho ? echoOf(kind, said) : segmentOf(kind, said), extras };
}

const withPort = 'an address with a port, such as 198.51.100.7:40000 or [2001:db8::7]:40000';

interface Said {
  readonly source: End & Word;
  readonly destination: End & Word;
  readonly extras: Extras;
  readonly family: Family;
}

function echoOf(kind: EchoWords['kind'], said: Said): EchoWords {
  return { kind, ...ipOf(said, { kind }), identifier: said.extras.numbers.id ?? 1 };
}

function segmentOf(kind: SegmentWords['kind'], said: Said): SegmentWords {
  const { source, destination, extras } = said;
  const fragment = fragmentOf(extras);
  const isLater = fragment !== undefined && fragment.offset > 0;
  if (isLater && source.port !== undefined)
    unexpected(source, 'an address without a port: only the first fragment has ports');
  if (!isLater && source.port === undefined) unexpected(source, withPort);
  const [first] = extras.flags();
  if (isLater && first) unexpected(extras.at(first), 'no flag: only the first fragment has a TCP header');
  const flags = first ? extras.flags() : kind === 'tcp' && !isLater ? (['syn'] as const) : [];
  const { mss } = extras.numbers;
  if (mss !== undefined && !flags.includes('syn')) unexpected(extras.at('mss'), '"mss" beside "syn" only');
  const ports =
    source.port !== undefined && destination.port !== undefined
      ? { source: source.port, destination: destination.port }
      : undefined;
  return { kind, ...ipOf(said, { kind, mss, fragment }), ports, flags, mss, fragment };
}

function fragmentOf(extras: Extras): FragmentWords | undefined {
  const { fragment: offset, 'fragment-id': id } = extras.numbers;
  const [last, more] = [extras.at('last'), !extras.has('last')];
  if (offset === undefined) {
    if (!more) unexpected(last, '"last" beside "fragment" only');
    if (id !== undefined) unexpected(extras.at('fragment-id'), '"fragment-id" beside "fragment" only');
    return undefined;
  }
  if (offset % 8) unexpected(extras.at('fragment'), 'a fragment whose offset is a multiple of 8');
  if (!more && offset === 0) unexpected(last, '"last" of a fragment that is not the first too');
  return { offset, more, id: id ?? 1 };
}

function ipOf(
  { source, destination, extras, family }: Said,
  of: {
    readonly kind: PlainWords['kind'];
    readonly mss?: number | undefined;
    readonly fragment?: FragmentWords | undefined;
  },
): IpWords {
  const shape = { mss: undefined, fragment: undefined, ...of, family };
  const shortest = shortestBytes(shape);
  const { length = shortest, ttl = 64, tos = 0 } = extras.numbers;
  if (length < shortest) unexpected(extras.at('length'), `a length of ${shortest} or more: so long are the headers`);
  if (shape.fragment?.more && (length - ipHeaderBytes(shape)) % 8)
    unexpected(
      extras.at('length'),
      'a length with a multiple of 8 bytes behind the IP header, since it is not the last',
    );
  if (extras.has('df') && extras.has('no-df')) unexpected(extras.at('no-df'), '"df" or "no-df", not both');
  if (extras.has('df') && shape.fragment) unexpected(extras.at('df'), 'no "df" of a fragment');
  return {
    source: source.ip,
    destination: destination.ip,
    lengthBytes: length,
    ttl,
    tos,
    dontFragment: family === 4 && !shape.fragment && !extras.has('no-df'),
  };
}
