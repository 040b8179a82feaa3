// events: what the daemon has done, the last of it or as it happens. Being stopped is how following usually ends.
import { type EventView, eventViewText } from '../../report/daemon-view.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { type Conversation, converse, daemonMeant, noDaemon } from '../surface/control-client.ts';
import { gone } from '../surface/daemon-talk.ts';
import { nowMs } from '../wall-clock.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const { options, environment, talk } = invocation;
  const meant = await daemonMeant(options);
  if ('failed' in meant) return failure(meant.failed);
  const instance = meant.value;
  let shown = 0;
  let last: EventView | undefined;
  const asked = { ask: 'events', most: options.last, follow: options.follow } as const;
  const conversation = await converse(options, instance, asked, (told) => {
    if (told.tell !== 'event') return;
    shown++;
    last = told.event;
    talk.print(eventViewText(told.event, nowMs(environment), talk.style));
    talk.record('DaemonEvent', [], { ...told.event });
    if (environment.stdout.isGone) conversation?.close();
  });
  if (!conversation) return failure([noDaemon(instance)]);
  const end = await endOf(invocation, conversation);
  if (end === 'cut' && !environment.stdout.isGone && last?.event !== 'stopping') return failure([gone(instance)]);
  return {
    kind: 'Events',
    exitCode: exitCodes.done,
    problems: [],
    isStream: true,
    fields: () => ({ instance, shown }),
    text: () => (shown > 0 || options.follow ? '' : 'nothing has happened yet\n'),
  };
}

async function endOf({ environment, options }: Invocation, conversation: Conversation): Promise<string> {
  if (!options.follow) return await conversation.over;
  const stop = environment.catchStop();
  try {
    for (;;) {
      const ended = await Promise.race([conversation.over, stop.pause(longestPauseMs)]);
      if (ended !== 'elapsed') return ended;
    }
  } finally {
    stop.release();
    conversation.close();
  }
}

const longestPauseMs = 3_600_000;
