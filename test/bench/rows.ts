// What many rows cost: packets of services chosen by chance, with one service and with up to a million.
import { readFileSync } from 'node:fs';
import { objectPath } from '../../src/paths.ts';
import { Closers } from './closers.ts';
import { compileBenchProgram } from './compile.ts';
import type { Figure } from './figure.ts';
import { openFloor } from './floor.ts';
import { type NewInterface, openLiveHook } from './live.ts';
import { alternate, type Contestant, rounded } from './measure.ts';
import { loadLookup, loadScaled, packetsFor, type Way, ways } from './scaled.ts';
import { enableStatistics } from './statistics.ts';

const rounds = 7;
/** So many that a round of a million rows meets few of them twice. */
const packetsOfARound = 100_000;
const sizes = [1, 1000, 100_000, 1_000_000] as const;
const penaltyOf = 100_000;
const wantedPenaltyNs = 60;

/** Nanoseconds a packet net of an empty program, in the order of `sizes`. */
type Series = readonly number[];

export function measureRows(newInterface: NewInterface): Figure[] {
  const floor = measureSeries(newInterface, 'encap', (services) => loadLookup(compileBenchProgram('floor'), services));
  const image = readFileSync(objectPath());
  const names = Object.keys(ways) as Way[];
  const series = names.map((way) => measureSeries(newInterface, way, (services) => loadScaled(image, way, services)));
  const floorFigure = figure('rows_lookup', 'the floor: one lookup, one count', floor);
  const penalties = series.map(penalty);
  const worst = Math.max(...penalties);
  const of = names.map((way, i) => `${way} ${penalties[i]}`).join(', ');
  return [
    floorFigure,
    ...names.map((way, i) => figure(`rows_${way}`, 'with 1, 1k, 100k, 1M services', series[i] ?? [])),
    {
      name: 'rows_100k_penalty_ns',
      value: worst,
      wanted: { atMost: wantedPenaltyNs },
      note: `the worst of ${of}; the floor's, one lookup and one count, is ${penalty(floor)}`,
      details: { rows_100k_penalty_floor_ns: penalty(floor) },
    },
  ];
}

function penalty(series: Series): number {
  return rounded((series[sizes.indexOf(penaltyOf)] ?? Number.NaN) - (series[0] ?? Number.NaN), 0);
}

function figure(name: string, note: string, series: Series): Figure {
  const shown = sizes.map((size, i) => `${size}: ${series[i]}`).join(', ');
  return {
    name: `${name}_1m_ns`,
    value: series.at(-1) ?? Number.NaN,
    note: `${note}: ${shown}`,
    details: { [`${name}_ns`]: Object.fromEntries(sizes.map((size, i) => [size, series[i]])) },
  };
}

function measureSeries(
  newInterface: NewInterface,
  way: Way,
  load: (services: number) => { readonly programFd: number; close(): void },
): Series {
  const closers = new Closers();
  try {
    closers.add(enableStatistics());
    const generator = compileBenchProgram('generate');
    const floor = closers.keep(openFloor());
    const enter = (contestant: string, programFd: number, services: number): Contestant => {
      const live = closers.keep(
        openLiveHook(generator, newInterface(), ways[way].hook, programFd, packetsFor(way, services)),
      );
      return { name: contestant, measure: () => live.measure(packetsOfARound) };
    };
    const contestants = [
      enter('empty', floor.programFd('empty'), 1),
      ...sizes.map((services) => enter(String(services), closers.keep(load(services)).programFd, services)),
    ];
    for (const { measure } of contestants) measure();
    const medians = alternate(rounds, contestants);
    const net = (contestant: string): number => (medians.get(contestant) ?? Number.NaN) - (medians.get('empty') ?? 0);
    return sizes.map((services) => rounded(net(String(services)), 0));
  } finally {
    closers.close();
  }
}
