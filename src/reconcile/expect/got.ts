// What became of a packet, in the words of an expectation.
import type { ProbePacket } from '../../datapath/port.ts';
import { sameEndpoint } from '../../net/endpoint.ts';
import { describeFrame } from '../../packet/describe.ts';
import { readGue, readShort } from '../../packet/gue.ts';
import { ethernetBytes } from '../../packet/ipv4.ts';
import { destinationOf, readFrame, readPacket, sourceOf } from '../../packet/read.ts';
import { formatPacket } from '../../packet/words/format.ts';
import { nameFrame } from '../../packet/words/name.ts';
import type { TunnelDirectory } from '../../packet/words/outer.ts';
import type { Lookup } from '../../tables/asked/access.ts';
import { encap } from '../../tables/encap.ts';
import { nat } from '../../tables/nat.ts';
import { tunnel } from '../../tables/tunnel.ts';
import { verify } from '../../tables/verify.ts';
import type { Expectation } from '../../topology/topology.ts';
import type { Followed } from '../trace/follow.ts';
import type { Difference } from './expect.ts';

export interface Got {
  readonly verdict: string;
  /** The one that it goes into or came out of; undefined: none is concerned. */
  readonly tunnel: number | undefined;
  readonly service: { readonly group: number; readonly id: number } | undefined;
  /** How it goes on, what is inside of what goes into a tunnel; in words, where words can say it. undefined: it does not. */
  readonly out: string | undefined;
}

const dropped = 2;

export function gotOf({ result, lookups }: Followed, packet: ProbePacket, directory: TunnelDirectory): Got {
  const { verdict, action, frame } = result;
  const out = verdict === 'encapsulated' ? insideOf(frame) : frame;
  return {
    verdict,
    tunnel: verdict === 'decapsulated' ? arrivalTunnel(packet.frame, directory) : lastTunnel(lookups),
    service: lastService(lookups),
    out: action === dropped ? undefined : inWords(out),
  };
}

function inWords(frame: Uint8Array): string {
  const named = nameFrame(frame);
  return named ? formatPacket(named) : describeFrame(frame);
}

/** As a frame of its own. */
function insideOf(frame: Uint8Array): Uint8Array {
  const outer = readFrame(frame);
  const payload = outer?.payload ?? new Uint8Array(0);
  const short = readShort(payload);
  const gue = readGue(payload);
  const isShort = short?.kind === 'data' && readPacket(short.packet)?.totalBytes === short.packet.length;
  const packet = isShort ? short.packet : gue?.kind === 'data' ? gue.packet : payload;
  const inside = new Uint8Array(ethernetBytes + packet.length);
  inside.set(packet, ethernetBytes);
  inside.set((packet[0] ?? 0) >> 4 === 6 ? [0x86, 0xdd] : [0x08, 0x00], 12);
  return inside;
}

/** DATAPATH.md section 4.5; of the short header, whose packets name it, the one that they name. */
function arrivalTunnel(frame: Uint8Array, directory: TunnelDirectory): number | undefined {
  const outer = readFrame(frame);
  const [source, local] = outer ? [sourceOf(outer), destinationOf(outer)] : [];
  if (!outer || !source || !local) return undefined;
  const short = readShort(outer.payload);
  if (short && directory.tunnel(short.tunnel)?.short) return short.tunnel;
  const gue = readGue(outer.payload);
  const ids = (gue && directory.service(gue.group, gue.service)?.tunnels) ?? [];
  const here = ids.flatMap((id) => directory.tunnel(id) ?? []).filter((one) => sameEndpoint(one.local, local));
  const isFrom = (one: (typeof here)[number]): boolean => {
    const remote = one.remote === 'learned' ? directory.learnedRemote(one) : one.remote;
    return remote !== undefined && sameEndpoint(remote, source);
  };
  return (here.find(isFrom) ?? here.find(({ strict }) => !strict))?.id;
}

function lastTunnel(lookups: readonly Lookup[]): number | undefined {
  const found = lookups.findLast(({ table, value }) => table === 'tunnel' && value);
  return found && tunnel.key.decode(found.key).id;
}

function lastService(lookups: readonly Lookup[]): Got['service'] {
  for (const { table, key, value } of [...lookups].reverse()) {
    if (!value) continue;
    if (table === 'verify') {
      const { group, service } = verify.key.decode(key);
      return { group, id: service };
    }
    const named = table === 'encap' ? encap.value.decode(value) : table === 'nat' ? nat.value.decode(value) : undefined;
    // Rows of an address or of a shared endpoint are nobody's.
    if (named && (!('tunnel' in named) || named.tunnel !== 0) && (!('flags' in named) || named.flags === 0))
      return { group: named.group, id: named.service };
  }
  return undefined;
}

export function differencesOf({ verdict, tunnel: id, service, out }: Expectation, got: Got): Difference[] {
  const differences: Difference[] = [];
  const compare = (field: string, expected: string | undefined, came: string | undefined): void => {
    if (expected !== undefined && expected !== came) differences.push({ field, expected, got: came ?? 'none' });
  };
  compare('verdict', verdict, got.verdict);
  compare('tunnel', id === 'any' ? undefined : String(id), got.tunnel === undefined ? undefined : String(got.tunnel));
  compare('service', service === 'any' ? undefined : text(service), got.service && text(got.service));
  compare('out', out === 'any' ? undefined : formatPacket(out), got.out);
  return differences;
}

function text({ group, id }: { readonly group: number; readonly id: number }): string {
  return `${group}/${id}`;
}
