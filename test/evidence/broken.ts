// The two red results of the deliberately broken object: of the probes, and of the lab's checks.
import { raiseLab } from '../support/lab.ts';
import { breakGateway, breakNode } from '../support/lab-broken.ts';
import type { Evidence } from './evidence.ts';

export async function measureBroken(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    const node = await breakNode(lab);
    const gateway = await breakGateway(lab);
    const reason =
      gateway.refused.stderr.split('\n').find((line) => line.includes('probe-failed')) ?? 'no reason given';
    return [
      {
        promise: 'a broken object is refused by the probes',
        figures: `apply exits ${gateway.refused.code} on the gateway, ${node.refused.code} on the node; ${reason.trim()}`,
        holds: gateway.refused.code === 3 && node.refused.code === 3,
      },
      {
        promise: 'a broken object that nobody probed turns the lab red',
        figures:
          `forced with --probe 0 (exits ${gateway.forced.code}, ${node.forced.code}): clear-text packets on the wire ${gateway.clearText}; ` +
          `wrong-key packets let in ${node.letIn}, refused ${node.badKey}`,
        holds: gateway.clearText > 0 && node.letIn > 0 && node.badKey === 0,
      },
    ];
  } finally {
    await lab.destroy();
  }
}
