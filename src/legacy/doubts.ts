// Words that are understood and hardly meant: a value that would fit another place better, an address where there is none.
// Said line by line, since whoever moves a script over reads it line by line. No value of a service is quoted: it may be the key.
import { parseIp } from '../net/ip.ts';
import type { FlagsItem, Item, ServiceItem, TunnelItem } from './asked.ts';

export function doubtsOf(item: Item): string[] {
  switch (item.kind) {
    case 'flags':
      return flagDoubts(item);
    case 'tunnel':
      return tunnelDoubts(item);
    case 'service':
      return serviceDoubts(item);
    default:
      return item satisfies never;
  }
}

/** The old flag 2 is told where the file is written; nothing has a bit above 16. */
const mostFlags = 31;

/** Several flags, `dump` (8) or `fib` (16) among them, as scripts have them; smaller numbers are ids as well. */
function looksLikeFlags(number: number): boolean {
  return number > 8 && number <= mostFlags && (number & (number - 1)) !== 0;
}

function flagDoubts({ direction, flags, instanceId, label }: FlagsItem): string[] {
  const doubts: string[] = [];
  if (instanceId !== undefined && looksLikeFlags(instanceId) && !looksLikeFlags(flags))
    doubts.push(`${instanceId} stands where the id belongs and ${flags} where the flags do: exchanged, it seems`);
  if (flags > mostFlags) doubts.push(`${flags} is no sum of flags: they end at 16`);
  const [, end] = /(?:^|\W)(RX|TX)$/i.exec(label ?? '') ?? [];
  const named = end && (end.toUpperCase() === 'RX' ? 'ingress' : 'egress');
  if (named && named !== direction)
    doubts.push(`the name ends with ${end}, and ${direction === 'ingress' ? 0 : 1} is ${direction}`);
  return doubts;
}

function tunnelDoubts({ local, remote }: TunnelItem): string[] {
  const ends = [['local', local] as const, ...(remote === 'learned' ? [] : [['remote', remote] as const])];
  const doubts = ends.flatMap(([name, end]) => endpointDoubt(end, `the ${name} end, "${end.slice(0, 60)}",`));
  if (local === remote) doubts.push(`both ends are ${local.slice(0, 60)}`);
  return doubts;
}

function serviceDoubts({ protocol, proxy, endpoint, tunnel }: ServiceItem): string[] {
  const doubts = /^(tcp|udp)$/.test(protocol) ? [] : ['what stands where the protocol belongs is neither tcp nor udp'];
  doubts.push(...endpointDoubt(proxy, 'what stands where the proxy belongs'));
  if (endpoint !== undefined) doubts.push(...endpointDoubt(endpoint, 'what stands where the endpoint belongs'));
  if (tunnel === 0) doubts.push('0 is the number of no tunnel');
  return doubts;
}

function endpointDoubt(text: string, what: string): string[] {
  const [, bracketed, plain, port = ''] = /^(?:\[(.*)\]|(.*)):([^:]*)$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  // pfc_add.sh: the address of that interface.
  const isHost = parseIp(host) !== undefined || (/^[A-Za-z]/.test(host) && plain !== undefined);
  const isPort = /^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) <= 65535;
  if (isHost && isPort) return [];
  return [`${what} has no ${isHost ? 'port from 1 to 65535 behind its address' : 'IP address before its port'}`];
}
