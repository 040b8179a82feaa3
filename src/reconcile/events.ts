// Records of EVENT in the words of the file: which interface, service and tunnel it is about. Programs know counter indexes only;
// the rows of the live generation say whose they are.
import type { Datapath, Observation } from '../datapath/port.ts';
import type { Endpoint, Port } from '../net/endpoint.ts';
import { config, directionNumbers } from '../tables/config.ts';
import { eventHeaderBytes, eventKinds, eventLayout } from '../tables/events.ts';
import type { Rows } from '../tables/rows.ts';
import { isDrop, verdicts } from '../tables/verdicts.ts';
import { type Direction, directions, flagBits } from '../topology/topology.ts';
import { readAssignments } from './assign.ts';
import { findLive } from './live.ts';

export interface ServiceId {
  readonly group: number;
  readonly id: number;
}

/** A hook as events name it. */
export interface HookId {
  readonly ifindex: number;
  readonly direction: Direction;
}

/** What the live generation says of numbers in events. */
export interface EventNames {
  /** Changes with whatever changes the rest: a new generation, or another one that is live. */
  readonly version: string;
  /** By first counter index. */
  readonly services: ReadonlyMap<number, ServiceId>;
  readonly tunnels: ReadonlyMap<number, number>;
  /** Hooks of interfaces with the flag `dump`. */
  readonly flagged: readonly HookId[];
}

export interface EventBase {
  /** CLOCK_MONOTONIC. */
  readonly timeNs: bigint;
  readonly ifindex: number;
  readonly direction: Direction;
  /** Where the packet entered the host; 0: it is the host's own. */
  readonly ingressIfindex: number;
  /** A number that this build has no name for is a number. */
  readonly verdict: string;
  readonly dropped: boolean;
  readonly service: ServiceId | undefined;
  /** Id. */
  readonly tunnel: number | undefined;
  /** Events that were left out before this one. */
  readonly suppressed: number;
  /** Bytes of the frame. */
  readonly length: number;
  /** The frame as it left the hook, as much of it as was captured. */
  readonly frame: Uint8Array;
}

export interface PacketEvent extends EventBase {
  readonly kind: 'packet';
}

/** A tunnel's remote became known, or another one. */
export interface RemoteEvent extends EventBase {
  readonly kind: 'learned' | 'moved';
  readonly remote: Endpoint;
}

export type Event = PacketEvent | RemoteEvent;

const verdictByNumber = new Map<number, (typeof verdicts)[number]>(verdicts.map((one) => [one.number, one]));
const whole = new Uint8Array(eventLayout.size);

/** The record's bytes are copied. undefined: of a kind that this build does not know. */
export function readEvent(record: Uint8Array, names: EventNames): Event | undefined {
  // One that ends before the room for a packet does is as good as one with zeros there.
  whole.fill(0);
  whole.set(record.subarray(0, whole.length));
  const row = eventLayout.decode(whole);
  const isPacket = row.kind === eventKinds.packet;
  if (!isPacket && row.kind !== eventKinds.learned && row.kind !== eventKinds.moved) return undefined;
  const captured = Math.min(row.captured, row.bytes.length, Math.max(0, record.length - eventHeaderBytes));
  const base: EventBase = {
    timeNs: row.timeNs,
    ifindex: row.ifindex,
    direction: row.hook === directionNumbers.ingress ? 'ingress' : 'egress',
    ingressIfindex: row.ingressIfindex,
    verdict: verdictByNumber.get(row.verdict)?.name ?? String(row.verdict),
    dropped: isDrop({ number: row.verdict }),
    service: names.services.get(row.service),
    tunnel: isPacket ? names.tunnels.get(row.tunnel) : row.tunnel,
    suppressed: row.suppressed,
    length: row.length,
    frame: row.bytes.subarray(0, captured),
  };
  if (isPacket) return { ...base, kind: 'packet' };
  const kind = row.kind === eventKinds.learned ? 'learned' : 'moved';
  return { ...base, kind, remote: { ip: row.remoteIp, port: row.remotePort as Port } };
}

/** What tells one state of affairs from the next; cheap to ask. */
export function namesVersion(observation: Observation): string {
  const { slot } = findLive(observation);
  return slot ? `${slot.name} ${slot.meta.generation} ${slot.meta.activation} ${slot.readable}` : 'none';
}

/** Nothing has a name where no generation is live that this build can read. */
export function readEventNames(datapath: Datapath, observation: Observation): EventNames {
  const version = namesVersion(observation);
  const { slot } = findLive(observation);
  if (!slot?.readable) return { version, services: new Map(), tunnels: new Map(), flagged: [] };
  const { instance } = observation;
  const live = readAssignments(
    datapath.readRows(instance, slot.name, 'tunnel'),
    datapath.readRows(instance, slot.name, 'verify'),
    Number.POSITIVE_INFINITY,
  );
  return {
    version,
    services: byCounter(live.services, (number) => ({ group: number >>> 16, id: number & 0xffff })),
    tunnels: byCounter(live.tunnels, (id) => id),
    flagged: flaggedHooks(datapath.readRows(instance, slot.name, 'config')),
  };
}

function byCounter<T>(
  rows: ReadonlyMap<number, { readonly counter: number | undefined }>,
  name: (key: number) => T,
): Map<number, T> {
  const named = new Map<number, T>();
  for (const [key, { counter }] of rows) if (counter !== undefined) named.set(counter, name(key));
  return named;
}

function flaggedHooks(rows: Rows): HookId[] {
  const hooks: HookId[] = [];
  for (let i = 0; i < rows.count; i++) {
    const { ifindex, direction: number } = config.key.decode(rows.keys, i * rows.keySize);
    const direction = directions.find((one) => directionNumbers[one] === number);
    const { flags } = config.value.decode(rows.values, i * rows.valueSize);
    if (direction && flags & flagBits[direction].dump) hooks.push({ ifindex, direction });
  }
  return hooks;
}
