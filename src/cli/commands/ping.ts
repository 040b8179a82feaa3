// ping: announces this node to its gateways, once or until it is stopped.
import type { Datapath, Observation } from '../../datapath/port.ts';
import { problem } from '../../problem.ts';
import { findLive } from '../../reconcile/live.ts';
import { type Pings, pingsOf } from '../../reconcile/pings.ts';
import { readLive } from '../../reconcile/verify.ts';
import { pingFields, pingText, roundText } from '../../report/ping.ts';
import { roleNumbers } from '../../tables/config.ts';
import { type Answer, type Attempt, failure, type Invocation } from '../command.ts';
import { exitCodeOf, exitCodes } from '../exit.ts';
import { withInstance } from '../kernel.ts';
import { sendPings } from '../pinger.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const { once, every } = invocation.options;
  if (once === (every !== undefined))
    return failure([
      problem('usage', 'a ping is sent either --once or --every so often', { hint: 'for instance --every 10s' }),
    ]);
  return await withInstance(invocation, async ({ datapath }, observation) =>
    every === undefined
      ? pingOnce(invocation, datapath, observation)
      : pingLoop(invocation, datapath, observation, every),
  );
}

async function pingOnce({ environment }: Invocation, datapath: Datapath, observation: Observation): Promise<Answer> {
  const found = findPings(datapath, observation, environment.realtimeNs());
  if ('failed' in found) return failure(found.failed);
  const { sent, problems } = await sendPings(found.value.pings, environment);
  return {
    kind: 'Ping',
    exitCode: exitCodeOf(problems),
    problems: [...found.problems, ...problems],
    fields: () => pingFields(observation.instance, sent),
    text: () => pingText(sent),
  };
}

/** Rows are read again for every round: an apply in between is followed. Being stopped is how this ends, so it is no failure. */
async function pingLoop(
  { environment, talk }: Invocation,
  datapath: Datapath,
  { instance }: Observation,
  everyMs: number,
): Promise<Answer> {
  const stop = environment.catchStop();
  let rounds = 0;
  try {
    do {
      const found = findPings(datapath, datapath.observe(instance), environment.realtimeNs());
      if ('failed' in found) return { ...failure(found.failed), isStream: true };
      const { sent, problems } = await sendPings(found.value.pings, environment);
      rounds++;
      talk.tell(problems);
      talk.print(roundText(sent, environment.realtimeNs()));
      talk.record('Ping', problems, pingFields(instance, sent));
    } while ((await stop.pause(everyMs * (0.9 + 0.2 * environment.random()))) === 'elapsed');
  } finally {
    stop.release();
  }
  return {
    kind: 'Ping',
    exitCode: exitCodes.done,
    problems: [],
    isStream: true,
    fields: () => ({ instance, rounds }),
    text: () => '',
  };
}

function findPings(datapath: Datapath, observation: Observation, nowNs: bigint): Attempt<Pings> {
  const { instance } = observation;
  const { slot } = findLive(observation);
  if (slot && slot.meta.role !== roleNumbers.node)
    return {
      failed: [problem('usage', `"${instance}" is a gateway: pings are sent by nodes`, { hint: 'run it on the node' })],
    };
  const rows = readLive(datapath, observation);
  if (!rows)
    return {
      failed: [
        problem('no-instance', `instance "${instance}" runs nothing here`, {
          hint: '`trueingress status` tells what is there; `trueingress apply -f FILE` puts it to work',
        }),
      ],
    };
  const pings = pingsOf(instance, rows, nowNs);
  return {
    value: pings,
    problems: pings.withoutService.map((id) =>
      problem(
        'key-missing',
        `no ping for tunnel ${id}: no service uses it, so there is no key that its gateway would take`,
        { hint: `add a service with tunnel ${id}, or remove the tunnel` },
        'warning',
      ),
    ),
  };
}
