// watch: applies, then keeps the host as its files say, until it is stopped. Stopping it never stops the datapath.
import { type Problem, problem } from '../../problem.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { type Daemon, startDaemon } from '../daemon.ts';
import { startDaemonPings } from '../daemon-pings.ts';
import type { Stop } from '../environment.ts';
import { exitCodes } from '../exit.ts';
import { type Level, type Logger, openLogger } from '../logger.ts';
import type { Options } from '../options.ts';
import { tellServiceManager } from '../service-manager.ts';
import { parseListen } from '../surface/listen-address.ts';
import { openSurface, type Surface } from '../surface/surface.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const { options, environment } = invocation;
  const misuse = whyNotWatch(options);
  if (misuse) return failure([misuse]);
  // Signals are caught before anybody is told that it runs: whoever was told may send one at once.
  const stop = environment.catchStop();
  try {
    return await watchUntil(stop, invocation);
  } finally {
    stop.release();
  }
}

async function watchUntil(stop: Stop, invocation: Invocation): Promise<Answer> {
  const { environment } = invocation;
  const daemon = await startDaemon(invocation);
  const { log, loop } = daemon;
  // It ends nobody; what acts on it comes below, the service manager's part first.
  const holdHangup = environment.onHangup(() => {});
  let releaseHangup = (): void => {};
  let surface: Surface | undefined;
  try {
    logTo(openLoggerOf(invocation), daemon);
    surface = await openSurface(invocation, daemon);
    startDaemonPings(invocation, daemon);
    await tellServiceManager(invocation, daemon);
    releaseHangup = environment.onHangup(() => loop.trigger('signal'));
    loop.trigger('start');
    while ((await stop.pause(24 * 3_600_000)) === 'elapsed');
  } finally {
    releaseHangup();
    holdHangup();
    await daemon.stop();
    await surface?.close();
  }
  const { state } = log;
  return {
    kind: 'Watch',
    exitCode: exitCodes.done,
    problems: [],
    isStream: true,
    fields: () => ({ instance: state.instance || null, counts: state.counts }),
    text: () => '',
  };
}

function openLoggerOf({ options, environment }: Invocation): Logger {
  const { logFormat } = options;
  const usual = environment.stderr.isTerminal ? 'text' : 'json';
  return openLogger({
    level: options.logLevel as Level,
    format: logFormat === 'auto' ? usual : (logFormat as 'text' | 'json'),
    output: environment.stderr,
  });
}

/** What was told before it was there, and everything from now on. */
function logTo(logger: Logger, { log, afterRun }: Daemon): void {
  for (const event of log.events(Number.POSITIVE_INFINITY)) logger.log(event, log.state.instance);
  log.follow((event) => logger.log(event, log.state.instance));
  afterRun((run) => logger.run(run, log.state.instance));
}

function whyNotWatch({ file: files, listen }: Options): Problem | undefined {
  if (files.length === 0)
    return problem('usage', 'no topology was named', { hint: 'give the file or directory to follow with -f' });
  if (files.includes('-'))
    return problem('usage', 'standard input cannot be followed', { hint: 'use a file, or `trueingress apply -f -`' });
  const address = listen === undefined ? undefined : parseListen(listen);
  return address && 'code' in address ? address : undefined;
}
