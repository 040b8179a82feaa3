// The daemon's pings: what is live on a node says which tunnels announce themselves, and how often. Rows are read once for each
// generation. Pings go on while reconciling is suspended or held back: the gateway must find this node whatever becomes of its file.
import { announcementsOf } from '../reconcile/pings.ts';
import { readLive } from '../reconcile/verify.ts';
import { roleNumbers } from '../tables/config.ts';
import { type Clock, realClock } from '../watch/clock.ts';
import type { RunRecord } from '../watch/state.ts';
import { type Announcer, createAnnouncer } from './announcer.ts';
import type { Invocation } from './command.ts';
import type { Daemon } from './daemon.ts';
import { saidOf } from './daemon-run.ts';
import { type LiveNow, withLive } from './live-now.ts';
import { sendPings } from './pinger.ts';

/** While no runs tell of changes, somebody may apply by hand. */
const lookWhileSuspendedMs = 10_000;

/** Goes on until the daemon's log says that it stops. */
export function startDaemonPings(invocation: Invocation, { log, afterRun }: Daemon, clock: Clock = realClock): void {
  const { environment } = invocation;
  const announcer = createAnnouncer({
    clock,
    log,
    realtimeNs: () => environment.realtimeNs(),
    // Sockets live for one sending: a port that is held would be refused to whoever binds it, and goes stale with its address.
    send: (pings) => sendPings(pings, environment),
  });
  let known: bigint | undefined;
  let cancelLook = (): void => {};
  let looking: Promise<void> = Promise.resolve();

  const look = (changed: boolean): void => {
    looking = looking.then(() => lookNow(changed)).catch(tellFault);
  };
  const lookNow = async (changed: boolean): Promise<void> => {
    const found = await withLive(invocation, log.state.instance, (live) => {
      const { generation } = live.slot.meta;
      const isNew = generation !== known;
      if (isNew) announceRows(announcer, live);
      known = generation;
      return isNew;
    });
    if (found === false && changed) announcer.announceNow('hooks or addresses have changed');
  };
  /** What was thrown, on purpose or not: pings that are known go on. */
  const tellFault = async (error: unknown): Promise<void> => {
    const fault = await saidOf(error);
    log.tell('ping-failed', `what is to be pinged could not be read: ${fault.message}`, [fault]);
  };
  const lookAgain = (): void => {
    cancelLook = clock.after(lookWhileSuspendedMs, () => {
      look(false);
      lookAgain();
    });
  };
  afterRun((run) => {
    const changed = hasChanged(run);
    const isKnown = run.result === 'converged' && !changed && known !== undefined && run.generation === Number(known);
    if (!isKnown) look(changed);
  });
  log.follow(({ kind }) => {
    if (kind === 'interface') announcer.announceNow('interfaces or addresses have changed');
    if (kind === 'suspended' || kind === 'resumed' || kind === 'stopping') cancelLook();
    if (kind === 'suspended') lookAgain();
    if (kind === 'stopping') announcer.stop();
  });
}

/** With a bad file the last good one goes on, and may have put something back. */
function hasChanged({ result, good, changes }: RunRecord): boolean {
  if ((result !== 'converged' && good !== 'converged') || !changes) return false;
  return changes.add + changes.change + changes.delete + changes.hooks > 0;
}

/** A gateway waits for pings. */
function announceRows(announcer: Announcer, { datapath, observation, slot }: LiveNow): void {
  const rows = slot.meta.role === roleNumbers.node ? readLive(datapath, observation) : undefined;
  const announcements = rows ? announcementsOf(observation.instance, rows).announcements : [];
  announcer.replace(announcements, `generation ${slot.meta.generation} is live`);
}
