// The one JSON document of a command. Fields are added over time, never lost or changed in meaning (schemas/*.schema.json).
import { type Problem, sortProblems } from '../problem.ts';

export const apiVersion = 'trueingress/v1';

type Fields = Readonly<Record<string, unknown>>;

export function jsonDocument(kind: string, exitCode: number, problems: readonly Problem[], fields: Fields): string {
  return `${JSON.stringify(document(kind, exitCode, problems, fields), plainValue, 2)}\n`;
}

/** One line of a stream. */
export function jsonLine(kind: string, exitCode: number, problems: readonly Problem[], fields: Fields): string {
  return `${JSON.stringify(document(kind, exitCode, problems, fields), plainValue)}\n`;
}

function document(kind: string, exitCode: number, problems: readonly Problem[], fields: Fields) {
  return { apiVersion, kind, exitCode, problems: sortProblems(problems).map(jsonProblem), ...fields };
}

/** The source line stays out: it is for the caret on a terminal. */
export function jsonProblem({ code, severity, message, place, hint }: Problem): Omit<Problem, 'sourceLine'> {
  return { code, severity, message, ...(place && { place }), ...(hint !== undefined && { hint }) };
}

/** Counters and generations are below 2^53 for longer than a host lives. */
export function plainValue(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
