// What was gathered becomes a file with comments: where each part comes from, what was assumed and why, and what is left to do by
// hand. Written here line by line, since every line has something to say.
import { literalKey, parseKeyText } from '../topology/key-text.ts';
import { directions, type Role } from '../topology/topology.ts';
import type { FlagsItem, ServiceItem, TunnelItem } from './asked.ts';
import { writtenKey } from './edits.ts';
import { deadBits, flagNames, instanceNameOf, roleOf } from './flags.ts';
import type { Found, OldState, Origin } from './found.ts';

export interface ImportOptions {
  readonly name: string | undefined;
  /** Print keys, and lines that may hold one. */
  readonly showSecrets: boolean;
}

export function importText(state: OldState, options: ImportOptions): string {
  const { role, why } = roleFound(state);
  const assumptions = [...state.assumptions, { what: `this host is a ${role}`, why }];
  const labels = [...state.flags.values()].map(({ item }) => item.label);
  const name = options.name ?? labels.map(instanceNameOf).find((one) => one !== undefined) ?? 'main';
  const ids = [...state.flags.values()].map(({ item }) => item.instanceId).filter((id) => id);
  const tunnels = [...state.tunnels.values()].sort((a, b) => a.item.id - b.item.id);
  const services = [...state.services.values()].sort((a, b) => a.item.group - b.item.group || a.item.id - b.item.id);
  return lines(
    '# Made by `trueingress import`. Assumed, and why:',
    ...assumptions.map(({ what, why: reason }) => `#   ${what}: ${reason}`),
    'apiVersion: trueingress/v1',
    `name: "${name}"`,
    ...(ids[0] ? [`id: ${ids[0]}`] : []),
    `role: ${role}`,
    ...interfaceLines(state),
    '',
    tunnels.length ? 'tunnels:' : 'tunnels: []',
    ...tunnels.flatMap((found) => tunnelLines(found, role, state.pingSeconds)),
    '',
    services.length ? 'services:' : 'services: []',
    ...services.flatMap((found) => serviceLines(found, options)),
    ...leftLines(state, options),
  );
}

function roleFound({ flags, saidRole, tunnels }: OldState): { readonly role: Role; readonly why: string } {
  for (const { item, origin } of flags.values()) {
    const role = roleOf(item.direction, item.flags);
    if (role)
      return {
        role,
        why: `${placeText(origin)} gives egress the flags ${item.flags}, ${role === 'gateway' ? 'with' : 'without'} proxy (1)`,
      };
  }
  if (saidRole) return { role: saidRole, why: `words of a ${saidRole} are among the commands or rows` };
  for (const { item, origin } of tunnels.values())
    if (item.remote === 'learned')
      return { role: 'gateway', why: `tunnel ${item.id} (${placeText(origin)}) waits for pings` };
  return { role: 'gateway', why: 'nothing says otherwise; change `role` if it is a node' };
}

function interfaceLines({ flags, interfaces }: OldState): string[] {
  const names = new Set(interfaces);
  for (const { item } of flags.values()) if (item.interface !== undefined) names.add(item.interface);
  const told = (name: string) => directions.flatMap((direction) => flags.get(`${name} ${direction}`) ?? []);
  const usual = told('');
  const common = written(usual);
  if (names.size === 0)
    return [
      ...comments(usual, '# '),
      ...(common ? [`flags: {${common}}`] : []),
      '# interfaces: the one of the default route',
    ];
  return [
    'interfaces:',
    ...[...names].sort().flatMap((name) => {
      const found = told(name);
      const own = written(found) ?? common;
      const from = found.map(({ origin }) => placeText(origin)).join(', ');
      const comment = from ? ` # ${from}` : '';
      return [
        own ? `  - {name: ${textOf(name)}, flags: {${own}}}${comment}` : `  - ${textOf(name)}${comment}`,
        ...comments(found, '    # '),
      ];
    }),
  ];
}

function written(found: readonly Found<FlagsItem>[]): string | undefined {
  const parts = found
    .map(({ item }) => ({ direction: item.direction, names: flagNames(item.direction, item.flags) }))
    .filter(({ names }) => names.length > 0)
    .map(({ direction, names }) => `${direction}: [${names.join(', ')}]`);
  return parts.length ? parts.join(', ') : undefined;
}

function comments(found: readonly Found<FlagsItem>[], indent: string): string[] {
  return found.flatMap(({ item, origin, remarks }) => {
    const dead = deadBits(item.direction, item.flags);
    const leftOut = `${dead} in the flags ${item.flags} of ${item.direction} is left out, no program looks at it`;
    return [...remarks, ...(dead === 0 ? [] : [leftOut])].map((one) => `${indent}${placeText(origin)}: ${one}`);
  });
}

function tunnelLines(
  { item, origin, remarks }: Found<TunnelItem>,
  role: Role,
  pingSeconds: number | undefined,
): string[] {
  return [
    `  - id: ${item.id} # ${placeText(origin)}`,
    ...remarks.map((remark) => `    # ${remark}`),
    `    local: ${textOf(item.local)}`,
    `    remote: ${textOf(item.remote)}`,
    ...(role === 'node' && pingSeconds ? [`    ping: {interval: ${pingSeconds}s}`] : []),
  ];
}

function serviceLines({ item, origin, remarks }: Found<ServiceItem>, { showSecrets }: ImportOptions): string[] {
  const { group, id, protocol, proxy, endpoint, tunnel, ifindex } = item;
  return [
    `  - name: service-${group}-${id} # ${placeText(origin)}`,
    ...remarks.map((remark) => `    # ${remark}`),
    `    group: ${group}`,
    `    id: ${id}`,
    `    protocol: ${textOf(protocol)}`,
    `    proxy: ${textOf(proxy)}`,
    ...(endpoint !== undefined && endpoint !== proxy ? [`    endpoint: ${textOf(endpoint)}`] : []),
    `    tunnel: ${tunnel}`,
    ...(ifindex
      ? [`    # via: the name of the interface whose index was ${ifindex}; without it, packets from anywhere are taken`]
      : []),
    showSecrets
      ? `    key: ${JSON.stringify(keyOf(item))}`
      : '    key: keep # the one that is live; --show-secrets prints it',
  ];
}

/** Of a dump, bytes may stand for themselves already. */
function keyOf({ key }: ServiceItem): string {
  const isBytes = key.startsWith('hex:') && key.length === 36 && parseKeyText(key) instanceof Uint8Array;
  return isBytes || typeof literalKey(key) === 'string' ? key : writtenKey(key);
}

function leftLines({ left }: OldState, { showSecrets }: ImportOptions): string[] {
  if (left.length === 0) return [];
  return [
    '',
    '# Not taken:',
    ...left.flatMap(({ origin, text, reason, isSecret }) => [
      `# ${placeText(origin)}: ${reason}`,
      ...(isSecret && !showSecrets ? [] : text.split('\n').map((line) => `#     ${line}`)),
    ]),
  ];
}

export function placeText({ file, line }: Origin): string {
  return `${file}:${line}`;
}

/** In quotes where a reader of YAML would see something else in it. */
function textOf(text: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9._/:-]*[A-Za-z0-9]$/.test(text) && !/^\d+$/.test(text) ? text : JSON.stringify(text);
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
