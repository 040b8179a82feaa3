// The two ends of one tunnel: where they are, what they are called, which header they speak, what they refuse.
import { formatEndpoint } from '../net/endpoint.ts';
import { prefixHolds } from '../net/prefix.ts';
import { formatPlace, type Problem, type ProblemCode, problem, type Severity } from '../problem.ts';
import { formatLocal } from '../topology/locals.ts';
import type { Tunnel } from '../topology/topology.ts';
import { formatTime } from '../topology/write.ts';
import { isLocal, meets, type TunnelPair } from './pairs.ts';

export function tunnelFindings(pair: TunnelPair): Problem[] {
  return [...endFindings(pair), ...numberFindings(pair), ...headerFindings(pair), ...pingFindings(pair)];
}

/** At the node's place or the gateway's; the hint names the other. */
function finding(
  { gateway, node }: TunnelPair,
  at: 'gateway' | 'node',
  code: ProblemCode,
  what: string,
  hint: string,
  severity: Severity = 'error',
): Problem {
  const [here, there] = at === 'gateway' ? [gateway, node] : [node, gateway];
  const far = `the ${at === 'gateway' ? 'node' : 'gateway'}'s is at ${formatPlace(there.place)}`;
  return problem(
    code,
    `tunnel ${here.id}${there.id === here.id ? '' : ` (${there.id} there)`}: ${what}`,
    { place: here.place, hint: `${hint}; ${far}` },
    severity,
  );
}

const natOnly = 'that is right only where NAT lies between them';

function listensHint(far: Tunnel): string {
  const { localFrom, local } = far;
  if (localFrom === 'address') return `write remote: ${formatLocal(far)}`;
  return `write an IPv${localFrom.family} address with port ${local.port}`;
}

function endFindings(pair: TunnelPair): Problem[] {
  const { gateway, node } = pair;
  const found: Problem[] = [];
  if (!meets(gateway, node) && node.remote !== 'learned')
    found.push(
      finding(
        pair,
        'node',
        'ends-tunnel',
        `it sends to ${formatEndpoint(node.remote)}, and the gateway listens on ${formatLocal(gateway)}`,
        listensHint(gateway),
      ),
    );
  if (gateway.remote !== 'learned' && !isLocal(gateway.remote, node))
    found.push(
      finding(
        pair,
        'gateway',
        'ends-tunnel',
        `it sends to ${formatEndpoint(gateway.remote)}, and the node listens on ${formatLocal(node)}`,
        `${natOnly}; otherwise ${listensHint(node)}`,
        'warning',
      ),
    );
  if (node.mtuBytes !== 'path' && gateway.mtuBytes !== 'path' && node.mtuBytes !== gateway.mtuBytes)
    found.push(
      finding(
        pair,
        'node',
        'ends-tunnel',
        `its mtu is ${node.mtuBytes} here and ${gateway.mtuBytes} there`,
        'a path that differs by direction is rare',
        'warning',
      ),
    );
  return found;
}

/** Only pings and the short header say a tunnel's number. */
function numberFindings(pair: TunnelPair): Problem[] {
  const { gateway, node } = pair;
  const isShort = gateway.header === 'short' || node.header === 'short';
  const found: Problem[] = [];
  if (node.remoteId !== gateway.id && (announces(pair) || isShort))
    found.push(
      finding(
        pair,
        'node',
        'ends-tunnel',
        `it announces itself as tunnel ${node.remoteId}, and the gateway's number for it is ${gateway.id}`,
        `write remoteId: ${gateway.id}`,
      ),
    );
  if (isShort && gateway.remoteId !== node.id)
    found.push(
      finding(
        pair,
        'gateway',
        'ends-tunnel',
        `it sends as tunnel ${gateway.remoteId}, and the node's number for it is ${node.id}`,
        `write remoteId: ${node.id}`,
      ),
    );
  return found;
}

function headerFindings(pair: TunnelPair): Problem[] {
  const { gateway, node } = pair;
  const found: Problem[] = [];
  if (gateway.header !== node.header)
    found.push(
      finding(
        pair,
        'node',
        'ends-tunnel',
        `its header is ${node.header} here and ${gateway.header} there`,
        'write the same header on both',
      ),
    );
  for (const [at, sender, taker] of [['node', node, gateway] as const, ['gateway', gateway, node] as const])
    if (sender.sourcePort === 'flow-hash' && taker.source === 'strict')
      found.push(
        finding(
          pair,
          at,
          'ends-tunnel',
          'it sends from ports that are a hash (sourcePort: flow-hash), and the other end takes the remote alone (source: strict)',
          'leave one of them out: such data is dropped (wrong-source)',
        ),
      );
  return found;
}

function pingFindings(pair: TunnelPair): Problem[] {
  const { gateway, node } = pair;
  if (gateway.remote !== 'learned') return [];
  const found: Problem[] = [];
  if (node.pingIntervalMs === 0)
    found.push(
      finding(
        pair,
        'node',
        'ends-ping',
        'the gateway waits for pings, and none are sent by themselves',
        'write ping: {interval: 10s}, or run trueingress ping --every 10s',
        'warning',
      ),
    );
  else if (gateway.pingIntervalMs > 0 && node.pingIntervalMs > gateway.pingIntervalMs)
    found.push(
      finding(
        pair,
        'gateway',
        'ends-ping',
        `pings are waited for every ${formatTime(gateway.pingIntervalMs)}, and sent every ${formatTime(node.pingIntervalMs)}`,
        'write the same ping.interval on both: `status` calls a remote stale that misses three',
        'warning',
      ),
    );
  const { allowFrom } = gateway;
  if (
    node.localFrom === 'address' &&
    allowFrom.length > 0 &&
    !allowFrom.some((prefix) => prefixHolds(prefix, node.local.ip))
  )
    found.push(
      finding(
        pair,
        'gateway',
        'ends-ping',
        `allowFrom holds no prefix of the node's address ${node.local.ip}`,
        natOnly,
        'warning',
      ),
    );
  return found;
}

/** Whether pings matter for it. */
export function announces({ gateway, node }: TunnelPair): boolean {
  return gateway.remote === 'learned' || node.pingIntervalMs > 0;
}
