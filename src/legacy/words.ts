// Words of the old tools, in their own order of arguments, become what they ask for. Numbers are read here; addresses, ports and
// keys only travel through: the rules of a file judge them.
import type { Direction } from '../topology/topology.ts';
import { nearest } from '../topology/wording.ts';
import type { Asked, Misspoken, Named, ServiceOrder, Tool } from './asked.ts';

const usages: Readonly<Record<Tool, readonly string[]>> = {
  config: [
    'get all|<interface>|<0|1>',
    'set <0|1> <id> <flags> <name>',
    'set <interface> <0|1> [<id>] <flags> [<name>]',
    'del all|<interface>',
  ],
  tunnel: ['get all|<id>', 'set <id> <ip-local> <port-local> <ip-remote> <port-remote>', 'del all|<id>'],
  service: [
    'get all|<service-id> <group-id>',
    'set <service-id> <group-id> <proto> <ip-proxy> <port-proxy> <ip-ep> <port-ep> <tunnel-id> <key> [<ifindex>]',
    'set-gw <group-id> <service-id> <key> <tunnel-id> <proto> <ip-ep> <port-ep> <ifindex>',
    'set-node <group-id> <service-id> <key> <tunnel-id> <proto> <ip-ep> <port-ep>',
    'del all|<service-id> <group-id>',
    'del-gw <group-id> <service-id> <key> <tunnel-id> <proto> <ip-ep> <port-ep> <ifindex>',
  ],
};

export function readWords(tool: Tool, words: readonly string[], order: ServiceOrder): Asked | Misspoken {
  const [verb = '', ...rest] = words;
  const read = Object.hasOwn(readers[tool], verb) ? readers[tool][verb] : undefined;
  const asked = read?.(rest, order);
  if (asked && !(asked instanceof NotNumber)) return asked;
  const hint = formsHint(tool, verb);
  if (!verb) return { fault: `${tool} was told nothing`, hint };
  if (!read) return { fault: `${tool} knows no "${verb.slice(0, 60)}"`, hint };
  // Of a service it may be the key, in the wrong place.
  const word = tool === 'service' ? 'a word' : asked && `"${asked.text.slice(0, 60)}"`;
  if (asked) return { fault: `${word} is not a number that ${asked.what} can have`, hint };
  return { fault: `${tool} ${verb} has ${rest.length} words, which is none of its forms`, hint };
}

/** How `set` is written in the old tool's own words. */
export function formsOfSet(tool: Tool): string[] {
  const name = tool === 'config' ? 'cli_cfg' : `cli_${tool}`;
  return usages[tool].filter((usage) => usage.startsWith('set ')).map((usage) => `${name} ${usage}`);
}

/** The forms of a verb, of the one that was meant, or of all. */
function formsHint(tool: Tool, verb: string): string {
  const verbOf = (usage: string): string => usage.split(' ')[0] ?? '';
  const meant = Object.hasOwn(readers[tool], verb) ? verb : nearest(verb, usages[tool].map(verbOf));
  const forms = usages[tool].filter((usage) => verbOf(usage) === meant);
  const told = (forms.length ? forms : usages[tool]).map((usage) => `\`trueingress ${tool} ${usage}\``).join(', or ');
  return meant === undefined || meant === verb ? `say ${told}` : `did you mean ${told}?`;
}

/** A word that should be a number. */
class NotNumber {
  readonly text: string;
  readonly what: string;
  constructor(text: string, what: string) {
    this.text = text;
    this.what = what;
  }
}

/** undefined: not one of the forms. */
type Reader = (words: readonly string[], order: ServiceOrder) => Asked | NotNumber | undefined;

const readers: Readonly<Record<Tool, Readonly<Record<string, Reader>>>> = {
  config: {
    get: ([what, ...more]) =>
      what === undefined || more.length ? undefined : { verb: 'get', named: configNamed(what) },
    set: configSet,
    del: ([what, ...more]) =>
      what === undefined || more.length || directionOf(what) ? undefined : { verb: 'del', named: configNamed(what) },
  },
  tunnel: {
    get: (words) => named('get', words, tunnelNamed),
    list: () => ({ verb: 'get', named: { tool: 'tunnel', id: undefined } }),
    set: tunnelSet,
    del: (words) => named('del', words, tunnelNamed),
  },
  service: {
    get: (words, order) => named('get', words, (rest) => serviceNamed(rest, order)),
    set: serviceSet,
    'set-gw': setGateway,
    'set-node': setNode,
    del: (words, order) => named('del', words, (rest) => serviceNamed(rest, order)),
    'del-gw': ([group, id, ...rest]) =>
      rest.length === 6
        ? named('del', [group ?? '', id ?? ''], (pair) => serviceNamed(pair, 'group-service'))
        : undefined,
  },
};

function named(
  verb: 'get' | 'del',
  words: readonly string[],
  read: (words: readonly string[]) => Named | NotNumber | undefined,
): Asked | NotNumber | undefined {
  const found = read(words);
  return found === undefined || found instanceof NotNumber ? found : { verb, named: found };
}

function tunnelNamed([what, ...more]: readonly string[]): Named | NotNumber | undefined {
  if (what === undefined || more.length > 0) return undefined;
  if (what === 'all') return { tool: 'tunnel', id: undefined };
  const id = tunnelId(what);
  return id instanceof NotNumber ? id : { tool: 'tunnel', id };
}

function serviceNamed(words: readonly string[], order: ServiceOrder): Named | NotNumber | undefined {
  const [first, second, ...more] = words;
  if (first === 'all' && second === undefined) return { tool: 'service', service: undefined };
  if (first === undefined || second === undefined || more.length > 0) return undefined;
  const service = identity(first, second, order);
  return service instanceof NotNumber ? service : { tool: 'service', service };
}

function configNamed(what: string): Named {
  const direction = directionOf(what);
  return { tool: 'config', interface: what === 'all' || direction ? undefined : what, direction };
}

/** `<0|1> <id> <flags> <name>` of early releases, `<interface> <0|1> [<id>] <flags> [<name>]` of later ones. */
function configSet(words: readonly string[]): Asked | NotNumber | undefined {
  const isEarly = directionOf(words[0] ?? '') !== undefined;
  const [side = '', ...rest] = isEarly ? words : words.slice(1);
  const direction = directionOf(side);
  if (!direction) return undefined;
  // One number is the flags; of two the first is the id, since a name that is all digits was never seen.
  const hasId = isEarly || /^\d+$/.test(rest[1] ?? '');
  const [id, flags, label, ...more] = hasId ? rest : [undefined, ...rest];
  if (flags === undefined || more.length > 0 || (isEarly && label === undefined)) return undefined;
  const instanceId = id === undefined ? undefined : whole(id, 4294967295, 'an instance');
  const number = whole(flags, 4294967295, 'flags');
  if (instanceId instanceof NotNumber) return instanceId;
  if (number instanceof NotNumber) return number;
  const name = isEarly ? undefined : words[0];
  return { verb: 'set', item: { kind: 'flags', interface: name, direction, flags: number, instanceId, label } };
}

function tunnelSet(words: readonly string[]): Asked | NotNumber | undefined {
  const [id = '', localIp = '', localPort = '', remoteIp = '', remotePort = '', ...more] = words;
  if (words.length < 5 || more.length > 0) return undefined;
  const number = tunnelId(id);
  if (number instanceof NotNumber) return number;
  const isLearned = (remoteIp === '0' || remoteIp === '0.0.0.0') && remotePort === '0';
  const remote = isLearned ? 'learned' : endpoint(remoteIp, remotePort);
  return { verb: 'set', item: { kind: 'tunnel', id: number, local: endpoint(localIp, localPort), remote } };
}

function serviceSet(words: readonly string[], order: ServiceOrder): Asked | NotNumber | undefined {
  const [first = '', second = '', protocol = '', proxyIp = '', proxyPort = '', ip = '', port = '', ...rest] = words;
  const [tunnelWord = '', key = '', index, ...more] = rest;
  if (words.length < 9 || more.length > 0) return undefined;
  const proxy = endpoint(proxyIp, proxyPort);
  return service([first, second, tunnelWord, index], order, { protocol, proxy, endpoint: endpoint(ip, port), key });
}

/** At a gateway the packet is seen after the proxy's own translation: `<ip-ep>` is what it carries. */
function setGateway(words: readonly string[]): Asked | NotNumber | undefined {
  const [group = '', id = '', key = '', tunnelWord = '', protocol = '', ip = '', port = '', index, ...more] = words;
  if (words.length < 8 || more.length > 0) return undefined;
  const proxy = endpoint(ip, port);
  return service([group, id, tunnelWord, index], 'group-service', { protocol, proxy, endpoint: undefined, key });
}

function setNode(words: readonly string[]): Asked | NotNumber | undefined {
  const [group = '', id = '', key = '', tunnelWord = '', protocol = '', ip = '', port = '', ...more] = words;
  if (words.length < 7 || more.length > 0) return undefined;
  const proxy = endpoint(ip, port);
  return service([group, id, tunnelWord, undefined], 'group-service', { protocol, proxy, endpoint: undefined, key });
}

function service(
  [first, second, tunnelWord, index]: readonly [string, string, string, string | undefined],
  order: ServiceOrder,
  texts: { protocol: string; proxy: string; endpoint: string | undefined; key: string },
): Asked | NotNumber {
  const found = identity(first, second, order);
  const tunnel = tunnelId(tunnelWord);
  const ifindex = index === undefined ? undefined : whole(index, 2147483647, 'an interface');
  if (found instanceof NotNumber) return found;
  if (tunnel instanceof NotNumber) return tunnel;
  if (ifindex instanceof NotNumber) return ifindex;
  return { verb: 'set', item: { kind: 'service', ...texts, ...found, tunnel, ifindex } };
}

interface Identity {
  readonly group: number;
  readonly id: number;
}

function identity(first: string, second: string, order: ServiceOrder): Identity | NotNumber {
  const [group, id] = order === 'group-service' ? [first, second] : [second, first];
  const numbers = [whole(group, 65535, 'a group'), whole(id, 65535, 'a service')] as const;
  if (numbers[0] instanceof NotNumber) return numbers[0];
  return numbers[1] instanceof NotNumber ? numbers[1] : { group: numbers[0], id: numbers[1] };
}

function tunnelId(text: string): number | NotNumber {
  return whole(text, 4294967295, 'a tunnel');
}

function whole(text: string, most: number, what: string): number | NotNumber {
  const number = Number(text);
  return /^\d{1,10}$/.test(text) && number <= most ? number : new NotNumber(text, what);
}

function directionOf(word: string): Direction | undefined {
  return word === '0' ? 'ingress' : word === '1' ? 'egress' : undefined;
}

function endpoint(ip: string, port: string): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
