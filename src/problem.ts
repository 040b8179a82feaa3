// A problem: something a person or their file must change. A value, never thrown.
// This room knows the closed list of codes and nothing of how a problem is found or drawn.
import { usualHints } from './problem-hints.ts';

/** Where a problem, a row or a change comes from. `line` and `column` count from 1; `file` is as the user named it, `-` is standard input. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `gateway.yaml:12`. */
export function formatPlace({ file, line }: Place): string {
  return `${file}:${line}`;
}

export type Severity = 'error' | 'warning';

/**
 * Every code that a problem can carry. docs/PROBLEMS.md has cause and cure of each, and a test keeps the two lists equal.
 * Kebab-case; never renamed once released, since scripts match on them.
 */
export const problemCodes = [
  // reading: the text
  'file-unreadable',
  'file-empty',
  'directory-empty',
  'yaml-syntax',
  'yaml-duplicate-key',
  'yaml-second-document',
  'yaml-too-many-aliases',
  'yaml-ambiguous-number',
  // reading: the shape
  'unknown-field',
  'missing-field',
  'wrong-type',
  'wrong-value',
  'not-in-this-version',
  'only-on-node',
  'only-on-gateway',
  'too-many-problems',
  // reading: what a schema cannot say
  'scalar-conflict',
  'bad-address',
  'bad-port',
  'bad-prefix',
  'mixed-families',
  'conflicting-fields',
  'short-header',
  'remote-fixed',
  'duplicate-tunnel',
  'duplicate-service',
  'duplicate-proxy',
  'duplicate-endpoint',
  'fill-in',
  'duplicate-interface',
  'echo-conflict',
  'tunnel-not-found',
  'service-not-found',
  'remote-needed',
  // keys
  'key-too-long',
  'key-not-text',
  'key-encoding',
  'key-empty',
  'key-unreadable',
  'key-missing',
  'key-world-readable',
  'same-key',
  // the host
  'interface-missing',
  'not-ethernet',
  'no-default-route',
  'local-missing',
  'local-without-address',
  'local-ambiguous',
  'no-route',
  'proxy-local',
  'forwarding-off',
  'strict-rp-filter',
  'endpoint-unreachable',
  'mtu-too-small',
  'clock-behind',
  // two hosts
  'ends-role',
  'ends-service',
  'ends-tunnel',
  'ends-key',
  'ends-ping',
  'rotation-refused',
  // planning
  'table-full',
  'bad-packet',
  'endpoint-in-use',
  'instance-elsewhere',
  'would-empty',
  'too-many-deletions',
  'interface-bared',
  'cuts-ssh',
  'kept-conflict',
  'foreign-pin',
  'probe-failed',
  'mixed-probe-failed',
  'expectation-failed',
  'flows-unknown',
  'flows-misled',
  'not-verified',
  'no-instance',
  'no-row',
  'which-instance',
  'nothing-to-revert',
  // plans as files, history, confirmation
  'plan-file',
  'plan-elsewhere',
  'plan-stale',
  'plan-used',
  'no-generation',
  'history-lost',
  'unconfirmed',
  'confirmed-too-late',
  'taken-back',
  'no-timer',
  // the daemon
  'no-daemon',
  'suspended',
  'daemon-undoes',
  'listen-refused',
  // words of the old tools
  'old-words',
  // the machine
  'not-permitted',
  'no-bpffs',
  'no-libbpf',
  'kernel-too-old',
  'kernel-refused',
  'locked',
  'usage',
  'declined',
  'interrupted',
  'bug',
] as const;

export type ProblemCode = (typeof problemCodes)[number];

export interface Problem {
  readonly code: ProblemCode;
  readonly severity: Severity;
  /** One sentence without a full stop, with the offending value in it (cut to 60 characters, never a key). */
  readonly message: string;
  readonly place?: Place;
  /** What to do next; one sentence. `problem` gives every one its code's usual hint where there is no better one. */
  readonly hint?: string;
  /** The line of text at `place`, for the caret; absent when it holds a key. */
  readonly sourceLine?: string;
}

export function problem(
  code: ProblemCode,
  message: string,
  more: {
    readonly place?: Place | undefined;
    readonly hint?: string | undefined;
    readonly sourceLine?: string | undefined;
  } = {},
  severity: Severity = 'error',
): Problem {
  return {
    code,
    severity,
    message,
    ...(more.place && { place: more.place }),
    hint: more.hint ?? usualHints[code],
    ...(more.sourceLine !== undefined && { sourceLine: more.sourceLine }),
  };
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((one) => one.severity === 'error');
}

/** By file, line, column, code: the order in which problems are shown. Problems without a place come last. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return [...problems].sort(
    (a, b) =>
      compare(a.place?.file ?? '\uffff', b.place?.file ?? '\uffff') ||
      (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
      (a.place?.column ?? 0) - (b.place?.column ?? 0) ||
      compare(a.code, b.code),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The one error thrown on purpose: a call that the kernel or a library refused.
 * `errno` is positive; `call` is the name of the syscall or library function; `about` says table, key, interface or path.
 */
export class KernelError extends Error {
  readonly call: string;
  readonly errno: number;
  readonly errnoName: string;
  readonly about: string;
  /** The verifier's or libbpf's last words, when there were any. */
  readonly log: string;

  constructor(call: string, errno: number, errnoName: string, about: string, log = '') {
    super(`${call} failed: ${errnoName} (${errno})${about ? `: ${about}` : ''}`);
    this.name = 'KernelError';
    this.call = call;
    this.errno = errno;
    this.errnoName = errnoName;
    this.about = about;
    this.log = log;
  }
}

/** A refusal that is already a problem, thrown only across the datapath port; the exit code goes with the code. */
export class Refusal extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.name = 'Refusal';
    this.problem = problem;
  }
}
