// status: what runs here and whether it is what was applied. Asks the kernel alone.
import { readStatus } from '../../reconcile/status.ts';
import { confirmationField, confirmationLines } from '../../report/confirmation.ts';
import { statusFields, statusText } from '../../report/status.ts';
import type { Answer, Invocation } from '../command.ts';
import { confirmationOf } from '../confirmation.ts';
import { exitCodes } from '../exit.ts';
import { interfaceNames, knownInterfaces, withInstance } from '../kernel.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const { options, environment } = invocation;
  return await withInstance(invocation, async ({ datapath, host }, observation) => {
    const nameOf = interfaceNames(host);
    const confirmation = await confirmationOf(invocation, observation.instance);
    const status = readStatus(datapath, observation, environment.monotonicNs(), {
      nameOf: knownInterfaces(host),
      buildDigest: await environment.buildDigest(),
    });
    return {
      kind: 'Status',
      exitCode: options.check && !status.converged ? exitCodes.different : exitCodes.done,
      // A guard that stops changes is news here, not a failure of looking.
      problems: observation.problems.map((one) => ({ ...one, severity: 'warning' as const })),
      fields: () => ({ ...statusFields(status, nameOf), ...confirmationField(confirmation) }),
      text: (style) => statusText(status, nameOf, environment.realtimeNs(), style) + confirmationLines(confirmation),
    };
  });
}
