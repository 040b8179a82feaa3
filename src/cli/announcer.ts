// When a node's pings are sent: each tunnel at its own interval, all of them at once when asked. It knows neither rows nor sockets.
import type { Problem } from '../problem.ts';
import { type Announcement, type Ping, pingOf } from '../reconcile/pings.ts';
import { type Clock, jittered } from '../watch/clock.ts';
import type { DaemonLog } from '../watch/state.ts';
import type { Sent } from './pinger.ts';

/** What could not be sent is tried again so soon: after an address has changed, its route may come a moment later. */
const againMs = 1000;

export interface AnnouncerOptions {
  readonly clock: Clock;
  readonly log: Pick<DaemonLog, 'tell' | 'count'>;
  /** CLOCK_REALTIME. */
  realtimeNs(): bigint;
  send(pings: readonly Ping[]): Promise<Sent>;
}

export interface Announcer {
  /** These from now on, beginning at once: `reason` is told. */
  replace(announcements: readonly Announcement[], reason: string): void;
  /** One ping for each tunnel that has an interval, out of turn. */
  announceNow(reason: string): void;
  stop(): void;
}

export function createAnnouncer({ clock, log, realtimeNs, send }: AnnouncerOptions): Announcer {
  let known: ReadonlyMap<number, Announcement> = new Map();
  const waits = new Map<number, () => void>();
  const failing = new Set<number>();
  let lastNs = 0n;

  /** Of a signed ping the sequence rises, even where the wall clock was set back. */
  const risingNs = (): bigint => {
    const now = realtimeNs();
    lastNs = now > lastNs ? now : lastNs + 1n;
    return lastNs;
  };
  const schedule = (tunnel: number): void => {
    waits.get(tunnel)?.();
    waits.delete(tunnel);
    const one = known.get(tunnel);
    if (!one) return;
    const ms = failing.has(tunnel) ? Math.min(one.intervalMs, againMs) : one.intervalMs;
    waits.set(
      tunnel,
      clock.after(jittered(ms, clock), () => void announce([known.get(tunnel) ?? one])),
    );
  };
  const announce = async (due: readonly Announcement[], reason?: string): Promise<void> => {
    if (due.length === 0) return;
    const nowNs = risingNs();
    const { sent, problems } = await send(due.map((one) => pingOf(one, nowNs)));
    tellOf(new Set(sent.map(({ tunnel }) => tunnel)), due, problems, reason);
    for (const { tunnel } of due) schedule(tunnel);
  };
  const tellOf = (
    sent: ReadonlySet<number>,
    due: readonly Announcement[],
    problems: readonly Problem[],
    reason: string | undefined,
  ): void => {
    const lost = due.filter(({ tunnel }) => !sent.has(tunnel)).map(({ tunnel }) => tunnel);
    const fresh = lost.filter((tunnel) => !failing.has(tunnel));
    const back = [...sent].filter((tunnel) => failing.delete(tunnel));
    for (const tunnel of lost) failing.add(tunnel);
    log.count('pings', sent.size);
    log.count('pingFailures', lost.length);
    // Each is told once, or a network that is down would fill the log.
    if (fresh.length > 0) log.tell('ping-failed', `no ping for ${named(fresh)}; it is tried again`, problems);
    if (back.length > 0) log.tell('pinged', `${named(back)} can be pinged again`);
    else if (reason !== undefined && sent.size > 0) log.tell('pinged', `${named([...sent])}: ${reason}`);
  };
  const announceNow = (reason: string): void => void announce([...known.values()], reason);
  const replace = (announcements: readonly Announcement[]): void => {
    const gone = [...known.keys()];
    known = new Map(announcements.filter(({ intervalMs }) => intervalMs > 0).map((one) => [one.tunnel, one]));
    for (const tunnel of gone)
      if (!known.has(tunnel)) {
        schedule(tunnel);
        failing.delete(tunnel);
      }
  };
  return {
    replace(announcements, reason) {
      replace(announcements);
      announceNow(reason);
    },
    announceNow,
    stop: () => replace([]),
  };
}

function named(tunnels: readonly number[]): string {
  return tunnels.length === 1 ? `tunnel ${tunnels[0]}` : `${tunnels.length} tunnels`;
}
