// Every metric of the daemon: what it is called, what it means, which labels it has. Values come from metric-values.ts.

export interface MetricFamily {
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly labels?: readonly string[];
  /** Upper bounds of a histogram, seconds. */
  readonly buckets?: readonly number[];
}

/** Services and tunnels with series of their own, those with the lowest ids; the others are told by how many they are. */
export const mostNamed = { services: 10_000, tunnels: 1000 } as const;

const phaseSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const runSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export const metricFamilies = {
  trueingress_build_info: {
    type: 'gauge',
    help: 'Always 1; the version of the daemon and the digest of its BPF object.',
    labels: ['version', 'object'],
  },
  trueingress_instance_info: {
    type: 'gauge',
    help: 'Always 1; the name of the instance and its role, which is empty while nothing is live.',
    labels: ['name', 'role'],
  },
  trueingress_start_time_seconds: { type: 'gauge', help: 'When the daemon began, in seconds since 1970.' },
  trueingress_ready: {
    type: 'gauge',
    help: '1 when the generation runs that the daemon last made live for its files, else 0.',
  },
  trueingress_generation: { type: 'gauge', help: 'Number of the live generation; 0 when none is.' },
  trueingress_hooks: { type: 'gauge', help: 'Hooks of interfaces that run a program of the instance.' },
  trueingress_hooks_missing: { type: 'gauge', help: 'Configured hooks that run nothing of the instance.' },
  trueingress_last_run_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last reconcile ended, in seconds since 1970; 0 before the first.',
  },
  trueingress_last_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When a reconcile last left the host as its files say, in seconds since 1970; 0 before the first.',
  },
  trueingress_runs_total: {
    type: 'counter',
    help: 'Reconciles that ended, by reason and result: converged, held (only another file can mend it), failed (tried again).',
    labels: ['reason', 'result'],
  },
  trueingress_run_duration_seconds: {
    type: 'histogram',
    help: 'How long reconciles took, those that had nothing to do included.',
    buckets: runSeconds,
  },
  trueingress_phase_duration_seconds: {
    type: 'histogram',
    help: 'How long the phases of reconciles took that changed something.',
    labels: ['phase'],
    buckets: phaseSeconds,
  },
  trueingress_faults: {
    type: 'gauge',
    help: 'Problems that keep the host from being as its files say, by code; none when it is.',
    labels: ['code'],
  },
  trueingress_warnings: {
    type: 'gauge',
    help: 'Warnings of the last run, by code: what is live although it may not work.',
    labels: ['code'],
  },
  trueingress_back_off_seconds: {
    type: 'gauge',
    help: 'The wait before the next try of what failed; 0 when nothing failed.',
  },
  trueingress_suspended: { type: 'gauge', help: '1 while `trueingress suspend` keeps it from reconciling, else 0.' },
  trueingress_drift_rows: { type: 'gauge', help: 'Rows that the last reconcile found changed by somebody else.' },
  trueingress_drift_repairs_total: {
    type: 'counter',
    help: 'Reconciles that put right what somebody else had changed.',
  },
  trueingress_watcher_rescues_total: {
    type: 'counter',
    help: 'Changes of files that no watcher told of, found by looking.',
  },
  trueingress_pings_sent_total: { type: 'counter', help: 'GUE pings sent to gateways.' },
  trueingress_pings_failed_total: { type: 'counter', help: 'GUE pings that could not be sent.' },
  trueingress_table_rows: {
    type: 'gauge',
    help: 'Rows of each table of the live generation, and of PEER, which the datapath fills.',
    labels: ['table'],
  },
  trueingress_table_capacity_rows: { type: 'gauge', help: 'Rows that each table has room for.', labels: ['table'] },
  trueingress_remotes_learned: { type: 'gauge', help: 'Tunnels whose remote is learned and was heard.' },
  trueingress_remotes_unheard: { type: 'gauge', help: 'Tunnels whose remote is learned and was never heard.' },
  trueingress_remotes_stale: {
    type: 'gauge',
    help: 'Tunnels whose remote is learned and has missed three pings, of those whose file says how often they come.',
  },
  trueingress_remote_age_seconds: {
    type: 'gauge',
    help: 'Since the learned remote of a tunnel was last heard.',
    labels: ['tunnel'],
  },
  trueingress_remote_moves_total: {
    type: 'counter',
    help: 'How often the learned remote of a tunnel changed its address or port.',
    labels: ['tunnel'],
  },
  trueingress_verdict_packets_total: {
    type: 'counter',
    help: 'Packets at the hooks, by what became of them.',
    labels: ['hook', 'verdict', 'outcome'],
  },
  trueingress_verdict_bytes_total: {
    type: 'counter',
    help: 'Bytes of packets at the hooks, by what became of them.',
    labels: ['hook', 'verdict', 'outcome'],
  },
  trueingress_service_packets_total: {
    type: 'counter',
    help: 'Packets of a service (group/id) at the hooks.',
    labels: ['service', 'hook', 'outcome'],
  },
  trueingress_service_bytes_total: {
    type: 'counter',
    help: 'Bytes of packets of a service (group/id) that passed the hooks.',
    labels: ['service', 'hook'],
  },
  trueingress_tunnel_packets_total: {
    type: 'counter',
    help: 'Packets of a tunnel at the hooks.',
    labels: ['tunnel', 'hook', 'outcome'],
  },
  trueingress_tunnel_bytes_total: {
    type: 'counter',
    help: 'Bytes of packets of a tunnel that passed the hooks.',
    labels: ['tunnel', 'hook'],
  },
  trueingress_series_left_out: {
    type: 'gauge',
    help: `Services beyond the first ${mostNamed.services} and tunnels beyond the first ${mostNamed.tunnels}, which have no series of their own.`,
    labels: ['of'],
  },
  trueingress_kernel_readable: {
    type: 'gauge',
    help: '1 when the kernel could be read for this answer; else 0, and what it would tell is missing.',
  },
  trueingress_kernel_read_seconds: { type: 'gauge', help: 'How long reading the kernel took for this answer.' },
  process_resident_memory_bytes: {
    type: 'gauge',
    help: 'Memory of the daemon itself; maps are charged to the kernel.',
  },
  process_cpu_seconds_total: { type: 'counter', help: 'CPU time of the daemon, user and system.' },
} as const satisfies Readonly<Record<string, MetricFamily>>;

export type MetricName = keyof typeof metricFamilies;
