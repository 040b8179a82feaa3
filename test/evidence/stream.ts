// P10: packets sent and received by sequence number while 100 applies run, on each kind of hook.
import { type HookKind, raiseLab } from '../support/lab.ts';
import { applyUnderStream, partsOfRound } from '../support/lab-changes.ts';
import { apply } from '../support/lab-topology.ts';
import { describeWay, fetchPage } from '../support/lab-traffic.ts';
import { type Evidence, median, tally } from './evidence.ts';

const rounds = 100;
const perSecond = 50_000;

export async function measureStream(hook: HookKind): Promise<Evidence[]> {
  const lab = await raiseLab({ hook });
  try {
    await apply(lab, 'node1', partsOfRound('node1', 0));
    await apply(lab, 'gateway1', partsOfRound('gateway1', 0));
    await fetchPage(lab, 'http://5.5.5.5:3100/');
    const result = await applyUnderStream(lab, rounds, perSecond);
    const { flow } = result;
    const codes = result.rounds.map(({ code }) => code);
    const times = result.rounds.map(({ milliseconds }) => milliseconds);
    return [
      {
        promise: `P10 ${rounds} applies lose no packet of ${perSecond}/s`,
        figures:
          `hook ${hook}; requests: ${describeWay(flow.requests)}; replies: ${describeWay(flow.replies)}; ` +
          `refused sends ${flow.errors}; ${flow.milliseconds} ms, ${Math.round((flow.requests.sent * 1000) / flow.milliseconds)}/s; ` +
          `apply exits ${tally(codes)}, median ${median(times).toFixed(0)} ms, worst ${Math.max(...times).toFixed(0)} ms`,
        holds:
          flow.requests.sent > 0 &&
          flow.requests.lost === 0 &&
          flow.replies.lost === 0 &&
          flow.requests.duplicate + flow.replies.duplicate + flow.errors === 0 &&
          codes.length === rounds &&
          codes.every((code) => code === 0),
      },
    ];
  } finally {
    await lab.destroy();
  }
}
