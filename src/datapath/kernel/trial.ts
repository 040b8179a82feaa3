// A trial: the object with rows of its own, for `trueingress test`. Nothing of it is pinned or attached, nothing of what is there is
// looked at, and what it had is gone when it is closed.
import { mapInfo } from '../../native/descriptors.ts';
import { updateAll } from '../../native/maps.ts';
import type { Rows } from '../../tables/rows.ts';
import type { ConfiguredTable, LoadSpec, Probe } from '../port.ts';
import type { Context } from './context.ts';
import { load } from './load.ts';
import { configuredTables } from './names.ts';
import { runner, scratchCapacities } from './scratch.ts';

/** Of every network namespace; as good as any other to a program that asks no routes. */
const loopback = 1;

export function openTrial(context: Context, spec: LoadSpec, rows: Readonly<Record<ConfiguredTable, Rows>>): Probe {
  const loaded = load(context, {
    constants: {
      role: spec.role,
      ingress_features: spec.ingressFeatures,
      egress_features: spec.egressFeatures,
      topology_features: spec.topologyFeatures,
    },
    capacities: { ...spec.capacities, ...scratchCapacities, peer: spec.capacities.tunnel, counter: 1 },
    reuse: new Map(),
  });
  try {
    for (const table of configuredTables) {
      const fd = loaded.map(table);
      updateAll({ fd, info: mapInfo(fd) }, rows[table]);
    }
  } catch (error) {
    loaded.close();
    throw error;
  }
  const { run, teach, forget, close } = runner(context, loaded);
  return {
    run: (packet) => {
      const ingressIfindex = packet.direction === 'ingress' ? loopback : packet.ingressIfindex;
      return run({ ...packet, ifindex: loopback, ingressIfindex });
    },
    teach,
    forget,
    close,
  };
}
