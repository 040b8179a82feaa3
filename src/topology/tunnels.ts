// One tunnel, as written, becomes one value of topology.ts; or its problems, as many as it has.
// What tunnels mean to each other is rules.ts.
import type { Endpoint } from '../net/endpoint.ts';
import { familyOf, parseIp } from '../net/ip.ts';
import { complain } from './complaints.ts';
import { placeOf } from './document.ts';
import { readEndpoint, readPrefixes } from './endpoints.ts';
import { checkTunnel } from './generated/validator.js';
import { isMapping } from './items.ts';
import { fieldTitle, fits, type Part, titleOf } from './shape.ts';
import { isShort } from './short-header.ts';
import { type Role, type Signing, type Tunnel, tunnelDefaults } from './topology.ts';
import { type ResolvePath, readKey, readTime } from './values.ts';
import { nearest, show } from './wording.ts';

export function readTunnel(part: Part, role: Role | undefined, resolvePath: ResolvePath): Tunnel | undefined {
  const { value } = part;
  const isFit = fits(checkTunnel, part);
  const local = readEndpoint(part, 'local', '172.1.0.4:6080');
  const remote = readRemote(part, role);
  const interval = isMapping(value.ping) ? readTime(part, ['ping', 'interval'], value.ping.interval) : 0;
  const sign = readSigning(part, resolvePath);
  const allowFrom = readPrefixes(part, 'allowFrom');
  const agrees = [
    checkRole(part, role),
    checkShort(part, remote),
    checkSourcePort(part),
    checkLearning(part, role, remote),
    checkFamily(part, local, remote),
  ].every((isGood) => isGood);
  if (!local || !remote || interval === undefined || !sign || !allowFrom) return undefined;
  const { id, remoteId, mtu, header, source, sourcePort, movesPerMinute } = value;
  if (!isFit || !agrees || typeof id !== 'number') return undefined;
  return {
    id,
    local,
    remote,
    remoteId: typeof remoteId === 'number' ? remoteId : id,
    pingIntervalMs: interval,
    mtuBytes: typeof mtu === 'number' ? mtu : 'path',
    header: header === 'short' ? header : tunnelDefaults.header,
    source: source === 'strict' ? source : tunnelDefaults.source,
    sourcePort: sourcePort === 'flow-hash' ? sourcePort : tunnelDefaults.sourcePort,
    sign,
    allowFrom,
    movesPerMinute: typeof movesPerMinute === 'number' ? movesPerMinute : tunnelDefaults.movesPerMinute,
    place: placeOf(part.document, part.node),
  };
}

/** Of IPv6 every link carries as much (RFC 8200 section 5). */
const leastIpv6Mtu = 1280;

function checkFamily(part: Part, local: Endpoint | undefined, remote: Tunnel['remote'] | undefined): boolean {
  if (!local) return true;
  const family = familyOf(local.ip);
  const { mtu } = part.value;
  const isNarrow = family === 6 && typeof mtu === 'number' && mtu < leastIpv6Mtu;
  if (isNarrow)
    complain(part, 'wrong-value', `${fieldTitle(part, ['mtu'])} is ${mtu}, and IPv6 needs ${leastIpv6Mtu}`, {
      path: ['mtu'],
      hint: 'leave it out: the route to the far end says what it carries',
    });
  if (!remote || remote === 'learned' || familyOf(remote.ip) === family) return !isNarrow;
  const message = `${titleOf(part)} has a local end of IPv${family} and a remote of IPv${familyOf(remote.ip)}`;
  complain(part, 'mixed-families', message, {
    path: ['remote'],
    hint: 'packets between the two are of one family; what they carry may be of the other',
  });
  return false;
}

function readRemote(part: Part, role: Role | undefined): Tunnel['remote'] | undefined {
  const { remote } = part.value;
  if (remote === undefined && role !== 'node')
    return complain(part, 'missing-field', `${titleOf(part)} has no remote`, {
      hint: 'write remote: learned when the far end announces itself, or its address and port',
    });
  const isLearned = remote === undefined || remote === 'learned' || isNowhere(remote);
  if (isLearned && role === 'node')
    return complain(
      part,
      'remote-needed',
      `${titleOf(part)} has no fixed remote, and nothing announces itself to a node`,
      { path: ['remote'], hint: "write the gateway's address and port, such as remote: 172.1.0.4:6080" },
    );
  if (isLearned) return 'learned';
  if (typeof remote === 'string' && nearest(remote, ['learned']))
    return complain(part, 'wrong-value', `${fieldTitle(part, ['remote'])} is ${show(remote)}`, {
      path: ['remote'],
      hint: 'did you mean learned?',
    });
  return readEndpoint(part, 'remote', '172.1.0.3:6080');
}

/** `0.0.0.0:0` or `[::]:0`, which users of the older tools write for "learned". */
function isNowhere(remote: unknown): boolean {
  if (remote === '0.0.0.0:0') return true;
  const match = typeof remote === 'string' ? /^\[(.*)\]:0$/.exec(remote) : undefined;
  return match ? parseIp(match[1] ?? '') === '::' : false;
}

function readSigning(part: Part, resolvePath: ResolvePath): Signing | 'none' | undefined {
  const { sign } = part.value;
  if (sign === undefined) return 'none';
  if (!isMapping(sign)) return undefined;
  const key = readKey(part, ['sign', 'key'], resolvePath);
  return key && { key, required: sign.required === true };
}

interface Misplaced {
  readonly path: readonly [string, ...string[]];
  readonly hint: string;
}

const ofNodes: readonly Misplaced[] = [
  { path: ['remoteId'], hint: 'leave it out: only pings and the short header say it, and a gateway sends no pings' },
  { path: ['ping'], hint: 'leave it out: a gateway waits for pings' },
];
const ofGateways: readonly Misplaced[] = [
  { path: ['sign', 'required'], hint: 'leave it out: the gateway decides which pings it takes' },
  { path: ['allowFrom'], hint: 'leave it out: a node takes no pings' },
  { path: ['movesPerMinute'], hint: 'leave it out: the remote of a node does not move' },
];

/** Tunnels are written for one end: what that end has no use for is a mistake, not a default. */
function checkRole(part: Part, role: Role | undefined): boolean {
  if (!role) return true;
  const [code, other, list] =
    role === 'gateway'
      ? (['only-on-node', 'node', ofNodes] as const)
      : (['only-on-gateway', 'gateway', ofGateways] as const);
  const misplaced = list.filter(({ path }) => has(part, path) && !(path[0] === 'remoteId' && isShort(part)));
  for (const { path, hint } of misplaced)
    complain(part, code, `${titleOf(part)} has ${path.join('.')}, which only a ${other}'s tunnel can have`, {
      path,
      atName: true,
      hint,
    });
  return misplaced.length === 0;
}

/** The short header carries a tunnel id and nothing else: no key, no signature (PROTOCOL.md section 1). */
function checkShort(part: Part, remote: Tunnel['remote'] | undefined): boolean {
  if (!isShort(part)) return true;
  const wrong = [
    ...(remote === 'learned'
      ? [
          [
            'remote',
            'a learned remote',
            "write the far end's address and port: without a key anybody could take the tunnel",
          ],
        ]
      : []),
    ...(has(part, ['source'])
      ? [['source', 'source', 'leave it out: without a key, data is taken from the remote alone']]
      : []),
    ...(part.value.sourcePort === 'flow-hash'
      ? [['sourcePort', 'sourcePort: flow-hash', 'leave it out: the far end knows the tunnel by its source port']]
      : []),
    ...(has(part, ['sign']) ? [['sign', 'sign', 'leave it out: its ping has no room for a signature']] : []),
  ];
  for (const [name = '', what, hint] of wrong)
    complain(part, 'short-header', `${titleOf(part)} has the short header and ${what}`, { path: [name], hint });
  return wrong.length === 0;
}

function checkSourcePort(part: Part): boolean {
  if (part.value.sourcePort !== 'flow-hash' || !has(part, ['ping'])) return true;
  complain(part, 'conflicting-fields', `${titleOf(part)} has ping and sourcePort: flow-hash`, {
    path: ['sourcePort'],
    hint: 'leave one of them out: the gateway answers to the port that pings come from, and NAT lets nothing else through',
  });
  return false;
}

function checkLearning(part: Part, role: Role | undefined, remote: Tunnel['remote'] | undefined): boolean {
  if (role !== 'gateway' || !remote || remote === 'learned') return true;
  const names = ['allowFrom', 'movesPerMinute'].filter((name) => has(part, [name]));
  for (const name of names)
    complain(part, 'remote-fixed', `${titleOf(part)} has ${name}, and a fixed remote, which no ping replaces`, {
      path: [name],
      atName: true,
      hint: 'leave it out, or write remote: learned',
    });
  return names.length === 0;
}

function has(part: Part, [name, inner]: readonly [string, ...string[]]): boolean {
  const value = part.value[name];
  return inner === undefined ? value !== undefined : isMapping(value) && value[inner] !== undefined;
}
