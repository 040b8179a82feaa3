// The one importer of prom-client: a registry of our own with every metric of metric-families.ts. Runs are collected as they end,
// everything else is looked up when somebody asks.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RunRecord } from '../../watch/state.ts';
import { type MetricFamily, type MetricName, metricFamilies } from './metric-families.ts';
import { type Sample, type Samples, type Seen, samplesOf } from './metric-values.ts';

export interface Metrics {
  /** Content type of `text`. */
  readonly type: string;
  record(run: RunRecord): void;
  text(seen: Seen): Promise<string>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  let samples: Samples = {};
  const { trueingress_runs_total: runs, trueingress_run_duration_seconds: durations } = metricFamilies;
  const runsTotal = new Counter({ ...naming('trueingress_runs_total', runs), registers: [registry] });
  const runSeconds = new Histogram({
    ...naming('trueingress_run_duration_seconds', durations),
    buckets: [...durations.buckets],
    registers: [registry],
  });
  const phases = metricFamilies.trueingress_phase_duration_seconds;
  const phaseSeconds = new Histogram({
    ...naming('trueingress_phase_duration_seconds', phases),
    buckets: [...phases.buckets],
    registers: [registry],
  });
  const collected = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  for (const [name, family] of Object.entries(metricFamilies))
    if (!collected.has(name)) lookUp(registry, name, family, () => samples[name as MetricName] ?? []);
  return {
    type: registry.contentType,
    record({ reason, result, ms, phases }) {
      runsTotal.inc({ reason, result });
      runSeconds.observe(ms / 1000);
      for (const { name, ms } of phases) phaseSeconds.observe({ phase: name }, ms / 1000);
    },
    async text(seen) {
      samples = samplesOf(seen);
      return await registry.metrics();
    },
  };
}

/** Samples go to the text as they are: hashing the labels of 60,000 series first would cost more than all the rest. */
function lookUp(registry: Registry, name: string, family: MetricFamily, now: () => readonly Sample[]): void {
  const Kind = family.type === 'counter' ? Counter : Gauge;
  const metric = new Kind({ ...naming(name, family), registers: [registry] });
  const about = metric.get.bind(metric);
  metric.get = async () => ({ ...(await about()), values: [...now()] });
}

function naming(name: string, { help, labels = [] }: MetricFamily) {
  return { name, help, labelNames: [...labels] };
}
