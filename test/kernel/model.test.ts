// The packet model is held to the programs: random topologies, applied by the same code on memory and kernel, answer random packets
// alike, to the last byte. The model was written from PROTOCOL.md and the programs were not written from the model.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { objectDigest } from '../../src/datapath/kernel/context.ts';
import { type KernelDatapath, openKernelDatapath } from '../../src/datapath/kernel/open.ts';
import { openMemoryDatapath } from '../../src/datapath/memory/datapath.ts';
import { createMemoryHost } from '../../src/datapath/memory/host.ts';
import { createMemoryWorld } from '../../src/datapath/memory/world.ts';
import type { Datapath, ProbePacket, ProbeResult } from '../../src/datapath/port.ts';
import { describeFrame } from '../../src/packet/describe.ts';
import { objectPath } from '../../src/paths.ts';
import { apply } from '../../src/reconcile/apply.ts';
import { findLive } from '../../src/reconcile/live.ts';
import { prepare } from '../../src/reconcile/prepare.ts';
import { remove } from '../../src/reconcile/remove.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { topologyOf } from '../support/arbitrary.ts';
import { packetsFor } from '../support/frames.ts';
import { hasTcx } from '../support/hook-kinds.ts';
import { openPrivatePlace, type PrivatePlace, whyNoKernel } from '../support/netns.ts';
import { patience } from '../support/patience.ts';
import { tries } from '../support/runs.ts';
import { keysOf } from '../support/topologies.ts';

const reason = whyNoKernel();

describe.skipIf(reason !== undefined)('model and programs', () => {
  let place: PrivatePlace;
  let kernel: KernelDatapath;
  let interfaces: { name: string; ifindex: number }[];

  beforeAll(() => {
    place = openPrivatePlace();
    interfaces = ['eth0', 'eth1', 'eth2'].map((name) => ({ name, ifindex: place.addInterface(name) }));
    kernel = openKernelDatapath({ bpffs: place.bpffs, runDirectory: place.runDirectory });
  });
  afterAll(() => {
    kernel?.close();
    place?.close();
  });

  /** Applied as the command does it; both datapaths see the interfaces of the test's namespace. */
  function applied(datapath: Datapath, topology: Topology): void {
    const host = createMemoryHost(createMemoryWorld({ interfaces, tcx: hasTcx() }));
    const buildDigest = objectDigest(objectPath());
    const input = { topology, keys: keysOf(topology), hook: 'auto', buildDigest, nowNs: 1n } as const;
    const { plan } = prepare(input, datapath, host);
    if (!plan) throw new Error('no plan');
    const outcome = apply(plan, { datapath, clock: () => 0, nowNs: () => 1n, probeLimit: 8 });
    expect(outcome.problems).toEqual([]);
  }

  function answers(datapath: Datapath, { name }: Topology, packets: readonly ProbePacket[]): unknown[] {
    const { slot } = findLive(datapath.observe(name));
    if (!slot) throw new Error('nothing is live');
    const probe = datapath.openProbe(name, slot.name);
    try {
      return packets.map((packet, at) => ({ at, packet: describeFrame(packet.frame), ...shown(probe.run(packet)) }));
    } finally {
      probe.close();
    }
  }

  const withPackets = fc.constantFrom('gateway' as const, 'node' as const).chain((role) =>
    topologyOf(role)
      .filter(({ services }) => services.length > 0)
      .chain((made) => {
        const topology = withoutFib(made);
        return fc.tuple(fc.constant(topology), packetsFor(topology, interfaces[0]?.ifindex ?? 1));
      }),
  );

  test('answer alike, to the last byte', { timeout: 240_000 * patience }, () => {
    fc.assert(
      fc.property(withPackets, ([topology, packets]) => {
        const memory = openMemoryDatapath(createMemoryWorld({ interfaces, tcx: hasTcx() }));
        try {
          for (const datapath of [kernel, memory]) applied(datapath, topology);
          expect(answers(memory, topology, packets)).toEqual(answers(kernel, topology, packets));
        } finally {
          remove(kernel, kernel.observe(topology.name));
        }
      }),
      tries(25),
    );
  });
});

/** Where a next hop is asked for, the kernel's neighbours decide: packet records and the lab test that. */
function withoutFib(topology: Topology): Topology {
  const interfaces = topology.interfaces.map((one) => ({
    ...one,
    flags: { ...one.flags, egress: one.flags.egress & ~16 },
  }));
  return { ...topology, interfaces };
}

/** What was dropped is nobody's; an outer packet without DF has an identification of chance, and a checksum that follows it. */
function shown({ action, verdict, frame }: ProbeResult): object {
  if (action === 2) return { action, verdict };
  const bytes = frame.slice();
  const isOuter = verdict === 'encapsulated' && ((bytes[20] ?? 0) & 0x40) === 0;
  if (isOuter) for (const at of [18, 19, 24, 25]) bytes[at] = 0;
  return { action, verdict, frame: Buffer.from(bytes).toString('hex') };
}
