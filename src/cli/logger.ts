// The one importer of pino: log lines of the daemon, one for each of its events. JSON for machines, plain lines for somebody at a
// terminal. Only these fields are ever logged, so that no key can be among them.
import { pino, stdTimeFunctions } from 'pino';
import { runView } from '../report/daemon-view.ts';
import { jsonProblem } from '../report/json.ts';
import { formatProblem } from '../report/problems.ts';
import { formatMs } from '../report/words.ts';
import type { DaemonEvent, DaemonEventKind, RunRecord } from '../watch/state.ts';
import type { Output } from './environment.ts';

export type Level = 'error' | 'warn' | 'info' | 'debug';

const levels: Readonly<Record<DaemonEventKind, Level>> = {
  started: 'info',
  listening: 'info',
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
  /** A run with its phases, at debug. */
  run(run: RunRecord, instance: string): void;
}

export interface LoggerOptions {
  readonly level: Level;
  readonly format: 'text' | 'json';
  readonly output: Output;
}

type Fields = Readonly<Record<string, unknown>>;

/** Writes one line, or for people one with its problems below. */
interface Lines {
  event(level: Level, event: DaemonEvent, instance: string): void;
  run(fields: Fields, text: string, instance: string): void;
}

export function openLogger({ level, format, output }: LoggerOptions): Logger {
  const lines = format === 'text' ? textLines(level, output) : jsonLines(level, output);
  return {
    // What only repeats itself is for whoever looks closely.
    log: (event, instance) => lines.event(event.times > 1 ? 'debug' : levels[event.kind], event, instance),
    run(run, instance) {
      const { reason, result, ms, phases } = run;
      const spent = phases.map(({ name, ms }) => `, ${name} ${formatMs(ms)}`).join('');
      lines.run({ ...runView(run) }, `${reason}: ${result} in ${formatMs(ms)}${spent}`, instance);
    },
  };
}

/** Of syslog(3). */
const priorities: Readonly<Record<Level, number>> = { error: 3, warn: 4, info: 6, debug: 7 };

/** Takes whole lines; in the journal each has its priority, so that `journalctl -p warning` finds it. */
function writerTo(output: Output): (of: Level, lines: string) => void {
  if (!output.isJournal) return (_, lines) => output.write(lines);
  return (of, lines) => output.write(lines.replace(/^(?=.)/gm, `<${priorities[of]}>`));
}

function jsonLines(level: Level, output: Output): Lines {
  const write = writerTo(output);
  let writing: Level = 'info';
  const logger = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (name) => ({ level: name }) },
    },
    { write: (line: string) => write(writing, line) },
  );
  return {
    event(of, { kind, message, number, times, problems }, instance) {
      const fields = { event: kind, number, instance, ...(times > 1 && { times }) };
      writing = of;
      // Code, place, words: never a line of a file, which may hold a key.
      logger[of]({ ...fields, problems: problems.map(jsonProblem) }, message);
    },
    run(fields, text, instance) {
      writing = 'debug';
      logger.debug({ event: 'run', instance, ...fields }, text);
    },
  };
}

const order: readonly Level[] = ['error', 'warn', 'info', 'debug'];

function textLines(level: Level, output: Output): Lines {
  const writeLines = writerTo(output);
  const write = (of: Level, timeMs: number, instance: string, text: string): boolean => {
    if (order.indexOf(of) > order.indexOf(level)) return false;
    const time = new Date(timeMs).toISOString().slice(11, 23);
    // A path may hold anything: no control character reaches the terminal.
    writeLines(of, `${time} ${of.padEnd(5)} ${instance || '-'} ${text.replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd')}\n`);
    return true;
  };
  return {
    event(of, { kind, message, lastMs, times, problems }, instance) {
      const again = times > 1 ? ` (${times} times)` : '';
      if (!write(of, lastMs, instance, `${kind}: ${message}${again}`)) return;
      for (const { sourceLine: _, ...one } of problems)
        writeLines(of, `${formatProblem(one, { color: false }).replace(/^/gm, '  ')}\n`);
    },
    run: (fields, text, instance) => {
      write('debug', Date.parse(String(fields.time)), instance, `run: ${text}`);
    },
  };
}
