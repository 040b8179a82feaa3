// A command's end of the daemon's socket: finds the daemon that is meant, asks it one thing, hears the answer.
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { codeOf } from '../../history/files.ts';
import { type Problem, problem, Refusal } from '../../problem.ts';
import type { DaemonView } from '../../report/daemon-view.ts';
import type { Attempt } from '../command.ts';
import type { Options } from '../options.ts';
import { type Asked, instanceOfSocket, parseTold, socketName, type Told, usualRunDirectory } from './control-words.ts';

export interface Conversation {
  /** Resolves at its end: whether the daemon said its last word, or went away before. */
  readonly over: Promise<'ended' | 'cut'>;
  close(): void;
}

/** `state` is looked at by `status`, which does not wait longer for a daemon that is busy. */
const stateMs = 2000;

/** The instance that is named, else the only one that has a daemon here. */
export async function daemonMeant({
  instance,
  runDir,
}: Pick<Options, 'instance' | 'runDir'>): Promise<Attempt<string>> {
  if (instance !== undefined) return { value: instance, problems: [] };
  const alive: string[] = [];
  // A socket for metrics may be there as well: only what answers as a daemon does is one.
  for (const name of socketsIn(runDir ?? usualRunDirectory)) if (await askState({ runDir }, name)) alive.push(name);
  const [only, ...others] = alive;
  if (only === undefined) return { failed: [noDaemon(undefined)] };
  if (others.length === 0) return { value: only, problems: [] };
  const hint = `say which with -i: ${alive.join(', ')}`;
  return { failed: [problem('which-instance', `there are daemons of ${alive.length} instances here`, { hint })] };
}

export function noDaemon(instance: string | undefined): Problem {
  return problem(
    'no-daemon',
    `no daemon keeps ${instance === undefined ? 'an instance' : `instance "${instance}"`} here`,
    {
      hint: 'start one: `trueingress watch -f FILE`',
    },
  );
}

/** undefined: nobody is there. Throws Refusal `not-permitted`. */
export async function converse(
  { runDir }: Pick<Options, 'runDir'>,
  instance: string,
  asked: Asked,
  onTold: (told: Told) => void,
): Promise<Conversation | undefined> {
  const socket = await connected(runDir, instance);
  if (!socket) return undefined;
  let text = '';
  let isEnded = false;
  const hear = (line: string): void => {
    const told = parseTold(line);
    if (told?.tell === 'end') isEnded = true;
    else if (told) onTold(told);
  };
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop() ?? '';
    lines.forEach(hear);
  });
  const over = new Promise<'ended' | 'cut'>((resolve) => {
    socket.on('close', () => resolve(isEnded ? 'ended' : 'cut'));
  });
  // `close` follows.
  socket.on('error', () => {});
  socket.write(`${JSON.stringify(asked)}\n`);
  return { over, close: () => socket.destroy() };
}

/** undefined: none runs; `silent`: something does, and does not answer. */
export async function askState(
  options: Pick<Options, 'runDir'>,
  instance: string,
): Promise<DaemonView | 'silent' | undefined> {
  let heard: DaemonView | undefined;
  const talk = await converse(options, instance, { ask: 'state' }, (told) => {
    if (told.tell === 'state') heard = told.daemon;
  });
  if (!talk) return undefined;
  let isSilent = false;
  const timer = setTimeout(() => {
    isSilent = true;
    talk.close();
  }, stateMs);
  await talk.over;
  clearTimeout(timer);
  return heard ?? (isSilent ? 'silent' : undefined);
}

function socketsIn(directory: string): string[] {
  try {
    return readdirSync(directory).flatMap((name) => instanceOfSocket(name) ?? []);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function connected(runDir: string | undefined, instance: string): Promise<Socket | undefined> {
  const path = join(runDir ?? usualRunDirectory, socketName(instance));
  return await new Promise((resolve, reject) => {
    const socket = connect(path);
    const failed = (error: Error): void => {
      const code = codeOf(error);
      if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTSOCK') resolve(undefined);
      else reject(refusal(path, error, code === 'EACCES' || code === 'EPERM'));
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      resolve(socket);
    });
  });
}

function refusal(path: string, { message }: Error, isDenied: boolean): Refusal {
  const hint = isDenied ? 'the daemon answers to root alone: run it with sudo' : undefined;
  return new Refusal(problem(isDenied ? 'not-permitted' : 'kernel-refused', `${path}: ${message}`, { hint }));
}
