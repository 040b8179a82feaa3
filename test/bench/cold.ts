// How long a person waits for a plan, beside the bare Node that it runs on.
import type { Figure } from './figure.ts';
import { alternate, rounded } from './measure.ts';
import { must, type Place } from './place.ts';

const rounds = 21;
const file = 'examples/gateway.yaml';

export function measureColdPlan(place: Place): Figure[] {
  place.trueingress('apply', '-f', file);
  const medians = alternate(rounds, [
    { name: 'node', measure: () => must(process.execPath, '-e', '0').wallMs },
    { name: 'plan', measure: () => place.trueingress('plan', '-f', file).wallMs },
  ]);
  place.trueingress('remove', '--yes');
  const nodeMs = rounded(medians.get('node') ?? Number.NaN, 1);
  const planMs = rounded(medians.get('plan') ?? Number.NaN, 1);
  return [
    {
      name: 'cold_plan_ratio',
      value: rounded(planMs / nodeMs, 2),
      wanted: { atMost: 1.7 },
      note: `plan -f ${file}, which is applied (no changes), ${planMs} ms; node -e 0, ${nodeMs} ms`,
      details: { cold_plan_ms: planMs, cold_node_ms: nodeMs },
    },
  ];
}
