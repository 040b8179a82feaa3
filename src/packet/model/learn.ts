// What a ping that was found good changes (DATAPATH.md section 4.10): the remote of a learned tunnel, as far as it may move.
import { type Endpoint, sameEndpoint } from '../../net/endpoint.ts';
import { familyOf, type Ip, ipOctets } from '../../net/ip.ts';
import type { Prefix } from '../../net/prefix.ts';
import { peerOf } from './remote.ts';
import type { ModelPeer, ModelTables, ModelTunnel } from './tables.ts';

const minuteNs = 60_000_000_000n;

/** `sequence`: of a signed ping. Answers its verdict. */
export function learn(
  tables: ModelTables,
  tunnel: ModelTunnel,
  source: Endpoint,
  sequence: bigint | undefined,
): 'ping-accepted' | 'ping-moved' | 'ping-limited' | 'ping-refused' | 'ping-replayed' {
  if (tunnel.remote !== 'learned') return 'ping-accepted';
  if (tunnel.allow && !tunnel.allow.some((prefix) => isIn(source.ip, prefix))) return 'ping-refused';
  const now = tables.nowNs();
  const known = peerOf(tables, tunnel);
  if (known && sequence !== undefined && sequence <= known.sequence) return 'ping-replayed';
  const heard: ModelPeer = {
    ...(known ?? { epoch: tunnel.epoch, moves: 0, minuteNs: 0n, movesInMinute: 0 }),
    remote: source,
    lastSeenNs: now,
    sequence: sequence ?? known?.sequence ?? 0n,
  };
  if (!known || sameEndpoint(known.remote, source)) {
    tables.learnPeer(tunnel.id, heard);
    return 'ping-accepted';
  }
  const isRunning = now - known.minuteNs < minuteNs;
  const moves = isRunning ? known.movesInMinute : 0;
  if (tunnel.movesPerMinute && moves >= tunnel.movesPerMinute) {
    tables.learnPeer(tunnel.id, { ...known, sequence: heard.sequence });
    return 'ping-limited';
  }
  // Without a limit nobody counts.
  const minute = tunnel.movesPerMinute
    ? { minuteNs: isRunning ? known.minuteNs : now, movesInMinute: moves + 1 }
    : { minuteNs: known.minuteNs, movesInMinute: known.movesInMinute };
  tables.learnPeer(tunnel.id, { ...heard, ...minute, moves: known.moves + 1 });
  return 'ping-moved';
}

/** By the 128 bits of the tables, in which IPv4 lies below ::ffff:0:0/96: `::/0` is anywhere. */
function isIn(ip: Ip, prefix: Prefix): boolean {
  const [octets, base] = [mapped(ip), mapped(prefix.ip)];
  const bits = prefix.bits + (familyOf(prefix.ip) === 4 ? 96 : 0);
  return octets.every((octet, at) => {
    const left = Math.min(Math.max(bits - at * 8, 0), 8);
    return (octet ^ (base[at] ?? 0)) >> (8 - left) === 0;
  });
}

function mapped(ip: Ip): Uint8Array {
  if (familyOf(ip) === 6) return ipOctets(ip);
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...ipOctets(ip));
}
