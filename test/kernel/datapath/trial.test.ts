// Trials, and probes beside one another, on the real kernel: what they see, what they share, and that nothing of them is left.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programIds } from '../../../src/native/descriptors.ts';
import { buildTcp, buildUdp } from '../../../src/packet/transport.ts';
import { noRows } from '../../../src/reconcile/desired.ts';
import { trialPlan } from '../../../src/reconcile/trial.ts';
import { path, peer } from '../../../src/tables/learned.ts';
import { whyNoKernel } from '../../support/netns.ts';
import { plainPeerRow } from '../../support/rows.ts';
import { endpoint, topologyOf, tunnelOf } from '../../support/topologies.ts';
import { type Fixture, openDescriptors, openFixture, spec } from './fixtures.ts';

const frame = buildUdp({
  source: endpoint('198.51.100.7:40000'),
  destination: endpoint('203.0.113.9:53'),
  payload: Uint8Array.of(1, 2, 3),
});

/** Ids of programs that this process has open; others run theirs on the same host. */
function heldPrograms(): number[] {
  const known = readdirSync('/proc/self/fdinfo').flatMap((descriptor) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8').match(/^prog_id:\s+(\d+)$/m)?.[1] ?? [];
    } catch {
      // That of the listing itself.
      return [];
    }
  });
  return known.map(Number);
}

describe.skipIf(whyNoKernel())('trial', () => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture();
  });
  afterAll(() => fixture.close());

  it('runs packets of interfaces that are not there, and leaves no program, no descriptor and no pin', () => {
    const { datapath } = fixture;
    datapath.openTrial(spec(), noRows()).close();
    const before = openDescriptors();
    const trial = datapath.openTrial(spec(), noRows());
    const programs = heldPrograms();
    expect(programs.length).toBeGreaterThanOrEqual(2);
    const packet = { ifindex: 900_001, ingressIfindex: 900_002, frame } as const;
    for (const direction of ['ingress', 'egress'] as const)
      expect(trial.run({ ...packet, direction })).toEqual({ action: -1, frame, verdict: 'pass-not-ours' });
    trial.close();
    expect(openDescriptors()).toEqual(before);
    expect([...programIds()].filter((id) => programs.includes(id))).toEqual([]);
    expect(datapath.instances()).toEqual([]);
  });
});

describe.skipIf(whyNoKernel())('what a trial is taught', () => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture();
  });
  afterAll(() => fixture.close());

  it('counts as if a packet had taught it: where a far end is, and what a path carries', () => {
    const plan = trialPlan(topologyOf({ tunnels: [tunnelOf(100, { remote: 'learned' })] }));
    const trial = fixture.datapath.openTrial(plan.load, plan.desired);
    const segment = buildTcp({
      source: endpoint('198.51.100.7:40000'),
      destination: endpoint('5.5.5.5:3001'),
      payload: new Uint8Array(1200),
    });
    const verdict = (): string =>
      trial.run({ direction: 'egress', ifindex: 1, ingressIfindex: 0, frame: segment }).verdict;
    expect(verdict()).toBe('no-remote');
    const epoch = plan.assignments.tunnels.get(100)?.epoch ?? 0n;
    const { ip: remoteIp, port: remotePort } = endpoint('172.1.0.3:6080');
    const heard = { ...plainPeerRow, lock: 0, version: 2, epoch, lastSeenNs: 1n, remoteIp, remotePort, moves: 0 };
    trial.teach('peer', peer.key.encode({ tunnel: 100 }), peer.value.encode(heard));
    expect(verdict()).toBe('encapsulated');
    const untilNs = process.hrtime.bigint() + 60_000_000_000n;
    const { ip: localIp } = endpoint('172.1.0.4:6080');
    trial.teach('path', path.key.encode({ localIp, remoteIp }), path.value.encode({ mtu: 1000, untilNs }));
    expect(verdict()).toBe('too-big-answered');
    trial.close();
  });
});
