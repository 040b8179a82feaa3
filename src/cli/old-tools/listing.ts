// get, as the old tools printed it: what is live, with the remotes that were learned.
import type { Named } from '../../legacy/asked.ts';
import {
  type ConfigEntry,
  configLine,
  encapLine,
  listText,
  remoteText,
  singleText,
  tunnelLine,
} from '../../legacy/lines.ts';
import { formatEndpoint } from '../../net/endpoint.ts';
import { problem } from '../../problem.ts';
import { ingest } from '../../reconcile/ingest.ts';
import { readSections } from '../../reconcile/sections.ts';
import { readStatus } from '../../reconcile/status.ts';
import { readLive } from '../../reconcile/verify.ts';
import { directions, type Topology } from '../../topology/topology.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { interfaceNames, knownInterfaces, withInstance } from '../kernel.ts';
import { missing, nameOf } from './get.ts';

/** A line, and how many rows of the old tables it stands for. */
interface Listed {
  readonly title: string;
  readonly lines: readonly string[];
  readonly count: number;
}

export async function listing(invocation: Invocation, named: Named): Promise<Answer> {
  return await withInstance(invocation, async ({ datapath, host }, observation) => {
    const { instance } = observation;
    const rows = readLive(datapath, observation);
    if (!rows)
      return failure([problem('no-instance', `instance "${instance}" has no generation that this build can read`)]);
    const { topology } = ingest(instance, rows, knownInterfaces(host));
    const indexes = new Map(host.interfaces().map(({ name, ifindex }) => [name, ifindex]));
    const now = invocation.environment.monotonicNs();
    const heard = new Map(
      readStatus(datapath, observation, now).tunnels.map(({ id, learned }) => [id, learned?.remote]),
    );
    const listed = list(named, topology, { heard, indexOf: (name) => indexes.get(name) ?? 0 });
    const sought = nameOf(named);
    if (listed.lines.length === 0 && sought !== undefined) return failure([missing(sought, instance)]);
    const isOne = sought !== undefined;
    const text = (isOne ? singleText : listText)(listed.title, listed.lines, listed.count);
    const names = { tunnel: 'tunnels', service: 'services', config: 'config' } as const;
    return {
      kind: 'Show',
      exitCode: exitCodes.done,
      problems: [],
      fields: () => ({
        instance,
        ...readSections(datapath, observation, [names[named.tool]], interfaceNames(host), now),
      }),
      text: () => text,
    };
  });
}

interface Known {
  readonly heard: ReadonlyMap<number, string | undefined>;
  readonly indexOf: (name: string) => number;
}

function list(named: Named, topology: Topology, { heard, indexOf }: Known): Listed {
  switch (named.tool) {
    case 'tunnel': {
      const lines = topology.tunnels
        .filter(({ id }) => named.id === undefined || id === named.id)
        .map(({ id, local, remote }) =>
          tunnelLine({ id, local: formatEndpoint(local), remote: remoteText(remote, heard.get(id)) }),
        );
      return { title: 'TABLE-TUNNEL:', lines, count: lines.length };
    }
    case 'service': {
      const lines = topology.services
        .filter(({ group, id }) => !named.service || (group === named.service.group && id === named.service.id))
        .map(({ protocol, proxy, tunnels, via }) =>
          encapLine({
            protocol,
            proxy: formatEndpoint(proxy),
            ifindex: typeof via === 'string' ? 0 : indexOf(via.interface),
            tunnel: tunnels[0] ?? 0,
          }),
        );
      return { title: 'TABLE-ENCAP:', lines, count: lines.length };
    }
    case 'config': {
      const chosen = topology.interfaces.filter(
        ({ name }) => named.interface === undefined || name === named.interface,
      );
      const lines = chosen.flatMap(({ name, flags }) =>
        directions
          .filter((direction) => named.direction === undefined || direction === named.direction)
          .map(
            (direction): ConfigEntry => ({
              interface: name,
              ifindex: indexOf(name),
              direction,
              flags: flags[direction],
            }),
          )
          .map(configLine),
      );
      return { title: 'TABLE-CFG:', lines, count: chosen.length };
    }
    default:
      return named satisfies never;
  }
}
