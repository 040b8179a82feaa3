// Where the bench runs: a network namespace and a bpffs of its own with the interface that topologies name, and the command
// as users run it, a process each time. Nothing outside is touched, and all of it goes with `close`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openPrivatePlace, run } from '../support/netns.ts';

export interface Place {
  readonly bpffs: string;
  readonly runDirectory: string;
  /** Makes an interface that is up; its index. */
  newInterface(): number;
  /** Writes a file that goes with the place; returns its path. */
  write(name: string, text: string): string;
  /** Runs the command to its end; throws with its standard error when it fails. */
  trueingress(...words: readonly string[]): Finished;
  /** The same, with its CPU time. */
  trueingressCounted(...words: readonly string[]): Counted;
  close(): void;
}

export interface Finished {
  readonly stdout: string;
  /** From start to end of the process. */
  readonly wallMs: number;
}

export interface Counted extends Finished {
  /** User and system time, in steps of 10 ms: what wall time would be if nothing else ran. */
  readonly cpuMs: number;
}

const bundle = resolve('dist/trueingress.cjs');

export function openPlace(): Place {
  const place = openPrivatePlace();
  try {
    place.addInterface('eth0');
    run('ip', 'address', 'add', '172.1.0.4/24', 'dev', 'eth0');
    run('ip', 'route', 'add', 'default', 'via', '172.1.0.1');
    const files = join(place.runDirectory, 'files');
    mkdirSync(files, { recursive: true });
    const stateDirectory = join(place.runDirectory, 'state');
    const own = ['--bpffs', place.bpffs, '--run-dir', place.runDirectory, '--state-dir', stateDirectory];
    let interfaces = 0;
    const commandLine = (words: readonly string[]): string[] => [
      bundle,
      ...words,
      // It goes to no kernel and knows no such options.
      ...(words[0] === 'validate' ? [] : own),
    ];
    return {
      bpffs: place.bpffs,
      runDirectory: place.runDirectory,
      newInterface: () => place.addInterface(`bench${interfaces++}`),
      write(name, text) {
        const path = join(files, name);
        writeFileSync(path, text);
        return path;
      },
      trueingress: (...words) => must(process.execPath, ...commandLine(words)),
      trueingressCounted: (...words) => counted(process.execPath, ...commandLine(words)),
      close: place.close,
    };
  } catch (error) {
    place.close();
    throw error;
  }
}

/** Runs a process to its end. Throws with its standard error when it fails. */
export function must(command: string, ...words: readonly string[]): Finished {
  const { wallMs, output } = ran(command, words);
  return { wallMs, stdout: output[1] ?? '' };
}

/** The shell counts what its child used; Node does not tell. */
const counting = '"$@"; code=$?; times >&3; exit $code';

function counted(...argv: readonly string[]): Counted {
  const { wallMs, output } = ran('sh', ['-c', counting, 'sh', ...argv]);
  return { wallMs, stdout: output[1] ?? '', cpuMs: childCpuMs(output[3] ?? '') };
}

function ran(command: string, words: readonly string[]): { wallMs: number; output: readonly (string | null)[] } {
  const start = process.hrtime.bigint();
  const { status, error, output } = spawnSync(command, words, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    maxBuffer: 1 << 30,
  });
  const wallMs = Number(process.hrtime.bigint() - start) / 1e6;
  if (error) throw error;
  const said = output[2]?.slice(-2000);
  if (status !== 0) throw new Error(`${command} ${words.join(' ').slice(0, 200)} ended with ${status}: ${said}`);
  return { wallMs, output };
}

/** The second line of `times`, user and system time of children: `0m1.230000s 0m0.040000s`. */
function childCpuMs(times: string): number {
  const seconds = [...(times.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, rest]) => Number(minutes) * 60 + Number(rest),
  );
  return seconds.reduce((sum, one) => sum + one * 1000, 0);
}
