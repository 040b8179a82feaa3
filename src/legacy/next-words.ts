// What may follow the words of an old tool that were typed so far, for completion in shells.
import type { ServiceOrder, Tool } from './asked.ts';

/** A value, and what it is. */
export type NextWord = readonly [value: string, meaning?: string | undefined];

export interface Known {
  readonly interfaces: readonly NextWord[];
  readonly tunnels: readonly NextWord[];
  readonly services: readonly { readonly group: number; readonly id: number; readonly label?: string | undefined }[];
}

const verbs: Readonly<Record<Tool, readonly NextWord[]>> = {
  config: [['get'], ['set'], ['del']],
  tunnel: [['get'], ['set'], ['del']],
  service: [['get'], ['set'], ['del'], ['set-gw'], ['set-node'], ['del-gw']],
};
const directions: readonly NextWord[] = [
  ['0', 'ingress'],
  ['1', 'egress'],
];
const all: NextWord = ['all'];
/** Where `set`, `set-gw` and `set-node` of a service have the protocol and the tunnel, counted behind the verb. */
const places: Readonly<Record<string, { readonly protocol: number; readonly tunnel: number }>> = {
  set: { protocol: 2, tunnel: 7 },
  'set-gw': { protocol: 4, tunnel: 3 },
  'set-node': { protocol: 4, tunnel: 3 },
  'del-gw': { protocol: 4, tunnel: 3 },
};

export function nextWords(
  tool: Tool,
  typed: readonly string[],
  known: Known,
  order: ServiceOrder,
): readonly NextWord[] {
  const [verb, ...given] = typed;
  if (verb === undefined) return verbs[tool];
  const at = given.length;
  if (tool === 'config') return configWords(verb, given, known);
  if (tool === 'tunnel') return at > 0 ? [] : verb === 'set' ? known.tunnels : [all, ...known.tunnels];
  const asks = verb === 'get' || verb === 'del';
  if (asks && given[0] === 'all') return [];
  const place = places[verb];
  if (at === place?.protocol) return [['tcp'], ['udp']];
  if (at === place?.tunnel) return known.tunnels;
  const ids = at < 2 ? idWords(given, known, asks || verb === 'set' ? order : 'group-service') : [];
  return asks && at === 0 ? [all, ...ids] : ids;
}

function configWords(verb: string, given: readonly string[], { interfaces }: Known): readonly NextWord[] {
  if (given.length === 0)
    return [...(verb === 'set' ? [] : [all]), ...interfaces, ...(verb === 'del' ? [] : directions)];
  return verb === 'set' && given.length === 1 && !/^[01]$/.test(given[0] ?? '') ? directions : [];
}

/** The first id, or those that go with the first: in the order that the tool has them. */
function idWords(given: readonly string[], { services }: Known, order: ServiceOrder): NextWord[] {
  const words = new Map<string, NextWord>();
  for (const { group, id, label } of services) {
    const [first, second] = order === 'group-service' ? [group, id] : [id, group];
    const [word, rest] = given.length === 0 ? [first, second] : [second, first];
    if (given.length > 0 && given[0] !== String(first)) continue;
    words.set(String(word), [String(word), label ?? `with ${rest}`]);
  }
  return [...words.values()];
}
