// Everything that the port offers, again and again: no descriptor, no pin, no filter and no file is left behind.
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directions } from '../../../src/topology/topology.ts';
import { hookKinds } from '../../support/hook-kinds.ts';
import { run, whyNoKernel } from '../../support/netns.ts';
import {
  deletions,
  type Fixture,
  meta,
  openDescriptors,
  openFixture,
  spec,
  target,
  tunnelRows,
  upserts,
} from './fixtures.ts';

describe.skipIf(whyNoKernel())('leaks', () => {
  let fixture: Fixture;
  let ifindex = 0;
  beforeAll(() => {
    fixture = openFixture();
    ifindex = fixture.place.addInterface('eth0');
  });
  afterAll(() => fixture.close());

  async function life(): Promise<void> {
    const datapath = fixture.reopen();
    const lock = await datapath.lock('leak', 1000, true);
    for (const slot of ['a', 'b'] as const) {
      datapath.createSlot('leak', slot, spec(), meta('leak', slot));
      datapath.writeRows('leak', slot, 'tunnel', upserts(tunnelRows(20)));
      datapath.writeRows('leak', slot, 'tunnel', deletions(tunnelRows(5)));
      datapath.readRows('leak', slot, 'tunnel');
      datapath.writeMeta('leak', slot, meta('leak', slot, { generation: 2n }));
      const probe = datapath.openProbe('leak', slot);
      probe.run({ direction: 'ingress', ifindex, ingressIfindex: ifindex, frame: new Uint8Array(64) });
      if (slot === 'a') probe.close();
    }
    for (const kind of hookKinds()) {
      for (const direction of directions) datapath.attach('leak', 'a', target(ifindex, 'eth0', direction, kind));
      for (const hook of datapath.observe('leak').hooks) datapath.switchHook('leak', 'b', hook);
      datapath.forget('leak', { tunnels: [1], counters: [128] });
      datapath.readLearned('leak', 'peer');
      datapath.readCounters('leak');
      datapath.repairPins('leak', 'b');
      for (const hook of datapath.observe('leak').hooks) datapath.detach('leak', hook);
    }
    expect(() => datapath.createSlot('leak', 'a', spec(0), meta('leak', 'a'))).toThrow();
    datapath.discardSlot('leak', 'a');
    datapath.removeInstance('leak');
    lock.forget();
    datapath.close();
  }

  it('a whole life › leaves nothing, ten times over', async () => {
    await life();
    const before = openDescriptors();
    for (let i = 0; i < 10; i++) await life();
    expect(openDescriptors()).toEqual(before);
    expect(readdirSync(fixture.place.bpffs).filter((name) => !name.endsWith('.debug'))).toEqual([]);
    expect(readdirSync(fixture.place.runDirectory)).toEqual(['_host.lock']);
    expect(run('tc', 'filter', 'show', 'dev', 'eth0', 'ingress')).toBe('');
  });
});
