// status: what runs here and whether it is what was applied. Asks the kernel alone.
import { type Problem, problem } from '../../problem.ts';
import { readStatus } from '../../reconcile/status.ts';
import { confirmationField, confirmationLines } from '../../report/confirmation.ts';
import { type DaemonView, daemonText } from '../../report/daemon-view.ts';
import { healthOf } from '../../report/health.ts';
import { statusFields, statusText } from '../../report/status.ts';
import { absentBesideDaemon } from '../beside-daemon.ts';
import type { Answer, Invocation } from '../command.ts';
import { confirmationOf } from '../confirmation.ts';
import { exitCodes } from '../exit.ts';
import { interfaceNames, knownInterfaces, withInstance } from '../kernel.ts';
import { askState } from '../surface/control-client.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  return await statusWith(invocation, (instance) => askState(invocation.options, instance));
}

type DaemonSeen = DaemonView | 'silent' | undefined;

/** The daemon itself knows of itself. */
export async function statusWith(
  invocation: Invocation,
  daemonOf: (instance: string) => Promise<DaemonSeen>,
): Promise<Answer> {
  const { options, environment } = invocation;
  const answer = await withInstance(invocation, async ({ datapath, host }, observation) => {
    const nameOf = interfaceNames(host);
    const confirmation = await confirmationOf(invocation, observation.instance);
    const daemon = await daemonOf(observation.instance);
    const status = readStatus(datapath, observation, environment.monotonicNs(), {
      nameOf: knownInterfaces(host),
      buildDigest: await environment.buildDigest(),
    });
    const seen = daemon === 'silent' ? undefined : daemon;
    const health = healthOf(status, seen);
    return {
      kind: 'Status',
      exitCode: options.check && health.health !== 'converged' ? exitCodes.different : exitCodes.done,
      // A guard that stops changes is news here, not a failure of looking.
      problems: [
        ...observation.problems.map((one) => ({ ...one, severity: 'warning' as const })),
        ...(daemon === 'silent' ? [silent(observation.instance)] : []),
      ],
      fields: () => ({
        ...statusFields(status, nameOf),
        health: health.health,
        healthReason: health.why ?? null,
        daemon: seen ?? null,
        ...confirmationField(confirmation),
      }),
      text: (style) => {
        const nowNs = environment.realtimeNs();
        const ofDaemon = daemon === 'silent' ? '' : daemonText(daemon, Number(nowNs / 1_000_000n), style);
        return statusText(status, health, nameOf, nowNs, style) + ofDaemon + confirmationLines(confirmation);
      },
    };
  });
  const isAbsent = answer.problems.some(({ code }) => code === 'no-instance');
  return isAbsent ? { ...answer, problems: await absentBesideDaemon(invocation, answer.problems) } : answer;
}

function silent(instance: string): Problem {
  const hint = 'it may be at work: ask again; `trueingress events -f` shows what it does';
  return problem('no-daemon', `the daemon of instance "${instance}" runs and does not answer`, { hint }, 'warning');
}
