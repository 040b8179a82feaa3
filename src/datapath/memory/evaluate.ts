// The packet model over rows in memory: answers the model's questions by looking up and decoding rows.

import type { Layout } from '../../layout/layout.ts';
import type { Port } from '../../net/endpoint.ts';
import { runModel } from '../../packet/model.ts';
import type { FlowTuple, FragmentTuple, ModelService, ModelTables } from '../../packet/model-tables.ts';
import { config, directionNumbers, roleNumbers } from '../../tables/config.ts';
import { decap } from '../../tables/decap.ts';
import { encap } from '../../tables/encap.ts';
import { flow, fragment, peer } from '../../tables/learned.ts';
import { nat, natDirections } from '../../tables/nat.ts';
import { localOf, remoteOf, tunnel } from '../../tables/tunnel.ts';
import { serviceFlags, verify } from '../../tables/verify.ts';
import { flagBits } from '../../topology/topology.ts';
import { lookUp, type MemoryMap, putEntry } from './map.ts';
import type { Evaluator, ProgramView } from './probe.ts';

export const evaluateByModel: Evaluator = (view, packet) => runModel(modelTables(view), packet);

function find<Key, Value>(
  map: MemoryMap,
  table: { readonly key: Layout<Key>; readonly value: Layout<Value> },
  key: Key,
): Value | undefined {
  const found = lookUp(map, table.key.encode(key));
  return found && table.value.decode(found);
}

function modelTables({ load, learned }: ProgramView): ModelTables {
  const { maps } = load;
  const service = (group: number, id: number): ModelService | undefined => {
    const row = find(maps.verify, verify, { group, service: id });
    return (
      row && {
        group,
        service: id,
        key: row.key,
        protocol: row.protocol,
        proxy: { ip: row.proxyIp, port: row.proxyPort as Port },
        tunnels: row.tunnels.filter((one) => one !== 0),
        dso: (row.flags & serviceFlags.dso) !== 0,
        remembersFlow: (row.flags & serviceFlags.flow) !== 0,
      }
    );
  };
  return {
    role: load.role === roleNumbers.gateway ? 'gateway' : 'node',
    usesFib: (ifindex) => {
      const row = find(maps.config, config, { ifindex, direction: directionNumbers.egress });
      return row !== undefined && (row.flags & flagBits.egress.fib) !== 0;
    },
    tunnel: (id) => {
      const row = find(maps.tunnel, tunnel, { id });
      return row && { id, epoch: row.epoch, local: localOf(row), remote: remoteOf(row), mtuBytes: row.mtu };
    },
    acceptsGue: (local) => find(maps.decap, decap, local) !== undefined,
    service,
    encap: (protocol, { ip, port }) => {
      const row = find(maps.encap, encap, { ip, port, protocol, ifindex: 0 });
      return row?.tunnel ? row : undefined;
    },
    natIn: (protocol, proxy) => {
      const row = find(maps.nat, nat, { ...proxy, protocol, direction: natDirections.in });
      return row && { ip: row.ip, port: row.port as Port };
    },
    natOut: (protocol, endpoint) => find(maps.nat, nat, { ...endpoint, protocol, direction: natDirections.out }),
    peer: (id) => {
      const row = find(learned.peer, peer, { tunnel: id });
      return row && { epoch: row.epoch, remote: { ip: row.remoteIp, port: row.remotePort as Port } };
    },
    learnPeer: (id, epoch, remote) => {
      const row = {
        lock: 0,
        version: 2,
        epoch,
        lastSeenNs: 0n,
        sequence: 0n,
        minuteNs: 0n,
        remoteIp: remote.ip,
        moves: 0,
        movesInMinute: 0,
        remotePort: remote.port,
      };
      putEntry(learned.peer, peer.key.encode({ tunnel: id }), peer.value.encode(row));
    },
    flow: (tuple, { group, service: number }) => {
      const row = find(learned.flow, flow, flowKey(tuple));
      return row?.group === group && row.service === number ? row.tunnel : undefined;
    },
    learnFlow: (tuple, { group, service: number }, id) => {
      const value = flow.value.encode({ tunnel: id, group, service: number });
      putEntry(learned.flow, flow.key.encode(flowKey(tuple)), value);
    },
    hasProxyAt: (protocol, ip) => find(maps.encap, encap, { ip, port: 0, protocol, ifindex: 0 }) !== undefined,
    fragmentPorts: (tuple) => {
      const row = find(learned.fragment, fragment, fragmentKey(tuple));
      return row && { source: row.sourcePort as Port, destination: row.destinationPort as Port };
    },
    learnFragment: (tuple) => {
      const ports = { sourcePort: tuple.source.port, destinationPort: tuple.destination.port };
      putEntry(learned.fragment, fragment.key.encode(fragmentKey(tuple)), fragment.value.encode(ports));
    },
  };
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
  return { sourceIp: source.ip, destinationIp: destination.ip, id, protocol };
}
