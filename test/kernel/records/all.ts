// Every packet record, in groups.
import { arrivals } from './arrivals.ts';
import { echo } from './echo.ts';
import { entries } from './entries.ts';
import { errorsCarried } from './errors-carried.ts';
import { errorsRefused } from './errors-refused.ts';
import { extensions } from './extensions.ts';
import { fibRecords } from './fib.ts';
import { flows } from './flows.ts';
import { forwarding } from './forwarding.ts';
import { fragments } from './fragments.ts';
import { fragmentsIpv6 } from './fragments-ipv6.ts';
import { gatewayEgress } from './gateway-egress.ts';
import { gatewayIngress } from './gateway-ingress.ts';
import { hashPorts } from './hash-ports.ts';
import { ipv6 } from './ipv6.ts';
import { ipv6Refused } from './ipv6-refused.ts';
import { nodeEgress } from './node-egress.ts';
import { nodeIngress } from './node-ingress.ts';
import { options } from './options.ts';
import { paths } from './paths.ts';
import { pings } from './pings.ts';
import { pingsLimited } from './pings-limited.ts';
import { pingsReplayed } from './pings-replayed.ts';
import { pingsSigned } from './pings-signed.ts';
import type { PacketRecord } from './record.ts';
import { short } from './short.ts';
import { shortRefused } from './short-refused.ts';
import { sizes } from './sizes.ts';
import { sizesIpv6 } from './sizes-ipv6.ts';
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
  'keys and sources': arrivals,
  'replies by their flow': flows,
  'interface of entry': entries,
  echo,
  'path MTU': paths,
  'sizes, IPv6': sizesIpv6,
  forwarding,
  'ports of flows': hashPorts,
  'pings, signed': pingsSigned,
  'pings, replayed': pingsReplayed,
  'pings, limited': pingsLimited,
  'fragments, IPv6': fragmentsIpv6,
  'short header': short,
  'short header, refused': shortRefused,
  'errors, carried': errorsCarried,
  'errors, refused': errorsRefused,
};

export const packetRecords: readonly PacketRecord[] = Object.values(recordGroups).flat();
