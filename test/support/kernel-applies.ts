// Whole applies over the kernel datapath in a place of their own, as the command does them, in this process.
import { writeFileSync } from 'node:fs';
import { objectDigest } from '../../src/datapath/kernel/context.ts';
import { type KernelDatapath, openKernelDatapath } from '../../src/datapath/kernel/open.ts';
import { createMemoryHost } from '../../src/datapath/memory/host.ts';
import { createMemoryWorld } from '../../src/datapath/memory/world.ts';
import type { Datapath } from '../../src/datapath/port.ts';
import { objectPath } from '../../src/paths.ts';
import { apply, type Outcome } from '../../src/reconcile/apply.ts';
import { prepare } from '../../src/reconcile/prepare.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { now } from '../fuzz/run.ts';
import { hasTcx } from './hook-kinds.ts';
import { openPrivatePlace } from './netns.ts';
import { keysOf } from './topologies.ts';

export interface KernelApplies {
  readonly kernel: KernelDatapath;
  readonly interfaces: readonly { readonly name: string; readonly ifindex: number }[];
  /** Over this kernel, or whatever stands in front of it. */
  applied(datapath: Datapath, topology: Topology, probeLimit?: number): Outcome;
  close(): void;
}

export function openKernelApplies(): KernelApplies {
  const place = openPrivatePlace();
  // Or the devices' own neighbour discovery is counted.
  for (const which of ['all', 'default']) writeFileSync(`/proc/sys/net/ipv6/conf/${which}/disable_ipv6`, '1');
  const interfaces = ['eth0', 'eth1', 'eth2'].map((name) => ({ name, ifindex: place.addInterface(name) }));
  const kernel = openKernelDatapath({ bpffs: place.bpffs, runDirectory: place.runDirectory });
  return {
    kernel,
    interfaces,
    applied: (datapath, topology, probeLimit = 64) => {
      const host = createMemoryHost(createMemoryWorld({ interfaces, tcx: hasTcx() }));
      const nowNs = now().wallNs;
      const buildDigest = objectDigest(objectPath());
      const input = { topology, keys: keysOf(topology), hook: 'auto', buildDigest, nowNs } as const;
      const { plan, problems } = prepare(input, datapath, host);
      if (!plan) throw new Error(problems.map(({ message }) => message).join('; '));
      return apply(plan, { datapath, clock: () => performance.now(), nowNs: () => nowNs, probeLimit });
    },
    close: () => {
      kernel.close();
      place.close();
    },
  };
}
