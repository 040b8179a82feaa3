// Probes on the real kernel: the slot's rows and constants, learned maps of their own, and no trace in the live ones.

import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKernelDatapath } from '../../../src/datapath/kernel/open.ts';
import { parseIp, unspecifiedIp } from '../../../src/net/ip.ts';
import { objectPath } from '../../../src/paths.ts';
import { config, directionNumbers } from '../../../src/tables/config.ts';
import { counterLayout, peer } from '../../../src/tables/learned.ts';
import { whyNoKernel } from '../../support/netns.ts';
import { plainPeerRow } from '../../support/rows.ts';
import { type Fixture, meta, openDescriptors, openFixture, spec } from './fixtures.ts';

/** Ethernet, nothing of ours in it. */
const frame = new Uint8Array(64).fill(0xab);

describe.skipIf(whyNoKernel())('probe', () => {
  let fixture: Fixture;
  let ifindex = 0;
  const packet = (direction: 'ingress' | 'egress') =>
    ({ direction, ifindex, ingressIfindex: direction === 'ingress' ? ifindex : 0, frame }) as const;
  beforeAll(() => {
    fixture = openFixture();
    const { datapath, place } = fixture;
    ifindex = place.addInterface('eth0');
    datapath.createSlot('one', 'a', spec(), meta('one', 'a'));
    const rows = (['ingress', 'egress'] as const).map((direction) => ({
      key: config.key.encode({ ifindex, direction: directionNumbers[direction] }),
      value: config.value.encode({ role: 1, flags: 1, instanceId: 1, name: 'one' }),
    }));
    datapath.writeRows('one', 'a', 'config', {
      upserts: {
        keySize: config.key.size,
        valueSize: config.value.size,
        count: 2,
        keys: Buffer.concat(rows.map(({ key }) => key)),
        values: Buffer.concat(rows.map(({ value }) => value)),
      },
      deletions: new Uint8Array(0),
    });
  });
  afterAll(() => fixture.close());

  it('run › passes what is not ours, names the verdict and gives the frame back', () => {
    const probe = fixture.datapath.openProbe('one', 'a');
    for (const direction of ['ingress', 'egress'] as const)
      expect(probe.run(packet(direction))).toEqual({ action: -1, frame, verdict: 'pass-not-ours' });
    probe.close();
    expect(() => probe.run(packet('ingress'))).toThrow(/closed probe/);
  });

  it('run › counts in its own counters and leaves the instance’s alone', () => {
    const { datapath } = fixture;
    const scratch = datapath.openScratch('one', 'a');
    for (let i = 0; i < 5; i++) scratch.run(packet('egress'));
    const index = counterLayout.perHook;
    expect([...scratch.readCounters().subarray(2 * index, 2 * index + 2)]).toEqual([5n, 5n * BigInt(frame.length)]);
    expect(datapath.readCounters('one').every((value) => value === 0n)).toBe(true);
    scratch.close();
  });

  it('openScratch › lets a test give it what a ping would have taught it', () => {
    const scratch = fixture.datapath.openScratch('one', 'a');
    const row = {
      lock: 0,
      version: 2,
      epoch: 5n,
      lastSeenNs: 9n,
      remoteIp: parseIp('10.1.2.3') ?? unspecifiedIp,
      moves: 0,
      ...plainPeerRow,
      remotePort: 6080,
    };
    scratch.teach('peer', peer.key.encode({ tunnel: 3 }), peer.value.encode(row));
    const rows = scratch.readPeers();
    expect(rows.count).toBe(1);
    expect(peer.value.decode(rows.values)).toEqual(row);
    expect(scratch.readFlows().count).toBe(0);
    expect(fixture.datapath.readLearned('one', 'peer').count).toBe(0);
    scratch.close();
  });

  it('openProbe › loads the slot’s own code, also for other constants, in a few milliseconds', () => {
    const { datapath } = fixture;
    const changes = { role: 2, ingressFeatures: 0, egressFeatures: 4 };
    datapath.createSlot('one', 'b', spec(64, changes), meta('one', 'b', { role: 2, features: 4 << 16 }));
    const start = performance.now();
    const scratch = datapath.openScratch('one', 'b');
    console.info(`scratch load: ${(performance.now() - start).toFixed(1)} ms`);
    const live = datapath.observe('one').slots.b?.programs;
    expect(scratch.program('ingress').id).not.toBe(live?.ingress);
    expect(scratch.run(packet('ingress')).verdict).toBe('pass-not-ours');
    const start2 = performance.now();
    for (let i = 0; i < 20_000; i++) scratch.run(packet('ingress'));
    console.info(`probe: ${((performance.now() - start2) / 20).toFixed(1)} µs`);
    scratch.close();
  });

  it('openProbe › refuses an object that is not what the slot was made from', () => {
    const { bpffs, runDirectory } = fixture.place;
    const broken = join(dirname(objectPath()), 'broken.bpf.o');
    const datapath = openKernelDatapath({ bpffs, runDirectory, objectPath: broken });
    const before = openDescriptors();
    const refusal = expect.objectContaining({ problem: expect.objectContaining({ code: 'probe-failed' }) });
    expect(() => datapath.openProbe('one', 'a')).toThrow(refusal);
    expect(openDescriptors()).toEqual(before);
    datapath.close();
  });

  it('close › closes every probe that is still open, and no descriptor is left (100 probes)', () => {
    const datapath = fixture.reopen();
    datapath.openProbe('one', 'a').close();
    const before = openDescriptors();
    for (let i = 0; i < 100; i++) datapath.openProbe('one', 'a').close();
    expect(openDescriptors()).toEqual(before);
    datapath.openProbe('one', 'a');
    expect(openDescriptors().length).toBeGreaterThan(before.length);
    datapath.close();
    expect(openDescriptors()).toEqual(before);
  });
});
