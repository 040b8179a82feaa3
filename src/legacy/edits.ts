// What was asked, as edits of a topology's text. Fields that hold what was asked already are not touched: how somebody wrote them,
// and the comment behind, stay.
import { formatEndpoint } from '../net/endpoint.ts';
import type { FileEdit, WrittenValue } from '../topology/edit.ts';
import { literalKey, parseKeyText } from '../topology/key-text.ts';
import type { ResolvedKey, Service, Topology } from '../topology/topology.ts';
import type { Asked, FlagsItem, Named, ServiceItem, TunnelItem } from './asked.ts';
import { flagNames, roleOf } from './flags.ts';

/** What the words lean on beside the topology. */
export interface Around {
  /** By position in topology.services. */
  readonly keys: readonly ResolvedKey[];
  /** undefined: there is none of this index. */
  readonly interfaceName: (ifindex: number) => string | undefined;
  /** Of the default route; undefined: there is none. */
  readonly defaultInterface: string | undefined;
}

export type Edits =
  | { readonly edits: readonly FileEdit[] }
  /** `isMissing`: what was named is not there. */
  | { readonly fault: string; readonly hint: string; readonly isMissing?: boolean };

export function editsFor(asked: Exclude<Asked, { verb: 'get' }>, topology: Topology, around: Around): Edits {
  if (asked.verb === 'del') return removals(asked.named, topology);
  const { item } = asked;
  if (item.kind === 'tunnel') return { edits: tunnelEdits(item, topology) };
  return item.kind === 'service' ? serviceEdits(item, topology, around) : flagEdits(item, topology, around);
}

function tunnelEdits({ id, local, remote }: TunnelItem, { tunnels }: Topology): FileEdit[] {
  const there = tunnels.find((one) => one.id === id);
  if (!there) return [{ kind: 'add', list: 'tunnels', fields: { id, local, remote } }];
  const before = {
    local: there.localFrom === 'address' ? formatEndpoint(there.local) : '',
    remote: remoteOf(there.remote),
  };
  return changed({ list: 'tunnels', id }, before, { local, remote });
}

function remoteOf(remote: Topology['tunnels'][number]['remote']): string {
  return remote === 'learned' ? remote : formatEndpoint(remote);
}

function serviceEdits(item: ServiceItem, topology: Topology, { keys, interfaceName }: Around): Edits {
  const { group, id, ifindex, protocol, proxy, endpoint, tunnel } = item;
  const via = ifindex === undefined ? undefined : ifindex === 0 ? 'any' : interfaceName(ifindex);
  if (ifindex !== undefined && via === undefined)
    return { fault: `there is no interface of index ${ifindex} here`, hint: '`ip link` lists them; 0 is any' };
  const at = topology.services.findIndex((one) => one.group === group && one.id === id);
  const there = topology.services[at];
  const key = writtenKey(item.key);
  if (!there) {
    const said = {
      ...(endpoint !== undefined && endpoint !== proxy && { endpoint }),
      ...(via && via !== 'any' && { via }),
    };
    const name = `service-${group}-${id}`;
    return {
      edits: [{ kind: 'add', list: 'services', fields: { name, group, id, protocol, proxy, tunnel, key, ...said } }],
    };
  }
  const wanted: Record<string, WrittenValue> = { protocol, proxy, tunnel, key };
  if (endpoint !== undefined) wanted.endpoint = endpoint;
  if (via !== undefined) wanted.via = via;
  const before = writtenService(there, topology.role);
  const live = keys[at];
  if (live && live !== 'keep' && sameKey(live, item.key)) before.key = key;
  return { edits: changed({ list: 'services', group, id }, before, wanted) };
}

function writtenService({ protocol, proxy, endpoint, far, tunnels, via }: Service, role: Topology['role']) {
  const end = role === 'node' ? endpoint : far.endpoint === 'unsaid' ? undefined : far.endpoint;
  const fields: Record<string, WrittenValue | undefined> = {
    protocol,
    proxy: formatEndpoint(proxy),
    endpoint: end && formatEndpoint(end),
    // Several tunnels stay where the first is the one that was asked for.
    tunnel: tunnels[0],
    via: typeof via === 'string' ? via : via.interface,
  };
  return fields;
}

/** A key that would be read as something else (`keep`, `hex:…`) is written as its bytes. */
export function writtenKey(key: string): string {
  const read = parseKeyText(key);
  const isItself = read instanceof Uint8Array ? sameKey(read, key) : read !== 'keep' && !/^(hex|base64):/.test(key);
  return isItself ? key : `hex:${Buffer.from(key).toString('hex')}`;
}

function sameKey(bytes: Uint8Array, key: string): boolean {
  const literal = literalKey(key);
  return literal instanceof Uint8Array && Buffer.compare(bytes, literal) === 0;
}

function flagEdits(item: FlagsItem, topology: Topology, { defaultInterface }: Around): Edits {
  const { direction, flags, instanceId } = item;
  const only = topology.interfaces.length === 1 ? topology.interfaces[0]?.name : undefined;
  const name = item.interface ?? only ?? defaultInterface;
  if (name === undefined)
    return {
      fault: 'there is no default route that would name an interface',
      hint: 'say which: `config set eth0 0 9`',
    };
  // Before there is anything to carry, the flags say what this host is; later a role is changed in the file.
  const role = topology.tunnels.length + topology.services.length === 0 ? roleOf(direction, flags) : undefined;
  const head: Record<string, WrittenValue> = {
    ...(instanceId !== undefined && instanceId !== 0 && instanceId !== topology.id && { id: instanceId }),
    ...(role !== undefined && role !== topology.role && { role }),
  };
  const own = topology.interfaces.find((one) => one.name === name)?.flags ?? topology.flags;
  const isListed = topology.interfaces.some((one) => one.name === name);
  const asked = flagNames(direction, flags);
  const isSame = flagNames(direction, own[direction]).join() === asked.join();
  const edits: FileEdit[] = Object.keys(head).length ? [{ kind: 'head', fields: head }] : [];
  if (!isListed || !isSame)
    edits.push({ kind: 'interface', name, ...(!isSame && { flags: { direction, names: asked } }) });
  return { edits };
}

function removals(named: Named, topology: Topology): Edits {
  const { tunnels, services, interfaces } = topology;
  switch (named.tool) {
    case 'tunnel': {
      const gone = tunnels.filter(({ id }) => named.id === undefined || id === named.id);
      if (gone.length === 0 && named.id !== undefined) return missing(`tunnel ${named.id}`);
      return { edits: gone.map(({ id }) => ({ kind: 'remove', item: { list: 'tunnels', id } })) };
    }
    case 'service': {
      const { service } = named;
      const gone = services.filter(({ group, id }) => !service || (group === service.group && id === service.id));
      if (gone.length === 0 && service) return missing(`service ${service.group}/${service.id}`);
      return { edits: gone.map(({ group, id }) => ({ kind: 'remove', item: { list: 'services', group, id } })) };
    }
    case 'config': {
      const gone = interfaces.filter(({ name }) => named.interface === undefined || name === named.interface);
      if (gone.length === 0 && named.interface !== undefined) return missing(`interface ${named.interface}`);
      if (gone.length === interfaces.length && gone.length > 0)
        return { fault: 'no interface would be left', hint: '`trueingress remove` takes an instance off its host' };
      return { edits: gone.map(({ name }) => ({ kind: 'no-interface', name })) };
    }
    default:
      return named satisfies never;
  }
}

function missing(what: string): Edits {
  return {
    fault: `there is no ${what}`,
    hint: '`trueingress config get all`, `tunnel get all` and `service get all` list what there is',
    isMissing: true,
  };
}

function changed(
  item: Extract<FileEdit, { kind: 'change' }>['item'],
  before: Readonly<Record<string, WrittenValue | undefined>>,
  wanted: Readonly<Record<string, WrittenValue>>,
): FileEdit[] {
  const fields = Object.fromEntries(Object.entries(wanted).filter(([name, value]) => before[name] !== value));
  return Object.keys(fields).length ? [{ kind: 'change', item, fields }] : [];
}
