// A generation of the history as work to be done: its texts and keys, read again as they were then.
import { codeOf } from '../history/files.ts';
import { findStaged, readContent } from '../history/history.ts';
import { keysAgain } from '../history/keys.ts';
import type { Shelf } from '../history/shelf.ts';
import { type Problem, problem } from '../problem.ts';
import { readTopology } from '../topology/read.ts';
import type { Attempt, Invocation } from './command.ts';
import type { Desired } from './desired.ts';
import { historyLost, shelfOf } from './recording.ts';
import { type Work, workFor } from './work.ts';

export async function workOfGeneration(
  invocation: Invocation,
  instance: string,
  generation: number,
): Promise<Attempt<Work>> {
  const shelf = await shelfOf(invocation, instance);
  const read = await desiredAgain(shelf, generation);
  if ('failed' in read) return read;
  const commit = findStaged(shelf, generation)?.commit;
  const work = workFor(invocation, read.value, read.problems, { kind: 'revert', of: generation, commit });
  return { value: work, problems: read.problems };
}

/** What a generation was made from. Warnings about the text were told when it was applied. */
export async function desiredAgain(shelf: Shelf, generation: number): Promise<Attempt<Desired>> {
  try {
    const entry = findStaged(shelf, generation);
    const content = entry && readContent(shelf, entry);
    if (!content) return { failed: [unknown(shelf, generation, entry !== undefined)] };
    const { topology, problems } = await readTopology(content.sources);
    if (!topology) return { failed: problems };
    const { keys, lacking } = keysAgain(topology, content.keys);
    if (lacking.length > 0) return { failed: lacking.map((what) => lost(generation, what)) };
    return { value: { topology, keys, sources: content.sources }, problems: [] };
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return { failed: [{ ...historyLost(shelf, error), severity: 'error' }] };
  }
}

function unknown({ files, instance }: Shelf, generation: number, isBroken: boolean): Problem {
  const message = isBroken
    ? `what generation ${generation} was made from is lost: its texts below ${files.root}/${instance} are not what was kept`
    : `the history of ${instance} has no generation ${generation}`;
  return problem('no-generation', message, { hint: '`trueingress history` lists those that it has' });
}

function lost(generation: number, what: string): Problem {
  return problem('no-generation', `generation ${generation} cannot be made again: ${what} was not kept`, {
    hint: 'apply a file that gives it',
  });
}
