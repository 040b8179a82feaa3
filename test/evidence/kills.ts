// P6: `apply` killed at random instants. Each time: which generation the hooks run, what the stream lost, and whether the
// next apply settles it.
import { type Lab, raiseLab } from '../support/lab.ts';
import { partsOfRound } from '../support/lab-changes.ts';
import { sleep } from '../support/lab-process.ts';
import { apply, echo, topologyText, tryApply } from '../support/lab-topology.ts';
import { describeWay, startFlow } from '../support/lab-traffic.ts';
import { type Evidence, median, tally } from './evidence.ts';

const kills = 50;
const perSecond = 20_000;

type Found = 'before' | 'after' | 'mixed' | 'neither';

interface Kill {
  readonly found: Found;
  /** Whether the signal came before the command had ended by itself. */
  readonly interrupted: boolean;
  readonly nextExit: number;
}

export async function measureKills(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    await apply(lab, 'node1', partsOfRound('node1', 0));
    await apply(lab, 'gateway1', partsOfRound('gateway1', 0));
    const durationMs = await timeApplies(lab);
    const flow = await startFlow(lab, {
      to: echo.proxy,
      at: 'node1',
      endpoint: echo.endpoint,
      perSecond,
      count: 2 ** 23,
      seconds: 180,
    });
    const results: Kill[] = [];
    for (let index = 0; index < kills; index++) {
      results.push(await killOne(lab, index + 1, Math.random() * durationMs * 1.1));
    }
    const { requests, replies } = await flow.stop();
    const exits = results.map(({ nextExit }) => nextExit);
    const found = results.map((one) => one.found);
    return [
      {
        promise: `P6 ${kills} kills of apply at random instants, the next apply settles each`,
        figures:
          `killed ${results.filter(({ interrupted }) => interrupted).length} before their end, instants 0–${(durationMs * 1.1).toFixed(0)} ms; ` +
          `generation found: ${tally(found)}; requests: ${describeWay(requests)}; replies: ${describeWay(replies)}; ` +
          `next apply's exit: ${tally(exits)}`,
        holds:
          exits.every((code) => code === 0) && !found.includes('neither') && requests.lost === 0 && replies.lost === 0,
      },
    ];
  } finally {
    await lab.destroy();
  }
}

async function timeApplies(lab: Lab): Promise<number> {
  const times: number[] = [];
  for (const round of [1, 2, 3, 4, 5]) {
    const began = performance.now();
    await apply(lab, 'gateway1', partsOfRound('gateway1', round));
    times.push(performance.now() - began);
  }
  return median(times);
}

async function killOne(lab: Lab, round: number, afterMs: number): Promise<Kill> {
  const before = await status(lab);
  const file = lab.write('gateway1.yaml', topologyText(lab, 'gateway1', partsOfRound('gateway1', round)));
  const running = lab.spawn('gateway1', lab.commandLine(['apply', '-f', file]), { env: lab.environment });
  await sleep(afterMs);
  const { code } = await running.end('SIGKILL');
  const found = await status(lab);
  const next = await tryApply(lab, 'gateway1', partsOfRound('gateway1', round));
  return { found: compare(before, found), interrupted: code === 128 + 9, nextExit: next.code };
}

/** The part of `status --json` that is looked at. */
interface StatusDocument {
  readonly state: 'running' | 'mixed' | 'resting' | 'none';
  readonly live: { readonly slot: string; readonly generation: number } | null;
}

async function status(lab: Lab): Promise<StatusDocument> {
  const finished = await lab.trueingress('gateway1', ['status', '--json', '-i', lab.instance('gateway1')]);
  return JSON.parse(finished.stdout);
}

function compare(before: StatusDocument, found: StatusDocument): Found {
  if (found.state === 'mixed') return 'mixed';
  if (found.state !== 'running' || found.live === null || before.live === null) return 'neither';
  if (found.live.generation === before.live.generation) return 'before';
  return found.live.generation > before.live.generation ? 'after' : 'neither';
}
