// confirm: what `apply --confirm-within` made live stays. Also, with --timer, the process that waits for it.
import { pendingInstances } from '../../history/pending.ts';
import { hasErrors, problem } from '../../problem.ts';
import { confirmedFields, confirmedText } from '../../report/confirmation.ts';
import { type Answer, type Attempt, failure, type Invocation } from '../command.ts';
import { type Desk, openDesk, pendingOn, remainingMs, settleConfirmed, takeBack } from '../confirmation.ts';
import { exitCodeOf, exitCodes } from '../exit.ts';
import { findInstance, type Kernel, withBareLock, withKernel } from '../kernel.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const { instance, timer } = invocation.options;
  if (instance !== undefined && timer !== undefined) {
    const { waitAsTimer } = await import('../timer.ts');
    await waitAsTimer(invocation, instance, timer);
    return {
      kind: 'Confirmation',
      exitCode: exitCodes.done,
      problems: [],
      fields: () => ({ instance }),
      text: () => '',
    };
  }
  const desk = await openDesk(invocation);
  return await withKernel(invocation, async (kernel) => {
    const named = instanceMeant(desk, invocation, kernel);
    if ('failed' in named) return failure(named.failed);
    return await withBareLock(invocation, kernel, named.value, () => confirm(desk, invocation, kernel, named.value));
  });
}

/** The one that waits, if it is the only one: after a first apply was taken back the kernel knows nothing of it. */
function instanceMeant(desk: Desk, { options }: Invocation, { datapath }: Kernel): Attempt<string> {
  const known = pendingInstances(desk.files).filter(
    (one) => options.instance === undefined || one === options.instance,
  );
  const waiting = known.filter((one) => pendingOn(desk, one)?.state === 'waiting');
  const [only, ...others] = waiting.length ? waiting : known;
  if (only !== undefined && others.length === 0) return { value: only, problems: [] };
  const found = findInstance(datapath, options.instance, nothingWaits);
  return 'failed' in found ? found : { value: found.value.instance, problems: [] };
}

const nothingWaits =
  'nothing waits for a confirmation here; `trueingress history` tells what was applied, --netns NAME looks in another network namespace';

async function confirm(desk: Desk, invocation: Invocation, kernel: Kernel, instance: string): Promise<Answer> {
  const pending = pendingOn(desk, instance);
  if (pending?.state === 'waiting' && remainingMs(desk, pending) > 0) {
    const { settled, problems } = settleConfirmed(desk, invocation, kernel, pending);
    if (settled?.ending !== 'confirmed') return answer(instance, settled?.runs ?? 0, 'nothing');
    return { ...answer(instance, settled.generation, 'confirmed'), problems };
  }
  if (pending?.state === 'waiting') {
    const { settled, problems } = await takeBack(desk, invocation, kernel, pending, 'expired', 'confirmed too late');
    if (!settled || hasErrors(problems)) return failure(problems);
    if (settled.ending === 'dropped') return answer(instance, settled.runs, 'nothing');
    return tooLate(instance, settled.generation, settled.runs);
  }
  const isLast = pending !== undefined && runsNow(kernel, instance) === pending.runs;
  if (isLast && pending.ending !== 'confirmed' && pending.ending !== 'dropped')
    return tooLate(instance, pending.generation, pending.runs);
  return answer(instance, runsNow(kernel, instance), isLast && pending.ending === 'confirmed' ? 'already' : 'nothing');
}

function runsNow({ datapath }: Kernel, instance: string): number {
  const observation = datapath.observe(instance);
  const name = observation.hooks.find(({ slot }) => slot !== undefined)?.slot;
  return Number((name && observation.slots[name]?.meta.generation) ?? 0);
}

function answer(instance: string, generation: number, result: 'confirmed' | 'already' | 'nothing'): Answer {
  return {
    kind: 'Confirmation',
    exitCode: exitCodes.done,
    problems: [],
    fields: () => confirmedFields(instance, generation, result),
    text: (style) => confirmedText(instance, generation, result, style),
  };
}

function tooLate(instance: string, generation: number, runs: number): Answer {
  const what = runs ? `generation ${runs} runs again` : 'everything of it is off this host again';
  const problems = [
    problem('confirmed-too-late', `too late: generation ${generation} was not confirmed in time, and ${what}`, {
      hint: 'apply it again, with more time',
    }),
  ];
  return {
    ...answer(instance, runs, 'nothing'),
    problems,
    exitCode: exitCodeOf(problems),
    fields: () => confirmedFields(instance, runs, 'too-late'),
    text: () => '',
  };
}
