// A bad underlay: loss, delay and reordering by netem on the ports of the segment. Not every kernel has netem.
import { spawnSync } from 'node:child_process';
import type { Lab } from './lab.ts';
import { type HostName, portOf } from './lab-network.ts';

export interface Weather {
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly lossPercent: number;
  /** Share of the packets that are not delayed, and so overtake the others. */
  readonly reorderPercent: number;
}

/** Why there is no netem here; undefined: there is. REQUIRE_NETEM=1 turns a reason into an error. */
export function whyNoNetem(): string | undefined {
  // In a namespace of its own, so that nothing stays behind; the kernel loads the module where it has one.
  const argv = ['--net', 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms'];
  const { status, stderr, error } = spawnSync('unshare', argv, { encoding: 'utf8' });
  if (status === 0) return undefined;
  const reason = `no netem in this kernel: ${error?.message ?? stderr.trim()}`;
  if (process.env.REQUIRE_NETEM === '1') throw new Error(`netem tests may not be skipped: ${reason}`);
  console.warn(`netem tests skipped: ${reason}`);
  return reason;
}

/** From now on, for what the segment brings to these hosts. */
export async function setWeather(lab: Lab, hosts: readonly HostName[], weather: Weather): Promise<void> {
  const { delayMs, jitterMs, lossPercent, reorderPercent } = weather;
  const delay = ['delay', `${delayMs}ms`, `${jitterMs}ms`];
  const faults = ['loss', `${lossPercent}%`, 'reorder', `${reorderPercent}%`, '50%'];
  for (const host of hosts) {
    const port = portOf('underlay', host);
    await lab.exec('wire', ['tc', 'qdisc', 'replace', 'dev', port, 'root', 'netem', ...delay, ...faults]);
  }
}

/** Packets that netem let go by and dropped at a host's port. */
export async function weatherSeen(lab: Lab, host: HostName): Promise<{ sent: number; dropped: number }> {
  const shown = await lab.exec('wire', ['tc', '-s', 'qdisc', 'show', 'dev', portOf('underlay', host)]);
  const [, sent = '0', dropped = '0'] = /Sent \d+ bytes (\d+) pkt \(dropped (\d+)/.exec(shown) ?? [];
  return { sent: Number(sent), dropped: Number(dropped) };
}
