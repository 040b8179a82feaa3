// What items mean to each other, which no schema can say: names that must exist, identities that must be unique.
// It knows whole items, not their text; problems point at the field that a person would change.
import { formatEndpoint } from '../net/endpoint.ts';
import { complain } from './complaints.ts';
import { placeOf } from './document.ts';
import { type Part, titleOf } from './shape.ts';
import type { Role, Service, TopologyInterface, Tunnel } from './topology.ts';
import { listed, quote } from './wording.ts';

/** A value with the text it was read from. */
export interface Read<Value> {
  readonly part: Part;
  readonly value: Value;
}

export function checkInterfaces(interfaces: readonly Read<TopologyInterface>[]): void {
  unique(
    interfaces,
    ({ name }) => name,
    (again, first) => {
      complain(again.part, 'duplicate-interface', `interface ${quote(again.value.name)} is listed twice`, {
        path: ['name'],
        hint: `the first is at ${where(first.part)}; remove one of them`,
      });
    },
  );
}

export function checkTunnels(tunnels: readonly Read<Tunnel>[]): void {
  unique(
    tunnels,
    ({ id }) => id,
    (again, first) => {
      complain(again.part, 'duplicate-tunnel', `tunnel ${again.value.id} is defined twice`, {
        path: ['id'],
        hint: `the first is at ${where(first.part)}; give one of them another id`,
      });
    },
  );
}

/** `definedTunnels` holds also those that have problems of their own, so that one mistake is said once. */
export function checkServices(
  services: readonly Read<Service>[],
  definedTunnels: ReadonlySet<number>,
  role: Role | undefined,
): void {
  checkReferences(services, definedTunnels);
  unique(
    services,
    ({ group, id }) => group * 65536 + id,
    (again, first) => {
      const { group, id } = again.value;
      complain(
        again.part,
        'duplicate-service',
        `${titleOf(again.part)} has group ${group} and id ${id}, as ${titleOf(first.part)} has`,
        {
          path: ['id'],
          hint: `the first is at ${where(first.part)}; group and id together must be unique`,
        },
      );
    },
  );
  unique(
    services,
    ({ protocol, proxy }) => `${protocol} ${formatEndpoint(proxy)}`,
    (again, first) => {
      const { protocol, proxy } = again.value;
      complain(
        again.part,
        'duplicate-proxy',
        `${titleOf(again.part)} has the proxy ${protocol} ${formatEndpoint(proxy)}, as ${titleOf(first.part)} has`,
        {
          path: ['proxy'],
          hint: `the first is at ${where(first.part)}; a proxy endpoint leads to one service`,
        },
      );
    },
  );
  if (role !== 'node') return;
  unique(
    services,
    ({ protocol, endpoint }) => `${protocol} ${formatEndpoint(endpoint)}`,
    (again, first) => {
      const { protocol, endpoint, proxy } = again.value;
      // The same proxy too: said above.
      if (formatEndpoint(proxy) === formatEndpoint(first.value.proxy)) return;
      complain(
        again.part,
        'duplicate-endpoint',
        `${titleOf(again.part)} has the endpoint ${protocol} ${formatEndpoint(endpoint)}, as ${titleOf(first.part)} has behind another proxy`,
        {
          path: ['endpoint'],
          hint: `the first is at ${where(first.part)}; a reply from there could not be told apart`,
        },
      );
    },
  );
}

function checkReferences(services: readonly Read<Service>[], defined: ReadonlySet<number>): void {
  for (const { part, value } of services)
    for (const [at, id] of value.tunnels.entries()) {
      if (defined.has(id)) continue;
      const ids = [...defined].sort((a, b) => a - b);
      const hint =
        ids.length === 0
          ? 'no tunnel is defined'
          : `defined ${ids.length === 1 ? 'is tunnel' : 'tunnels are'} ${listed(ids)}`;
      complain(part, 'tunnel-not-found', `${titleOf(part)} uses tunnel ${id}, which is not defined`, {
        path: Array.isArray(part.value.tunnel) ? ['tunnel', at] : ['tunnel'],
        hint,
      });
      if (part.complaints.isFull()) return;
    }
}

function unique<Value>(
  items: readonly Read<Value>[],
  keyOf: (value: Value) => string | number,
  onAgain: (again: Read<Value>, first: Read<Value>) => void,
): void {
  const firsts = new Map<string | number, Read<Value>>();
  for (const item of items) {
    const key = keyOf(item.value);
    const first = firsts.get(key);
    if (!first) firsts.set(key, item);
    else {
      onAgain(item, first);
      if (item.part.complaints.isFull()) return;
    }
  }
}

function where(part: Part): string {
  const place = placeOf(part.document, part.node);
  return `${place.file}:${place.line}`;
}
