// What the fields of one tunnel mean to each other and to its role: which of them cannot stand together, and why.
// A tunnel is written for one end, so what that end has no use for is a mistake and not passed over.
import type { Endpoint } from '../net/endpoint.ts';
import { familyOf } from '../net/ip.ts';
import type { ProblemCode } from '../problem.ts';
import { complain } from './complaints.ts';
import { isMapping } from './items.ts';
import { fieldTitle, type Part, titleOf } from './shape.ts';
import { isShort } from './short-header.ts';
import type { Role, Tunnel } from './topology.ts';

/** A tunnel as far as it could be read. */
export interface TunnelInHand {
  readonly part: Part;
  readonly role: Role | undefined;
  readonly local: Endpoint | undefined;
  readonly remote: Tunnel['remote'] | undefined;
}

type FieldPath = readonly [name: string, ...inner: string[]];

/** One field that cannot stand where it stands. */
interface Refusal {
  readonly code: ProblemCode;
  readonly path: FieldPath;
  /** After the tunnel's title: `has ping, which …`. */
  readonly what: string;
  readonly hint: string;
  /** Asked when the field is there. */
  readonly when: (tunnel: TunnelInHand) => boolean;
}

const isGateway = ({ role }: TunnelInHand): boolean => role === 'gateway';
const isNode = ({ role }: TunnelInHand): boolean => role === 'node';
const hasShort = ({ part }: TunnelInHand): boolean => isShort(part);
const hashesPort = ({ part }: TunnelInHand): boolean => part.value.sourcePort === 'flow-hash';
const isFixed = (tunnel: TunnelInHand): boolean => isGateway(tunnel) && typeof tunnel.remote === 'object';

const ofNode = { code: 'only-on-node', when: isGateway } as const;
const ofGateway = { code: 'only-on-gateway', when: isNode } as const;
const ofLearned = { code: 'remote-fixed', when: isFixed, hint: 'leave it out, or write remote: learned' } as const;
/** It carries a tunnel id and nothing else (PROTOCOL.md section 1). */
const notShort = { code: 'short-header', when: hasShort } as const;

const refusals: readonly Refusal[] = [
  {
    ...ofNode,
    path: ['remoteId'],
    what: "has remoteId, which only a node's tunnel can have",
    hint: 'leave it out: only pings and the short header say it, and a gateway sends no pings',
    when: (tunnel) => isGateway(tunnel) && !hasShort(tunnel),
  },
  {
    ...ofLearned,
    path: ['ping'],
    what: 'has ping, and a fixed remote, which announces itself to nobody',
    hint: 'leave it out, or write remote: learned: then it says how often the node is heard',
  },
  {
    ...ofGateway,
    path: ['sign', 'required'],
    what: "has sign.required, which only a gateway's tunnel can have",
    hint: 'leave it out: the gateway decides which pings it takes',
  },
  {
    ...ofGateway,
    path: ['allowFrom'],
    what: "has allowFrom, which only a gateway's tunnel can have",
    hint: 'leave it out: a node takes no pings',
  },
  {
    ...ofGateway,
    path: ['movesPerMinute'],
    what: "has movesPerMinute, which only a gateway's tunnel can have",
    hint: 'leave it out: the remote of a node does not move',
  },
  { ...ofLearned, path: ['allowFrom'], what: 'has allowFrom, and a fixed remote, which no ping replaces' },
  { ...ofLearned, path: ['movesPerMinute'], what: 'has movesPerMinute, and a fixed remote, which no ping replaces' },
  {
    ...notShort,
    path: ['remote'],
    what: 'has the short header and a learned remote',
    hint: "write the far end's address and port: without a key anybody could take the tunnel",
    when: (tunnel) => hasShort(tunnel) && tunnel.remote === 'learned',
  },
  {
    ...notShort,
    path: ['source'],
    what: 'has the short header and source',
    hint: 'leave it out: without a key, data is taken from the remote alone',
  },
  {
    ...notShort,
    path: ['sourcePort'],
    what: 'has the short header and sourcePort: flow-hash',
    hint: 'leave it out: the far end knows the tunnel by its source port',
    when: (tunnel) => hasShort(tunnel) && hashesPort(tunnel),
  },
  {
    ...notShort,
    path: ['sign'],
    what: 'has the short header and sign',
    hint: 'leave it out: its ping has no room for a signature',
  },
  {
    code: 'conflicting-fields',
    path: ['sourcePort'],
    what: 'has ping and sourcePort: flow-hash',
    hint: 'leave one of them out: the gateway answers to the port that pings come from, and NAT lets nothing else through',
    when: (tunnel) => !isGateway(tunnel) && hashesPort(tunnel) && has(tunnel.part, ['ping']),
  },
];

/** Says what cannot stand together. True when all can. */
export function fieldsAgree(tunnel: TunnelInHand): boolean {
  const { part } = tunnel;
  const found = refusals.filter(({ path, when }) => has(part, path) && when(tunnel));
  for (const { code, path, what, hint } of found)
    complain(part, code, `${titleOf(part)} ${what}`, { path, atName: true, hint });
  const fits = familiesAgree(tunnel);
  return fits && found.length === 0;
}

function has(part: Part, [name, inner]: FieldPath): boolean {
  const value = part.value[name];
  return inner === undefined ? value !== undefined : isMapping(value) && value[inner] !== undefined;
}

/** The least that the format knows, and the least that every link of IPv6 carries (RFC 8200 section 5). */
const leastMtu = { 4: 576, 6: 1280 } as const;

function familiesAgree({ part, local, remote }: TunnelInHand): boolean {
  if (!local) return true;
  const family = familyOf(local.ip);
  const { mtu } = part.value;
  const isNarrow = typeof mtu === 'number' && mtu >= leastMtu[4] && mtu < leastMtu[family];
  if (isNarrow)
    complain(part, 'wrong-value', `${fieldTitle(part, ['mtu'])} is ${mtu}, and IPv6 needs ${leastMtu[6]}`, {
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
