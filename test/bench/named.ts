// The packets that have a figure of their own: records by name, with what is wanted of them.
import { gatewayEgress } from '../kernel/records/gateway-egress.ts';
import { gatewayIngress } from '../kernel/records/gateway-ingress.ts';
import { nodeEgress } from '../kernel/records/node-egress.ts';
import { nodeIngress } from '../kernel/records/node-ingress.ts';
import type { PacketRecord } from '../kernel/records/record.ts';

export interface NamedPacket {
  /** Of the figure. */
  readonly name: string;
  readonly what: string;
  readonly record: PacketRecord;
  readonly atMost?: number;
}

export const namedPackets: readonly NamedPacket[] = [
  {
    name: 'encap_ns',
    what: 'gateway, egress: look up, encapsulate',
    record: recordOf(gatewayEgress, 'a segment of a flow goes into its tunnel'),
    atMost: 110,
  },
  {
    name: 'decap_verify_ns',
    what: 'gateway, ingress: verify, decapsulate',
    record: recordOf(gatewayIngress, 'a segment of a flow comes out of its tunnel'),
    atMost: 130,
  },
  {
    name: 'decap_verify_dnat_ns',
    what: 'node, ingress: verify, decapsulate, translate',
    record: recordOf(nodeIngress, 'a segment of a flow comes out of its tunnel and goes on to the endpoint'),
    atMost: 210,
  },
  {
    name: 'snat_encap_ns',
    what: 'node, egress: translate, encapsulate',
    record: recordOf(nodeEgress, 'a segment of a flow leaves through the tunnel'),
  },
  {
    name: 'bad_key_ns',
    what: 'gateway, ingress: refused by its key',
    record: recordOf(gatewayIngress, 'a key that is wrong in byte 15 is refused'),
    atMost: 70,
  },
  {
    name: 'not_ours_egress_ns',
    what: 'gateway, egress: another port of a proxy address',
    record: recordOf(gatewayEgress, 'another port of the proxy address is not ours'),
  },
  {
    name: 'not_ours_ns',
    what: 'gateway, ingress: TCP to a tunnel endpoint',
    record: recordOf(gatewayIngress, 'TCP to the tunnel endpoint is not ours'),
    atMost: 15,
  },
  {
    name: 'not_ours_udp_ns',
    what: 'gateway, ingress: UDP to another host',
    record: recordOf(gatewayIngress, 'UDP to another host is not ours'),
  },
];

/** A record that is no longer there is a bench that measures nothing. */
function recordOf(records: readonly PacketRecord[], name: string): PacketRecord {
  const found = records.find((record) => record.name === name);
  if (!found) throw new Error(`there is no packet record "${name}"`);
  return found;
}
