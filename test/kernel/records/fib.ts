// Flag `fib`: the outer packet's next hop by the kernel's tables (devices.ts says what is in them).
import { protocolNumbers } from '../../../src/net/endpoint.ts';
import { buildTcp } from '../../../src/packet/transport.ts';
import { directionNumbers, roleNumbers } from '../../../src/tables/config.ts';
import { flagBits } from '../../../src/topology/topology.ts';
import type { PacketRecord, RowSet } from './record.ts';
import {
  both,
  client,
  endpoint,
  gateway,
  gatewayRows,
  natRows,
  node,
  nodeRows,
  proxy,
  server,
  through,
  tunnelId,
  tunnelRow,
} from './scene.ts';

/** Interface indexes that the test gives the devices. */
export const ifindexes = { lo: 1, wire: 10, far: 11, quiet: 12 } as const;
export const wireMac = Uint8Array.of(2, 0, 0, 0, 0, 0x10);
export const farMac = Uint8Array.of(2, 0, 0, 0, 0, 0x11);
export const nodeMac = Uint8Array.of(2, 0, 0, 0, 0, 0x33);
/** Of the client, and of the server. */
export const clientMac = Uint8Array.of(2, 0, 0, 0, 0, 0x99);

const { proxy: proxyFlag, fib } = flagBits.egress;
const redirected = 7;
const syn = buildTcp({ source: client, destination: proxy });
const outside = endpoint('203.0.113.1:6080');
const unresolved = endpoint('172.1.0.77:6080');

const configRow = (ifindex: number, flags: number): NonNullable<RowSet['config']>[number] => ({
  key: { ifindex, direction: directionNumbers.egress },
  value: { role: roleNumbers.gateway, flags, instanceId: 1, name: 'records' },
});
const rowsTo = (remote: typeof node, flags = proxyFlag | fib): RowSet =>
  gatewayRows({
    config: [configRow(ifindexes.wire, flags), configRow(ifindexes.quiet, flags)],
    tunnel: [tunnelRow(tunnelId, gateway, remote)],
  });

const record = (name: string, verdict: PacketRecord['verdict'], rest: Partial<PacketRecord>): PacketRecord => ({
  name,
  role: 'gateway',
  hook: 'egress',
  egressFeatures: fib,
  device: 'wire',
  packet: syn,
  rows: rowsTo(node),
  verdict,
  counted: both,
  ...rest,
});

const resolved = { destinationMac: nodeMac, sourceMac: wireMac };
const reply = { source: server, destination: client };

export const fibRecords: readonly PacketRecord[] = [
  record('with fib the frame gets the MAC addresses of the next hop', 'encapsulated', {
    out: through(gateway, node, syn, resolved),
  }),
  record('with fib a next hop that is not resolved yet is left to the kernel', 'encapsulated', {
    rows: rowsTo(unresolved),
    out: through(gateway, unresolved, syn),
    action: redirected,
  }),
  record('with fib a remote without route is dropped in the clear nowhere', 'fib-failed', { rows: rowsTo(outside) }),
  record('with fib an interface that does not forward drops', 'fib-failed', {
    device: 'quiet',
    rows: rowsTo(endpoint('172.2.0.9:6080')),
  }),
  record('an interface without the flag keeps the MAC addresses', 'encapsulated', {
    rows: rowsTo(node, proxyFlag),
    out: through(gateway, node, syn),
  }),
  record('an interface without a CONFIG row keeps the MAC addresses', 'encapsulated', {
    device: 'lo',
    out: through(gateway, node, syn),
  }),
  record('a flag that the load has off is off, whatever CONFIG says', 'encapsulated', {
    egressFeatures: 0,
    out: through(gateway, node, syn),
  }),
  record('with fib a node drops before it translates', 'fib-failed', {
    role: 'node',
    packet: buildTcp(reply),
    rows: nodeRows({
      config: rowsTo(node).config ?? [],
      tunnel: [tunnelRow(tunnelId, node, outside)],
      nat: natRows(protocolNumbers.tcp),
    }),
  }),
  record('with fib a reply of a node gets the MAC addresses of the next hop', 'encapsulated', {
    role: 'node',
    packet: buildTcp(reply),
    rows: nodeRows({ config: rowsTo(node).config ?? [], tunnel: [tunnelRow(tunnelId, gateway, node)] }),
    out: through(gateway, node, buildTcp({ ...reply, source: proxy }), resolved),
  }),
];
