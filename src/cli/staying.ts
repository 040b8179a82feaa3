// --wait: stays beside an apply that must be confirmed until it is settled. Going away ends nothing: the timer is another process.
import type { Settled, Waiting } from '../history/pending.ts';
import { problem } from '../problem.ts';
import { seconds } from '../report/confirmation.ts';
import type { Answer, Invocation } from './command.ts';
import { type Desk, openDesk, pendingOn, remainingMs } from './confirmation.ts';
import { exitCodeOf, exitCodes } from './exit.ts';

const lookEveryMs = 250;
const tellEveryMs = 10_000;

export async function stayUntilSettled(invocation: Invocation, waiting: Waiting, applied: Answer): Promise<Answer> {
  const { environment, talk } = invocation;
  const desk = await openDesk(invocation);
  talk.print(applied.text(talk.style));
  talk.tell(applied.problems);
  const stop = environment.catchStop();
  try {
    let toldMs = Number.POSITIVE_INFINITY;
    for (;;) {
      const settled = endOf(desk, waiting);
      if (settled !== 'waiting') return answerOf(waiting, settled, applied);
      const leftMs = remainingMs(desk, waiting);
      if (toldMs - leftMs >= tellEveryMs && leftMs > 0) {
        talk.progress(`not confirmed yet: ${seconds(leftMs)} left …`);
        toldMs = leftMs;
      }
      if ((await stop.pause(lookEveryMs)) === 'stopped') return goneAway(waiting, applied);
    }
  } finally {
    stop.release();
  }
}

/** undefined: its file is gone, or is another one's. */
function endOf(desk: Desk, { id, instance }: Waiting): Settled | undefined | 'waiting' {
  const pending = pendingOn(desk, instance);
  if (pending?.id !== id) return undefined;
  return pending.state === 'waiting' ? 'waiting' : pending;
}

function answerOf(waiting: Waiting, settled: Settled | undefined, applied: Answer): Answer {
  const ending = settled?.ending ?? 'dropped';
  const fields = () => ({ ...applied.fields(), ending });
  if (ending === 'confirmed')
    return { ...applied, fields, text: () => `Confirmed: generation ${waiting.generation} stays.\n` };
  const what = settled?.runs ? `generation ${settled.runs} runs again` : 'everything of it is off this host again';
  const because = settled?.reason ? ` (${settled.reason.slice(0, 400)})` : '';
  const how = ending === 'expired' ? `was not confirmed in time${because}` : 'was taken back';
  const late = problem('confirmed-too-late', `generation ${waiting.generation} ${how}: ${what}`, {
    hint: 'apply it again, with more time',
  });
  const problems = [...applied.problems, late];
  return { ...applied, problems, exitCode: exitCodeOf(problems), fields, text: () => '' };
}

function goneAway({ until, instance }: Waiting, applied: Answer): Answer {
  const message = `nobody waits here any more; the timer does, until ${until}`;
  const hint = `\`trueingress confirm -i ${instance}\` keeps what was applied`;
  return {
    ...applied,
    exitCode: exitCodes.interrupted,
    problems: [...applied.problems, problem('interrupted', message, { hint })],
    text: () => '',
  };
}
