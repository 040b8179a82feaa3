// A node behind NAT that nobody pings for but its daemon: what leaves it, seen on its cable, and how soon it is found again.
import { type Lab, raiseLab } from '../support/lab.ts';
import { startWatch } from '../support/lab-daemon.ts';
import { sleep } from '../support/lab-process.ts';
import { apply, hidden, tunnel101 } from '../support/lab-topology.ts';
import { fetchPage } from '../support/lab-traffic.ts';
import type { Evidence } from './evidence.ts';

const intervalMs = 250;
const watchedMs = 5000;
const ping = { interval: `${intervalMs}ms` };

export async function measurePings(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    await apply(lab, 'gateway1', { tunnels: [{ ...tunnel101.gateway, ping }], services: [hidden] });
    const parts = { tunnels: [{ ...tunnel101.node, ping }], services: [{ ...hidden, tunnel: 1 }] };
    const daemon = await startWatch(lab, 'node2', parts);
    const firstMs = await untilHeard(lab, () => true);
    const capture = await lab.capture('router', 'eth1', 'udp port 6080');
    await sleep(watchedMs);
    const { frames } = await capture.stop();
    const pings = frames.filter(({ kind }) => kind === 'gue-ping');
    const ports = [...new Set(pings.map(({ sourcePort }) => sourcePort))];
    await lab.moveNat();
    const movedMs = await untilHeard(lab, ({ moves }) => moves > 0);
    const { status } = await fetchPage(lab, 'http://5.5.5.6:3100/');
    await daemon.end('SIGTERM');
    const staleMs = await untilHeard(lab, ({ stale }) => stale);
    const expected = watchedMs / intervalMs;
    return [
      {
        promise: 'a node behind NAT is found by the pings of its daemon alone',
        figures:
          `interval ${intervalMs} ms: heard ${firstMs.toFixed(0)} ms after the daemon was up; ${pings.length} pings in ${watchedMs} ms on the node's cable ` +
          `(${expected} at the interval), from port ${ports.join(', ')}; NAT mapping moved: heard at its new place after ${movedMs.toFixed(0)} ms, page ${status}; ` +
          `daemon stopped: stale after ${staleMs.toFixed(0)} ms`,
        holds:
          status === 200 &&
          ports.join() === '6080' &&
          // The jitter is a tenth; the machine may be slow, never fast.
          pings.length <= expected * 1.12 + 1 &&
          pings.length >= expected / 2,
      },
    ];
  } finally {
    await lab.destroy();
  }
}

interface Learned {
  readonly moves: number;
  readonly stale: boolean;
}

/** Milliseconds until the gateway's status says so. */
async function untilHeard(lab: Lab, is: (learned: Learned) => boolean): Promise<number> {
  const from = performance.now();
  while (performance.now() - from < 20_000) {
    const { stdout } = await lab.trueingress('gateway1', ['status', '--json', '-i', lab.instance('gateway1')]);
    const { learned } = JSON.parse(stdout).tunnels[0];
    if (learned && is(learned)) return performance.now() - from;
  }
  throw new Error('the gateway never said so');
}
