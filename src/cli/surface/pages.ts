// What the daemon's HTTP server says: metrics, health, readiness, status.

import { type Figures, type LiveNames, readFigures } from '../../reconcile/figures.ts';
import type { DaemonView } from '../../report/daemon-view.ts';
import { jsonDocument } from '../../report/json.ts';
import type { Invocation } from '../command.ts';
import { statusWith } from '../commands/status.ts';
import type { Daemon } from '../daemon.ts';
import { withKernel } from '../kernel.ts';
import { createLateTidying } from '../memory.ts';
import { type Page, type Pages, textPage } from './http-server.ts';
import type { Seen } from './metric-values.ts';
import { createMetrics } from './metrics.ts';

/** @param view the daemon as `status` tells of it */
export function pagesOf(invocation: Invocation, daemon: Daemon, view: () => Promise<DaemonView>): Pages {
  const scrape = scraper(invocation, daemon, view);
  return {
    '/metrics': shared(scrape),
    '/healthz': async () => textPage(200, 'ok\n'),
    '/readyz': async () => {
      const { ready, notReady } = await view();
      return ready ? textPage(200, 'ready\n') : textPage(503, notReady.map((reason) => `${reason}\n`).join(''));
    },
    '/status': shared(async () => {
      const seen = await view();
      const { instance } = daemon.log.state;
      const options = { ...invocation.options, check: false, ...(instance !== '' && { instance }) };
      const answer = await statusWith({ ...invocation, options }, async () => seen);
      const fields = { ...answer.fields(), daemon: seen };
      return {
        status: 200,
        type: 'application/json',
        body: jsonDocument(answer.kind, answer.exitCode, answer.problems, fields),
      };
    }),
  };
}

/** Whoever asks while one is being made gets the same one: many readers cost what one costs. */
function shared(make: () => Promise<Page>): () => Promise<Page> {
  let going: Promise<Page> | undefined;
  return () => {
    going ??= make().finally(() => {
      going = undefined;
    });
    return going;
  };
}

function scraper(invocation: Invocation, daemon: Daemon, view: () => Promise<DaemonView>): () => Promise<Page> {
  const { environment } = invocation;
  const metrics = createMetrics();
  daemon.afterRun(metrics.record);
  const about = aboutBuild(invocation);
  let names: LiveNames | undefined;
  const tidyLater = createLateTidying();
  return async () => {
    const { ready } = await view();
    const { version, object } = await about();
    const start = environment.monotonicNs();
    const figures = await lookAt(invocation, daemon.log.state.instance, names);
    names = figures?.names;
    const cpu = process.cpuUsage();
    const seen: Seen = {
      state: daemon.log.state,
      isReady: ready,
      figures,
      kernelReadMs: Number(environment.monotonicNs() - start) / 1e6,
      version,
      object,
      process: { rssBytes: process.memoryUsage.rss(), cpuSeconds: (cpu.user + cpu.system) / 1e6 },
    };
    tidyLater();
    return { status: 200, type: metrics.type, body: await metrics.text(seen) };
  };
}

/** undefined: the kernel could not be read, or no file has named the instance yet. */
async function lookAt(invocation: Invocation, instance: string, names?: LiveNames): Promise<Figures | undefined> {
  if (instance === '') return undefined;
  try {
    return await withKernel(invocation, async ({ datapath }) =>
      readFigures(datapath, datapath.observe(instance), invocation.environment.monotonicNs(), names),
    );
  } catch {
    // `trueingress_kernel_readable` says so; what the daemon knows of itself is shown all the same.
    return undefined;
  }
}

function aboutBuild({ environment }: Invocation): () => Promise<{ version: string; object: string }> {
  let known: { version: string; object: string } | undefined;
  return async () => {
    if (known) return known;
    const { version, object } = await environment.versions();
    known = { version, object: (object.digest ?? '').slice(0, 12) };
    return known;
  };
}
