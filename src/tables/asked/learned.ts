// The learned tables of the packet model over rows: looked up and decoded, encoded and put.
import type { Endpoint, Port } from '../../net/endpoint.ts';
import type { FlowTuple, FragmentTuple, ModelTables } from '../../packet/model/tables.ts';
import { flow, fragment, path, peer } from '../learned.ts';
import { learntRowsIn, type RowAccess } from './access.ts';

type Learned = 'peer' | 'learnPeer' | 'flow' | 'learnFlow' | 'fragmentPorts' | 'learnFragment' | 'path' | 'learnPath';

/** Writers leave an even version behind, a higher one each time. */
const versionStep = 2;

export function learnedTables(access: RowAccess): Pick<ModelTables, Learned> {
  const peers = learntRowsIn(access, peer);
  const flows = learntRowsIn(access, flow);
  const fragments = learntRowsIn(access, fragment);
  const paths = learntRowsIn(access, path);
  return {
    peer: (id) => {
      const row = peers.get({ tunnel: id });
      return row && { ...row, remote: endpointOf(row.remoteIp, row.remotePort) };
    },
    learnPeer: (id, { remote, epoch, lastSeenNs, sequence, moves, minuteNs, movesInMinute }) => {
      const version = (peers.get({ tunnel: id })?.version ?? 0) + versionStep;
      const learnt = { epoch, lastSeenNs, sequence, moves, minuteNs, movesInMinute };
      peers.put({ tunnel: id }, { ...learnt, lock: 0, version, remoteIp: remote.ip, remotePort: remote.port });
    },
    flow: (tuple) => flows.get(flowKey(tuple)),
    learnFlow: (tuple, { tunnel, group, service }) => flows.put(flowKey(tuple), { tunnel, group, service }),
    fragmentPorts: (tuple) => {
      const row = fragments.get(fragmentKey(tuple));
      return row && { source: row.sourcePort as Port, destination: row.destinationPort as Port };
    },
    learnFragment: (tuple, { source, destination }) =>
      fragments.put(fragmentKey(tuple), { sourcePort: source, destinationPort: destination }),
    path: (localIp, remoteIp) => {
      const row = paths.get({ localIp, remoteIp });
      return row && { mtuBytes: row.mtu, untilNs: row.untilNs };
    },
    learnPath: (localIp, remoteIp, { mtuBytes, untilNs }) =>
      paths.put({ localIp, remoteIp }, { mtu: mtuBytes, untilNs }),
  };
}

function endpointOf(ip: Endpoint['ip'], port: number): Endpoint {
  return { ip, port: port as Port };
}

function flowKey({ protocol, endpoint, client }: FlowTuple) {
  return {
    endpointIp: endpoint.ip,
    clientIp: client.ip,
    endpointPort: endpoint.port,
    clientPort: client.port,
    protocol,
  };
}

function fragmentKey({ source, destination, id, protocol }: FragmentTuple) {
  return { sourceIp: source, destinationIp: destination, id, protocol };
}
