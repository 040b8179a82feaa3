// The value of each metric that is looked up rather than collected, without those of services and tunnels (row-text.ts): the daemon's state and the kernel's figures, as they are now.
import type { Figures } from '../../reconcile/figures.ts';
import { isDrop, verdicts } from '../../tables/verdicts.ts';
import { directions } from '../../topology/topology.ts';
import { type DaemonState, warningsIn } from '../../watch/state.ts';
import { type MetricName, mostNamed } from './metric-families.ts';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Seen {
  readonly state: DaemonState;
  readonly isReady: boolean;
  /** undefined: the kernel could not be read. */
  readonly figures: Figures | undefined;
  readonly kernelReadMs: number;
  readonly version: string;
  readonly object: string;
  readonly process: { readonly rssBytes: number; readonly cpuSeconds: number };
}

export type Samples = Readonly<Partial<Record<MetricName, readonly Sample[]>>>;

export function samplesOf({ state, isReady, figures, kernelReadMs, version, object, process }: Seen): Samples {
  const { counts } = state;
  return {
    trueingress_build_info: [{ labels: { version, object }, value: 1 }],
    trueingress_instance_info: [{ labels: { name: state.instance, role: figures?.role ?? '' }, value: 1 }],
    trueingress_start_time_seconds: one(state.startedMs / 1000),
    trueingress_ready: one(Number(isReady)),
    trueingress_last_run_timestamp_seconds: one((state.lastRun?.timeMs ?? 0) / 1000),
    trueingress_last_success_timestamp_seconds: one((state.lastSuccess?.timeMs ?? 0) / 1000),
    trueingress_faults: byName('code', tallied(state.faults.map(({ code }) => code))),
    trueingress_warnings: byName('code', tallied(warningsIn(state.lastRun).map(({ code }) => code))),
    trueingress_back_off_seconds: one(state.backOffMs / 1000),
    trueingress_suspended: one(Number(state.isSuspended)),
    trueingress_drift_rows: one(state.lastRun?.driftRows ?? 0),
    trueingress_drift_repairs_total: one(counts.drifts),
    trueingress_watcher_rescues_total: one(counts.rescues),
    trueingress_pings_sent_total: one(counts.pings),
    trueingress_pings_failed_total: one(counts.pingFailures),
    trueingress_kernel_readable: one(Number(figures !== undefined)),
    trueingress_kernel_read_seconds: one(kernelReadMs / 1000),
    process_resident_memory_bytes: one(process.rssBytes),
    process_cpu_seconds_total: one(process.cpuSeconds),
    ...(figures && kernelSamples(figures)),
  };
}

function kernelSamples({ live, hooks, missingHooks, tables, remotes, stats }: Figures): Samples {
  const heard = remotes.filter((remote) => remote.heard !== undefined);
  const isLive = live.state === 'running' || live.state === 'mixed';
  return {
    trueingress_generation: one(isLive ? Number(live.slot?.meta.generation ?? 0n) : 0),
    trueingress_hooks: one(hooks),
    trueingress_hooks_missing: one(missingHooks),
    trueingress_table_rows: Object.entries(tables).map(([table, { rows }]) => ({ labels: { table }, value: rows })),
    trueingress_table_capacity_rows: Object.entries(tables).map(([table, { capacity }]) => ({
      labels: { table },
      value: capacity,
    })),
    trueingress_remotes_learned: one(heard.length),
    trueingress_remotes_unheard: one(remotes.length - heard.length),
    trueingress_remotes_stale: one(remotes.filter((remote) => remote.isStale).length),
    trueingress_remote_age_seconds: heard.slice(0, mostNamed.tunnels).map(({ tunnel, heard }) => ({
      labels: { tunnel: String(tunnel) },
      value: (heard?.ageMs ?? 0) / 1000,
    })),
    trueingress_remote_moves_total: heard.slice(0, mostNamed.tunnels).map(({ tunnel, heard }) => ({
      labels: { tunnel: String(tunnel) },
      value: heard?.moves ?? 0,
    })),
    trueingress_verdict_packets_total: verdictSamples(stats, 'packets'),
    trueingress_verdict_bytes_total: verdictSamples(stats, 'bytes'),
    trueingress_series_left_out: [
      { labels: { of: 'services' }, value: Math.max(0, stats.services.length - mostNamed.services) },
      { labels: { of: 'tunnels' }, value: Math.max(0, stats.tunnels.length - mostNamed.tunnels) },
    ],
  };
}

function verdictSamples({ hooks }: Figures['stats'], what: 'packets' | 'bytes'): Sample[] {
  return directions.flatMap((hook) =>
    verdicts.map((verdict) => ({
      labels: { hook, verdict: verdict.name, outcome: isDrop(verdict) ? 'dropped' : 'passed' },
      value: Number(hooks[hook][verdict.name]?.[what] ?? 0n),
    })),
  );
}

function one(value: number): Sample[] {
  return [{ labels: {}, value }];
}

function tallied(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function byName(label: string, counts: ReadonlyMap<string, number>): Sample[] {
  return [...counts].map(([name, value]) => ({ labels: { [label]: name }, value }));
}
