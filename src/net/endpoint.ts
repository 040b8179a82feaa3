// Ports and endpoints: an address with a port, written 172.1.0.4:6080 or [2001:db8::4]:6080 (RFC 3986 section 3.2.2).
import { familyOf, type Ip, parseIp } from './ip.ts';

declare const brand: unique symbol;
/** 1–65535, host order. */
export type Port = number & { readonly [brand]: 'Port' };

export const guePort = 6080 as Port;

export interface Endpoint {
  readonly ip: Ip;
  readonly port: Port;
}

export type Protocol = 'tcp' | 'udp';
/** IANA protocol numbers. */
export const protocolNumbers = { tcp: 6, udp: 17 } as const;

export function protocolName(number: number): Protocol | undefined {
  return number === 6 ? 'tcp' : number === 17 ? 'udp' : undefined;
}

/** The port, or undefined: not decimal digits, 0, above 65535, or with leading zeros. */
export function parsePort(text: string): Port | undefined {
  if (!/^[1-9]\d{0,4}$/.test(text)) return undefined;
  const number = Number(text);
  return number <= 65535 ? (number as Port) : undefined;
}

export type EndpointFault = 'bad-address' | 'bad-port';

/** `a.b.c.d:port` or `[a:b::c]:port`, or what is wrong with it. An IPv6 address without brackets is `bad-port`: it has none. */
export function parseEndpoint(text: string): Endpoint | EndpointFault {
  if (text.startsWith('[')) return parseBracketed(text);
  const colon = text.lastIndexOf(':');
  const ip = parseIp(colon < 0 ? text : text.slice(0, colon));
  if (!ip || familyOf(ip) === 6) return parseIp(text) ? 'bad-port' : 'bad-address';
  const port = parsePort(text.slice(colon + 1));
  return port ? { ip, port } : 'bad-port';
}

const bracketed = /^\[([^\]]*)\](?::(.*))?$/;

function parseBracketed(text: string): Endpoint | EndpointFault {
  const match = bracketed.exec(text);
  const ip = parseIp(match?.[1] ?? '');
  if (!ip || familyOf(ip) === 4) return 'bad-address';
  const port = parsePort(match?.[2] ?? '');
  return port ? { ip, port } : 'bad-port';
}

export function formatEndpoint({ ip, port }: Endpoint): string {
  return familyOf(ip) === 6 ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** The canonical text of an endpoint as somebody wrote it, so that equal texts are equal endpoints; what is none stays as it is. */
export function canonicalEndpoint(text: string): string {
  if (!text.startsWith('[')) return text; // of an IPv4 address only one spelling is accepted
  const parsed = parseEndpoint(text);
  return typeof parsed === 'string' ? text : formatEndpoint(parsed);
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.ip === b.ip && a.port === b.port;
}
