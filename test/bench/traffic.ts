// The three roads compared, by turns: TCP both ways with and without offloads, small datagrams, question and answer. Every
// load is bounded in time and in what it sends.
import { join } from 'node:path';
import { type Lab, raiseLab } from '../support/lab.ts';
import { must } from '../support/lab-process.ts';
import type { Figure } from './figure.ts';
import { median, rounded } from './measure.ts';
import { ends, layRoads, type Road, roads, switchOffloads, takeRoad } from './roads.ts';

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

/** By discipline and road, a value a round. */
type Results = ReadonlyMap<string, Readonly<Record<Road, number[]>>>;

export async function measureTraffic(say: (text: string) => void): Promise<Figure[]> {
  const lab = await raiseLab();
  try {
    await layRoads(lab);
    for (const road of roads) {
      const server = lab.spawn('node1', [tool, 'serve', ends[road].server, String(serverSeconds)]);
      await server.says('ready');
    }
    return figuresOf(await compete(lab, say));
  } finally {
    await lab.destroy();
  }
}

async function compete(lab: Lab, say: (text: string) => void): Promise<Results> {
  const results = new Map(
    disciplines.map(({ name }) => [name, { plain: [], vxlan: [], ours: [] } as Record<Road, number[]>]),
  );
  let last: Road | undefined;
  for (let round = 0; round < rounds; round++) {
    // Whoever is first in one round is last in the next.
    const order = round % 2 ? [...roads].reverse() : roads;
    for (const offloads of [true, false]) {
      await switchOffloads(lab, offloads);
      for (const road of order) {
        await takeRoad(lab, road, last);
        last = road;
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

/** Median of the rounds' quotients: both were measured in the same minute. */
function ratio(results: Results, name: string, against: Road): number {
  const { ours, [against]: other } = resultsOf(results, name);
  return rounded(median(ours.map((value, i) => value / (other[i] ?? Number.NaN))), 2);
}

function resultsOf(results: Results, name: string): Readonly<Record<Road, readonly number[]>> {
  const found = results.get(name);
  if (!found) throw new Error(`nothing was measured as ${name}`);
  return found;
}

function figuresOf(results: Results): Figure[] {
  const middle = (name: string, road: Road): number => median(resultsOf(results, name)[road]);
  const three = (name: string, unit: string, digits: number): string =>
    `${roads.map((road) => `${road} ${rounded(middle(name, road), digits)}`).join(', ')} ${unit}`;
  const details = Object.fromEntries(
    disciplines.map(({ name }) => [
      `${name}_values`,
      Object.fromEntries(roads.map((road) => [road, middle(name, road)])),
    ]),
  );
  const bothWays = (name: string, against: Road): { readonly value: number; readonly note: string } => {
    const ways = ['up', 'down'].map((way) => ({ way, ratio: ratio(results, `${name}_${way}`, against) }));
    const notes = ways.map(({ way, ratio: one }) => `${way} ${one} (${three(`${name}_${way}`, 'Gb/s', 1)})`);
    return { value: Math.min(...ways.map(({ ratio: one }) => one)), note: `the worse of ${notes.join('; ')}` };
  };
  const added = (road: Road): number =>
    rounded(
      median(
        resultsOf(results, 'rtt')[road].map((value, i) => value - (resultsOf(results, 'rtt').plain[i] ?? Number.NaN)),
      ),
      2,
    );
  return [
    { name: 'tcp_vs_plain', ...bothWays('tcp', 'plain'), wanted: { atLeast: 0.95 }, details },
    { name: 'tcp_vs_vxlan', ...bothWays('tcp', 'vxlan') },
    { name: 'tcp_seg_vs_vxlan', ...bothWays('tcp_seg', 'vxlan'), wanted: { atLeast: 0.9 } },
    { name: 'tcp_seg_vs_plain', ...bothWays('tcp_seg', 'plain') },
    {
      name: 'udp_vs_vxlan',
      value: ratio(results, 'udp', 'vxlan'),
      wanted: { atLeast: 1.25 },
      note: `datagrams of 18 bytes: ${three('udp', 'thousand a second', 0)}`,
    },
    {
      name: 'rtt_added_us',
      value: added('ours'),
      wanted: { atMost: 0.5 },
      note: `on question and answer, four programs: ${three('rtt', 'µs', 2)}; VXLAN adds ${added('vxlan')}`,
      details: { rtt_added_vxlan_us: added('vxlan') },
    },
  ];
}
