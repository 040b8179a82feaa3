// The process that waits for a confirmation: it takes back what nobody confirms, or confirms when a probe succeeds. What it waits for
// is in a file, which it reads again and again: it is settled there by whoever is first, and this process may be started anew.
import type { Waiting } from '../history/pending.ts';
import { KernelError, Refusal } from '../problem.ts';
import { findLive } from '../reconcile/live.ts';
import { readPeers } from '../reconcile/status.ts';
import { tunnel } from '../tables/tunnel.ts';
import type { Invocation } from './command.ts';
import { type Desk, nameTimer, openDesk, remainingMs, settleConfirmed, takeBack, waitingOn } from './confirmation.ts';
import { type Kernel, withBareLock, withKernel } from './kernel.ts';

const lookEveryMs = 250;
const probeEveryMs = 1000;
/** How often the way back is tried where it fails, first each second: a day. Then it is left overdue to the next command. */
const mostAttempts = 8700;
const hastyAttempts = 60;
const patientMs = 10_000;

/** Returns when it is settled, by whomever. */
export async function waitAsTimer(invocation: Invocation, instance: string, id: string): Promise<void> {
  const desk = await openDesk(invocation);
  desk.machine.ignoreHangup();
  nameTimer(desk, { id, instance });
  let said = '';
  let probeAtMs = 0;
  for (let attempts = 0; attempts < mostAttempts; ) {
    const waiting = waitingOn(desk, instance);
    if (waiting?.id !== id) return;
    const leftMs = remainingMs(desk, waiting);
    if (leftMs <= 0) {
      attempts++;
      if (await attempt(() => expire(desk, invocation, waiting, said))) return;
      await pause(attempts < hastyAttempts ? probeEveryMs : patientMs);
    } else {
      // Before the switch a probe would speak of what ran before.
      const isDue = waiting.isLive && waiting.probe.kind !== 'none' && monotonicMs(invocation) >= probeAtMs;
      if (isDue) {
        said = await probe(desk, invocation, waiting, leftMs);
        probeAtMs = monotonicMs(invocation) + probeEveryMs;
      }
      await pause(Math.max(1, Math.min(lookEveryMs, leftMs)));
    }
  }
}

function monotonicMs({ environment }: Invocation): number {
  return Number(environment.monotonicNs()) / 1e6;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Locked, or refused by the kernel: it is tried again. */
async function attempt(work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal || error instanceof KernelError) return false;
    throw error;
  }
}

/** Whether it is settled. */
async function expire(desk: Desk, invocation: Invocation, { id, instance }: Waiting, said: string): Promise<boolean> {
  return await withKernel(invocation, (kernel) =>
    withBareLock(invocation, kernel, instance, async () => {
      // It may have been settled, or have got its time at last, while somebody else held the lock.
      const waiting = waitingOn(desk, instance);
      if (waiting?.id !== id) return true;
      if (remainingMs(desk, waiting) > 0) return false;
      const reason = said ? `the probe said last: ${said}` : '';
      return (await takeBack(desk, invocation, kernel, waiting, 'expired', reason)).settled !== undefined;
    }),
  );
}

/** What the probe said, when it did not succeed. */
async function probe(desk: Desk, invocation: Invocation, waiting: Waiting, leftMs: number): Promise<string> {
  const stillWaits = (): boolean => waitingOn(desk, waiting.instance)?.id === waiting.id;
  switch (waiting.probe.kind) {
    case 'none':
      return '';
    case 'command': {
      const { succeeded, said } = await desk.machine.runShell(waiting.probe.command, leftMs, stillWaits);
      if (succeeded) await attempt(() => confirm(desk, invocation, waiting));
      return succeeded ? '' : said;
    }
    case 'learned': {
      const unheard = await withKernel(invocation, async (kernel) => tunnelsNotHeard(invocation, kernel, waiting));
      if (unheard.length === 0) await attempt(() => confirm(desk, invocation, waiting));
      return unheard.length === 0 ? '' : `not heard since the switch: tunnels ${unheard.join(', ')}`;
    }
    default:
      return waiting.probe satisfies never;
  }
}

async function confirm(desk: Desk, invocation: Invocation, { id, instance }: Waiting): Promise<boolean> {
  return await withKernel(invocation, (kernel) =>
    withBareLock(invocation, kernel, instance, async () => {
      const waiting = waitingOn(desk, instance);
      if (waiting?.id !== id || remainingMs(desk, waiting) <= 0) return false;
      settleConfirmed(desk, invocation, kernel, waiting);
      return true;
    }),
  );
}

/** Those of the probe that sent nothing since the switch, in their present life. */
function tunnelsNotHeard({ environment }: Invocation, { datapath }: Kernel, waiting: Waiting): number[] {
  const observation = datapath.observe(waiting.instance);
  const { slot } = findLive(observation);
  if (!slot?.readable) return [...waiting.heard];
  const nowNs = environment.monotonicNs();
  const peers = readPeers(datapath, observation, nowNs);
  const rows = datapath.readRows(waiting.instance, slot.name, 'tunnel');
  const heard = new Set<number>();
  for (let at = 0; at < rows.count; at++) {
    const { id } = tunnel.key.decode(rows.keys, at * rows.keySize);
    const { epoch } = tunnel.value.decode(rows.values, at * rows.valueSize);
    const peer = peers.get(id);
    const sinceMs = Number(nowNs - waiting.switchedNs) / 1e6;
    if (peer?.epoch === epoch && peer.ageMs < sinceMs - 1) heard.add(id);
  }
  return waiting.heard.filter((id) => !heard.has(id));
}
