// What a packet costs in our programs, beside an empty program and the least that any encapsulation must do: the packet
// records that have a figure of their own.
import { readFileSync } from 'node:fs';
import { objectPath } from '../../src/paths.ts';
import { peerCapacity } from '../kernel/records/pings.ts';
import type { PacketRecord } from '../kernel/records/record.ts';
import { loadPrograms, putRows, readCounted, verdictAt } from '../kernel/records/runner.ts';
import { Closers } from './closers.ts';
import { compileBenchProgram, compileVariant } from './compile.ts';
import type { Figure } from './figure.ts';
import { openFloor } from './floor.ts';
import { type NewInterface, openLiveHook } from './live.ts';
import { alternate, type Contestant, median, rounded } from './measure.ts';
import { type NamedPacket, namedPackets } from './named.ts';
import { enableStatistics } from './statistics.ts';

const rounds = 15;
const packetsOfARound = 5000;

export function measurePackets(newInterface: NewInterface): Figure[] {
  const closers = new Closers();
  try {
    closers.add(enableStatistics());
    const generator = compileBenchProgram('generate');
    const image = readFileSync(objectPath());
    const floor = closers.keep(openFloor());
    const [first] = namedPackets;
    if (!first) throw new Error('no packets to measure');
    const floors = (['empty', 'room_store'] as const).map((name): Contestant => {
      const { hook, packet: frame } = first.record;
      const live = closers.keep(openLiveHook(generator, newInterface(), hook, floor.programFd(name), { frame }));
      return { name, measure: () => live.measure(packetsOfARound) };
    });
    const runners = namedPackets.map((named) => closers.keep(openPacket(named, image, generator, newInterface())));
    const contestants = [...floors, ...runners];
    for (const { measure } of contestants) measure();
    const medians = alternate(rounds, contestants);
    for (const { check } of runners) check();
    return figuresOf(medians);
  } finally {
    closers.close();
  }
}

/** What events cost when nobody listens: our programs, and the same compiled without them. */
export function measureCaptureOff(newInterface: NewInterface): Figure[] {
  const closers = new Closers();
  try {
    closers.add(enableStatistics());
    const generator = compileBenchProgram('generate');
    const images = { shipped: readFileSync(objectPath()), without: compileVariant('no-events', 'NO_EVENTS') };
    const names = Object.keys(images) as (keyof typeof images)[];
    const runners = namedPackets.flatMap((named) =>
      names.map((name) => {
        const runner = closers.keep(openPacket(named, images[name], generator, newInterface()));
        return { ...runner, name: `${named.name} ${name}` };
      }),
    );
    for (const { measure } of runners) measure();
    const medians = alternate(rounds, runners);
    const of = (named: string, name: string): number => medians.get(`${named} ${name}`) ?? Number.NaN;
    const costs = namedPackets.map(
      ({ name }) => [name, rounded(of(name, 'shipped') - of(name, 'without'), 1)] as const,
    );
    return [
      {
        name: 'capture_off_ns',
        value: rounded(median(costs.map(([, ns]) => ns)), 1),
        note: `median of what the shipped object takes more than one without events: ${costs.map(([name, ns]) => `${name} ${ns}`).join(', ')}`,
        details: { capture_off: Object.fromEntries(costs) },
      },
    ];
  } finally {
    closers.close();
  }
}

interface PacketRunner extends Contestant {
  /** Throws when something else was measured. */
  check(): void;
  close(): void;
}

function openPacket(
  { name, record }: NamedPacket,
  image: Uint8Array,
  generator: Uint8Array,
  ifindex: number,
): PacketRunner {
  const load = loadPrograms(image, { role: record.role, egressFeatures: 0, peerCapacity });
  try {
    putRows(load, record.rows);
    const { hook, packet: frame } = record;
    const live = openLiveHook(generator, ifindex, hook, load.programs[hook], { frame });
    return {
      name,
      measure: () => live.measure(packetsOfARound),
      check: () => expectMostly(record, readCounted(load)),
      close() {
        live.close();
        load.close();
      },
    };
  } catch (error) {
    load.close();
    throw error;
  }
}

function figuresOf(medians: ReadonlyMap<string, number>): Figure[] {
  const empty = medians.get('empty') ?? Number.NaN;
  const beyondEmpty = (name: string, note: string, atMost?: number): Figure => ({
    name: name.endsWith('_ns') ? name : `${name}_ns`,
    value: rounded((medians.get(name) ?? Number.NaN) - empty, 0),
    note,
    ...(atMost !== undefined && { wanted: { atMost } }),
  });
  return [
    { name: 'empty_program_ns', value: rounded(empty, 0), note: 'returns at once; taken off the figures below' },
    beyondEmpty('room_store', 'adjust_room and a store: the floor of any encapsulation'),
    ...namedPackets.map(({ name, what, atMost }) => beyondEmpty(name, what, atMost)),
  ];
}

/**
 * What was measured is the way that the record is about. A packet in a thousand may be another's: an interface that has
 * just come up announces itself.
 */
export function expectMostly({ name, verdict }: PacketRecord, counted: ReturnType<typeof readCounted>): void {
  const share = shareOf(verdict, counted);
  if (share < 0.999) throw new Error(`"${name}" became ${verdict} in ${rounded(share * 100, 1)} % of its runs`);
}

export function shareOf(verdict: string, counted: ReturnType<typeof readCounted>): number {
  let all = 0;
  let right = 0;
  for (const [index, { packets }] of counted) {
    const name = verdictAt(index);
    if (name === undefined) continue;
    all += packets;
    if (name === verdict) right += packets;
  }
  return right / all;
}
