// What packets tell whoever listens: each as it leaves its hook, with its verdict and whose it is, as often as was asked for.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unshareNetns } from '../../src/native/namespace.ts';
import { objectPath } from '../../src/paths.ts';
import { directionNumbers } from '../../src/tables/config.ts';
import { type Capture, type Event, eventBytes, eventKinds } from '../../src/tables/events.ts';
import { type VerdictName, verdicts } from '../../src/tables/verdicts.ts';
import { whyNoKernel } from '../support/netns.ts';
import { packetRecords } from './records/all.ts';
import { layDevices, placeOf } from './records/devices.ts';
import { peerCapacity } from './records/pings.ts';
import { type PacketRecord, settled } from './records/record.ts';
import {
  type Load,
  listen,
  loadPrograms,
  moment,
  putRows,
  readCapture,
  readEvents,
  runPacket,
} from './records/runner.ts';

const impossible = whyNoKernel();
const second = 1_000_000_000n;
const nextSecond = (): Promise<void> => new Promise((done) => setTimeout(done, 1001));
const packets = 12;
const everything: Capture = { untilNs: (1n << 64n) - 1n, verdicts: (1n << 64n) - 1n, perSecond: 1_000_000 };
const numberOf = (name: VerdictName): number => verdicts.find((one) => one.name === name)?.number ?? -1;

/** One record for each verdict on each hook, as the first that comes to it. */
const samples = [...new Map([...packetRecords].reverse().map((one) => [`${one.hook}, ${one.verdict}`, one])).entries()];

function loadFor({ role, ingressFeatures = 0, egressFeatures = 0, topologyFeatures = 0 }: PacketRecord): Load {
  return loadPrograms(readFileSync(objectPath()), {
    role,
    ingressFeatures,
    egressFeatures,
    topologyFeatures,
    peerCapacity,
  });
}

/** Runs the record with somebody who listens; the events of its last packet, and the frame as it left. */
function told(load: Load, row: PacketRecord, capture: Capture): { events: Event[]; frame: Uint8Array } {
  const record = settled(row, moment());
  const { ifindex, entry } = placeOf(record);
  putRows(load, record.rows);
  for (const { hook, packet } of record.before ?? []) runPacket(load, hook, packet, ifindex, entry);
  listen(load, capture);
  readEvents(load);
  const { frame } = runPacket(load, record.hook, record.packet, ifindex, entry);
  return { events: readEvents(load), frame };
}

describe.skipIf(impossible)('with a reader', () => {
  beforeAll(() => {
    unshareNetns();
    layDevices();
  });

  test.each(samples)('%s is told as it leaves the hook', (_name, row) => {
    const load = loadFor(row);
    try {
      const { events, frame } = told(load, row, everything);
      const ofPackets = events.filter(({ kind }) => kind === eventKinds.packet);
      const { ifindex, entry } = placeOf(row);
      const captured = frame.subarray(0, eventBytes);
      expect(ofPackets).toMatchObject([
        {
          ifindex,
          ingressIfindex: row.hook === 'egress' ? entry : ifindex,
          length: frame.length,
          captured: captured.length,
          suppressed: 0,
          hook: directionNumbers[row.hook],
          verdict: numberOf(row.verdict),
        },
      ]);
      const [packet] = ofPackets;
      expect([packet?.service, packet?.tunnel].filter(Boolean)).toEqual(row.counted);
      expect(Buffer.from(packet?.bytes ?? []).toString('hex')).toBe(Buffer.from(captured).toString('hex'));
    } finally {
      load.close();
    }
  });

  describe('who asks for less', () => {
    const row = recordOf('encapsulated');
    const dropped = recordOf('no-tunnel');
    let load: Load;
    beforeAll(() => {
      load = loadFor(row);
    });
    afterAll(() => load.close());

    test('of verdicts hears of no others', () => {
      const drops = { ...everything, verdicts: 1n << BigInt(numberOf('no-tunnel')) };
      expect(told(load, row, drops).events).toEqual([]);
      expect(told(load, dropped, drops).events).toMatchObject([{ verdict: numberOf('no-tunnel') }]);
    });

    test('a second hears so many, and how many there were besides in the next one', async () => {
      const pass = (): void => void runPacket(load, row.hook, row.packet);
      await nextSecond();
      const start = moment().monotonicNs;
      const { events } = told(load, row, { ...everything, perSecond: 2 });
      for (let i = 1; i < packets; i++) pass();
      events.push(...readEvents(load));
      const seconds = Number((moment().monotonicNs - start) / second) + 1;
      // Each CPU counts its own.
      const heard = new Map<number, number>();
      for (const { cpu } of events) heard.set(cpu, (heard.get(cpu) ?? 0) + 1);
      expect(Math.max(...heard.values())).toBeGreaterThanOrEqual(2);
      expect(Math.max(...heard.values())).toBeLessThanOrEqual(2 * seconds);

      // The CPU that left some out tells of them with the next event of its own, and this may run on another one meanwhile.
      let suppressed = 0;
      for (let turn = 0; turn < 5 && suppressed === 0; turn++) {
        await nextSecond();
        for (let i = 0; i < packets; i++) pass();
        suppressed = readEvents(load).reduce((sum, one) => sum + one.suppressed, 0);
      }
      expect(suppressed).toBeGreaterThan(0);
      expect(suppressed).toBeLessThanOrEqual(6 * packets - events.length);
    });

    test('time hears nothing after it, and the first packet then takes the word back', () => {
      const { monotonicNs } = moment();
      expect(told(load, row, { ...everything, untilNs: monotonicNs - 1n }).events).toEqual([]);
      expect(readCapture(load).untilNs).toBe(0n);
    });
  });

  test('who asks for nothing hears nothing', () => {
    const row = recordOf('encapsulated');
    const load = loadFor(row);
    try {
      expect(told(load, row, { untilNs: 0n, verdicts: everything.verdicts, perSecond: 10 }).events).toEqual([]);
    } finally {
      load.close();
    }
  });
});

function recordOf(verdict: VerdictName): PacketRecord {
  const found = packetRecords.find((one) => one.verdict === verdict && one.hook === 'egress' && one.role === 'gateway');
  if (!found) throw new Error(`no record comes to ${verdict}`);
  return found;
}
