// export: what is live, as a file whose plan is empty.
import { problem } from '../../problem.ts';
import { ingest } from '../../reconcile/ingest.ts';
import { readStatus } from '../../reconcile/status.ts';
import { readLive } from '../../reconcile/verify.ts';
import { exportText } from '../../report/export.ts';
import { appliedNames } from '../applied-topology.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { knownInterfaces, withInstance } from '../kernel.ts';

const nothingToExport =
  'what is live is exported, and nothing is: name another network namespace with --netns NAME; `trueingress plan -f FILE` reads a file';

export async function run(invocation: Invocation): Promise<Answer> {
  const { options, environment } = invocation;
  return await withInstance(
    invocation,
    async ({ datapath, host }, observation) => {
      const rows = readLive(datapath, observation);
      if (!rows)
        return failure([
          problem('no-instance', `instance "${observation.instance}" has no generation that this build can read`, {
            hint: '`trueingress status` tells what is there; `trueingress apply -f FILE` makes it anew',
          }),
        ]);
      const label = await appliedNames(invocation, observation);
      const ingested = ingest(observation.instance, rows, knownInterfaces(host), label);
      const status = readStatus(datapath, observation, environment.monotonicNs());
      const { directory } = await environment.schemas();
      const text = await exportText(ingested, status, options.showSecrets, `${directory}/topology.schema.json`);
      return {
        kind: 'Export',
        exitCode: exitCodes.done,
        problems: [],
        fields: () => ({
          instance: observation.instance,
          generation: status.live.slot?.meta.generation,
          topology: text,
        }),
        text: () => text,
      };
    },
    nothingToExport,
  );
}
