// Where a tunnel's far end is now (DATAPATH.md section 6).
import type { Endpoint } from '../../net/endpoint.ts';
import { unspecifiedIp } from '../../net/ip.ts';
import type { ModelPeer, ModelTables, ModelTunnel } from './tables.ts';

/** undefined: not known, so nothing can be sent. */
export function remoteOf(tables: ModelTables, tunnel: ModelTunnel): Endpoint | undefined {
  if (tunnel.remote === 'learned') return peerOf(tables, tunnel)?.remote;
  return tunnel.remote.ip !== unspecifiedIp && tunnel.remote.port !== 0 ? tunnel.remote : undefined;
}

/** A row of another epoch belongs to a dead tunnel of that id. */
export function peerOf(tables: ModelTables, { id, epoch }: ModelTunnel): ModelPeer | undefined {
  const peer = tables.peer(id);
  return peer?.epoch === epoch ? peer : undefined;
}
