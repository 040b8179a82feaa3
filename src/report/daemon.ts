// The daemon in one line, for whoever shows no more of it.
import type { Problem } from '../problem.ts';
import type { DaemonState } from '../watch/state.ts';
import { formatProblem } from './problems.ts';

/** Never more than one line, never a line of a file: it may hold a key. */
export function daemonSentence({ lastRun, lastSuccess, faults, isSuspended }: DaemonState): string {
  const suspended = isSuspended ? 'suspended; ' : '';
  if (!lastRun) return `${suspended}nothing was tried yet`;
  if (lastRun.result === 'converged') return `${suspended}generation ${lastRun.generation}, as the files say`;
  const kept =
    lastSuccess?.generation === undefined ? 'nothing was changed' : `generation ${lastSuccess.generation} goes on`;
  return `${suspended}${kept}; ${lastRun.result}: ${faultsText(faults) || 'no reason was given'}`;
}

/** The first, and how many more there are; empty: there are none. */
export function faultsText([first, ...others]: readonly Problem[]): string {
  if (!first) return '';
  return `${problemLine(first)}${others.length > 0 ? ` (and ${others.length} more)` : ''}`;
}

/** `edge.yaml:12:3: error[unknown-field]: …`, without the line of the file and the hint. */
export function problemLine({ code, severity, message, place }: Problem): string {
  return formatProblem({ code, severity, message, ...(place && { place }) }, { color: false });
}
