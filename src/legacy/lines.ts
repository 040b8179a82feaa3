// The lines that the old tools printed and that scripts grep and cut: printf notation in the comments. And the way back, for lists
// that somebody kept of an old host.
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts';
import type { Direction } from '../topology/topology.ts';
import { flagText } from './flags.ts';

export interface TunnelEntry {
  readonly id: number;
  readonly local: string;
  /** `0.0.0.0:0`: nothing learned yet. */
  readonly remote: string;
}

export interface EncapEntry {
  readonly protocol: string;
  readonly proxy: string;
  /** 0: packets that entered anywhere. */
  readonly ifindex: number;
  readonly tunnel: number;
}

export interface ConfigEntry {
  readonly interface: string;
  readonly ifindex: number;
  readonly direction: Direction;
  readonly flags: number;
}

export const unlearned = '0.0.0.0:0';
const dashes = '-'.repeat(74);

/** `TUN\t%8u\t%16s:%u -> %s:%u`: id, local, remote. */
export function tunnelLine({ id, local, remote }: TunnelEntry): string {
  const [ip, port] = cut(local);
  return `TUN\t${String(id).padStart(8)}\t${ip.padStart(16)}:${port} -> ${remote}`;
}

/** `ENCAP (%s %s:%u)  %u -> %u`: protocol, ip, port, interface index, tunnel. */
export function encapLine({ protocol, proxy, ifindex, tunnel }: EncapEntry): string {
  return `ENCAP (${protocol} ${proxy})  ${ifindex} -> ${tunnel}`;
}

/** `CFG  %-16s   %-5u    %s    %s`: interface, index, direction, flags. */
export function configLine({ interface: name, ifindex, direction, flags }: ConfigEntry): string {
  const side = direction === 'ingress' ? 'Ingress' : 'Egress ';
  return `CFG  ${name.padEnd(16)}   ${String(ifindex).padEnd(5)}    ${side}    ${flagText(direction, flags)}`;
}

/** A list under its title, with the dashed line and the count at its end. */
export function listText(title: string, lines: readonly string[], count = lines.length): string {
  return `${[title, dashes, ...lines, dashes, `Entries:  ${count}`].join('\n')}\n\n`;
}

export function singleText(title: string, lines: readonly string[]): string {
  return `${[title, dashes, ...lines, dashes].join('\n')}\n\n`;
}

/** `TUNNEL.SET (%u)\t\tOK`. */
export function doneLine(what: string): string {
  return `${what}\t\tOK`;
}

/** `TUNNEL.SET (%u)\t\tERR (%d) '%s'`: errno and its text. */
export function errorLine(what: string, { number, text }: { readonly number: number; readonly text: string }): string {
  return `${what}\t\tERR (${number}) '${text}'`;
}

export function readTunnelLine(line: string): TunnelEntry | undefined {
  const match = /^TUN\t *(\d+)\t *(\S+:\d+) -> (\S+:\d+)\s*$/.exec(line);
  const [, id = '', local = '', remote = ''] = match ?? [];
  return match ? { id: Number(id), local, remote } : undefined;
}

export function readEncapLine(line: string): EncapEntry | undefined {
  const match = /^ENCAP \((tcp|udp) (\S+:\d+)\) {2}(\d+) -> (\d+)/.exec(line);
  const [, protocol = '', proxy = '', ifindex = '', tunnel = ''] = match ?? [];
  return match ? { protocol, proxy, ifindex: Number(ifindex), tunnel: Number(tunnel) } : undefined;
}

export function readConfigLine(line: string): ConfigEntry | undefined {
  const match = /^CFG {2}(\S+) +(\d+) +(Ingress|Egress) +(.*)$/.exec(line);
  const [, name = '', ifindex = '', side, rest = ''] = match ?? [];
  if (!match) return undefined;
  const flags = [...rest.matchAll(/\((\d+)\)/g)].reduce((sum, [, bit]) => sum + Number(bit), 0);
  return { interface: name, ifindex: Number(ifindex), direction: side === 'Ingress' ? 'ingress' : 'egress', flags };
}

function cut(endpoint: string): [ip: string, port: string] {
  const colon = endpoint.lastIndexOf(':');
  return [endpoint.slice(0, colon), endpoint.slice(colon + 1)];
}

export function remoteText(remote: Endpoint | 'learned', heard: string | undefined): string {
  return remote === 'learned' ? (heard ?? unlearned) : formatEndpoint(remote);
}
