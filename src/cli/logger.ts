// The one importer of pino: log lines of the daemon, one for each of its events. JSON for machines, plain lines for somebody at a
// terminal. Only these fields are ever logged, so that no key can be among them.
import { pino, stdTimeFunctions } from 'pino';
import type { Problem } from '../problem.ts';
import { formatProblem } from '../report/problems.ts';
import type { DaemonEvent, DaemonEventKind } from '../watch/state.ts';
import type { Output } from './environment.ts';

export type Level = 'error' | 'warn' | 'info' | 'debug';

const levels: Readonly<Record<DaemonEventKind, Level>> = {
  started: 'info',
  'file-changed': 'info',
  reconciled: 'info',
  unchanged: 'debug',
  held: 'error',
  failed: 'error',
  drift: 'warn',
  interface: 'info',
  rescue: 'debug',
  'hints-lost': 'warn',
  suspended: 'warn',
  resumed: 'info',
  pinged: 'debug',
  'ping-failed': 'warn',
  stopping: 'info',
};

export interface Logger {
  log(event: DaemonEvent, instance: string): void;
}

export interface LoggerOptions {
  readonly level: Level;
  readonly format: 'text' | 'json';
  readonly output: Output;
}

export function openLogger({ level, format, output }: LoggerOptions): Logger {
  const write = (line: string): void => output.write(line);
  if (format === 'text') return textLogger(level, write);
  const logger = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (name) => ({ level: name }) },
    },
    { write },
  );
  return {
    log: ({ kind, message, problems, number }, instance) =>
      logger[levels[kind]]({ event: kind, number, instance, problems: problems.map(shown) }, message),
  };
}

/** Code, place, words: never a line of a file, which may hold a key. */
function shown({ code, severity, message, place, hint }: Problem) {
  return { code, severity, message, ...(place && { place }), ...(hint !== undefined && { hint }) };
}

const order: readonly Level[] = ['error', 'warn', 'info', 'debug'];

function textLogger(level: Level, write: (line: string) => void): Logger {
  return {
    log: ({ kind, message, problems, timeMs }, instance) => {
      const of = levels[kind];
      if (order.indexOf(of) > order.indexOf(level)) return;
      const time = new Date(timeMs).toISOString().slice(11, 23);
      write(`${time} ${of.padEnd(5)} ${instance || '-'} ${kind}: ${message}\n`);
      for (const { sourceLine: _, ...one } of problems) write(`${indented(formatProblem(one, { color: false }))}\n`);
    },
  };
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}
