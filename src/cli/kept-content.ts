// What history keeps of a generation so that it can be made again: the texts and keys of its files. Under a policy other than sync files
// are not all that it was made of: then one text, of everything that came of them and of what was kept.
import type { Content } from '../history/history.ts';
import type { Plan } from '../reconcile/plan.ts';
import type { KeySource, Topology } from '../topology/topology.ts';
import type { Desired } from './desired.ts';

/** `desired` is what files say, `plan` what was made of it. */
export async function contentOf(plan: Plan, { topology, sources }: Desired): Promise<Content> {
  if (plan.policy === 'sync') return { sources, topology, keys: keysOf(plan, topology) };
  const whole = keeping({ ...plan.topology, interfaces: plan.interfaces });
  const { printTopology } = await import('../topology/write.ts');
  const text = await printTopology(whole, { keys: 'keep' });
  const file = `${sources.map((one) => one.file).join(' ')} (${plan.policy})`;
  const directory = sources[0]?.directory ?? '/';
  return { sources: [{ file, directory, text }], topology: whole, keys: keysOf(plan, whole) };
}

/** By position, as `topology` has them: that of the plan, or the same one with its locals not resolved. */
function keysOf({ assignments }: Plan, { tunnels }: Topology): Content['keys'] {
  return {
    services: assignments.serviceKeys,
    previous: assignments.previousKeys,
    signing: tunnels.map(({ id }) => assignments.tunnels.get(id)?.signKey),
  };
}

const keep: KeySource = { kind: 'keep' };

function keeping(topology: Topology): Topology {
  return {
    ...topology,
    services: topology.services.map((one) => ({
      ...one,
      key: keep,
      previousKey: one.previousKey === 'none' ? 'none' : keep,
    })),
    tunnels: topology.tunnels.map((one) => ({
      ...one,
      sign: one.sign === 'none' ? 'none' : { ...one.sign, key: keep },
    })),
  };
}
