// Keys of rows in words, as `why` is given them and `trace` shows them, and what rows say of other rows.
import type { ConfiguredTable, LearntTable } from '../datapath/port.ts';
import type { Layout } from '../layout/layout.ts';
import { formatEndpoint, type Port, protocolNumbers } from '../net/endpoint.ts';
import { type Ip, parseIp } from '../net/ip.ts';
import { listed, type Range, type Scanner, unexpected } from '../packet/words/scan.ts';

/** Names an index, one way or another. */
export type InterfaceName = (ifindex: number) => string;
/** undefined: there is none of that name. */
export type InterfaceIndex = (name: string) => number | undefined;

/** Another row, by its key's bytes. */
export interface Reference {
  readonly table: ConfiguredTable | LearntTable;
  readonly key: Uint8Array;
}

/** How the rows of a table are called. */
export interface KeyWords<Key, Value> {
  /** An example of a key in words. */
  readonly keyExample: string;
  readonly keyText: (key: Key, interfaceName: InterfaceName) => string;
  /** What keyText wrote; it fails where the text is something else. */
  readonly readKey: (scanner: Scanner, interfaceIndex: InterfaceIndex) => Key;
  /** Rows that this one leads to: a packet that meets it is looked up there too, or would be. */
  readonly refers: (key: Key, value: Value) => readonly Reference[];
}

export function refer<Key>(
  { name, key }: { readonly name: Reference['table']; readonly key: Layout<Key> },
  to: Key,
): Reference {
  return { table: name, key: key.encode(to) };
}

export const tunnelIds: Range = [1, 4294967295, 'the id of a tunnel'];

const icmpNumbers = { icmp: 1, icmpv6: 58 } as const;
const protocols = { ...protocolNumbers, ...icmpNumbers };
type ProtocolWord = keyof typeof protocols;
const protocolWords = Object.keys(protocols) as ProtocolWord[];

/** tcp, udp, icmp, icmpv6, or the number. */
export function protocolText(protocol: number): string {
  return protocolWords.find((word) => protocols[word] === protocol) ?? String(protocol);
}

/** Rows that were edited by hand may have any number. */
export function readProtocol(scanner: Scanner): number {
  return scanner.word((text) => {
    const word = protocolWords.find((one) => one === text);
    if (word) return protocols[word];
    return /^\d{1,3}$/.test(text) && Number(text) <= 255 ? Number(text) : undefined;
  }, listed(protocolWords));
}

export interface RowEnd {
  readonly ip: Ip;
  /** 0: none. */
  readonly port: number;
}

/** Of rows, whose ports are plain numbers: without one where it is 0. */
export function endText({ ip, port }: RowEnd): string {
  return port === 0 ? ip : formatEndpoint({ ip, port: port as Port });
}

export function readEnd(scanner: Scanner): RowEnd {
  const { ip, port = 0 } = scanner.end('an address, with a port unless the row is about the address alone');
  return { ip, port };
}

/** Of a row that has a port always. */
export function readEndpoint(scanner: Scanner): RowEnd {
  const what = 'an address with a port, such as 172.1.0.3:6080 or [2001:db8::3]:6080';
  const end = scanner.end(what);
  return end.port === undefined ? unexpected(end, what) : { ip: end.ip, port: end.port };
}

export function readIp(scanner: Scanner): Ip {
  return scanner.word(parseIp, 'an address without a port');
}

/** By name, or by index for one that is gone. */
export function readInterface(scanner: Scanner, interfaceIndex: InterfaceIndex): number {
  return scanner.word(
    (text) => interfaceIndex(text) ?? (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined),
    'an interface of this host, by its name or index',
  );
}
