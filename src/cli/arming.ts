// Before the switch of an apply that must be confirmed: what it goes back to is written down, and a timer started that survives
// whoever started it. Only then anything changes; killed at any instant after, somebody takes it back.
import { resolve } from 'node:path';
import { codeOf } from '../history/files.ts';
import { type ConfirmProbe, pendingFile, type Waiting, writePending } from '../history/pending.ts';
import { type Problem, problem, Refusal } from '../problem.ts';
import type { Outcome } from '../reconcile/apply.ts';
import { findLive } from '../reconcile/live.ts';
import type { Plan } from '../reconcile/plan.ts';
import { readPeers } from '../reconcile/status.ts';
import { isoTime } from '../report/words.ts';
import type { Topology } from '../topology/topology.ts';
import type { Invocation } from './command.ts';
import { type Desk, openDesk, timerRuns } from './confirmation.ts';
import type { Kernel } from './kernel.ts';

export interface Armed {
  readonly waiting: () => Waiting;
  /** Whether the switch was made. */
  readonly isWaiting: () => boolean;
  /** At the switch: the time begins. */
  readonly begin: () => void;
  /** Nothing is waited for where nothing was switched. */
  readonly end: (outcome: Outcome) => void;
}

const startPatienceMs = 10_000;
const lookEveryMs = 20;

/** What options say that cannot be meant; undefined: nothing. */
export function whyNotConfirm({ options }: Invocation, { tunnels }: Topology): Problem | undefined {
  const { confirmWithin, confirmProbe, wait } = options;
  if (confirmWithin === undefined && (confirmProbe !== undefined || wait))
    return problem('usage', `--${wait ? 'wait' : 'confirm-probe'} goes with --confirm-within`, {
      hint: 'say how long: --confirm-within 120s',
    });
  const learns = tunnels.some(({ remote }) => remote === 'learned');
  return confirmProbe === 'learned' && !learns
    ? problem('usage', 'no tunnel of this topology learns its remote, so that none can be heard again', {
        hint: "give a command: --confirm-probe 'curl -sf http://…'",
      })
    : undefined;
}

/** Throws Refusal `no-timer`; nothing has changed then. */
export async function arm(invocation: Invocation, kernel: Kernel, plan: Plan, withinMs: number): Promise<Armed> {
  const desk = await openDesk(invocation);
  const { machine, files } = desk;
  const realtimeNs = (): bigint => invocation.environment.realtimeNs();
  const withDeadline = (waiting: Omit<Waiting, 'deadlineNs' | 'until' | 'switchedNs'>): Waiting => ({
    ...waiting,
    deadlineNs: machine.boottimeNs() + BigInt(withinMs) * 1_000_000n,
    until: isoTime(realtimeNs() + BigInt(withinMs) * 1_000_000n),
    switchedNs: invocation.environment.monotonicNs(),
  });
  const id = machine.randomId();
  const draft = {
    state: 'waiting',
    id,
    instance: plan.instance,
    generation: Number(plan.generation),
    before: beforeOf(plan),
    gone: plan.gone,
    heard: heardBefore(invocation, kernel, plan),
    withinMs,
    isLive: false,
    bootId: machine.bootId(),
    timer: 'not started yet',
    probe: probeOf(invocation.options.confirmProbe),
    by: machine.who(),
  } as const;
  const refusing = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      throw noTimer(error instanceof Error ? error.message : String(error));
    }
  };
  let isWaiting = false;
  let waiting = withDeadline(draft);
  refusing(() => writePending(files, waiting));
  try {
    const timer = await machine.startTimer(timerWords(invocation, plan.instance, id), id);
    waiting = { ...waiting, timer };
    await started(desk, waiting);
  } catch (error) {
    files.remove(pendingFile(plan.instance));
    throw error;
  }
  return {
    waiting: () => waiting,
    isWaiting: () => isWaiting,
    begin() {
      waiting = withDeadline(waiting);
      refusing(() => writePending(files, waiting));
    },
    end({ result }) {
      // Stuck between two generations: the way back is tried again when the time is over.
      isWaiting = result === 'applied' || result === 'stuck';
      if (!isWaiting) files.remove(pendingFile(plan.instance));
      if (result !== 'applied') return;
      waiting = { ...waiting, isLive: true };
      tolerating(() => writePending(files, waiting));
    },
  };
}

/** Where the file system refuses, probes go unheard: it is taken back in time, or confirmed by hand. */
function tolerating(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
  }
}

/** It says who it is as soon as it runs. */
async function started(desk: Desk, waiting: Waiting): Promise<void> {
  for (let waitedMs = 0; waitedMs < startPatienceMs; waitedMs += lookEveryMs) {
    if (timerRuns(desk, waiting)) return;
    await new Promise((resolvePromise) => setTimeout(resolvePromise, lookEveryMs));
  }
  throw noTimer(`${waiting.timer} did not begin within ${startPatienceMs / 1000} s`);
}

function noTimer(reason: string): Refusal {
  return new Refusal(
    problem('no-timer', `the timer that takes back what nobody confirms could not be started: ${reason}`, {
      hint: 'nothing was applied; mend that, or leave --confirm-within away',
    }),
  );
}

/** An interrupted switch is finished first, so that hooks run one slot. */
function beforeOf({ observation, live }: Plan): Waiting['before'] {
  const { slot } = findLive(observation);
  const running = slot && live.state !== 'none' ? slot : undefined;
  return {
    slot: running?.name,
    generation: Number(running?.meta.generation ?? 0),
    hooks: observation.hooks
      .filter((hook) => hook.slot !== undefined)
      .map(({ ifindex, interfaceName, direction, kind }) => ({ ifindex, interfaceName, direction, kind })),
  };
}

/** Tunnels that a probe `learned` waits for: those that were known, or all where none was. */
function heardBefore({ environment }: Invocation, { datapath }: Kernel, plan: Plan): number[] {
  const peers = readPeers(datapath, plan.observation, environment.monotonicNs());
  const learned = plan.topology.tunnels.filter(({ remote }) => remote === 'learned').map(({ id }) => id);
  const heard = learned.filter((id) => peers.get(id)?.epoch === plan.assignments.tunnels.get(id)?.epoch);
  return heard.length > 0 ? heard : learned;
}

function probeOf(text: string | undefined): ConfirmProbe {
  if (text === undefined) return { kind: 'none' };
  return text === 'learned' ? { kind: 'learned' } : { kind: 'command', command: text };
}

/** Everything is said, since nothing of this process's variables or directory may reach it. */
function timerWords({ options }: Invocation, instance: string, id: string): string[] {
  const { bpffs, runDir, stateDir, netns } = options;
  const directory = (name: string, path: string | undefined) => (path === undefined ? [] : [name, resolve(path)]);
  return [
    ...['confirm', '--timer', id, '-i', instance],
    ...directory('--bpffs', bpffs),
    ...directory('--run-dir', runDir),
    ...directory('--state-dir', stateDir),
    ...(netns === undefined ? [] : ['--netns', netns.includes('/') ? resolve(netns) : netns]),
  ];
}
