// The change in a text, judged by the rules of a file; and carried out on the way that every apply goes.
import type { Asked } from '../../legacy/asked.ts';
import { type Around, editsFor } from '../../legacy/edits.ts';
import { hasErrors, problem } from '../../problem.ts';
import type { Source } from '../../topology/document.ts';
import { editTopology } from '../../topology/edit.ts';
import { resolveKeys } from '../../topology/keys.ts';
import { readTopology } from '../../topology/read.ts';
import type { Topology } from '../../topology/topology.ts';
import type { Answer, Attempt, Invocation } from '../command.ts';
import type { Desired } from '../desired.ts';
import { type Kernel, knownInterfaces } from '../kernel.ts';
import type { Work } from '../work.ts';
import { oldMeanings } from './meanings.ts';

export type Change = Exclude<Asked, { verb: 'get' }>;

export function aroundOf({ host }: Kernel): Omit<Around, 'keys'> {
  return { interfaceName: knownInterfaces(host), defaultInterface: host.defaultRouteInterface() };
}

/** The text with the change in it, read again by the rules of a file. */
export async function changed(
  { environment }: Invocation,
  asked: Change,
  source: Source,
  topology: Topology,
  around: Around,
): Promise<Attempt<Desired>> {
  const said = oldMeanings(asked, topology);
  const edits = editsFor(asked, topology, around);
  if ('fault' in edits)
    return { failed: [problem(edits.isMissing ? 'no-row' : 'usage', edits.fault, { hint: edits.hint })] };
  let text: string;
  try {
    text = edits.edits.length ? await editTopology(source.text, edits.edits) : source.text;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const hint = 'write it out in its file: what is shared by an alias cannot be changed alone';
    return { failed: [problem('old-words', error.message, { hint })] };
  }
  const sources = [{ ...source, text }];
  const read = await readTopology(sources);
  if (!read.topology) return { failed: [...said, ...read.problems] };
  const resolved = resolveKeys(read.topology, environment.files, environment.variables);
  const problems = [...said, ...read.problems, ...resolved.problems];
  return hasErrors(problems)
    ? { failed: problems }
    : { value: { topology: read.topology, keys: resolved.keys, sources }, problems };
}

export async function carryOut(invocation: Invocation, work: Work): Promise<Answer> {
  if (invocation.options.dryRun) return await (await import('../commands/plan.ts')).showPlan(invocation, work);
  return await (await import('../commands/apply.ts')).applyWork(invocation, work);
}
