// An examination as text, a line for each check and what is to be done below it, and as data.
import type { Check, CheckResult } from '../doctor/check.ts';
import { checkResults } from '../doctor/check.ts';
import type { Style } from './style.ts';

export interface Examined {
  /** `this machine`, or an instance's name. */
  readonly about: string;
  readonly checks: readonly Check[];
}

export function doctorText(examined: readonly Examined[], style: Style): string {
  const width = Math.max(...examined.flatMap(({ checks }) => checks.map(({ name }) => name.length)));
  const parts = examined.map(({ about, checks }) =>
    [`${style.strong(about)}\n`, ...checks.map((check) => checkText(check, width, style))].join(''),
  );
  return `${parts.join('\n')}\n${countsText(examined)}\n`;
}

const resultWidth = Math.max(...checkResults.map((result) => result.length));

function checkText({ name, result, found, details }: Check, width: number, style: Style): string {
  const head = `  ${paint(result, style)(result.padEnd(resultWidth))}  ${name.padEnd(width)}  ${found}\n`;
  return (
    head +
    details
      .map(
        ({ message, todo }) =>
          `      ${message}\n${todo === undefined ? '' : `        ${style.strong('do:')} ${todo}\n`}`,
      )
      .join('')
  );
}

function paint(result: CheckResult, style: Style): (text: string) => string {
  switch (result) {
    case 'ok':
      return style.added;
    case 'warning':
      return style.changed;
    case 'failure':
      return style.removed;
    case 'skipped':
      return style.faint;
    default:
      return result satisfies never;
  }
}

function countsOf(examined: readonly Examined[]): Readonly<Record<CheckResult, number>> {
  const counts = { ok: 0, warning: 0, failure: 0, skipped: 0 };
  for (const { checks } of examined) for (const { result } of checks) counts[result]++;
  return counts;
}

function countsText(examined: readonly Examined[]): string {
  const { ok, warning, failure, skipped } = countsOf(examined);
  const isShut = examined.some(({ checks }) =>
    checks.some(({ name, result }) => name === 'datapath' && result === 'failure'),
  );
  const looked =
    examined.length > 1 || isShut ? '' : ' Nothing is applied here: with -f FILE the network is looked at as well.';
  return `${ok} ok, ${warning} ${warning === 1 ? 'warning' : 'warnings'}, ${failure} ${failure === 1 ? 'failure' : 'failures'}, ${skipped} skipped.${looked}`;
}

export function doctorFields(examined: readonly Examined[]): Record<string, unknown> {
  return {
    counts: countsOf(examined),
    examined: examined.map(({ about, checks }) => ({ about, checks })),
  };
}
