// What a daemon costs that runs for long: its memory over thousands of reconciles, its CPU while nothing happens.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab, raiseLab } from './lab.ts';
import { run, sleep } from './lab-process.ts';
import { topologyText, tunnel100, type WrittenService, web } from './lab-topology.ts';
import { LabDaemon, until } from './lab-watch.ts';

export interface SoakOptions {
  readonly services: number;
  /** Reconciles that find nothing to do; every eleventh goes the whole way to a plan. */
  readonly rounds: number;
  /** Changes of the file, each applied. */
  readonly changes: number;
  /** How long the CPU is watched while nothing happens. */
  readonly idleMs: number;
}

export interface Memory {
  readonly rounds: number;
  readonly rssBytes: number;
  readonly peakBytes: number;
  /** Least squares over the second half of the samples. */
  readonly slopeBytesPerRound: number;
}

export interface Soaked {
  readonly reconciles: Memory;
  /** Of a daemon with few services whose file changes all the time. */
  readonly changes: Memory;
  readonly kernelBytes: number;
  /** Of one CPU, in percent, between looks. */
  readonly idleCpuPercent: number;
  /** CPU time of a reconcile that finds nothing to do, on average: each eleventh goes the whole way. */
  readonly lookCpuMs: number;
  readonly idleRssBytes: number;
}

export async function soak(options: SoakOptions, onProgress: (text: string) => void = () => {}): Promise<Soaked> {
  const lab = await raiseLab();
  try {
    const idle = await measureIdle(lab, options);
    onProgress(`idle: ${idle.idleCpuPercent.toFixed(2)} % of a CPU`);
    const { lookCpuMs, memory: reconciles } = await measureReconciles(lab, options, onProgress);
    const changes = await measureChanges(lab, options.changes, onProgress);
    return { ...idle, lookCpuMs, reconciles, changes };
  } finally {
    await lab.destroy();
  }
}

function manyServices(count: number): WrittenService[] {
  return Array.from({ length: count }, (_, at) => ({
    ...web,
    name: `service-${at}`,
    group: 10 + (at >> 12),
    id: at & 4095,
    proxy: `5.5.${at >> 8}.${at & 255}:3100`,
    endpoint: `1.1.${at >> 8}.${at & 255}:4000`,
    key: `key-${at}`,
  }));
}

function start(lab: Lab, services: readonly WrittenService[], words: readonly string[]): LabDaemon {
  const text = topologyText(lab, 'gateway1', { tunnels: [tunnel100.gateway], services });
  return new LabDaemon(lab, 'gateway1', text, [...words, '--log-level', 'debug']);
}

const tickMs = 10;

async function measureIdle(lab: Lab, { services, idleMs }: SoakOptions) {
  const daemon = start(lab, manyServices(services), ['--interval', '24h']);
  await until('everything is live', async () => daemon.count('reconciled') > 0, 120_000);
  await sleep(2000);
  const before = ticksOf(daemon.pid);
  await sleep(idleMs);
  const idleCpuPercent = (((ticksOf(daemon.pid) - before) * tickMs) / idleMs) * 100;
  const idleRssBytes = memoryOf(daemon.pid, 'VmRSS');
  const kernelBytes = await bytesOfMaps(lab);
  await daemon.end();
  return { idleCpuPercent, idleRssBytes, kernelBytes };
}

async function measureReconciles(lab: Lab, { services, rounds }: SoakOptions, onProgress: (text: string) => void) {
  const daemon = start(lab, manyServices(services), ['--interval', '1ms']);
  await until('the first reconcile is done', async () => daemon.count('reconciled') > 0, 120_000);
  const [ticks, done] = [ticksOf(daemon.pid), daemon.count('unchanged')];
  const memory = await sample(daemon, 'unchanged', rounds, onProgress);
  const lookCpuMs = ((ticksOf(daemon.pid) - ticks) * tickMs) / (daemon.count('unchanged') - done);
  await daemon.end();
  return { memory, lookCpuMs };
}

async function measureChanges(lab: Lab, changes: number, onProgress: (text: string) => void): Promise<Memory> {
  const text = (round: number): string =>
    topologyText(lab, 'gateway1', { tunnels: [tunnel100.gateway], services: [{ ...web, key: `key-${round}` }] });
  // Almost all of what is live goes with its first file.
  const words = ['--interval', '24h', '--log-level', 'debug', '--max-deletions', '100%'];
  const daemon = new LabDaemon(lab, 'gateway1', text(0), words);
  await until('the first reconcile is done', async () => daemon.count('reconciled') > 0);
  let round = 0;
  const writing = setInterval(() => writeFileSync(daemon.path, text(++round)), 300);
  try {
    return await sample(daemon, 'reconciled', changes, onProgress);
  } finally {
    clearInterval(writing);
    await daemon.end();
  }
}

const samples = 100;

async function sample(daemon: LabDaemon, event: string, rounds: number, onProgress: (text: string) => void) {
  const seen: { rounds: number; bytes: number }[] = [];
  for (let done = 0; done < rounds; ) {
    await sleep(200);
    const now = daemon.count(event);
    if (now - done < rounds / samples) continue;
    done = now;
    seen.push({ rounds: done, bytes: memoryOf(daemon.pid, 'VmRSS') });
    if (seen.length % 10 === 0) onProgress(`${event} ${done}: ${megabytes(seen.at(-1)?.bytes ?? 0)}`);
  }
  return {
    rounds: seen.at(-1)?.rounds ?? 0,
    rssBytes: seen.at(-1)?.bytes ?? 0,
    peakBytes: memoryOf(daemon.pid, 'VmHWM'),
    slopeBytesPerRound: slopeOf(seen.slice(seen.length / 2)),
  };
}

function slopeOf(points: readonly { readonly rounds: number; readonly bytes: number }[]): number {
  const mean = (of: (one: (typeof points)[number]) => number): number =>
    points.reduce((sum, one) => sum + of(one), 0) / points.length;
  const [x, y] = [mean(({ rounds }) => rounds), mean(({ bytes }) => bytes)];
  const over = mean(({ rounds, bytes }) => (rounds - x) * (bytes - y));
  return over / (mean(({ rounds }) => (rounds - x) ** 2) || 1);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const [, kilobytes] = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kilobytes) * 1024;
}

/** What the kernel says that the instance's maps take, both slots and what is learned. */
async function bytesOfMaps(lab: Lab): Promise<number> {
  const instance = join(lab.bpffs, 'trueingress', lab.instance('gateway1'));
  const found = await run(['find', instance, '-type', 'f']);
  let bytes = 0;
  for (const path of found.stdout.trim().split('\n')) {
    if (/\/(ingress|egress)$/.test(path)) continue;
    const { stdout } = await run(['bpftool', '-j', 'map', 'show', 'pinned', path]);
    bytes += Number(JSON.parse(stdout).bytes_memlock);
  }
  return bytes;
}
