// The packet model is held to the programs as the command puts them to work: random topologies, applied by the same code on memory
// and kernel, answer random packets alike, to the last byte. `make fuzz` does the same with rows and learned rows of its own.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { objectDigest } from '../../src/datapath/kernel/context.ts';
import { type KernelDatapath, openKernelDatapath } from '../../src/datapath/kernel/open.ts';
import { openMemoryDatapath } from '../../src/datapath/memory/datapath.ts';
import { createMemoryHost } from '../../src/datapath/memory/host.ts';
import { createMemoryWorld } from '../../src/datapath/memory/world.ts';
import type { Datapath, ProbePacket, ProbeResult } from '../../src/datapath/port.ts';
import { describeFrame } from '../../src/packet/describe.ts';
import { readFrame } from '../../src/packet/read.ts';
import { objectPath } from '../../src/paths.ts';
import { apply } from '../../src/reconcile/apply.ts';
import { findLive } from '../../src/reconcile/live.ts';
import { prepare } from '../../src/reconcile/prepare.ts';
import { remove } from '../../src/reconcile/remove.ts';
import { flagBits, type Topology } from '../../src/topology/topology.ts';
import { fittingSizes } from '../fuzz/cast.ts';
import { chance, choicesFrom } from '../fuzz/choices.ts';
import { packetChoices, packetFrom } from '../fuzz/packets.ts';
import { now } from '../fuzz/run.ts';
import { castOf } from '../fuzz/topology.ts';
import { topologyOf } from '../support/arbitrary.ts';
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
    const nowNs = now().wallNs;
    const input = { topology, keys: keysOf(topology), hook: 'auto', buildDigest, nowNs } as const;
    const { plan } = prepare(input, datapath, host);
    if (!plan) throw new Error('no plan');
    const outcome = apply(plan, { datapath, clock: () => 0, nowNs: () => nowNs, probeLimit: 8 });
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
    fc
      .tuple(
        topologyOf(role).filter(({ services }) => services.length > 0),
        fc.array(chance(packetChoices), { minLength: 20, maxLength: 60, size: 'max' }),
      )
      .map(([topology, packets]) => [withoutNextHops(topology), packets] as const),
  );

  test('answer alike, to the last byte', { timeout: 240_000 * patience }, () => {
    fc.assert(
      fc.property(withPackets, ([topology, choices]) => {
        const memory = openMemoryDatapath(createMemoryWorld({ interfaces, tcx: hasTcx() }));
        const cast = castOf(topology, interfaces);
        if (!cast) throw new Error('a topology without services');
        try {
          for (const datapath of [kernel, memory]) applied(datapath, topology);
          const packets = choices.map((bytes) => packetFrom(choicesFrom(bytes), cast, now(), fittingSizes(cast)));
          expect(answers(memory, topology, packets)).toEqual(answers(kernel, topology, packets));
        } finally {
          remove(kernel, kernel.observe(topology.name));
        }
      }),
      tries(25),
    );
  });
});

/** Where a next hop is asked for, the kernel's neighbours decide: packet records and the fuzz test that. */
function withoutNextHops(topology: Topology): Topology {
  const { fib, fwd } = flagBits.egress;
  const interfaces = topology.interfaces.map((one) => ({
    ...one,
    flags: { ingress: one.flags.ingress & ~flagBits.ingress.fwd, egress: one.flags.egress & ~(fib | fwd) },
  }));
  return { ...topology, interfaces };
}

/** What was dropped is nobody's. Of an outer packet, what is chance is left out: identification without DF, its checksum, the port. */
function shown({ action, verdict, frame }: ProbeResult): object {
  if (action === 2) return { action, verdict };
  const bytes = frame.slice();
  if (verdict === 'encapsulated') {
    const isIpv4 = readFrame(frame)?.family === 4;
    const port = 14 + (isIpv4 ? 20 : 40);
    for (const at of isIpv4 ? [18, 19, 24, 25, port, port + 1] : [port, port + 1]) bytes[at] = 0;
  }
  return { action, verdict, frame: Buffer.from(bytes).toString('hex') };
}
