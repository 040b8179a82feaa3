// Keys that a file does not hold itself (`file`, `env`, `keep`), kept beside it by whose they are, so that the same text gives the
// same rows again later. Nothing here is ever shown.
import type { KeySource, ResolvedKey, Topology, TopologyKeys } from '../topology/topology.ts';
import type { Fields } from './fields.ts';

/** Hexadecimal, by `group/id` of the service or by id of the tunnel. */
export interface KeptKeys {
  readonly services: Readonly<Record<string, string>>;
  readonly previous: Readonly<Record<string, string>>;
  readonly signing: Readonly<Record<string, string>>;
}

/** 16 bytes each, by position as in the topology; undefined: there is none, or it is whatever is live. */
export interface HeldKeys {
  readonly services: readonly (Uint8Array | undefined)[];
  readonly previous: readonly (Uint8Array | undefined)[];
  readonly signing: readonly (Uint8Array | undefined)[];
}

export function keptKeys(topology: Topology, held: HeldKeys): KeptKeys {
  const { services, tunnels } = topology;
  return {
    services: kept(services, held.services, ({ key }) => key, serviceName),
    previous: kept(services, held.previous, ({ previousKey }) => previousKey, serviceName),
    signing: kept(
      tunnels,
      held.signing,
      ({ sign }) => (sign === 'none' ? sign : sign.key),
      ({ id }) => String(id),
    ),
  };
}

export function isNoKeys({ services, previous, signing }: KeptKeys): boolean {
  return [services, previous, signing].every((keys) => Object.keys(keys).length === 0);
}

function kept<Item>(
  items: readonly Item[],
  held: readonly (Uint8Array | undefined)[],
  sourceOf: (item: Item) => KeySource | 'none',
  nameOf: (item: Item) => string,
): Readonly<Record<string, string>> {
  const keys: Record<string, string> = {};
  for (const [at, item] of items.entries()) {
    const source = sourceOf(item);
    const key = held[at];
    if (source !== 'none' && source.kind !== 'bytes' && key) keys[nameOf(item)] = Buffer.from(key).toString('hex');
  }
  return keys;
}

/** The keys of the same text, read again; `lacking` names what has none: it is `keep` in the answer. */
export function keysAgain(
  { services, tunnels }: Topology,
  keys: KeptKeys,
): { readonly keys: TopologyKeys; readonly lacking: readonly string[] } {
  const lacking: string[] = [];
  const again = (source: KeySource, hex: string | undefined, what: string): ResolvedKey => {
    if (source.kind === 'bytes') return source.bytes;
    if (hex !== undefined && /^[0-9a-f]{32}$/.test(hex)) return Uint8Array.from(Buffer.from(hex, 'hex'));
    lacking.push(what);
    return 'keep';
  };
  return {
    keys: {
      services: services.map((one) =>
        again(one.key, keys.services[serviceName(one)], `the key of service "${one.name}"`),
      ),
      previous: services.map((one) =>
        one.previousKey === 'none'
          ? 'none'
          : again(one.previousKey, keys.previous[serviceName(one)], `the previous key of service "${one.name}"`),
      ),
      signing: tunnels.map(({ id, sign }) =>
        sign === 'none' ? 'none' : again(sign.key, keys.signing[id], `the key that signs pings of tunnel ${id}`),
      ),
    },
    lacking,
  };
}

export function keptKeysOf(fields: Fields): KeptKeys {
  return {
    services: fields.object('services').textsByName(),
    previous: fields.object('previous').textsByName(),
    signing: fields.object('signing').textsByName(),
  };
}

function serviceName({ group, id }: { readonly group: number; readonly id: number }): string {
  return `${group}/${id}`;
}
