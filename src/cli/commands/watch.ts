// watch: applies, then keeps the host as its files say, until it is stopped. Stopping it never stops the datapath.
import { type Problem, problem } from '../../problem.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { startDaemon } from '../daemon.ts';
import { startDaemonPings } from '../daemon-pings.ts';
import { exitCodes } from '../exit.ts';
import { type Level, openLogger } from '../logger.ts';
import type { Options } from '../options.ts';
import { tellServiceManager } from '../service-manager.ts';
import { parseListen } from '../surface/listen-address.ts';
import { openSurface, type Surface } from '../surface/surface.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const { options, environment } = invocation;
  const misuse = whyNotWatch(options);
  if (misuse) return failure([misuse]);
  const daemon = await startDaemon(invocation);
  const { log, loop } = daemon;
  const logger = openLogger({
    level: options.logLevel as Level,
    format:
      options.logFormat === 'auto'
        ? environment.stderr.isTerminal
          ? 'text'
          : 'json'
        : (options.logFormat as 'text' | 'json'),
    output: environment.stderr,
  });
  for (const event of log.events(Number.POSITIVE_INFINITY)) logger.log(event, log.state.instance);
  log.follow((event) => logger.log(event, log.state.instance));
  daemon.afterRun((run) => logger.run(run, log.state.instance));

  let surface: Surface;
  try {
    surface = await openSurface(invocation, daemon);
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  const stop = environment.catchStop();
  startDaemonPings(invocation, daemon);
  await tellServiceManager(invocation, daemon);
  const releaseHangup = environment.onHangup(() => loop.trigger('signal'));
  try {
    loop.trigger('start');
    while ((await stop.pause(24 * 3_600_000)) === 'elapsed');
  } finally {
    releaseHangup();
    stop.release();
    await daemon.stop();
    await surface.close();
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

function whyNotWatch({ file: files, listen }: Options): Problem | undefined {
  if (files.length === 0)
    return problem('usage', 'no topology was named', { hint: 'give the file or directory to follow with -f' });
  if (files.includes('-'))
    return problem('usage', 'standard input cannot be followed', { hint: 'use a file, or `trueingress apply -f -`' });
  const address = listen === undefined ? undefined : parseListen(listen);
  return address && 'code' in address ? address : undefined;
}
