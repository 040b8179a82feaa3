// What waits for a confirmation, and how the last one ended: one small file beside the lock, so that it outlives every process
// and no reboot. Whoever changes it holds the instance's lock. It knows the form, and nothing of what is done about it.
import type { HookTarget, SlotName } from '../datapath/port.ts';
import { type Who, whoOf } from './entry.ts';
import { type Fields, fieldsOf } from './fields.ts';
import type { PrivateFiles } from './files.ts';

/** What the host goes back to. */
export interface Before {
  /** undefined: nothing was applied, so that going back is taking everything off. */
  readonly slot: SlotName | undefined;
  /** 0: none. */
  readonly generation: number;
  readonly hooks: readonly HookTarget[];
}

/** Confirms by itself: `command`: when it succeeds; `learned`: when tunnels are heard again. */
export type ConfirmProbe =
  | { readonly kind: 'none' }
  | { readonly kind: 'learned' }
  | { readonly kind: 'command'; readonly command: string };

export interface Waiting {
  readonly state: 'waiting';
  readonly id: string;
  readonly instance: string;
  /** That runs and is not confirmed. */
  readonly generation: number;
  readonly before: Before;
  /** Forgotten when it is confirmed: until then the way back needs what they learned. */
  readonly gone: { readonly tunnels: readonly number[]; readonly counters: readonly number[] };
  /** Tunnels that were heard before the switch. */
  readonly heard: readonly number[];
  readonly withinMs: number;
  /** CLOCK_BOOTTIME: whatever is done to the wall clock, and also while the host sleeps. */
  readonly deadlineNs: bigint;
  /** The same by the wall clock of then, for people. */
  readonly until: string;
  /** CLOCK_MONOTONIC of the switch, as PEER is stamped. */
  readonly switchedNs: bigint;
  /** The switch is made, and the apply at its end: what a probe says counts from now on. Never for an apply that was killed. */
  readonly isLive: boolean;
  readonly bootId: string;
  /** How the timer runs, in words. */
  readonly timer: string;
  readonly probe: ConfirmProbe;
  readonly by: Who;
}

/** confirmed · expired: nobody confirmed, and it was taken back · reverted: taken back by hand · dropped: it does not run any more. */
export const endings = ['confirmed', 'expired', 'reverted', 'dropped'] as const;

export interface Settled {
  readonly state: 'settled';
  readonly id: string;
  readonly instance: string;
  readonly generation: number;
  readonly ending: (typeof endings)[number];
  /** What runs since; 0: nothing. */
  readonly runs: number;
  /** ISO 8601. */
  readonly time: string;
  /** What a probe said last, or why it ended so; may be empty. */
  readonly reason: string;
  readonly bootId: string;
}

export type Pending = Waiting | Settled;

const formatVersion = 1;

export const pendingFile = (instance: string): string => `${instance}.confirm`;
export const timerFile = (instance: string): string => `${instance}.timer`;

/** undefined: nothing was ever to be confirmed since the host started. Broken content counts as that. */
export function readPending(files: PrivateFiles, instance: string, bootId: string): Pending | undefined {
  const bytes = files.read(pendingFile(instance));
  const pending = bytes && parsePending(Buffer.from(bytes).toString());
  return pending?.bootId === bootId && pending.instance === instance ? pending : undefined;
}

export function writePending(files: PrivateFiles, pending: Pending): void {
  const plain = { formatVersion, ...pending };
  const text = JSON.stringify(plain, (_, value) => (typeof value === 'bigint' ? String(value) : value), 2);
  files.write(pendingFile(pending.instance), `${text}\n`);
}

/** Instances of which something is known. */
export function pendingInstances(files: PrivateFiles): string[] {
  return files
    .names('')
    .flatMap((name) => (name.endsWith('.confirm') ? [name.slice(0, -'.confirm'.length)] : []))
    .sort();
}

export function parsePending(text: string): Pending | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const fields = fieldsOf(value);
  if (fields.count('formatVersion') !== formatVersion) return undefined;
  const pending = fields.oneOf('state', ['waiting', 'settled']) === 'waiting' ? waitingOf(fields) : settledOf(fields);
  return fields.faults.length === 0 ? pending : undefined;
}

function waitingOf(fields: Fields): Waiting {
  const gone = fields.object('gone');
  return {
    state: 'waiting',
    id: fields.text('id'),
    instance: fields.text('instance'),
    generation: fields.count('generation'),
    before: beforeOf(fields.object('before')),
    gone: { tunnels: gone.counts('tunnels'), counters: gone.counts('counters') },
    heard: fields.counts('heard'),
    withinMs: fields.count('withinMs'),
    deadlineNs: fields.big('deadlineNs'),
    until: fields.text('until'),
    switchedNs: fields.big('switchedNs'),
    isLive: fields.has('isLive') && fields.flag('isLive'),
    bootId: fields.text('bootId'),
    timer: fields.text('timer'),
    probe: probeOf(fields.object('probe')),
    by: whoOf(fields.object('by')),
  };
}

function beforeOf(fields: Fields): Before {
  return {
    slot: fields.has('slot') ? fields.oneOf<SlotName>('slot', ['a', 'b']) : undefined,
    generation: fields.count('generation'),
    hooks: fields.list('hooks').map((hook) => ({
      ifindex: hook.count('ifindex'),
      interfaceName: hook.text('interfaceName'),
      direction: hook.oneOf('direction', ['ingress', 'egress']),
      kind: hook.oneOf('kind', ['tcx', 'clsact']),
    })),
  };
}

function probeOf(fields: Fields): ConfirmProbe {
  const kind = fields.oneOf('kind', ['none', 'learned', 'command']);
  return kind === 'command' ? { kind, command: fields.text('command') } : { kind };
}

function settledOf(fields: Fields): Settled {
  return {
    state: 'settled',
    id: fields.text('id'),
    instance: fields.text('instance'),
    generation: fields.count('generation'),
    ending: fields.oneOf('ending', endings),
    runs: fields.count('runs'),
    time: fields.text('time'),
    reason: fields.text('reason'),
    bootId: fields.text('bootId'),
  };
}
