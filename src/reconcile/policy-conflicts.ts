// Whether what a policy keeps and what the file says can stand side by side: together they must be a file that could be
// written. So they are written as one and read again, by the reader that every file meets.
import { type Problem, problem } from '../problem.ts';
import { readTopology } from '../topology/read.ts';
import { printTopology } from '../topology/write.ts';
import type { Plan } from './plan.ts';

/** Nothing is asked of a plan that keeps nothing. */
export async function conflictProblems({ policy, kept, topology }: Plan): Promise<Problem[]> {
  if (kept.length === 0) return [];
  const text = await printTopology(topology, { keys: 'keep' });
  const { problems } = await readTopology([{ file: 'live', text, directory: '.' }]);
  const hint = `--policy sync takes away what the file does not have; ${policy} keeps it`;
  return problems
    .filter(({ severity }) => severity === 'error')
    .map(({ message }) =>
      problem('kept-conflict', `with what ${policy} keeps, ${message}`, { place: topology.place, hint }),
    );
}
