// set and del: a file is edited, shown and applied; without one, what is live is changed on the way that every apply goes.
import type { Asked } from '../../legacy/asked.ts';
import { type Around, editsFor } from '../../legacy/edits.ts';
import { hasErrors, type Problem, problem } from '../../problem.ts';
import type { Source } from '../../topology/document.ts';
import { editTopology } from '../../topology/edit.ts';
import { resolveKeys } from '../../topology/keys.ts';
import { readTopology } from '../../topology/read.ts';
import type { Topology } from '../../topology/topology.ts';
import { type Answer, type Attempt, failure, type Invocation } from '../command.ts';
import type { Desired } from '../desired.ts';
import { type Kernel, knownInterfaces, withKernel } from '../kernel.ts';
import { makePlanFor } from '../planning.ts';
import type { Work } from '../work.ts';
import { liveBase } from './live-base.ts';
import { oldMeanings } from './meanings.ts';

export type Change = Exclude<Asked, { verb: 'get' }>;

export async function change(invocation: Invocation, asked: Change): Promise<Answer> {
  const meant = withAllowances(invocation, asked);
  if (meant.options.file.length > 0) return await (await import('./file.ts')).changeFile(meant, asked);
  const first = await withKernel(meant, (kernel) => liveDesired(meant, kernel, asked));
  return 'failed' in first ? failure(first.failed) : await carryOut(meant, liveWork(meant, asked, first));
}

export async function carryOut(invocation: Invocation, work: Work): Promise<Answer> {
  if (invocation.options.dryRun) return await (await import('../commands/plan.ts')).showPlan(invocation, work);
  return await (await import('../commands/apply.ts')).applyWork(invocation, work);
}

/** Whoever names what goes means it: the guards are for files that lost more than their author knows. */
function withAllowances(invocation: Invocation, { verb }: Change): Invocation {
  if (verb !== 'del') return invocation;
  return { ...invocation, options: { ...invocation.options, allowEmpty: true, maxDeletions: { percent: 100 } } };
}

/** Made anew under the lock: whatever another run changed since must not be taken back. */
function liveWork(
  invocation: Invocation,
  asked: Change,
  first: { readonly value: Desired; readonly problems: readonly Problem[] },
): Work {
  let latest = first.value;
  return {
    get desired() {
      return latest;
    },
    known: first.problems,
    happening: { kind: 'apply', of: undefined, commit: undefined },
    plan: async (kernel) => {
      const again = await liveDesired(invocation, kernel, asked);
      if ('failed' in again) return again;
      latest = again.value;
      return await makePlanFor(invocation, latest, again.problems, kernel);
    },
  };
}

async function liveDesired(invocation: Invocation, kernel: Kernel, asked: Change): Promise<Attempt<Desired>> {
  const base = await liveBase(invocation, kernel, asked);
  if ('failed' in base) return base;
  const { text, topology, keys } = base.value;
  const source = { file: 'live', text, directory: '.' };
  return await changed(invocation, asked, source, topology, { ...aroundOf(kernel), keys });
}

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
