// Every packet record, in groups.
import { extensions } from './extensions.ts';
import { fibRecords } from './fib.ts';
import { fragments } from './fragments.ts';
import { gatewayEgress } from './gateway-egress.ts';
import { gatewayIngress } from './gateway-ingress.ts';
import { ipv6 } from './ipv6.ts';
import { ipv6Refused } from './ipv6-refused.ts';
import { nodeEgress } from './node-egress.ts';
import { nodeIngress } from './node-ingress.ts';
import { options } from './options.ts';
import { pings } from './pings.ts';
import type { PacketRecord } from './record.ts';
import { sizes } from './sizes.ts';
import { vlan } from './vlan.ts';

export const recordGroups: Readonly<Record<string, readonly PacketRecord[]>> = {
  'gateway, egress': gatewayEgress,
  'gateway, ingress': gatewayIngress,
  'node, ingress': nodeIngress,
  'node, egress': nodeEgress,
  pings,
  fib: fibRecords,
  sizes,
  fragments,
  IPv6: ipv6,
  'IPv6, refused': ipv6Refused,
  options,
  'extension headers': extensions,
  'VLAN tags': vlan,
};

export const packetRecords: readonly PacketRecord[] = Object.values(recordGroups).flat();
