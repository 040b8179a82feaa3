// The four ways of a packet, each as a record with the rows, ends and counters that it has when nothing else is said.
import type { IpFields } from '../../../src/packet/ip.ts';
import type { VerdictName } from '../../../src/tables/verdicts.ts';
import type { VerifyValue } from '../../../src/tables/verify.ts';
import {
  answerOf,
  bothFamilies,
  deliveredOf,
  type Fields,
  gatewayOf,
  type Kind,
  nodeOf,
  replyOf,
  requestOf,
  tunnelEnds,
} from './families.ts';
import type { PacketRecord } from './record.ts';
import { both, serviceCounter, through } from './scene.ts';

/** To the proxy and from the server: into a tunnel at the gateway and at the node; from the proxy, to the server: out of it. */
export type Way = 'to-proxy' | 'from-proxy' | 'to-server' | 'from-server';

export const allWays: readonly Way[] = ['to-proxy', 'from-proxy', 'to-server', 'from-server'];

const hooks = {
  'to-proxy': { role: 'gateway', hook: 'egress' },
  'from-proxy': { role: 'gateway', hook: 'ingress' },
  'to-server': { role: 'node', hook: 'ingress' },
  'from-server': { role: 'node', hook: 'egress', local: true },
} as const satisfies Record<Way, Partial<PacketRecord>>;

export interface Rest extends Partial<PacketRecord> {
  /** Fields of the header around a packet that comes out of a tunnel. */
  readonly outer?: IpFields;
  /** Changes to the row of VERIFY. */
  readonly verify?: Partial<VerifyValue>;
}

/** Fields of the outer headers, when a tunnel carries the frame from this role to the other one. */
function sentFrom(role: PacketRecord['role'], kind: Kind, frame: Uint8Array, outer?: IpFields): Uint8Array {
  const { gateway, node } = tunnelEnds[kind.outer];
  return role === 'gateway' ? through(gateway, node, frame, outer) : through(node, gateway, frame, outer);
}

/** The frame as the hook of this way meets it: at ingress it is in its tunnel. */
export function met(way: Way, kind: Kind, frame: Uint8Array, outer?: IpFields): Uint8Array {
  const { role, hook } = hooks[way];
  return hook === 'egress' ? frame : sentFrom(role === 'gateway' ? 'node' : 'gateway', kind, frame, outer);
}

/** The same packet four times, as the four ways have it before and after: for what a way leaves alone. */
export function everyWay(kind: Kind, name: string, fields: Fields = {}): PacketRecord[] {
  return [
    passes('to-proxy', kind, `${name}: a request goes into its tunnel`, requestOf(kind, fields)),
    passes(
      'to-server',
      kind,
      `${name}: a request goes on to the endpoint`,
      requestOf(kind, fields),
      deliveredOf(kind, fields),
    ),
    passes(
      'from-server',
      kind,
      `${name}: a reply leaves in the proxy's name`,
      answerOf(kind, fields),
      replyOf(kind, fields),
    ),
    passes('from-proxy', kind, `${name}: a reply comes out of its tunnel`, replyOf(kind, fields)),
  ];
}

/** Goes well: `before` becomes `after` on the way, and is in a tunnel on that of its sides that the way says. */
export function passes(
  way: Way,
  kind: Kind,
  name: string,
  before: Uint8Array,
  after = before,
  rest: Rest = {},
): PacketRecord {
  const isEgress = hooks[way].hook === 'egress';
  const out = isEgress ? sentFrom(hooks[way].role, kind, after) : after;
  return recorded(way, kind, name, isEgress ? 'encapsulated' : 'decapsulated', before, { out, ...rest });
}

/** Comes to another end. `packet`: the frame, at ingress without its tunnel. */
export function stops(
  way: Way,
  kind: Kind,
  name: string,
  verdict: VerdictName,
  packet: Uint8Array,
  rest: Rest = {},
): PacketRecord {
  return recorded(way, kind, name, verdict, packet, rest);
}

function recorded(
  way: Way,
  kind: Kind,
  name: string,
  verdict: VerdictName,
  packet: Uint8Array,
  { outer, verify, ...rest }: Rest,
): PacketRecord {
  const { role, hook } = hooks[way];
  return {
    name,
    ...hooks[way],
    packet: met(way, kind, packet, outer),
    rows: role === 'gateway' ? gatewayOf(kind, {}, verify) : nodeOf(kind, {}, verify),
    verdict,
    counted: countedUnder(hook, verdict),
    ...bothFamilies,
    ...rest,
  };
}

const outerFaults: readonly VerdictName[] = ['bad-header', 'bad-version', 'unknown-service', 'fragment'];
const keyFaults: readonly VerdictName[] = ['bad-key', 'wrong-tunnel', 'wrong-source'];
const beforeTunnel: readonly VerdictName[] = ['options', 'bad-inner', 'no-tunnel', 'returned-direct'];

/** As far as service and tunnel are known when it comes to this verdict. */
function countedUnder(hook: PacketRecord['hook'], verdict: VerdictName): readonly number[] {
  if (verdict === 'pass-not-ours' || verdict === 'path-mtu-lowered') return [];
  if (hook === 'egress') {
    if (verdict === 'fragment') return [];
    return beforeTunnel.includes(verdict) ? [serviceCounter] : both;
  }
  if (outerFaults.includes(verdict)) return [];
  return keyFaults.includes(verdict) ? [serviceCounter] : both;
}
