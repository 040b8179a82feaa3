// One event: a line for people, a record of a stream, the comment in a capture file.
import { formatEndpoint } from '../net/endpoint.ts';
import { seenFrame } from '../packet/seen.ts';
import type { Event, ServiceId } from '../reconcile/events.ts';
import { frameText, packetFields } from './seen.ts';
import type { Style } from './style.ts';

export interface EventView {
  /** CLOCK_REALTIME − CLOCK_MONOTONIC, nanoseconds. */
  readonly clockOffsetNs: bigint;
  readonly interfaceName: (ifindex: number) => string;
}

/** Of the names of interfaces: most are no longer. */
const nameWidth = 8;
/** `path-mtu-lowered`, `too-big-answered`. */
const verdictWidth = 16;

/** `14:03:22.123456 eth0     in  bad-key          172.1.0.3:6080 > 172.1.0.4:6080 gue data 2/1 […]  service 2/1  tunnel 100` */
export function eventText(event: Event, { clockOffsetNs, interfaceName }: EventView, style: Style): string {
  const verdict = event.verdict.padEnd(verdictWidth);
  const parts = [
    style.faint(timeOfDay(event.timeNs + clockOffsetNs)),
    interfaceName(event.ifindex).padEnd(nameWidth),
    event.direction === 'ingress' ? 'in ' : 'out',
    event.dropped ? style.removed(verdict) : event.kind === 'packet' ? verdict : style.changed(verdict),
    `${contentText(event)}${whoseText(event, '  ')}`,
  ];
  return `${parts.join(' ').trimEnd()}\n`;
}

function contentText(event: Event): string {
  if (event.kind === 'packet') return frameText(seenFrame(event.frame));
  const remote = formatEndpoint(event.remote);
  return event.kind === 'learned' ? `remote learned: ${remote}` : `remote moved to ${remote}`;
}

function whoseText({ service, tunnel }: Event, before: string): string {
  return [
    ...(service ? [`service ${serviceText(service)}`] : []),
    ...(tunnel === undefined ? [] : [`tunnel ${tunnel}`]),
  ]
    .map((word) => before + word)
    .join('');
}

function serviceText({ group, id }: ServiceId): string {
  return `${group}/${id}`;
}

/** What a capture file says of a packet: `verdict encapsulated, service 2/1, tunnel 100`. */
export function eventComment(event: Event): string {
  return `verdict ${event.verdict}${whoseText(event, ', ')}`;
}

/** As schemas/event.schema.json says. */
export function eventFields(event: Event, { clockOffsetNs, interfaceName }: EventView): Record<string, unknown> {
  const { vlan, etherType, packet } = seenFrame(event.frame);
  return {
    time: isoTimeNs(event.timeNs + clockOffsetNs),
    event: event.kind,
    interface: interfaceName(event.ifindex),
    direction: event.direction,
    ...(event.ingressIfindex !== 0 && { enteredBy: interfaceName(event.ingressIfindex) }),
    verdict: event.verdict,
    dropped: event.dropped,
    ...(event.service && { service: event.service }),
    ...(event.tunnel !== undefined && { tunnel: event.tunnel }),
    bytes: event.length,
    leftOut: event.suppressed,
    ...(event.kind === 'packet'
      ? { etherType, ...(vlan !== undefined && { vlan }), ...(packet && { packet: packetFields(packet) }) }
      : { remote: formatEndpoint(event.remote) }),
  };
}

const second = 1_000_000_000n;

/** ISO 8601 with nanoseconds, as programs stamp. */
function isoTimeNs(ns: bigint): string {
  const seconds = new Date(Number(ns / second) * 1000).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  return `${seconds}.${String(ns % second).padStart(9, '0')}Z`;
}

/** In the time zone of whoever looks; microseconds, as other tools print. */
function timeOfDay(ns: bigint): string {
  const date = new Date(Number(ns / second) * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const micros = String((ns % second) / 1000n).padStart(6, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${micros}`;
}
