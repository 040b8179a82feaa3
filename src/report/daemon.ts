// The daemon in one line, for whoever shows no more of it.
import type { Problem } from '../problem.ts';
import type { DaemonState } from '../watch/state.ts';
import { formatProblem } from './problems.ts';

/** Never more than one line, never a line of a file: it may hold a key. */
export function daemonSentence({ lastRun, lastSuccess, faults, isSuspended }: DaemonState): string {
  const suspended = isSuspended ? 'suspended; ' : '';
  if (!lastRun) return `${suspended}nothing was tried yet`;
  if (lastRun.result === 'converged') return `${suspended}generation ${lastRun.generation}, as the files say`;
  const before = lastSuccess?.generation === undefined ? 'what ran before' : `generation ${lastSuccess.generation}`;
  const [first, ...others] = faults;
  const why = first ? oneLine(first) : 'nothing was changed';
  return `${suspended}${before} goes on; ${lastRun.result}: ${why}${others.length > 0 ? ` (and ${others.length} more)` : ''}`;
}

function oneLine({ code, severity, message, place }: Problem): string {
  return formatProblem({ code, severity, message, ...(place && { place }) }, { color: false });
}
