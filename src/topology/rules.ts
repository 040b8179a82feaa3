// What items mean to each other, which no schema can say: names that must exist, identities that must be unique.
// It asks the written values, so that an item with one mistake is still compared with the others. Only one spelling of an
// address is accepted (net/ip.ts), hence equal texts are equal endpoints.
import { complain } from './complaints.ts';
import { placeOf } from './document.ts';
import { type Part, titleOf } from './shape.ts';
import type { Role } from './topology.ts';
import { listed, quote } from './wording.ts';

export function checkInterfaces(interfaces: readonly Part[]): void {
  unique(
    interfaces,
    ({ name }) => (typeof name === 'string' ? name : undefined),
    (again, first) =>
      complain(again, 'duplicate-interface', `interface ${quote(String(again.value.name))} is listed twice`, {
        path: ['name'],
        hint: `the first is at ${where(first)}; remove one of them`,
      }),
  );
}

export function checkTunnels(tunnels: readonly Part[]): void {
  unique(
    tunnels,
    ({ id }) => (typeof id === 'number' ? id : undefined),
    (again, first) =>
      complain(again, 'duplicate-tunnel', `tunnel ${again.value.id} is defined twice`, {
        path: ['id'],
        hint: `the first is at ${where(first)}; give one of them another id`,
      }),
  );
}

export function checkServices(services: readonly Part[], tunnels: readonly Part[], role: Role | undefined): void {
  checkReferences(services, tunnels);
  unique(services, identity, (again, first) => {
    const { group, id } = again.value;
    const message = `${titleOf(again)} has group ${group} and id ${id}, as ${titleOf(first)} has`;
    complain(again, 'duplicate-service', message, {
      path: ['id'],
      hint: `the first is at ${where(first)}; group and id together must be unique`,
    });
  });
  unique(
    services,
    ({ protocol, proxy }) => withProtocol(protocol, proxy),
    (again, first) => {
      const { protocol, proxy } = again.value;
      const message = `${titleOf(again)} has the proxy ${protocol} ${proxy}, as ${titleOf(first)} has`;
      complain(again, 'duplicate-proxy', message, {
        path: ['proxy'],
        hint: `the first is at ${where(first)}; a proxy endpoint leads to one service`,
      });
    },
  );
  if (role === 'node') checkEndpoints(services);
}

/** A reply carries its endpoint only: two proxies in front of one could not be told apart. */
function checkEndpoints(services: readonly Part[]): void {
  const endpointOf = ({ endpoint, proxy }: Part['value']) => endpoint ?? proxy;
  unique(
    services,
    (value) => withProtocol(value.protocol, endpointOf(value)),
    (again, first) => {
      if (again.value.proxy === first.value.proxy) return; // said already
      const written = `${again.value.protocol} ${endpointOf(again.value)}`;
      const message = `${titleOf(again)} has the endpoint ${written}, as ${titleOf(first)} has behind another proxy`;
      complain(again, 'duplicate-endpoint', message, {
        path: [again.value.endpoint === undefined ? 'proxy' : 'endpoint'],
        hint: `the first is at ${where(first)}; a reply from there could not be told apart`,
      });
    },
  );
}

function checkReferences(services: readonly Part[], tunnels: readonly Part[]): void {
  const defined = new Set(tunnels.map(({ value }) => value.id));
  for (const part of services) {
    const { tunnel } = part.value;
    const ids: readonly unknown[] = Array.isArray(tunnel) ? tunnel.slice(0, 4) : [tunnel];
    for (const [at, id] of ids.entries()) {
      if (typeof id !== 'number' || defined.has(id)) continue;
      complain(part, 'tunnel-not-found', `${titleOf(part)} uses tunnel ${id}, which is not defined`, {
        path: Array.isArray(tunnel) ? ['tunnel', at] : ['tunnel'],
        hint: definedHint(defined),
      });
      if (part.complaints.isFull()) return;
    }
  }
}

function definedHint(defined: ReadonlySet<unknown>): string {
  const ids = [...defined].filter((id) => typeof id === 'number').sort((a, b) => a - b);
  if (ids.length === 0) return 'no tunnel is defined';
  return ids.length === 1 ? `the one defined tunnel is ${ids[0]}` : `defined tunnels are ${listed(ids)}`;
}

function identity({ group, id }: Part['value']): number | undefined {
  return typeof group === 'number' && typeof id === 'number' ? group * 65536 + id : undefined;
}

function withProtocol(protocol: unknown, endpoint: unknown): string | undefined {
  return typeof protocol === 'string' && typeof endpoint === 'string' ? `${protocol} ${endpoint}` : undefined;
}

/** `keyOf` gives undefined for an item that has no such identity: its own problems say why. */
function unique(
  parts: readonly Part[],
  keyOf: (value: Part['value']) => string | number | undefined,
  onAgain: (again: Part, first: Part) => void,
): void {
  const firsts = new Map<string | number, Part>();
  for (const part of parts) {
    const key = keyOf(part.value);
    if (key === undefined) continue;
    const first = firsts.get(key);
    if (first) onAgain(part, first);
    else firsts.set(key, part);
    if (part.complaints.isFull()) return;
  }
}

function where(part: Part): string {
  const place = placeOf(part.document, part.node);
  return `${place.file}:${place.line}`;
}
