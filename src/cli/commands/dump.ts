// dump: packets as they leave the hooks, with their verdict: lines, records, or a capture file. Ends at a count, a time, or when it is
// stopped; being stopped is how it usually ends, so it is no failure.
import type { Observation } from '../../datapath/port.ts';
import { type Problem, problem } from '../../problem.ts';
import { eventDoubts, readVerdicts, unknownInterfaces } from '../../reconcile/event-checks.ts';
import { readEventNames } from '../../reconcile/events.ts';
import { dumpFields, dumpText, leftOutText, listeningText } from '../../report/dump.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import type { Sink } from '../environment.ts';
import { eventWriter } from '../event-output.ts';
import { exitCodeOf } from '../exit.ts';
import { type Kernel, withInstance } from '../kernel.ts';
import { listen } from '../listener.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const { options, environment, talk } = invocation;
  if (options.write === '-' && options.json)
    return failure([problem('usage', '-w - and --json both want standard output', { hint: 'write to a file' })]);
  const chosen = readVerdicts(options.verdict);
  if ('code' in chosen) return failure([chosen]);
  return await withInstance(invocation, async (kernel, observation) => {
    const wrong = unknownInterfaces(observation, options.interface);
    if (wrong.length > 0) return failure(wrong);
    const names = readEventNames(kernel.datapath, observation);
    const doubts = eventDoubts(observation, { services: options.service, tunnels: options.tunnel }, names);
    talk.tell(doubts);
    const sink = await environment.openSink(options.write ?? '-');
    try {
      if (options.write === '-' && sink.isTerminal)
        return failure([problem('usage', 'a capture file is nothing for a terminal', { hint: 'give -w a file' })]);
      const answer = await dump(invocation, kernel, observation, chosen, sink);
      return { ...answer, problems: [...doubts, ...answer.problems] };
    } finally {
      sink.close();
    }
  });
}

async function dump(
  invocation: Invocation,
  { datapath, host }: Kernel,
  observation: Observation,
  verdicts: ReadonlySet<string>,
  sink: Sink,
): Promise<Answer> {
  const { options, environment, talk } = invocation;
  const { service: services, tunnel: tunnels, address: addresses, rate } = options;
  const heard = await listen(environment, datapath, observation, {
    filter: { verdicts, services, tunnels, addresses },
    interfaces: options.interface,
    perSecond: rate,
    count: options.count,
    forMs: options.for,
    sink,
    show: await eventWriter(invocation, host, sink),
    begin: () => talk.remark(listeningText(observation.instance)),
    tick: (leftOut, ringFull) => {
      if (leftOut > 0 && options.write === undefined) talk.remark(leftOutText(leftOut, ringFull));
    },
  });
  talk.remark(dumpText(heard));
  const problems = [...heard.problems, ...faultOf(sink)];
  return {
    kind: 'Dump',
    exitCode: exitCodeOf(problems),
    problems,
    isStream: true,
    fields: () => dumpFields(observation.instance, heard),
    text: () => '',
  };
}

function faultOf({ fault }: Sink): Problem[] {
  return fault === undefined ? [] : [problem('kernel-refused', `the output could not be written to its end: ${fault}`)];
}
