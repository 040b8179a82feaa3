// What tests make go wrong: each step of the fake kernel is counted, written down, and may be refused or be the last one.
// Knows steps by number and name, and nothing of what they do.
import { KernelError } from '../../problem.ts';

export const errnos = {
  EPERM: 1,
  ENOENT: 2,
  E2BIG: 7,
  EAGAIN: 11,
  ENOMEM: 12,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENOSPC: 28,
} as const;
export type ErrnoName = keyof typeof errnos;

export function refuse(call: string, name: ErrnoName, about: string): KernelError {
  return new KernelError(call, errnos[name], name, about);
}

/** The process was killed: thrown once where it happened, and by every later call of the dead process's datapath. */
export class Killed extends Error {
  constructor(step: string) {
    super(`killed before ${step}`);
    this.name = 'Killed';
  }
}

/** The `at`-th step, counted from 1 over all steps or over those of `method` alone, does not happen: the call fails or the process dies. */
export interface Fault {
  readonly at: number;
  readonly method?: string;
  readonly outcome: ErrnoName | 'kill';
  /** How many steps in a row fail; 1 unless told. */
  readonly times?: number;
}
export type FaultPlan = readonly Fault[];

/** One thing asked of the kernel. A port call may take several, each of which a kill can come before. */
export interface Step {
  readonly method: string;
  readonly what: string;
  /** Whether something that outlives the process changes: what a second apply must not do. */
  readonly writes: boolean;
}

export interface Recorder {
  /** Every step that was tried, in order. */
  readonly log: readonly Step[];
  readonly dead: boolean;
  read<T>(method: string, what: string, effect: () => T): T;
  write<T>(method: string, what: string, effect: () => T): T;
}

/** `before` is told of each step before it happens: the other programs of the host, at work between two of our steps. */
export function createRecorder(
  faults: FaultPlan,
  before: (step: Step, number: number) => void,
  died: () => void,
): Recorder {
  const log: Step[] = [];
  const ofMethod = new Map<string, number>();
  let dead = false;

  const take = <T>(step: Step, effect: () => T): T => {
    const name = `step ${log.length + 1}: ${step.method}, ${step.what}`;
    if (dead) throw new Killed(name);
    log.push(step);
    const count = (ofMethod.get(step.method) ?? 0) + 1;
    ofMethod.set(step.method, count);
    before(step, log.length);
    for (const { method, at, times = 1, outcome } of faults) {
      if (method !== undefined && method !== step.method) continue;
      const number = method === undefined ? log.length : count;
      if (number < at || number >= at + times) continue;
      if (outcome !== 'kill') throw refuse(step.method, outcome, `${step.what} (on purpose)`);
      dead = true;
      died();
      throw new Killed(name);
    }
    return effect();
  };
  return {
    log,
    get dead() {
      return dead;
    },
    read: (method, what, effect) => take({ method, what, writes: false }, effect),
    write: (method, what, effect) => take({ method, what, writes: true }, effect),
  };
}
