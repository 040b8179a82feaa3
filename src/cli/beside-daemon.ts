// Whoever changes an instance by hand while a daemon keeps it is told that the daemon undoes that.
import { resolve } from 'node:path';
import { type Problem, problem, Refusal } from '../problem.ts';
import type { DaemonView } from '../report/daemon-view.ts';
import { formatAge } from '../report/words.ts';
import type { Invocation } from './command.ts';

export interface Undoing {
  /** A warning; empty: nobody undoes it. */
  readonly told: readonly Problem[];
  /** By the daemon's next run, which may come at any moment. */
  readonly isSoon: boolean;
}

/** @param files what is applied: of the daemon's own files it undoes nothing */
export async function besideDaemon(
  { options }: Invocation,
  instance: string,
  files: readonly string[] = [],
): Promise<Undoing> {
  const daemon = await daemonOf(options, instance);
  const isNobody = daemon === 'none' || daemon === 'unknown';
  if (isNobody || (daemon !== 'silent' && sameFiles(files, daemon.files))) return { told: [], isSoon: false };
  if (daemon === 'silent')
    return undone(`the daemon keeps "${instance}" as its files say: its next run undoes this`, suspendFirst(instance));
  const [who, what] = [`the daemon (pid ${daemon.pid})`, daemon.files.join(', ')];
  if (!daemon.suspended)
    return undone(`${who} keeps "${instance}" as ${what} says: ${nextRun(daemon)} undoes this`, suspendFirst(instance));
  const hint = `\`trueingress resume -i ${instance}\` makes it undo this; what is to stay belongs into ${what}`;
  return { ...undone(`${who} of "${instance}" is suspended: this stays until it is resumed`, hint), isSoon: false };
}

/** What would be lost for nothing, unless it is meant. Empty: it may go on. */
export function whyNotUndone({ told, isSoon }: Undoing, { yes }: Invocation['options']): Problem[] {
  if (!isSoon || yes) return [];
  return told.map((one) => ({
    ...one,
    severity: 'error',
    hint: 'stop its unit, or suspend it; say --yes if it is meant all the same',
  }));
}

/** Where nothing is, although a daemon keeps it: somebody took it off, and the daemon makes it again. */
export async function absentBesideDaemon(
  { options }: Invocation,
  problems: readonly Problem[],
): Promise<readonly Problem[]> {
  const { daemonMeant } = await import('./surface/control-client.ts');
  const meant = await daemonMeant(options);
  if ('failed' in meant) return problems;
  const daemon = await daemonOf(options, meant.value);
  if (typeof daemon === 'string') return problems;
  const who = `the daemon (pid ${daemon.pid}) keeps "${meant.value}" as ${daemon.files.join(', ')} says`;
  const hint = daemon.suspended
    ? `${who} and is suspended: \`trueingress resume -i ${meant.value}\` makes it again`
    : `${who}: ${nextRun(daemon)} makes it again; \`trueingress reconcile --now -i ${meant.value}\` does so at once`;
  return problems.map((one) => (one.code === 'no-instance' ? { ...one, hint } : one));
}

/** Anything may ask for it before. */
function nextRun({ intervalMs }: DaemonView): string {
  return intervalMs === undefined
    ? 'its next run'
    : `its next run, within ${formatAge(Math.max(intervalMs * 1.1, 1000))},`;
}

function undone(message: string, hint: string): Undoing {
  return { told: [problem('daemon-undoes', message, { hint }, 'warning')], isSoon: true };
}

function suspendFirst(instance: string): string {
  return `\`trueingress suspend -i ${instance}\` first, or stop its unit; what is to stay belongs into its files`;
}

function sameFiles(some: readonly string[], others: readonly string[]): boolean {
  const whole = (files: readonly string[]): string =>
    files
      .map((file) => resolve(file))
      .sort()
      .join('\n');
  return whole(some) === whole(others);
}

/** `silent`: one runs, and does not answer; `unknown`: its socket is not for this user, which stops nobody. */
export async function daemonOf(
  options: Invocation['options'],
  instance: string,
): Promise<DaemonView | 'silent' | 'none' | 'unknown'> {
  const { askState } = await import('./surface/control-client.ts');
  try {
    return (await askState(options, instance)) ?? 'none';
  } catch (error) {
    if (error instanceof Refusal) return 'unknown';
    throw error;
  }
}
