// The pings that prove a learned tunnel of a gateway: who may say where the far end is, and that nothing leaves before.

import type { ProbePacket } from '../datapath/port.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { familyOf } from '../net/ip.ts';
import { prefixHolds } from '../net/prefix.ts';
import { guePing, gueSignedPing } from '../packet/gue.ts';
import { buildUdp } from '../packet/transport.ts';
import type { Tunnel } from '../topology/topology.ts';
import { type ProbeStep, packetAt, pingerOf, strangerTo } from './probe-packets.ts';
import type { Passage } from './probe-subject.ts';

/** A signed ping may be ahead of this host's clock by a minute (DATAPATH.md section 4.9): less, for the time that probes take. */
const mostAheadNs = 50_000_000_000n;

/** Where the far end may be heard from; undefined: from nowhere. */
export function heardFrom({ local, allowFrom }: Tunnel): Endpoint | undefined {
  const usual = pingerOf(local);
  if (allowFrom.length === 0 || allowFrom.some((prefix) => prefixHolds(prefix, usual.ip))) return usual;
  const prefix = allowFrom.find((one) => familyOf(one.ip) === familyOf(local.ip));
  return prefix && { ...usual, ip: prefix.ip };
}

export interface Learning {
  readonly steps: readonly ProbeStep[];
  /** Whether the far end is known afterwards. */
  readonly isKnown: boolean;
}

/** @param request that this tunnel would carry */
export function learningSteps(passage: Passage, request: ProbeStep['packet'] | undefined): Learning {
  const { tunnel, header, signKey } = passage;
  const ping = (name: string, payload: Uint8Array, expect: string, source = passage.remote): ProbeStep => ({
    name,
    packet: pingPacket(passage, payload, source),
    expect: [expect],
  });
  const steps: ProbeStep[] = request
    ? [{ name: 'request before the far end is known', packet: request, expect: ['no-remote'] }]
    : [];
  const plain = guePing(header, tunnel.id);
  const isRequired = tunnel.sign !== 'none' && tunnel.sign.required;
  const stranger = strangerTo(tunnel.local);
  if (!isRequired && tunnel.allowFrom.length && !tunnel.allowFrom.some((prefix) => prefixHolds(prefix, stranger.ip)))
    steps.push(ping('ping from elsewhere', plain, 'ping-refused', stranger));
  if (!signKey) return { steps: [...steps, ping('ping', plain, 'ping-accepted')], isKnown: true };

  const { sequence, isOfNow } = signedNow(passage);
  const signed = gueSignedPing(header, tunnel.id, sequence, signKey);
  steps.push(
    isRequired ? ping('unsigned ping', plain, 'ping-refused') : ping('ping', plain, 'ping-accepted'),
    ping('ping signed with another key', otherLastByte(signed), 'bad-signature'),
    ping('signed ping', signed, isOfNow ? 'ping-accepted' : 'ping-replayed'),
  );
  if (isOfNow) steps.push(ping('signed ping once more', signed, 'ping-replayed'));
  return { steps, isKnown: isOfNow || !isRequired };
}

export function pingPacket({ subject, tunnel, remote }: Passage, payload: Uint8Array, source = remote): ProbePacket {
  return packetAt(subject, 'ingress', buildUdp({ source, destination: tunnel.local, payload }));
}

/** The wall clock may have been put back since the tunnel was made. */
function signedNow({ nowNs, epoch }: Passage): { readonly sequence: bigint; readonly isOfNow: boolean } {
  const sequence = nowNs > epoch ? nowNs : epoch + 1n;
  return { sequence, isOfNow: sequence - nowNs < mostAheadNs };
}

function otherLastByte(bytes: Uint8Array): Uint8Array {
  const other = bytes.slice();
  other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
  return other;
}
