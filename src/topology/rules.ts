// What items mean to each other, which no schema can say: names that must exist, identities that must be unique.
// It asks the written values, so that an item with one mistake is still compared with the others; endpoints in their canonical
// spelling, since IPv6 addresses have many.
import { canonicalEndpoint } from '../net/endpoint.ts';
import { complain } from './complaints.ts';
import { checkEcho } from './echo.ts';
import { type Part, titleOf, whereIs } from './shape.ts';
import { checkShortServices, checkShortTunnels } from './short-header.ts';
import type { Role } from './topology.ts';
import { listed, quote } from './wording.ts';

export function checkInterfaces(interfaces: readonly Part[]): void {
  unique(
    interfaces,
    ({ name }) => (typeof name === 'string' ? name : undefined),
    (again, first) =>
      complain(again, 'duplicate-interface', `interface ${quote(String(again.value.name))} is listed twice`, {
        path: ['name'],
        hint: `the first is at ${whereIs(first)}; remove one of them`,
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
        hint: `the first is at ${whereIs(first)}; give one of them another id`,
      }),
  );
  checkShortTunnels(tunnels);
}

export function checkServices(services: readonly Part[], tunnels: readonly Part[], role: Role | undefined): void {
  checkReferences(services, tunnels);
  unique(services, identity, (again, first) => {
    const { group, id } = again.value;
    const message = `${titleOf(again)} has group ${group} and id ${id}, as ${titleOf(first)} has`;
    complain(again, 'duplicate-service', message, {
      path: ['id'],
      hint: `the first is at ${whereIs(first)}; group and id together must be unique`,
    });
  });
  // On a node nothing enters "via": there the proxy alone tells services apart.
  const entryOf = ({ via }: Part['value']) =>
    role === 'gateway' && typeof via === 'string' && via !== 'any' ? via : '';
  unique(
    services,
    (value) => withProtocol(value.protocol, value.proxy, entryOf(value)),
    (again, first) => {
      const { protocol, proxy } = again.value;
      const entry = entryOf(again.value);
      const written = `${protocol} ${proxy}${entry && ` via ${entry}`}`;
      const message = `${titleOf(again)} has the proxy ${written}, as ${titleOf(first)} has`;
      const byEntry = role === 'gateway' ? ', or one for each interface of entry (via)' : '';
      complain(again, 'duplicate-proxy', message, {
        path: ['proxy'],
        hint: `the first is at ${whereIs(first)}; a proxy endpoint leads to one service${byEntry}`,
      });
    },
  );
  if (role === 'node') checkEndpoints(services);
  checkShortServices(services, tunnels, role);
  checkEcho(services, role);
}

/** A reply carries its endpoint only: two proxies in front of one are told apart by its request, if that was seen. */
function checkEndpoints(services: readonly Part[]): void {
  const endpointOf = ({ endpoint, proxy }: Part['value']) => endpoint ?? proxy;
  unique(
    services,
    (value) => withProtocol(value.protocol, endpointOf(value)),
    (again, first) => {
      if (canonical(again.value.proxy) === canonical(first.value.proxy)) return; // said already
      if (again.value.fallback === 'pass' && first.value.fallback === 'pass') return;
      const written = `${again.value.protocol} ${endpointOf(again.value)}`;
      const message = `${titleOf(again)} has the endpoint ${written}, as ${titleOf(first)} has behind another proxy`;
      complain(again, 'duplicate-endpoint', message, {
        path: [again.value.endpoint === undefined ? 'proxy' : 'endpoint'],
        hint: `the first is at ${whereIs(first)}; with fallback: pass at both, each reply goes where its request came from`,
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

export function definedHint(defined: ReadonlySet<unknown>): string {
  const ids = [...defined].filter((id) => typeof id === 'number').sort((a, b) => a - b);
  if (ids.length === 0) return 'no tunnel is defined';
  return ids.length === 1 ? `the one defined tunnel is ${ids[0]}` : `defined tunnels are ${listed(ids)}`;
}

function identity({ group, id }: Part['value']): number | undefined {
  return typeof group === 'number' && typeof id === 'number' ? group * 65536 + id : undefined;
}

function withProtocol(protocol: unknown, endpoint: unknown, entry = ''): string | undefined {
  if (typeof protocol !== 'string' || typeof endpoint !== 'string') return undefined;
  return `${protocol} ${canonicalEndpoint(endpoint)} ${entry}`;
}

function canonical(endpoint: unknown): unknown {
  return typeof endpoint === 'string' ? canonicalEndpoint(endpoint) : endpoint;
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
