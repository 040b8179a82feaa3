// One item of a list, as written, becomes one value of topology.ts; or its problems, as many as it has.
// What items mean to each other (references, duplicates) is rules.ts.
import { type Complaints, complain } from './complaints.ts';
import { placeOf, type TextDocument } from './document.ts';
import { checkInterface, checkService, checkTunnel } from './generated/validator.js';
import { unclearText } from './parse.ts';
import { fieldTitle, fits, type Part, titleOf } from './shape.ts';
import {
  type Flags,
  type Role,
  type Service,
  serviceDefaults,
  type TopologyInterface,
  type Tunnel,
  tunnelDefaults,
} from './topology.ts';
import { readEndpoint, readFlagBits, readKey, readTime } from './values.ts';
import { nearest, show } from './wording.ts';

export type ItemKind = 'interface' | 'tunnel' | 'service';

/** A list item that is at least a mapping (an interface may be a bare name). */
export function partOf(
  kind: ItemKind,
  document: TextDocument,
  node: number,
  written: unknown,
  complaints: Complaints,
): Part | undefined {
  const value = kind === 'interface' && typeof written === 'string' ? { name: written } : written;
  if (isMapping(value)) return { kind, document, node, value, complaints };
  const wanted = kind === 'interface' ? 'the name of an interface, or a mapping' : 'a mapping';
  const digits = unclearText(value);
  // Text where a service should be may hold its key.
  const shown = kind === 'service' && typeof value === 'string' ? 'text' : show(value);
  const message = `this ${kind} is ${digits ?? shown}, not ${wanted}`;
  const code = digits === undefined ? 'wrong-type' : 'yaml-ambiguous-number';
  return complain({ document, node, complaints }, code, message, {
    hint: kind === 'interface' ? 'put it in quotes' : undefined,
    hideSource: true,
  });
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && unclearText(value) === undefined;
}

/** Bits that the role implies, whatever the file says. */
export function impliedFlags(role: Role): Flags {
  return { ingress: 1, egress: role === 'gateway' ? 1 : 0 };
}

/** A `flags` mapping: what it says for each direction; undefined where it says nothing. */
export function readFlags(
  part: Part,
  role: Role | undefined,
): { readonly [direction in keyof Flags]?: number | undefined } {
  const { flags } = part.value;
  if (!isMapping(flags)) return {};
  const read = (direction: keyof Flags) =>
    flags[direction] === undefined
      ? undefined
      : readFlagBits(part, ['flags', direction], direction, flags[direction], role);
  return { ingress: read('ingress'), egress: read('egress') };
}

/** `defaults` are the flags of the file, implied ones included; each direction that the interface names replaces them. */
export function readInterface(part: Part, role: Role | undefined, defaults: Flags): TopologyInterface | undefined {
  const isFit = fits(checkInterface, part);
  const flags = readFlags(part, role);
  const { name } = part.value;
  if (!isFit || typeof name !== 'string') return undefined;
  const implied = impliedFlags(role ?? 'node');
  return {
    name,
    flags: {
      ingress: flags.ingress === undefined ? defaults.ingress : flags.ingress | implied.ingress,
      egress: flags.egress === undefined ? defaults.egress : flags.egress | implied.egress,
    },
    place: placeOf(part.document, part.node),
  };
}

export function readTunnel(part: Part, role: Role | undefined): Tunnel | undefined {
  const { value } = part;
  const isFit = fits(checkTunnel, part);
  const local = readEndpoint(part, 'local', '172.1.0.4:6080');
  const remote = readRemote(part, role);
  const interval = isMapping(value.ping) ? readTime(part, ['ping', 'interval'], value.ping.interval) : 0;
  if (role === 'gateway')
    for (const name of ['remoteId', 'ping'])
      if (value[name] !== undefined)
        complain(part, 'only-on-node', `${titleOf(part)} has ${name}, which only a node's tunnel can have`, {
          path: [name],
          atName: true,
          hint: 'leave it out: a gateway waits for pings',
        });
  const { id, remoteId, mtu } = value;
  if (!isFit || !local || !remote || interval === undefined || typeof id !== 'number') return undefined;
  return {
    id,
    local,
    remote,
    remoteId: role === 'node' && typeof remoteId === 'number' ? remoteId : id,
    pingIntervalMs: interval,
    mtuBytes: typeof mtu === 'number' ? mtu : 'path',
    ...tunnelDefaults,
    place: placeOf(part.document, part.node),
  };
}

function readRemote(part: Part, role: Role | undefined): Tunnel['remote'] | undefined {
  const { remote } = part.value;
  if (remote === undefined && role !== 'node')
    return complain(part, 'missing-field', `${titleOf(part)} has no remote`, {
      hint: 'write remote: learned when the far end announces itself, or its address and port',
    });
  const isLearned = remote === undefined || remote === 'learned' || remote === '0.0.0.0:0';
  if (isLearned && role === 'node')
    return complain(
      part,
      'remote-needed',
      `${titleOf(part)} has no fixed remote, and nothing announces itself to a node`,
      {
        path: ['remote'],
        hint: "write the gateway's address and port, such as remote: 172.1.0.4:6080",
      },
    );
  if (isLearned) return 'learned';
  if (typeof remote === 'string' && nearest(remote, ['learned']))
    return complain(part, 'wrong-value', `${fieldTitle(part, ['remote'])} is ${show(remote)}`, {
      path: ['remote'],
      hint: 'did you mean learned?',
    });
  return readEndpoint(part, 'remote', '172.1.0.3:6080');
}

export function readService(
  part: Part,
  role: Role | undefined,
  resolvePath: (path: string) => string,
): Service | undefined {
  const { value } = part;
  const isFit = fits(checkService, part);
  const proxy = readEndpoint(part, 'proxy', '5.5.5.5:3100');
  const endpoint = value.endpoint === undefined ? proxy : readEndpoint(part, 'endpoint', '1.1.1.1:4000');
  const key = readKey(part, resolvePath);
  const tunnels = readTunnelList(part, role);
  const { name, group, id, protocol, mode } = value;
  if (!isFit || !proxy || !endpoint || !key || !tunnels) return undefined;
  if (typeof group !== 'number' || typeof id !== 'number' || (protocol !== 'tcp' && protocol !== 'udp'))
    return undefined;
  const isGateway = role === 'gateway';
  return {
    name: typeof name === 'string' ? name : `service-${group}-${id}`,
    group,
    id,
    protocol,
    proxy,
    endpoint: isGateway ? proxy : endpoint,
    tunnels,
    key,
    mode: mode === 'dso' && !isGateway ? 'dso' : 'standard',
    ...serviceDefaults,
    place: placeOf(part.document, part.node),
  };
}

/** The tunnels that a service names, whether they exist or not. */
function readTunnelList(part: Part, role: Role | undefined): readonly number[] | undefined {
  const { tunnel } = part.value;
  if (typeof tunnel === 'number') return [tunnel];
  if (!Array.isArray(tunnel) || !tunnel.every((id) => typeof id === 'number')) return undefined;
  if (role === 'gateway' && tunnel.length > 1)
    return complain(
      part,
      'wrong-value',
      `${titleOf(part)} names ${tunnel.length} tunnels; on a gateway it travels through one`,
      {
        path: ['tunnel'],
        hint: 'keep one of them',
      },
    );
  const twice = tunnel.findIndex((id, at) => tunnel.indexOf(id) < at);
  if (twice >= 0)
    return complain(part, 'wrong-value', `${titleOf(part)} names tunnel ${tunnel[twice]} twice`, {
      path: ['tunnel', twice],
      hint: 'remove one of them',
    });
  return [...tunnel];
}
