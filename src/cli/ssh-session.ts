// The ssh connection that a command was started through: by SSH_CONNECTION of this process or of one that it descends from, since
// sudo and su drop it; it counts only while such a connection is open, since tmux keeps the one that it was started in.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Endpoint, parsePort } from '../net/endpoint.ts';
import { type Ip, ipFromOctets, mappedIpv4, parseIp } from '../net/ip.ts';
import type { Session } from '../reconcile/own-session.ts';

/** Nobody nests that deep; a process that is its own ancestor would go on for ever. */
const mostAncestors = 64;
const established = '01';

/** @param proc where procfs is mounted */
export function findSession(proc: string, pid: number): Session | undefined {
  let open: ReadonlySet<string> | undefined;
  let at = pid;
  for (let seen = 0; at > 0 && seen < mostAncestors; seen++) {
    const said = sessionIn(read(join(proc, String(at), 'environ')));
    if (said) {
      open ??= openConnections(proc);
      if (open.has(nameOf(said))) return said;
    }
    at = parentOf(read(join(proc, String(at), 'stat')));
  }
  return undefined;
}

/** `SSH_CONNECTION=client-ip client-port server-ip server-port` among others, each ended by a zero. */
function sessionIn(environ: string): Session | undefined {
  const value = /(?:^|\0)SSH_CONNECTION=([^\0]*)/.exec(environ)?.[1] ?? '';
  const [peerIp = '', peerPort = '', localIp = '', localPort = ''] = value.split(' ');
  const [peer, local] = [endpointOf(peerIp, peerPort), endpointOf(localIp, localPort)];
  return peer && local && { peer, local };
}

/** An address may name its link (`fe80::1%eth0`), which says nothing to routes and tables. */
function endpointOf(address: string, number: string): Endpoint | undefined {
  const text = address.replace(/%.*$/, '');
  const ip = mappedIpv4(text) ?? parseIp(text);
  const port = parsePort(number);
  return ip && port && { ip, port };
}

/** The command's name, in brackets, may hold anything: its last bracket ends it. */
function parentOf(stat: string): number {
  const rest = stat.slice(stat.lastIndexOf(')') + 2);
  return Number(rest.split(' ')[1] ?? 0) || 0;
}

/** Of the network namespace that this process began in. */
function openConnections(proc: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const table of ['tcp', 'tcp6'])
    for (const line of read(join(proc, 'self/net', table))
      .split('\n')
      .slice(1)) {
      const [, local = '', peer = '', state] = line.trim().split(/\s+/);
      const [ours, theirs] = [socketEnd(local), socketEnd(peer)];
      if (state === established && ours && theirs) names.add(nameOf({ local: ours, peer: theirs }));
    }
  return names;
}

/** `0100007F:0016`: 32-bit words in the machine's order, the port as a number. */
function socketEnd(text: string): Endpoint | undefined {
  const [address = '', number = ''] = text.split(':');
  const port = parsePort(String(Number.parseInt(number, 16)));
  const words = address.match(/.{8}/g) ?? [];
  if (!port || (words.length !== 1 && words.length !== 4)) return undefined;
  const octets = Buffer.concat(words.map((word) => Buffer.from(word, 'hex').reverse()));
  const ip = ipFromOctets(octets);
  return { ip: mappedIpv4(ip) ?? (ip as Ip), port };
}

function nameOf({ peer, local }: Session): string {
  return `${peer.ip} ${peer.port} ${local.ip} ${local.port}`;
}

/** Empty: it went away, or is not ours to read. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
