// The roads compared, by turns: TCP both ways with and without offloads, small datagrams, question and answer. Every
// load is bounded in time and in what it sends.
import { join } from 'node:path';
import { type Lab, raiseLab } from '../support/lab.ts';
import { must } from '../support/lab-process.ts';
import type { Figure } from './figure.ts';
import { measureInTraffic } from './in-traffic.ts';
import { ends, layRoads, type Road, roads, roadTaker, switchOffloads } from './roads.ts';
import { type Results, trafficFigures } from './traffic-figures.ts';

const rounds = 5;
const tool = join(process.cwd(), 'build/tools/net-load');
const serverSeconds = 1500;
const seconds = 1;
const streamBytes = 8e9;
const datagrams = 4_000_000;
const questions = 100_000;
/** A loaded machine may need longer than what is asked of it. */
const timeoutMs = 30_000;

type Load = 'up' | 'down' | 'flood' | 'ask';
/** What a load comes to: bits and packets a second, nanoseconds. */
interface Answer {
  readonly bytes: number;
  readonly nanoseconds: number;
  readonly received: number;
  readonly median: number;
}

const loads: Readonly<Record<Load, { readonly most: number; readonly read: (answer: Answer) => number }>> = {
  up: { most: streamBytes, read: ({ bytes, nanoseconds }) => (bytes * 8) / nanoseconds },
  down: { most: streamBytes, read: ({ bytes, nanoseconds }) => (bytes * 8) / nanoseconds },
  flood: { most: datagrams, read: ({ received, nanoseconds }) => (received * 1e6) / nanoseconds },
  ask: { most: questions, read: ({ median: took }) => took / 1000 },
};

/** A load with offloads or without. */
interface Discipline {
  readonly name: string;
  readonly load: Load;
  readonly offloads: boolean;
}

const disciplines: readonly Discipline[] = [
  { name: 'tcp_up', load: 'up', offloads: true },
  { name: 'tcp_down', load: 'down', offloads: true },
  { name: 'udp', load: 'flood', offloads: true },
  { name: 'rtt', load: 'ask', offloads: true },
  { name: 'tcp_seg_up', load: 'up', offloads: false },
  { name: 'tcp_seg_down', load: 'down', offloads: false },
];

export async function measureTraffic(say: (text: string) => void): Promise<Figure[]> {
  const lab = await raiseLab();
  try {
    await layRoads(lab);
    for (const road of roads) {
      const server = lab.spawn('node1', [tool, 'serve', ends[road].server, String(serverSeconds)]);
      await server.says('ready');
    }
    const take = roadTaker(lab);
    const figures = trafficFigures(await compete(lab, take, say));
    await take('ours');
    return [...figures, await measureInTraffic(lab, () => measure(lab, 'ask', 'ours'))];
  } finally {
    await lab.destroy();
  }
}

async function compete(lab: Lab, take: (road: Road) => Promise<void>, say: (text: string) => void): Promise<Results> {
  const results = new Map(
    disciplines.map(({ name }) => [name, { plain: [], vxlan: [], bare: [], ours: [] } as Record<Road, number[]>]),
  );
  for (let round = 0; round < rounds; round++) {
    // Whoever is first in one round is last in the next.
    const order = round % 2 ? [...roads].reverse() : roads;
    for (const offloads of [true, false]) {
      await switchOffloads(lab, offloads);
      for (const road of order) {
        await take(road);
        for (const { name, load } of disciplines.filter((one) => one.offloads === offloads))
          results.get(name)?.[road].push(await measure(lab, load, road));
      }
    }
    say(`round ${round + 1} of ${rounds}`);
  }
  return results;
}

async function measure(lab: Lab, load: Load, road: Road): Promise<number> {
  const { most, read } = loads[load];
  const argv = [tool, load, ends[road].asked, String(seconds), String(most)];
  return read(JSON.parse(await must([...lab.enter('client'), ...argv], { timeoutMs })));
}
