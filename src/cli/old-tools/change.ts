// set and del: a file is edited, shown and applied; without one, what is live is changed on the way that every apply goes.
import type { Problem } from '../../problem.ts';
import { type Answer, type Attempt, failure, type Invocation } from '../command.ts';
import type { Desired } from '../desired.ts';
import { type Kernel, withKernel } from '../kernel.ts';
import { makePlanFor } from '../planning.ts';
import type { Work } from '../work.ts';
import { aroundOf, type Change, carryOut, changed } from './changed.ts';
import { liveBase } from './live-base.ts';

export async function change(invocation: Invocation, asked: Change): Promise<Answer> {
  const meant = withAllowances(invocation, asked);
  if (meant.options.file.length > 0) return await (await import('./file.ts')).changeFile(meant, asked);
  const first = await withKernel(meant, (kernel) => liveDesired(meant, kernel, asked));
  return 'failed' in first ? failure(first.failed) : await carryOut(meant, liveWork(meant, asked, first));
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
