// Keys and ports changed on two hosts in the order that `rotate` gives: what was lost on the way.
import { raiseLab } from '../support/lab.ts';
import { changes, rotateByPlan } from '../support/lab-ends.ts';
import { describeWay } from '../support/lab-traffic.ts';
import { type Evidence, tally } from './evidence.ts';

export async function measureEnds(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    const evidence: Evidence[] = [];
    for (const change of changes) {
      const { steps, exits, flow } = await rotateByPlan(lab, change);
      evidence.push({
        promise: `rotate: ${change.name} is changed in ${steps} applies on two hosts and nothing is lost`,
        figures: `apply exits ${tally(exits)}; requests: ${describeWay(flow.requests)}; replies: ${describeWay(flow.replies)}; ${flow.milliseconds} ms`,
        holds:
          exits.every((code) => code === 0) && flow.requests.sent > 0 && flow.requests.lost + flow.replies.lost === 0,
      });
    }
    return evidence;
  } finally {
    await lab.destroy();
  }
}
