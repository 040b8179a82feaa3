// Whether a gateway's file and a node's fit together: every disagreement that would drop or misdirect packets, at its place.
// Pure. Keys are compared and told by fingerprint only.
import { formatEndpoint, sameEndpoint } from '../net/endpoint.ts';
import { formatPlace, type Problem, problem } from '../problem.ts';
import type { KeyDigest } from '../topology/key-digest.ts';
import { keyFindings, signingFindings } from './key-agreement.ts';
import { type End, type Pairs, pairsOf, type ServicePair, serviceName, type TwoEnds } from './pairs.ts';
import { tunnelFindings } from './tunnel-agreement.ts';
import { serviceTitle } from './words.ts';

export interface Agreement {
  readonly pairs: Pairs;
  /** Errors: packets would be lost. Warnings: right in some network, wrong in most. */
  readonly problems: readonly Problem[];
}

export function agreementOf(ends: TwoEnds, fingerprint: KeyDigest): Agreement {
  const pairs = pairsOf(ends);
  const problems = [
    ...nothingShared(ends, pairs),
    ...pairs.apart.map((pair) => apart(ends, pair)),
    ...lonelyServices(ends, pairs),
    ...pairs.services.flatMap(serviceFindings),
    ...keyFindings(ends, pairs, fingerprint),
    ...pairs.tunnels.flatMap(tunnelFindings),
    ...signingFindings(ends, pairs, fingerprint),
  ];
  return { pairs, problems };
}

/** One of each is needed; undefined: they are. */
export function sameRole(one: End, other: End): Problem | undefined {
  const { role, name } = one.topology;
  if (role !== other.topology.role) return undefined;
  return problem(
    'ends-role',
    `${name} and ${other.topology.name} are both a ${role}: no tunnel leads from one to the other`,
    {
      place: other.topology.place,
      hint: `give the file of a ${role === 'gateway' ? 'node' : 'gateway'} with --peer`,
    },
  );
}

function nothingShared({ gateway, node }: TwoEnds, { services, tunnels }: Pairs): Problem[] {
  if (services.length + tunnels.length > 0) return [];
  const message = `${gateway.topology.name} and ${node.topology.name} have no service and no tunnel in common`;
  return [problem('ends-service', message, { place: node.topology.place, hint: 'is it the right file?' })];
}

function apart({ gateway, node }: TwoEnds, pair: ServicePair): Problem {
  const title = serviceTitle(pair.gateway);
  const message = `${title}: none of its tunnels on ${node.topology.name} leads to its tunnel on ${gateway.topology.name}`;
  return problem('ends-tunnel', message, {
    place: pair.node.place,
    hint: `on the node, a tunnel's remote is the gateway's local endpoint, and its remoteId the gateway's number: ${formatPlace(pair.gateway.place)}`,
  });
}

/** What one end sends through a common tunnel and the other does not know. */
function lonelyServices({ gateway, node }: TwoEnds, { services, tunnels }: Pairs): Problem[] {
  const shared = new Set(services.map((pair) => serviceName(pair.gateway)));
  const of = (end: 'gateway' | 'node') => new Map(tunnels.map((pair) => [pair[end].id, pair]));
  const [near, far] = [of('gateway'), of('node')];
  return [
    ...gateway.topology.services.flatMap((service) => {
      const pair = near.get(service.tunnels[0] ?? 0);
      if (!pair || shared.has(serviceName(service))) return [];
      const message = `${serviceTitle(service)} goes through tunnel ${pair.gateway.id} to ${node.topology.name}, which has no service ${serviceName(service)}`;
      return problem('ends-service', message, {
        place: service.place,
        hint: `add it to the node's file, or give it another tunnel; there its requests are dropped (unknown-service)`,
      });
    }),
    ...node.topology.services.flatMap((service) => {
      const pair = service.tunnels.map((id) => far.get(id)).find((one) => one !== undefined);
      if (!pair || shared.has(serviceName(service))) return [];
      const message = `${serviceTitle(service)} can be reached through tunnel ${pair.node.id}, and ${gateway.topology.name} has no service ${serviceName(service)}`;
      return problem(
        'ends-service',
        message,
        { place: service.place, hint: 'nothing asks for it from there' },
        'warning',
      );
    }),
  ];
}

function serviceFindings({ gateway, node }: ServicePair): Problem[] {
  const title = serviceTitle(gateway);
  const there = formatPlace(node.place);
  const found: Problem[] = [];
  const say = (what: string, hint: string, severity: 'error' | 'warning'): void => {
    found.push(
      problem(
        'ends-service',
        `${title}: ${what}`,
        { place: gateway.place, hint: `${hint}; the node's is at ${there}` },
        severity,
      ),
    );
  };
  if (gateway.protocol !== node.protocol || !sameEndpoint(gateway.proxy, node.proxy))
    say(
      `its proxy is ${gateway.protocol} ${formatEndpoint(gateway.proxy)} here and ${node.protocol} ${formatEndpoint(node.proxy)} on the node`,
      'what comes for another proxy is dropped (wrong-endpoint)',
      'error',
    );
  const { endpoint, mode } = gateway.far;
  if (endpoint !== 'unsaid' && !sameEndpoint(endpoint, node.endpoint))
    say(
      `its endpoint is ${formatEndpoint(endpoint)} here and ${formatEndpoint(node.endpoint)} on the node`,
      "the node's counts",
      'warning',
    );
  if (mode !== 'unsaid' && mode !== node.mode)
    say(`its mode is ${mode} here and ${node.mode} on the node`, "the node's counts", 'warning');
  if (gateway.echo === 'carry' && node.echo !== 'carry')
    say('echo requests are carried here and not taken on the node', 'write echo: carry on both', 'error');
  if (node.echo === 'carry' && gateway.echo !== 'carry')
    say('echo is carried by the node, and no request is sent there', 'write echo: carry on both', 'warning');
  return found;
}
