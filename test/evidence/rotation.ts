// A key changed on two hosts under load: what was lost on the way.
import { raiseLab } from '../support/lab.ts';
import { rotateUnderLoad, rotation } from '../support/lab-keys.ts';
import { drops } from '../support/lab-topology.ts';
import { describeWay } from '../support/lab-traffic.ts';
import type { Evidence } from './evidence.ts';

export async function measureRotation(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    const { flow, pages } = await rotateUnderLoad(lab);
    const failed = pages.filter(({ status }) => status !== 200).length;
    const dropped = [await drops(lab, 'gateway1'), await drops(lab, 'node1')].flatMap(Object.entries);
    return [
      {
        promise: `a key is changed on two hosts in ${rotation.length} applies and nothing is lost`,
        figures:
          `requests: ${describeWay(flow.requests)}; replies: ${describeWay(flow.replies)}; ${flow.milliseconds} ms; ` +
          `pages ${pages.length}, failed ${failed}; dropped by us: ${dropped.map(([name, packets]) => `${name} ${packets}`).join(', ') || 'none'}`,
        holds: flow.requests.sent > 0 && flow.requests.lost + flow.replies.lost + failed + dropped.length === 0,
      },
    ];
  } finally {
    await lab.destroy();
  }
}
