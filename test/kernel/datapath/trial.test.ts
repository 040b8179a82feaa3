// Trials, and probes beside one another, on the real kernel: what they see, what they share, and that nothing of them is left.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programIds } from '../../../src/native/descriptors.ts';
import { buildUdp } from '../../../src/packet/transport.ts';
import { noRows } from '../../../src/reconcile/desired.ts';
import { whyNoKernel } from '../../support/netns.ts';
import { endpoint } from '../../support/topologies.ts';
import { type Fixture, openDescriptors, openFixture, spec } from './fixtures.ts';

const frame = buildUdp({
  source: endpoint('198.51.100.7:40000'),
  destination: endpoint('203.0.113.9:53'),
  payload: Uint8Array.of(1, 2, 3),
});

describe.skipIf(whyNoKernel())('trial', () => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture();
  });
  afterAll(() => fixture.close());

  it('runs packets of interfaces that are not there, and leaves no program, no descriptor and no pin', () => {
    const { datapath } = fixture;
    datapath.openTrial(spec(), noRows()).close();
    const programs = [...programIds()];
    const before = openDescriptors();
    const trial = datapath.openTrial(spec(), noRows());
    const packet = { ifindex: 900_001, ingressIfindex: 900_002, frame } as const;
    for (const direction of ['ingress', 'egress'] as const)
      expect(trial.run({ ...packet, direction })).toEqual({ action: -1, frame, verdict: 'pass-not-ours' });
    trial.close();
    expect(openDescriptors()).toEqual(before);
    expect([...programIds()]).toEqual(programs);
    expect(datapath.instances()).toEqual([]);
  });
});
