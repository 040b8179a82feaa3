// The roads' results as figures: quotients and differences of what was measured in the same round, and what a floor makes of them.
import type { Figure } from './figure.ts';
import { median, rounded } from './measure.ts';
import { type Road, roads } from './roads.ts';

/** By discipline and road, a value a round: Gb/s, thousand packets a second, microseconds. */
export type Results = ReadonlyMap<string, Readonly<Record<Road, readonly number[]>>>;

export function trafficFigures(results: Results): Figure[] {
  const all = [...results].map(([name, of]) => [
    name,
    Object.fromEntries(roads.map((road) => [road, median(of[road])])),
  ]);
  const bareUdp = quotient(results, 'udp', 'bare', 'vxlan');
  const added = (road: Road): number => rounded(median(paired(results, 'rtt', road, 'plain', (a, b) => a - b)), 2);
  return [
    { ...bothWays(results, 'tcp', 'plain'), wanted: { atLeast: 0.95 }, details: { roads: Object.fromEntries(all) } },
    bothWays(results, 'tcp', 'vxlan'),
    { ...bothWays(results, 'tcp_seg', 'vxlan'), wanted: { atLeast: 0.9 } },
    bothWays(results, 'tcp_seg', 'plain'),
    {
      name: 'udp_vs_vxlan',
      value: quotient(results, 'udp', 'ours', 'vxlan'),
      wanted: { atLeast: 1.25 },
      note: `datagrams of 18 bytes: ${medians(results, 'udp', 0)} thousand a second; the floor (bare) comes to ${bareUdp}`,
      details: { udp_vs_vxlan_floor: bareUdp },
    },
    {
      name: 'rtt_added_us',
      value: added('ours'),
      wanted: { atMost: 0.5 },
      note: `question and answer, through four programs: ${medians(results, 'rtt', 2)} µs; the floor (bare) adds ${added('bare')}, VXLAN ${added('vxlan')}`,
      details: { rtt_added_floor_us: added('bare'), rtt_added_vxlan_us: added('vxlan') },
    },
  ];
}

/** The worse way of the two. */
function bothWays(results: Results, name: string, against: Road): Figure {
  const ways = ['up', 'down'].map((way) => ({ way, ratio: quotient(results, `${name}_${way}`, 'ours', against) }));
  const notes = ways.map(({ way, ratio }) => `${way} ${ratio} (${medians(results, `${name}_${way}`, 1)} Gb/s)`);
  const value = Math.min(...ways.map(({ ratio }) => ratio));
  return { name: `${name}_vs_${against}`, value, note: notes.join('; ') };
}

function quotient(results: Results, name: string, road: Road, against: Road): number {
  return rounded(median(paired(results, name, road, against, (a, b) => a / b)), 2);
}

/** Both values of each round, which were measured in the same minute. */
function paired(
  results: Results,
  name: string,
  road: Road,
  against: Road,
  join: (one: number, other: number) => number,
): number[] {
  const of = resultsOf(results, name);
  return of[road].map((value, i) => join(value, of[against][i] ?? Number.NaN));
}

function medians(results: Results, name: string, digits: number): string {
  const of = resultsOf(results, name);
  return roads.map((road) => `${road} ${rounded(median(of[road]), digits)}`).join(', ');
}

function resultsOf(results: Results, name: string): Readonly<Record<Road, readonly number[]>> {
  const found = results.get(name);
  if (!found) throw new Error(`nothing was measured as ${name}`);
  return found;
}
