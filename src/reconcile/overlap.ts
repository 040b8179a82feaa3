// Two instances may share a host and an interface, but not a local tunnel endpoint, a proxy endpoint or echo to one address:
// whose program runs first would decide whose packet it is.
import type { Datapath } from '../datapath/port.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { type Problem, problem } from '../problem.ts';
import type { Topology } from '../topology/topology.ts';
import { ingest } from './ingest.ts';
import { readLive } from './verify.ts';

/** Reads the live rows of every other instance of this network namespace. */
export function overlapProblems(datapath: Datapath, topology: Topology): Problem[] {
  const problems: Problem[] = [];
  for (const other of datapath.instances()) {
    if (other === topology.name) continue;
    const observation = datapath.observe(other);
    // Of another network namespace: its endpoints are other endpoints.
    if (observation.problems.some(({ code }) => code === 'instance-elsewhere')) continue;
    const rows = readLive(datapath, observation);
    if (rows) problems.push(...between(topology, other, ingest(other, rows, () => undefined).topology));
  }
  return problems;
}

function between(ours: Topology, other: string, theirs: Topology): Problem[] {
  const hint = `remove it from one of the two, or take the other instance off: trueingress remove -i ${other}`;
  const locals = new Set(theirs.tunnels.map(({ local }) => formatEndpoint(local)));
  const proxies = new Set(theirs.services.map(({ protocol, proxy }) => `${protocol} ${formatEndpoint(proxy)}`));
  const echoed = new Set(theirs.services.filter(({ echo }) => echo !== 'pass').map(({ proxy }) => proxy.ip));
  return [
    ...ours.tunnels
      .filter(({ local }) => locals.has(formatEndpoint(local)))
      .map(({ id, local, place }) =>
        problem('endpoint-in-use', `tunnel ${id} listens on ${formatEndpoint(local)}, which instance "${other}" has`, {
          place,
          hint,
        }),
      ),
    ...ours.services
      .filter(({ protocol, proxy }) => proxies.has(`${protocol} ${formatEndpoint(proxy)}`))
      .map(({ name, protocol, proxy, place }) =>
        problem(
          'endpoint-in-use',
          `service "${name}" has proxy ${protocol} ${formatEndpoint(proxy)}, which instance "${other}" has`,
          { place, hint },
        ),
      ),
    ...ours.services
      .filter(({ echo, proxy }) => echo !== 'pass' && echoed.has(proxy.ip))
      .map(({ name, echo, proxy, place }) =>
        problem(
          'endpoint-in-use',
          `service "${name}" has echo: ${echo} for ${proxy.ip}, and instance "${other}" has a service that has echo for it too`,
          { place, hint },
        ),
      ),
  ];
}
