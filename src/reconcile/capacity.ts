// Sizes of maps: to need, since 100,000 rows are looked up four times faster in 131,072 slots than in 1,048,576.
import type { ConfiguredTable, LearnedTable, LoadSpec } from '../datapath/port.ts';
import { type Problem, problem } from '../problem.ts';
import { counterLayout } from '../tables/learned.ts';
import type { TableRows } from './digest.ts';

const smallest = 16;
/** Of one configured map: 64 million rows would be 4 GB of kernel memory. */
export const largestCapacity = 1 << 22;

/** The next power of two that leaves a fifth free. */
export function capacityFor(rows: number): number {
  let capacity = smallest;
  while (capacity < rows * 1.25) capacity *= 2;
  return capacity;
}

/** A slot's map of `capacity` is kept for `rows` rows: it holds them, and is not eight times too big. */
export function fits(capacity: number, rows: number): boolean {
  return rows <= capacity && capacity <= Math.max(smallest, capacityFor(rows) * 8);
}

export function capacitiesFor(rows: TableRows): LoadSpec['capacities'] {
  return Object.fromEntries(
    Object.entries(rows).map(([name, { count }]) => [name, capacityFor(count)]),
  ) as LoadSpec['capacities'];
}

/** Learned maps live as long as the instance, so they are given room to grow into. */
export function learnedCapacitiesFor(tunnels: number, countersNeeded: number): Readonly<Record<LearnedTable, number>> {
  const blocks = Math.ceil(countersNeeded / counterLayout.perBlock);
  return {
    peer: Math.max(4096, capacityFor(tunnels)),
    flow: 65536,
    fragment: 4096,
    path: 4096,
    path_until: 1,
    // 16,128 services and tunnels, 1 MB a CPU, unless the first topology is bigger.
    counter: Math.max(256, capacityFor(blocks)),
    capture: 1,
    captured: 1,
    // A second of 3,000 packets.
    event: 1 << 20,
  };
}

/** What does not fit is told in planning with both numbers, instead of E2BIG half-way. */
export function capacityProblems(
  rows: TableRows,
  learned: Readonly<Record<LearnedTable, number>>,
  tunnels: number,
  countersNeeded: number,
): Problem[] {
  const problems: Problem[] = [];
  for (const [name, { count }] of Object.entries(rows) as [ConfiguredTable, { count: number }][])
    if (capacityFor(count) > largestCapacity)
      problems.push(
        problem(
          'table-full',
          `table ${name} would hold ${count} rows and takes ${Math.floor(largestCapacity / 1.25)}`,
          {
            hint: 'split the services over several instances',
          },
        ),
      );
  const room = learned.counter * counterLayout.perBlock;
  if (countersNeeded > room)
    problems.push(
      problem('table-full', `table counter would hold ${countersNeeded} indexes and has ${room}`, {
        hint: 'learned tables keep the size they were created with; `trueingress remove` and `apply` create them anew',
      }),
    );
  if (tunnels > learned.peer)
    problems.push(
      problem('table-full', `table peer would hold ${tunnels} learned tunnels and has room for ${learned.peer}`, {
        hint: 'learned tables keep the size they were created with; `trueingress remove` and `apply` create them anew',
      }),
    );
  return problems;
}
