// `local: eth0:6080`: a tunnel's end as the address of an interface, whatever it is at the time. Which one it is, is found when a plan is
// made (reconcile/locals.ts); where no host is asked, a stand-in that no host can have takes its place.
import { type Endpoint, formatEndpoint, parsePort } from '../net/endpoint.ts';
import type { Ip } from '../net/ip.ts';
import type { LocalInterface, Tunnel } from './topology.ts';

/** Linux takes any other character in a name; one with a letter cannot be meant for an address. */
const written = /^((?=[^:]*[a-z])[^\s/:]{1,15})(\/[46])?:(\d+)$/i;

/** `eth0:6080` (the IPv4 address) or `eth0/6:6080`; undefined: something else. */
export function parseLocalInterface(text: string): (LocalInterface & Pick<Endpoint, 'port'>) | undefined {
  const [, name, family, digits = ''] = written.exec(text) ?? [];
  const port = parsePort(digits);
  return name === undefined || port === undefined
    ? undefined
    : { interface: name, family: family === '/6' ? 6 : 4, port };
}

/**
 * The same for the same interface: of the IPv4 block that is reserved for ever (RFC 1112 section 4), of the IPv6 prefix that is
 * discarded everywhere (RFC 6666).
 */
export function standIn({ interface: name, family }: LocalInterface): Ip {
  const number = [...Buffer.from(name)].reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5);
  const [high, low] = [(number >>> 16) & 0xff, number & 0xffff];
  return (
    family === 4
      ? `240.${high}.${low >>> 8}.${low & 0xff}`
      : `100::${(high + 1).toString(16)}:${(low || 1).toString(16)}`
  ) as Ip;
}

/** The interface whose address it takes; undefined: the file says the address. */
export function localInterface({ localFrom }: Pick<Tunnel, 'localFrom'>): string | undefined {
  return localFrom === 'address' ? undefined : localFrom.interface;
}

/** As a file has it. */
export function formatLocal({ local, localFrom }: Pick<Tunnel, 'local' | 'localFrom'>, port = local.port): string {
  if (localFrom === 'address') return formatEndpoint({ ...local, port });
  return `${localFrom.interface}${localFrom.family === 6 ? '/6' : ''}:${port}`;
}
