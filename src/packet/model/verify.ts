// Whether what came through the underlay may come in: its service, its key, the tunnel that it arrived by (DATAPATH.md section 4.5).
import { sameEndpoint } from '../../net/endpoint.ts';
import { be16, sameBytes } from '../bytes.ts';
import { keyBytes } from '../gue.ts';
import type { Outer } from './outer.ts';
import { remoteOf } from './remote.ts';
import type { ModelService, ModelTables, ModelTunnel } from './tables.ts';

/** The service whose key the frame carries, or why none. */
export function verified(tables: ModelTables, { asked, gueAt }: Outer): ModelService | 'unknown-service' | 'bad-key' {
  const { frame } = asked;
  const service = tables.service(be16(frame, gueAt + 4), be16(frame, gueAt + 6));
  if (!service) return 'unknown-service';
  const key = frame.subarray(gueAt + 8, gueAt + 8 + keyBytes);
  const isRight = sameBytes(key, service.key) || (service.previousKey && sameBytes(key, service.previousKey));
  return isRight ? service : 'bad-key';
}

/** The service's tunnel that both ends of the outer header name; else, since a NAT mapping may just have moved, one that ends here. */
export function arrivalTunnel(
  tables: ModelTables,
  { packet }: Outer,
  service: ModelService,
): ModelTunnel | 'wrong-tunnel' | 'wrong-source' {
  const ending = service.tunnels
    .map((id) => tables.tunnel(id))
    .filter((tunnel) => tunnel !== undefined)
    .filter(({ local, short }) => !short && sameEndpoint(local, packet.destination));
  const heard = ending.find((tunnel) => {
    const remote = remoteOf(tables, tunnel);
    return remote !== undefined && sameEndpoint(remote, packet.source);
  });
  const lenient = ending.filter(({ strict }) => !strict);
  const near = lenient.find((tunnel) => remoteOf(tables, tunnel)?.ip === packet.source.ip);
  return heard ?? near ?? lenient[0] ?? (ending.length ? 'wrong-source' : 'wrong-tunnel');
}
