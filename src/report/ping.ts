// Pings that were sent. Never their payload: it holds a key.
import { formatEndpoint } from '../net/endpoint.ts';
import type { Ping } from '../reconcile/pings.ts';
import { counted, isoTime } from './words.ts';

export function pingText(sent: readonly Ping[]): string {
  return sent.map((ping) => `Pinged tunnel ${ping.tunnel}: ${way(ping)}.\n`).join('');
}

function way({ from, to, remoteId, service, isSigned }: Ping): string {
  const key = service === undefined ? ' (short header, no key)' : ` with the key of service ${service}`;
  return `${formatEndpoint(from)} → ${formatEndpoint(to)}, as tunnel ${remoteId}${key}${isSigned ? ', signed' : ''}`;
}

/** @param nowNs CLOCK_REALTIME */
export function roundText(sent: readonly Ping[], nowNs: bigint): string {
  return `${isoTime(nowNs)} ${counted(sent.length, 'ping')} sent\n`;
}

export function pingFields(instance: string, sent: readonly Ping[]): Record<string, unknown> {
  return {
    instance,
    sent: sent.map(({ tunnel, from, to, remoteId, service = null, isSigned }) => ({
      tunnel,
      from: formatEndpoint(from),
      to: formatEndpoint(to),
      remoteId,
      service,
      signed: isSigned,
    })),
  };
}
