// Reads back what is live and compares again: the kernel's word, not ours.
import type { Datapath, Observation, SlotName } from '../datapath/port.ts';
import { type Problem, problem } from '../problem.ts';
import { tables } from '../tables/registry.ts';
import { directions } from '../topology/topology.ts';
import type { TableRows } from './digest.ts';
import { asOfToday } from './earlier.ts';
import { findLive } from './live.ts';
import type { Plan } from './plan.ts';
import { diffRows, isEmptyDiff } from './rowdiff.ts';

export function readTables(datapath: Datapath, instance: string, slot: SlotName): TableRows {
  return Object.fromEntries(
    tables.map(({ name }) => [name, datapath.readRows(instance, slot, name)]),
  ) as unknown as TableRows;
}

/** Rows of the live slot, or undefined where there is none that this build can read. */
export function readLive(datapath: Datapath, observation: Observation): TableRows | undefined {
  const { slot } = findLive(observation);
  if (!slot?.readable) return undefined;
  const rows = readTables(datapath, observation.instance, slot.name);
  return slot.ownLayout ? rows : asOfToday(rows);
}

/** Empty when every hook of the plan runs its slot and, where rows were staged, the slot holds the desired rows. */
export function verifyLive(datapath: Datapath, plan: Plan): Problem[] {
  const observation = datapath.observe(plan.instance);
  const problems: Problem[] = [...observation.problems];
  for (const { ifindex, name } of plan.interfaces)
    for (const direction of directions) {
      const here = observation.hooks.filter((hook) => hook.ifindex === ifindex && hook.direction === direction);
      if (here.length !== 1 || here[0]?.slot !== plan.slot)
        problems.push(
          problem('not-verified', `${name} ${direction} does not run generation ${plan.generation} after the switch`, {
            hint: 'somebody else changed the hook at the same time; `trueingress status` shows what runs there',
          }),
        );
    }
  if (!plan.stages) return problems;
  const rows = readTables(datapath, plan.instance, plan.slot);
  for (const { name } of tables) {
    const diff = diffRows(plan.desired[name], rows[name]);
    if (!isEmptyDiff(diff))
      problems.push(
        problem(
          'not-verified',
          `table ${name} differs from the plan after the switch: ${diff.creates.length} rows missing, ` +
            `${diff.updates.length} different, ${diff.deletes.length} too many`,
          { hint: 'somebody else wrote the map at the same time' },
        ),
      );
  }
  return problems;
}
