// A daemon with metrics on a host of a lab, scraped while traffic runs, and held against what `stats` says.
import { join } from 'node:path';
import { verdicts } from '../../src/tables/verdicts.ts';
import { get, samplesIn } from './http.ts';
import type { Lab } from './lab.ts';
import type { Running } from './lab-process.ts';
import type { Gateway, Node } from './lab-topology.ts';
import { type FlowResult, startFlow } from './lab-traffic.ts';

const verdictNumbers = new Map<string, number>(verdicts.map(({ name, number }) => [name, number]));

export interface Watched {
  /** Path of the socket with the pages. */
  readonly socket: string;
  readonly process: Running;
}

/** Resolves when the first run has ended. */
export async function startWatch(lab: Lab, host: Gateway | Node, file: string): Promise<Watched> {
  const socket = join(lab.directory, `${host}-pages`);
  const words = ['watch', '-f', file, '--listen', `unix:${socket}`, '--log-format', 'text'];
  const process = lab.spawn(host, lab.commandLine(words), { env: lab.environment });
  await process.says('reconciled: ', 20_000);
  return { socket, process };
}

export interface Scraped {
  readonly flow: FlowResult;
  readonly scrapes: number;
  /** Counters that went down from one scrape to the next. */
  readonly backwards: readonly string[];
  /** Figures of `stats --json`, and those of them that the scrape beside it has otherwise. */
  readonly compared: number;
  readonly different: readonly string[];
  readonly packets: number;
}

/** Scrapes as long as the flow goes on. */
export async function scrapeUnderTraffic(lab: Lab, { socket }: Watched, perSecond: number): Promise<Scraped> {
  const count = perSecond * 3;
  const flow = await startFlow(lab, {
    to: '5.5.5.5:3100',
    at: 'node1',
    endpoint: '1.1.1.1:4000',
    perSecond,
    count,
    seconds: 6,
  });
  let result: FlowResult | undefined;
  const over = flow.finished().then((finished) => {
    result = finished;
  });
  const backwards: string[] = [];
  let before = new Map<string, number>();
  let scrapes = 0;
  while (result === undefined) {
    const now = await scrape(socket);
    scrapes++;
    for (const [name, value] of before)
      if (/_total\b/.test(name) && (now.get(name) ?? 0) < value) backwards.push(`${name} ${value} → ${now.get(name)}`);
    before = now;
  }
  await over;
  const { figures, samples } = await together(lab, socket);
  const different = [...figures].filter(([name, value]) => samples.get(name) !== value).map(([name]) => name);
  const packets = figures.get(
    'trueingress_verdict_packets_total{hook="egress",verdict="encapsulated",outcome="passed"}',
  );
  return { flow: result, scrapes, backwards, compared: figures.size, different, packets: packets ?? 0 };
}

async function scrape(socket: string): Promise<Map<string, number>> {
  const { status, body } = await get(socket, '/metrics');
  if (status !== 200) throw new Error(`/metrics answered ${status}: ${body.slice(0, 200)}`);
  return samplesIn(body);
}

/** A scrape with `stats` before and after it that say the same: something passes all the time, if only neighbours asking. */
async function together(lab: Lab, socket: string) {
  for (let attempt = 0; attempt < 50; attempt++) {
    const before = await statsText(lab);
    const samples = await scrape(socket);
    if ((await statsText(lab)) === before) return { figures: figuresOf(JSON.parse(before)), samples };
  }
  throw new Error('traffic never rested');
}

async function statsText(lab: Lab): Promise<string> {
  const finished = await lab.trueingress('gateway1', ['stats', '--json', '-i', lab.instance('gateway1')]);
  if (finished.code !== 0) throw new Error(`stats ended with ${finished.code}: ${finished.stderr}`);
  return finished.stdout;
}

const hooks = ['ingress', 'egress'] as const;

interface RowFigures {
  readonly packets: number;
  readonly bytes: number;
  readonly droppedPackets: number;
}

interface StatsFigures {
  readonly hooks: Readonly<
    Record<(typeof hooks)[number], Readonly<Record<string, { packets: number; bytes: number }>>>
  >;
  readonly services: readonly (Readonly<Record<(typeof hooks)[number], RowFigures>> & { group: number; id: number })[];
  readonly tunnels: readonly (Readonly<Record<(typeof hooks)[number], RowFigures>> & { id: number })[];
}

/** As the scrape must have them. */
function figuresOf(stats: StatsFigures): Map<string, number> {
  const figures = new Map<string, number>();
  const rows = [
    ...stats.services.map((row) => ({ of: 'service', name: `${row.group}/${row.id}`, row })),
    ...stats.tunnels.map((row) => ({ of: 'tunnel', name: String(row.id), row })),
  ];
  for (const hook of hooks) {
    for (const [verdict, { packets, bytes }] of Object.entries(stats.hooks[hook])) {
      const outcome = Number(verdictNumbers.get(verdict)) < 16 ? 'passed' : 'dropped';
      const labels = `{hook="${hook}",verdict="${verdict}",outcome="${outcome}"}`;
      figures.set(`trueingress_verdict_packets_total${labels}`, packets);
      figures.set(`trueingress_verdict_bytes_total${labels}`, bytes);
    }
    for (const { of, name, row } of rows) {
      const labels = `${of}="${name}",hook="${hook}"`;
      figures.set(`trueingress_${of}_packets_total{${labels},outcome="passed"}`, row[hook].packets);
      figures.set(`trueingress_${of}_packets_total{${labels},outcome="dropped"}`, row[hook].droppedPackets);
      figures.set(`trueingress_${of}_bytes_total{${labels}}`, row[hook].bytes);
    }
  }
  return figures;
}
