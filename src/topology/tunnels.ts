// One tunnel, as written, becomes one value of topology.ts; or its problems, as many as it has.
// What its fields mean to each other is tunnel-fields.ts, what tunnels mean to each other is rules.ts.
import { parseIp } from '../net/ip.ts';
import { complain } from './complaints.ts';
import { placeOf } from './document.ts';
import { readEndpoint, readPrefixes } from './endpoints.ts';
import { checkTunnel } from './generated/validator.js';
import { isMapping } from './items.ts';
import { parseLocalInterface, standIn } from './locals.ts';
import { fieldTitle, fits, type Part, titleOf } from './shape.ts';
import { type Role, type Signing, type Tunnel, tunnelDefaults } from './topology.ts';
import { fieldsAgree } from './tunnel-fields.ts';
import { type ResolvePath, readKey, readTime } from './values.ts';
import { nearest, show } from './wording.ts';

export function readTunnel(part: Part, role: Role | undefined, resolvePath: ResolvePath): Tunnel | undefined {
  const { value } = part;
  const isFit = fits(checkTunnel, part);
  const end = readLocal(part);
  const local = end?.local;
  const remote = readRemote(part, role);
  const interval = isMapping(value.ping) ? readTime(part, ['ping', 'interval'], value.ping.interval) : 0;
  const sign = readSigning(part, resolvePath);
  const allowFrom = readPrefixes(part, 'allowFrom');
  const agrees = fieldsAgree({ part, role, local, remote });
  if (!end || !remote || interval === undefined || !sign || !allowFrom) return undefined;
  const { id, remoteId, mtu, header, source, sourcePort, movesPerMinute } = value;
  if (!isFit || !agrees || typeof id !== 'number') return undefined;
  return {
    id,
    ...end,
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

function readLocal(part: Part): Pick<Tunnel, 'local' | 'localFrom'> | undefined {
  const named = typeof part.value.local === 'string' ? parseLocalInterface(part.value.local) : undefined;
  if (named) {
    const localFrom = { interface: named.interface, family: named.family };
    return { local: { ip: standIn(localFrom), port: named.port }, localFrom };
  }
  const local = readEndpoint(part, 'local', '172.1.0.4:6080');
  return local && { local, localFrom: tunnelDefaults.localFrom };
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
