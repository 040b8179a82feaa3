// What a look at one thing of a host comes to. Pure values; who gathers the facts and who shows the checks is elsewhere.

export const checkResults = ['ok', 'warning', 'failure', 'skipped'] as const;
/** failure: applies or traffic will not work · warning: they may not, or not well · skipped: it could not be looked at. */
export type CheckResult = (typeof checkResults)[number];

export interface Detail {
  readonly message: string;
  /** What to type, or to do where no command does it. */
  readonly todo?: string | undefined;
}

export interface Check {
  /** Of what is looked at: `kernel`, `rp-filter`. The same in every run, for scripts. */
  readonly name: string;
  readonly result: CheckResult;
  /** What was found, in a few words. */
  readonly found: string;
  /** Of what is not ok; empty where `found` says it all. */
  readonly details: readonly Detail[];
}

export function ok(name: string, found: string): Check {
  return { name, result: 'ok', found, details: [] };
}

export function skipped(name: string, found: string, todo?: string): Check {
  return { name, result: 'skipped', found, details: todo === undefined ? [] : [{ message: 'to look at it', todo }] };
}

export function warning(name: string, found: string, ...details: readonly Detail[]): Check {
  return { name, result: 'warning', found, details };
}

export function failure(name: string, found: string, ...details: readonly Detail[]): Check {
  return { name, result: 'failure', found, details };
}

/** ok with these words, or a warning with a line for each thing that was found to be wrong. */
export function unlessAny(name: string, details: readonly Detail[], fine: string): Check {
  if (details.length === 0) return ok(name, fine);
  return warning(
    name,
    details.length === 1 ? 'one thing to look at' : `${details.length} things to look at`,
    ...details,
  );
}

/** The worst of the checks speaks for all. */
export function isHealthy(checks: readonly Check[]): boolean {
  return checks.every(({ result }) => result !== 'failure');
}
