// What our programs cost among everything else that a packet runs through: each one's own time while questions and answers
// take our road. By then the kernel has pushed code and rows of theirs out of the nearest caches.
import { join } from 'node:path';
import { openPin, programInfo, withDescriptor } from '../../src/native/descriptors.ts';
import { type Direction, directions } from '../../src/topology/topology.ts';
import type { Lab } from '../support/lab.ts';
import type { Figure } from './figure.ts';
import { rounded } from './measure.ts';
import { enableStatistics } from './statistics.ts';

const hosts = ['gateway1', 'node1'] as const;

/** `load`: runs so that each program sees some ten thousand packets. Of the slot `a`, which a first apply fills. */
export async function measureInTraffic(lab: Lab, load: () => Promise<unknown>): Promise<Figure> {
  const programs = hosts.flatMap((host) =>
    directions.map((direction) => ({ name: `${host} ${direction}`, path: pinOf(lab, host, direction) })),
  );
  const read = (): { readonly ns: number; readonly runs: number }[] =>
    programs.map(({ path }) =>
      withDescriptor(openPin(path), (fd) => {
        const { runTimeNs, runCount } = programInfo(fd);
        return { ns: Number(runTimeNs), runs: Number(runCount) };
      }),
    );
  const disable = enableStatistics();
  try {
    const before = read();
    await load();
    const after = read();
    const each = programs.map(({ name }, i) => {
      const [from, to] = [before[i] ?? { ns: 0, runs: 0 }, after[i] ?? { ns: 0, runs: 0 }];
      return [name, rounded((to.ns - from.ns) / (to.runs - from.runs), 0)] as const;
    });
    return {
      name: 'in_traffic_ns',
      value: rounded(
        each.reduce((sum, [, ns]) => sum + ns, 0),
        0,
      ),
      note: `four programs for a question and its answer, clock included: ${each.map(([name, ns]) => `${name} ${ns}`).join(', ')}`,
      details: { in_traffic: Object.fromEntries(each) },
    };
  } finally {
    disable();
  }
}

function pinOf(lab: Lab, host: (typeof hosts)[number], direction: Direction): string {
  return join(lab.bpffs, 'trueingress', lab.instance(host), 'a', direction);
}
