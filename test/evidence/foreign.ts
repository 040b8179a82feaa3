// P8: what others have on an interface, compared byte by byte around everything that we do to it.
import { must } from '../support/lab-process.ts';
import { type Evidence, tally } from './evidence.ts';

interface Compared {
  readonly codes: readonly number[];
  readonly compared: number;
  readonly equal: number;
  readonly bytes: number;
}

export async function measureForeign(): Promise<Evidence[]> {
  const output = await must([process.execPath, 'scripts/run.mjs', 'test/support/foreign-child.ts'], {
    timeoutMs: 300_000,
  });
  const { codes, compared, equal, bytes }: Compared = JSON.parse(output.trim().split('\n').at(-1) ?? '');
  return [
    {
      promise: 'P8 programs and filters of others, before and behind ours, on both hooks',
      figures: `4 TCX programs and 4 clsact filters: ${bytes} bytes of order, counters and instructions equal after ${equal} of ${compared} commands (apply, revert, to clsact and back, detach, attach, remove), exits ${tally(codes)}`,
      holds: equal === compared && codes.every((code) => code === 0),
    },
  ];
}
