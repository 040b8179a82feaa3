// The daemon's end of its socket: answers one question on each connection. Whoever may connect is root: the socket is 0600.
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Problem, problem } from '../../problem.ts';
import { type DaemonView, eventView, runView } from '../../report/daemon-view.ts';
import { jsonProblem } from '../../report/json.ts';
import type { RunRecord } from '../../watch/state.ts';
import type { Daemon } from '../daemon.ts';
import { type Asked, longestAsked, parseAsked, socketName, type Told } from './control-words.ts';
import { listenAt } from './sockets.ts';

export interface ControlServer {
  close(): Promise<void>;
}

const bounds = {
  /** Whoever has not asked by then is cut off. */
  askedMs: 5000,
  connections: 64,
  /** A follower that does not read is cut off when so much waits for it. */
  waitingBytes: 1_048_576,
} as const;

export interface Serving {
  readonly daemon: Pick<Daemon, 'log' | 'loop'>;
  view(): Promise<DaemonView>;
  readonly nextRun: NextRun;
}

/** Calls back with the first run that begins after now; the returned function takes that back. */
export type NextRun = (act: (run: RunRecord) => void) => () => void;

export function nextRunOf({ loop, afterRun }: Daemon): NextRun {
  const waiting = new Set<{ skip: number; act: (run: RunRecord) => void }>();
  afterRun((run) => {
    for (const one of [...waiting]) if (one.skip-- === 0 && waiting.delete(one)) one.act(run);
  });
  return (act) => {
    // The run that is going on may have read its files before they were changed.
    const one = { skip: loop.isRunning ? 1 : 0, act };
    waiting.add(one);
    return () => waiting.delete(one);
  };
}

/** Throws the fs error. */
export async function openControl(directory: string, instance: string, serving: Serving): Promise<ControlServer> {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    // Whoever went away is told nothing more.
    socket.on('error', () => socket.destroy());
    serve(serving, socket);
  });
  server.maxConnections = bounds.connections;
  const named = await listenAt(server, join(directory, socketName(instance)), 0o600);
  return {
    async close() {
      for (const socket of connections) socket.destroySoon();
      await named.close();
    },
  };
}

function serve(serving: Serving, socket: Socket): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.setTimeout(bounds.askedMs, () => socket.destroy());
  const onData = (chunk: string): void => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end < 0) {
      if (text.length > longestAsked) socket.destroy();
      return;
    }
    socket.off('data', onData);
    socket.setTimeout(0);
    // What comes behind the question is read and forgotten, so that the end of the connection is seen.
    socket.resume();
    const asked = parseAsked(text.slice(0, end));
    if (asked) void answer(serving, asked, socket);
    else refuse(socket, foreign);
  };
  socket.on('data', onData);
}

async function answer({ daemon, view, nextRun }: Serving, asked: Asked, socket: Socket): Promise<void> {
  const { log, loop } = daemon;
  switch (asked.ask) {
    case 'state':
      tell(socket, { tell: 'state', daemon: await view() });
      return end(socket);
    case 'events':
      for (const event of log.events(asked.most)) tell(socket, { tell: 'event', event: eventView(event) });
      if (!asked.follow) return end(socket);
      return follow(log, socket);
    case 'suspend': {
      const changed = !loop.isSuspended;
      loop.suspend();
      log.update({ isSuspended: true });
      if (changed) log.tell('suspended', 'nothing is reconciled until `trueingress resume`');
      // Who suspended may touch the host from the answer on: no run is going on any more.
      await loop.idle();
      tell(socket, { tell: 'suspended', suspended: true, changed });
      return end(socket);
    }
    case 'resume': {
      const changed = loop.isSuspended;
      log.update({ isSuspended: false });
      if (changed) log.tell('resumed', 'reconciling again');
      loop.resume();
      tell(socket, { tell: 'suspended', suspended: false, changed });
      return end(socket);
    }
    case 'reconcile': {
      if (loop.isSuspended) return refuse(socket, isSuspended);
      const forget = nextRun((run) => {
        tell(socket, { tell: 'run', run: runView(run), problems: run.problems.map(jsonProblem) });
        end(socket);
      });
      socket.on('close', forget);
      return loop.trigger('asked');
    }
    default:
      return asked satisfies never;
  }
}

function follow(log: Daemon['log'], socket: Socket): void {
  const unfollow = log.follow((event) => {
    // What only repeats itself is no news.
    if (event.times > 1) return;
    if (socket.writableLength > bounds.waitingBytes) socket.destroy();
    else tell(socket, { tell: 'event', event: eventView(event) });
    if (event.kind === 'stopping') end(socket);
  });
  socket.on('close', unfollow);
}

const foreign = problem('no-daemon', 'the daemon does not understand what it was asked: it is of another version', {
  hint: 'restart it; the datapath goes on meanwhile',
});
const isSuspended = problem('suspended', 'the daemon is suspended', { hint: 'trueingress resume' });

function refuse(socket: Socket, reason: Problem): void {
  tell(socket, { tell: 'refused', problem: reason });
  end(socket);
}

function tell(socket: Socket, told: Told): void {
  if (socket.writable) socket.write(`${JSON.stringify(told)}\n`);
}

function end(socket: Socket): void {
  if (socket.writable) socket.end(`${JSON.stringify({ tell: 'end' } satisfies Told)}\n`);
}
