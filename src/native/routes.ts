// Routes, by rtnetlink: the kernel's answer for one destination of either family, and the IPv4 default route's interface.
import { ipFromOctets } from '../net/ip.ts';
import { KernelError } from '../problem.ts';
import { attribute, attributes, withNetlink } from './netlink.ts';

const getRoute = 26;
const routeAttributes = { destination: 1, device: 4, priority: 6, metrics: 8, multipath: 9 } as const;
const mtuMetric = 2;
const [inet, inet6] = [2, 10];
const mainTable = 254;
const routeTypes = { unicast: 1, local: 2 } as const;
/** struct rtmsg: u8 family, dst_len, src_len, tos, table, protocol, scope, type; u32 flags; then attributes. */
const routeHeader = 12;
/**
 * What the kernel answers where no packet would go: EACCES (prohibit), EINVAL (blackhole), ENETUNREACH, EHOSTUNREACH; EOPNOTSUPP where
 * it has no IPv6.
 */
const unreachable = new Set([13, 22, 95, 101, 113]);

export interface RouteAnswer {
  readonly ifindex: number;
  /** Delivered to this host. */
  readonly local: boolean;
  /** The route's own MTU; undefined: the interface's holds. */
  readonly mtuBytes: number | undefined;
}

/** `destination` in 4 or 16 octets, wire order. undefined: unreachable. */
export function routeTo(destination: Uint8Array): RouteAnswer | undefined {
  const header = Buffer.alloc(routeHeader);
  header[0] = destination.length === 16 ? inet6 : inet;
  header[1] = 8 * destination.length;
  const request = Buffer.concat([header, attribute(routeAttributes.destination, destination)]);
  try {
    const answers = withNetlink((socket) =>
      socket.request(getRoute, 0, request, `route to ${ipFromOctets(destination)}`),
    );
    const body = answers[0]?.body;
    if (!body) return undefined;
    const found = attributes(body, routeHeader);
    const metrics = found.get(routeAttributes.metrics);
    const mtu = metrics && attributes(metrics, 0).get(mtuMetric)?.readUInt32LE(0);
    return {
      ifindex: found.get(routeAttributes.device)?.readUInt32LE(0) ?? 0,
      local: body[7] === routeTypes.local,
      mtuBytes: mtu || undefined,
    };
  } catch (error) {
    if (error instanceof KernelError && unreachable.has(error.errno)) return undefined;
    throw error;
  }
}

/** Interface index of the IPv4 default route with the lowest metric; of several next hops the first. */
export function defaultRouteDevice(): number | undefined {
  const request = new Uint8Array(routeHeader);
  request[0] = inet;
  let best: { readonly ifindex: number; readonly priority: number } | undefined;
  for (const { body } of withNetlink((socket) => socket.dump(getRoute, request, 'routes'))) {
    const isDefault = body[0] === inet && body[1] === 0 && body[4] === mainTable && body[7] === routeTypes.unicast;
    if (!isDefault) continue;
    const found = attributes(body, routeHeader);
    // struct rtnexthop: u16 len, u8 flags, u8 hops, i32 ifindex.
    const ifindex =
      found.get(routeAttributes.device)?.readUInt32LE(0) ?? found.get(routeAttributes.multipath)?.readInt32LE(4);
    const priority = found.get(routeAttributes.priority)?.readUInt32LE(0) ?? 0;
    if (ifindex !== undefined && (!best || priority < best.priority)) best = { ifindex, priority };
  }
  return best?.ifindex;
}
