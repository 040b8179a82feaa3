// The learned maps: read whole, forgotten exactly, while somebody else writes to what lives (P9).

import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mapInfo, openPin } from '../../../src/native/descriptors.ts';
import { lookupSize, type OpenMap, possibleCpus, update } from '../../../src/native/maps.ts';
import { parseIp, unspecifiedIp } from '../../../src/net/ip.ts';
import { counterLayout, flow, peer } from '../../../src/tables/learned.ts';
import { keyAt, valueAt } from '../../../src/tables/rows.ts';
import { whyNoKernel } from '../../support/netns.ts';
import { plainPeerRow } from '../../support/rows.ts';
import { type Fixture, meta, openDescriptors, openFixture, spec } from './fixtures.ts';

const ip = (text: string) => parseIp(text) ?? unspecifiedIp;

describe.skipIf(whyNoKernel())('learned', () => {
  let fixture: Fixture;
  const open: number[] = [];
  const maps = {} as Record<'peer' | 'flow' | 'counter', OpenMap>;
  beforeAll(() => {
    fixture = openFixture();
    fixture.datapath.createSlot('one', 'a', spec(), meta('one', 'a'));
    for (const table of ['peer', 'flow', 'counter'] as const) {
      const fd = openPin(`${fixture.place.bpffs}/trueingress/one/learned/${table}`);
      open.push(fd);
      maps[table] = { fd, info: mapInfo(fd) };
    }
  });
  afterAll(() => {
    for (const fd of open) closeSync(fd);
    fixture.close();
  });

  /** As the datapath writes it, with values that tell which tunnel. */
  const learnPeer = (tunnel: number) =>
    update(maps.peer, peer.key.encode({ tunnel }), peer.value.encode({ ...peerRow, epoch: BigInt(tunnel) }));
  const learnFlow = (client: number, tunnel: number) =>
    update(
      maps.flow,
      flow.key.encode({
        endpointIp: ip('10.0.0.1'),
        clientIp: ip(`10.1.0.${client}`),
        endpointPort: 80,
        clientPort: 1000 + client,
        protocol: 6,
      }),
      flow.value.encode({ tunnel, group: 1, service: 1 }),
    );
  const peerRow = {
    lock: 0,
    version: 2,
    epoch: 1n,
    lastSeenNs: 5n,
    remoteIp: ip('10.2.0.1'),
    moves: 3,
    ...plainPeerRow,
    remotePort: 6080,
  };
  const fillCounters = (value: number): void => {
    const size = lookupSize(maps.counter.info, possibleCpus());
    const key = new Uint8Array(4);
    for (let block = 0; block < maps.counter.info.maxEntries; block++) {
      new DataView(key.buffer).setUint32(0, block, true);
      update(maps.counter, key, bytes(size, value), 0n, size);
    }
  };
  const tunnels = () => {
    const rows = fixture.datapath.readLearned('one', 'peer');
    return Array.from({ length: rows.count }, (_, i) => peer.key.decode(keyAt(rows, i)).tunnel).sort((a, b) => a - b);
  };
  const flowTunnels = () => {
    const rows = fixture.datapath.readLearned('one', 'flow');
    return Array.from({ length: rows.count }, (_, i) => flow.value.decode(valueAt(rows, i)).tunnel).sort();
  };
  beforeEach(() => {
    for (const tunnel of [1, 2, 3, 4]) learnPeer(tunnel);
    for (let client = 1; client <= 8; client++) learnFlow(client, 1 + (client % 4));
    fillCounters(1);
  });

  it('readLearned › gives rows whole, the lock as zero', () => {
    const rows = fixture.datapath.readLearned('one', 'peer');
    expect(tunnels()).toEqual([1, 2, 3, 4]);
    const decoded = Array.from({ length: rows.count }, (_, i) => peer.value.decode(valueAt(rows, i)));
    expect(decoded).toContainEqual({ ...peerRow, epoch: 3n });
    expect(flowTunnels()).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
  });

  it('readLearned, readCounters › are empty for an instance that is not there', () => {
    expect(fixture.datapath.readLearned('none', 'peer')).toMatchObject({
      count: 0,
      keySize: 4,
      valueSize: peer.value.size,
    });
    expect(fixture.datapath.readCounters('none').length).toBe(0);
  });

  it('readCounters › sums over CPUs and reads no more blocks than asked for', () => {
    const cpus = BigInt(possibleCpus());
    const all = fixture.datapath.readCounters('one');
    expect(all.length).toBe(4 * counterLayout.perBlock * 2);
    expect(all.every((value) => value === cpus)).toBe(true);
    const some = fixture.datapath.readCounters('one', [0, 300, 100_000]);
    expect(some[0]).toBe(cpus);
    expect(some[600]).toBe(cpus);
    expect(some[2 * 2 * counterLayout.perBlock]).toBe(0n);
  });

  it('forget › deletes peers and flows of these tunnels and zeroes these counters, and nothing beside them', () => {
    const { datapath } = fixture;
    datapath.forget('one', { tunnels: [2, 4, 77], counters: [128, 252, 256 + 4 * 63] });
    expect(tunnels()).toEqual([1, 3]);
    expect(flowTunnels()).toEqual([1, 1, 3, 3]);
    const counters = datapath.readCounters('one');
    const zero = Array.from({ length: counters.length / 2 }, (_, i) => i).filter((i) => !counters[2 * i]);
    expect(zero).toEqual([128, 129, 130, 131, 252, 253, 254, 255, 508, 509, 510, 511]);
  });

  it('forget › takes nothing back from what a program counts meanwhile (P9)', async () => {
    const { datapath, place } = fixture;
    const repeat = 1_000_000;
    fillCounters(0);
    const frame = join(place.runDirectory, 'frame');
    mkdirSync(place.runDirectory, { recursive: true });
    writeFileSync(frame, new Uint8Array(64).fill(0xab));
    const program = join(place.bpffs, 'trueingress', 'one', 'a', 'egress');
    let [packets, forgotten] = [0, 0];
    // A busy machine may give the writer all its time at first.
    for (let runs = 0; runs < 20 && forgotten <= 3; runs++, packets += repeat) {
      const writer = spawn('bpftool', ['prog', 'run', 'pinned', program, 'data_in', frame, 'repeat', String(repeat)]);
      const ended = new Promise<number | null>((resolve) => writer.once('exit', resolve));
      let running = true;
      void ended.then(() => {
        running = false;
      });
      while (running) {
        datapath.forget('one', { tunnels: [], counters: [128, 132] });
        forgotten += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await ended).toBe(0);
    }
    expect(forgotten).toBeGreaterThan(3);
    console.info(`forgot ${forgotten} times while ${packets} packets were counted`);
    expect(datapath.readCounters('one')[2 * counterLayout.perHook]).toBe(BigInt(packets));
  });

  it('forget › leaves no descriptor behind', () => {
    const { datapath } = fixture;
    datapath.forget('one', { tunnels: [2], counters: [128] });
    const before = openDescriptors();
    for (let i = 0; i < 20; i++) datapath.forget('one', { tunnels: [2], counters: [128] });
    expect(openDescriptors()).toEqual(before);
  });
});

/** Little-endian u64s, all alike. */
function bytes(size: number, value: number): Uint8Array {
  return new Uint8Array(new BigUint64Array(size / 8).fill(BigInt(value)).buffer);
}
