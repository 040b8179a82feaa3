// What a packet costs in our programs, beside an empty program and the least that any encapsulation must do: the packet
// records that have a figure of their own.
import { readFileSync } from 'node:fs';
import { BpfObject } from '../../src/native/object.ts';
import { objectPath } from '../../src/paths.ts';
import { peerCapacity } from '../kernel/records/pings.ts';
import type { PacketRecord } from '../kernel/records/record.ts';
import { loadPrograms, putRows, readCounted, verdictAt } from '../kernel/records/runner.ts';
import { compileBenchProgram } from './compile.ts';
import type { Figure } from './figure.ts';
import { type NewInterface, openLiveHook } from './live.ts';
import { alternate, type Contestant, rounded } from './measure.ts';
import { namedPackets } from './named.ts';
import { enableStatistics } from './statistics.ts';

const rounds = 15;
const packetsOfARound = 5000;

export function measurePackets(newInterface: NewInterface): Figure[] {
  const closers: (() => void)[] = [enableStatistics()];
  const keep = <T extends { close(): void }>(opened: T): T => {
    closers.push(() => opened.close());
    return opened;
  };
  try {
    const generator = compileBenchProgram('generate');
    const [first] = namedPackets;
    if (!first) throw new Error('no packets to measure');
    const contestants: Contestant[] = [];
    const enter = (name: string, { hook, packet }: PacketRecord, programFd: number): void => {
      const live = keep(openLiveHook(generator, newInterface(), hook, programFd, { frame: packet }));
      contestants.push({ name, measure: () => live.measure(packetsOfARound) });
    };
    const floor = keep(new BpfObject(compileBenchProgram('floor'), 'floor'));
    floor.load('floor');
    enter('empty', first.record, floor.programFd('empty'));
    enter('room_store_ns', first.record, floor.programFd('room_store'));
    const checks = namedPackets.map(({ name, record }) => {
      const load = keep(
        loadPrograms(readFileSync(objectPath()), { role: record.role, egressFeatures: 0, peerCapacity }),
      );
      putRows(load, record.rows);
      enter(name, record, load.programs[record.hook]);
      return () => expectMostly(record, readCounted(load));
    });
    for (const { measure } of contestants) measure();
    const medians = alternate(rounds, contestants);
    for (const check of checks) check();
    return figuresOf(medians);
  } finally {
    for (const close of closers.reverse()) close();
  }
}

function figuresOf(medians: ReadonlyMap<string, number>): Figure[] {
  const empty = medians.get('empty') ?? Number.NaN;
  const beyondEmpty = (name: string, note: string, atMost?: number): Figure => ({
    name,
    value: rounded((medians.get(name) ?? Number.NaN) - empty, 0),
    note,
    ...(atMost !== undefined && { wanted: { atMost } }),
  });
  return [
    { name: 'empty_program_ns', value: rounded(empty, 0), note: 'returns at once; taken off the figures below' },
    beyondEmpty('room_store_ns', 'adjust_room and a store: the floor of any encapsulation'),
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
