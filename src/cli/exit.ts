// Exit codes: what scripts and pipelines see. Knows problem codes, and nothing of how a command is done.
import type { Problem, ProblemCode } from '../problem.ts';
import type { Result } from '../reconcile/apply.ts';

export const exitCodes = {
  done: 0,
  /** Differences (diff), two ends that do not agree (lint), an unmet expectation (test), not converged (status --check), a failure found (doctor). */
  different: 1,
  /** Changes pending or made; only with --detailed-exitcode. */
  changes: 2,
  /** Failed; the host runs what it ran before. */
  failed: 3,
  /** Failed, and so did the way back. */
  stuck: 4,
  /** Refused by a guard, or declined. */
  refused: 5,
  /** Something moved since the plan was made. */
  stale: 6,
  /** Already reverted. */
  tooLate: 7,
  usage: 64,
  invalidFile: 65,
  missing: 66,
  unavailable: 69,
  bug: 70,
  locked: 75,
  notPermitted: 77,
  interrupted: 130,
  terminated: 143,
} as const;

/** For --help. */
export const exitCodeMeanings: readonly (readonly [codes: string, meaning: string])[] = [
  ['0', 'done, or nothing to do'],
  [
    '1',
    'differences (diff, lint), an unmet expectation (test, trace --expect), not converged (status --check), a failure found (doctor)',
  ],
  ['2', 'changes pending or made, with --detailed-exitcode only'],
  ['3', 'failed; the host runs what it ran before'],
  ['4', 'failed, and the way back failed too'],
  ['5', 'refused by a guard, or declined'],
  ['6', 'the plan is stale, or was used'],
  ['7', 'the confirmation came too late; already reverted'],
  ['64', 'wrong usage'],
  ['65', 'invalid file'],
  ['66', 'no such file or instance'],
  ['69', 'kernel, bpffs or library not usable'],
  ['70', 'a bug'],
  ['75', 'locked by another run'],
  ['77', 'not permitted'],
  ['130, 143', 'interrupted'],
];

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Every code whose exit code is not that of an invalid file. */
const byProblem: Partial<Record<ProblemCode, ExitCode>> = {
  bug: exitCodes.bug,
  'not-permitted': exitCodes.notPermitted,
  'no-bpffs': exitCodes.unavailable,
  'no-libbpf': exitCodes.unavailable,
  'kernel-too-old': exitCodes.unavailable,
  'kernel-refused': exitCodes.unavailable,
  locked: exitCodes.locked,
  interrupted: exitCodes.interrupted,
  usage: exitCodes.usage,
  'which-instance': exitCodes.usage,
  'file-unreadable': exitCodes.missing,
  'no-instance': exitCodes.missing,
  'no-row': exitCodes.missing,
  declined: exitCodes.refused,
  'foreign-pin': exitCodes.refused,
  'instance-elsewhere': exitCodes.refused,
  'endpoint-in-use': exitCodes.refused,
  'would-empty': exitCodes.refused,
  'too-many-deletions': exitCodes.refused,
  'interface-bared': exitCodes.refused,
  'cuts-ssh': exitCodes.refused,
  'kept-conflict': exitCodes.refused,
  'ends-role': exitCodes.usage,
  'ends-service': exitCodes.refused,
  'ends-tunnel': exitCodes.refused,
  'ends-key': exitCodes.refused,
  'ends-ping': exitCodes.refused,
  'rotation-refused': exitCodes.refused,
  'no-generation': exitCodes.missing,
  'no-timer': exitCodes.unavailable,
  'no-daemon': exitCodes.missing,
  suspended: exitCodes.refused,
  'daemon-undoes': exitCodes.refused,
  'listen-refused': exitCodes.unavailable,
  'plan-elsewhere': exitCodes.refused,
  'plan-stale': exitCodes.stale,
  'plan-used': exitCodes.stale,
  unconfirmed: exitCodes.refused,
  'confirmed-too-late': exitCodes.tooLate,
  'nothing-to-revert': exitCodes.failed,
  'probe-failed': exitCodes.failed,
  'mixed-probe-failed': exitCodes.failed,
  'expectation-failed': exitCodes.failed,
  'not-verified': exitCodes.failed,
};

/** Of several errors the one that has to be mended first speaks: the machine's before the file's. */
const precedence: readonly ExitCode[] = [
  exitCodes.bug,
  exitCodes.interrupted,
  exitCodes.usage,
  exitCodes.notPermitted,
  exitCodes.unavailable,
  exitCodes.locked,
  exitCodes.missing,
  exitCodes.invalidFile,
  exitCodes.refused,
  exitCodes.stale,
  exitCodes.tooLate,
  exitCodes.failed,
];

/** 0 when there are only warnings. */
export function exitCodeOf(problems: readonly Problem[]): ExitCode {
  const codes = new Set(
    problems
      .filter(({ severity }) => severity === 'error')
      .map(({ code }): ExitCode => byProblem[code] ?? exitCodes.invalidFile),
  );
  return precedence.find((code) => codes.has(code)) ?? exitCodes.done;
}

/** What was refused before anything ran, such as a missing bpffs, has an exit code of its own; the kernel's word on a step has not. */
export function exitCodeOfResult(result: Result, detailed: boolean, problems: readonly Problem[]): ExitCode {
  switch (result) {
    case 'unchanged':
      return exitCodes.done;
    case 'applied':
      return detailed ? exitCodes.changes : exitCodes.done;
    case 'not-activated':
      return exitCodeOf(problems.filter(({ code }) => code !== 'kernel-refused')) || exitCodes.failed;
    case 'reverted':
      return exitCodes.failed;
    case 'stuck':
      return exitCodes.stuck;
    default:
      return result satisfies never;
  }
}
