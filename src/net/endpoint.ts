// Ports and endpoints: an address with a port, written 172.1.0.4:6080.
import { type Ip, parseIp } from './ip.ts';

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

/** `a.b.c.d:port`, or what is wrong with it. */
export function parseEndpoint(text: string): Endpoint | EndpointFault {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return parseIp(text) ? 'bad-port' : 'bad-address';
  const ip = parseIp(text.slice(0, colon));
  if (!ip) return 'bad-address';
  const port = parsePort(text.slice(colon + 1));
  return port ? { ip, port } : 'bad-port';
}

export function formatEndpoint(endpoint: Endpoint): string {
  return `${endpoint.ip}:${endpoint.port}`;
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.ip === b.ip && a.port === b.port;
}
