// Endpoints and prefixes as somebody wrote them: the value, or what is wrong with it and undefined.
// Both families; what an address is allowed to be is net/ip.ts.
import { type Endpoint, parseEndpoint } from '../net/endpoint.ts';
import { familyOf, mappedIpv4, notOfHost, parseIp } from '../net/ip.ts';
import { comparePrefixes, formatPrefix, type Prefix, parsePrefix } from '../net/prefix.ts';
import { complain } from './complaints.ts';
import type { Path } from './document.ts';
import { fieldTitle, type Part } from './shape.ts';
import { quote } from './wording.ts';

/** Address and port of an ordinary host. `example` is one of IPv4. */
export function readEndpoint(part: Part, name: string, example: string): Endpoint | undefined {
  const text = part.value[name];
  if (typeof text !== 'string') return undefined;
  const parsed = parseEndpoint(text);
  const title = () => `${fieldTitle(part, [name])} is ${quote(text)}`;
  if (parsed === 'bad-address')
    return complain(part, 'bad-address', `${title()}, which does not begin with an IP address`, {
      path: [name],
      hint: addressHint(text, example),
    });
  if (parsed === 'bad-port')
    return complain(part, 'bad-port', `${title()}, which does not end with a port from 1 to 65535`, {
      path: [name],
      hint: portHint(text, example),
    });
  const fault = notOfHost(parsed.ip);
  if (!fault) return parsed;
  return complain(part, 'bad-address', `${title()}: that is ${notHost[fault]}`, {
    path: [name],
    hint:
      fault === 'link-local'
        ? 'use a global address of the host, or a unique local one (fd00::/8)'
        : `write it like ${likewise(text, example)}`,
  });
}

const notHost = {
  unspecified: 'no address of a host',
  multicast: 'a multicast address, not that of a host',
  broadcast: 'the broadcast address, not that of a host',
  'link-local': 'a link-local address, which means nothing without its link',
} as const;

/** The example in the family that was probably meant. */
function likewise(text: string, example: string): string {
  return text.includes('[') || text.split(':').length > 2 ? `"[2001:db8::4]:${example.split(':')[1]}"` : example;
}

function addressHint(text: string, example: string): string {
  const bracketed = /^\[([^\]]*)\](.*)$/.exec(text);
  const inside = bracketed?.[1] ?? '';
  const mapped = mappedIpv4(inside);
  if (mapped) return `that is an IPv4 address, write it as one: ${mapped}${bracketed?.[2]}`;
  if (text.includes('%')) return 'leave out the zone, from the % on: link-local addresses are not taken';
  if (parseIp(inside)) return `brackets are for IPv6: write ${inside}${bracketed?.[2]}`;
  if (/\.0\d/.test(`.${text}`)) return 'write the numbers without leading zeros: some readers take them for octal';
  if (!text.includes('[') && /[a-z]/i.test(text.replace(/:.*:/, '')))
    return 'write the address as numbers; names are not looked up';
  return `write it like ${likewise(text, example)}`;
}

function portHint(text: string, example: string): string {
  const ip = parseIp(text);
  if (!ip) return `write it like ${likewise(text, example)}`;
  if (familyOf(ip) === 4) return `write the port too, such as ${text}:${example.split(':')[1]}`;
  return `an IPv6 address stands in brackets before its port, all of it in quotes: ${likewise(text, example)}`;
}

/** A list of prefixes, sorted, each once; a list of the wrong shape has been said already. */
export function readPrefixes(part: Part, name: string): readonly Prefix[] | undefined {
  const written = part.value[name];
  if (!Array.isArray(written)) return written === undefined ? [] : undefined;
  const prefixes: Prefix[] = [];
  for (const [at, text] of written.entries()) {
    const prefix = readPrefix(part, [name, at], text);
    if (prefix) prefixes.push(prefix);
    if (part.complaints.isFull()) return undefined;
  }
  if (prefixes.length < written.length) return undefined;
  return prefixes
    .sort(comparePrefixes)
    .filter((one, at, all) => at === 0 || comparePrefixes(one, all[at - 1] ?? one) !== 0);
}

function readPrefix(part: Part, path: Path, text: unknown): Prefix | undefined {
  if (typeof text !== 'string') return undefined;
  const parsed = parsePrefix(text);
  if (typeof parsed === 'object' && 'ip' in parsed) return parsed;
  const title = `${fieldTitle(part, path)} has ${quote(text)}`;
  if (typeof parsed === 'object')
    return complain(part, 'bad-prefix', `${title}, which has bits behind its prefix`, {
      path,
      hint: `write ${formatPrefix(parsed.meant)}`,
    });
  const ip = parseIp(text);
  if (ip) {
    const bits = familyOf(ip) === 4 ? 32 : 128;
    return complain(part, 'bad-prefix', `${title}, which has no length`, { path, hint: `write ${ip}/${bits}` });
  }
  return complain(part, 'bad-prefix', `${title}, which is not a prefix`, {
    path,
    hint:
      parsed === 'bad-length'
        ? 'the length is a number, of IPv4 up to 32, of IPv6 up to 128'
        : 'write it like 203.0.113.0/24 or 2001:db8::/32',
  });
}
