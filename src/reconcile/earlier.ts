// Rows of earlier layouts in the shape of today's. Members that a layout had not are zero by then (datapath/kernel/other-layout.ts);
// here is what other tables told in their stead, so that a plan shows what a file changes and not what a version did.
import { nat, natDirections } from '../tables/nat.ts';
import { keyAt, type Rows, valueAt } from '../tables/rows.ts';
import { type VerifyValue, verify } from '../tables/verify.ts';
import { serviceNumber } from './assign.ts';
import type { TableRows } from './digest.ts';

type Endpoint = Pick<VerifyValue, 'endpointIp' | 'endpointPort'>;

/**
 * Layout 2 had a node's endpoints in NAT alone, {proxy, in} → endpoint of every service; now VERIFY has them, and NAT such rows only
 * for tunnels with the short header, which layout 2 had not.
 */
export function asOfToday(rows: TableRows): TableRows {
  const endpoints = new Map<number, Endpoint>();
  const others: number[] = [];
  for (let at = 0; at < rows.nat.count; at++) {
    const { direction } = nat.key.decode(rows.nat.keys, at * rows.nat.keySize);
    const { ip, port, group, service } = nat.value.decode(rows.nat.values, at * rows.nat.valueSize);
    if (direction === natDirections.in)
      endpoints.set(serviceNumber(group, service), { endpointIp: ip, endpointPort: port });
    else others.push(at);
  }
  return endpoints.size
    ? { ...rows, nat: picked(rows.nat, others), verify: withEndpoints(rows.verify, endpoints) }
    : rows;
}

function withEndpoints(rows: Rows, endpoints: ReadonlyMap<number, Endpoint>): Rows {
  const values = rows.values.slice();
  for (let at = 0; at < rows.count; at++) {
    const { group, service } = verify.key.decode(rows.keys, at * rows.keySize);
    const row = verify.value.decode(rows.values, at * rows.valueSize);
    const endpoint = row.endpointPort ? undefined : endpoints.get(serviceNumber(group, service));
    if (endpoint) values.set(verify.value.encode({ ...row, ...endpoint }), at * rows.valueSize);
  }
  return { ...rows, values };
}

function picked(rows: Rows, positions: readonly number[]): Rows {
  const keys = new Uint8Array(positions.length * rows.keySize);
  const values = new Uint8Array(positions.length * rows.valueSize);
  for (const [to, from] of positions.entries()) {
    keys.set(keyAt(rows, from), to * rows.keySize);
    values.set(valueAt(rows, from), to * rows.valueSize);
  }
  return { ...rows, count: positions.length, keys, values };
}
