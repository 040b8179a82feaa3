// The daemon killed, fed bad files and its interfaces moved while traffic runs; and P14, the last content of a file live within 2 s.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab, raiseLab } from '../support/lab.ts';
import { topologyText, tunnel100, web } from '../support/lab-topology.ts';
import { describeWay } from '../support/lab-traffic.ts';
import { endure, LabDaemon, until } from '../support/lab-watch.ts';
import { type Pattern, patterns } from '../support/write-patterns.ts';
import type { Evidence } from './evidence.ts';

const rounds = 12;
const perSecond = 20_000;
const promisedMs = 2000;
const roundsOfPattern = 5;

export async function measureDaemon(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    const { flow, kills, badFiles, moves, applies, repaired, exit } = await endure(lab, rounds, perSecond);
    const tookMs: number[] = [];
    let worst = { ms: 0, name: '' };
    for (const [at, pattern] of patterns.entries()) {
      const took = await timesOf(lab, pattern, at);
      tookMs.push(...took);
      const ms = Math.max(...took);
      if (ms > worst.ms) worst = { ms, name: pattern.name };
    }
    return [
      {
        promise: 'nothing that is done to the daemon costs a packet',
        figures:
          `killed ${kills} times, ${badFiles} bad files, ${moves} interfaces moved, ${applies} good files applied, ${repaired} drifts repaired; ` +
          `requests: ${describeWay(flow.requests)}; replies: ${describeWay(flow.replies)}; refused sends ${flow.errors}; last exit ${exit}`,
        holds:
          flow.requests.sent > 0 &&
          flow.requests.lost + flow.replies.lost + flow.errors === 0 &&
          repaired > 0 &&
          exit === 0,
      },
      {
        promise: 'P14 the last content of a watched file is live within 2 s, whatever the write pattern',
        figures:
          `${patterns.length} patterns × ${roundsOfPattern}: ${tookMs.filter((ms) => ms <= promisedMs).length} of ${tookMs.length} within ${promisedMs} ms; ` +
          `worst ${worst.ms.toFixed(0)} ms (${worst.name})`,
        holds: worst.ms <= promisedMs,
      },
    ];
  } finally {
    await lab.destroy();
  }
}

/** From the end of the last write until the row that the hooks run is the new one. */
async function timesOf(lab: Lab, pattern: Pattern, at: number): Promise<number[]> {
  const base = join(lab.directory, `pattern-${at}`);
  mkdirSync(base);
  const text = (round: number): string =>
    topologyText(lab, 'gateway1', {
      tunnels: [{ ...tunnel100.gateway, remote: `172.1.${1 + at}.${1 + round}:6080` }],
      services: [web],
    });
  const daemon = new LabDaemon(lab, 'gateway1', { path: pattern.prepare(base, text(0)) }, ['--interval', '24h']);
  const wanted = (round: number): string => `172.1.${1 + at}.${1 + round}:6080`;
  let told = 0;
  /** When the daemon said that it had done something, and `show` agrees that it was this. */
  const liveAt = async (round: number): Promise<number> => {
    for (;;) {
      await until(`round ${round} of "${pattern.name}" is live`, async () => daemon.count('reconciled') > told);
      const at = performance.now();
      told = daemon.count('reconciled');
      if ((await remoteNow(lab)) === wanted(round)) return at;
    }
  };
  try {
    await liveAt(0);
    const took: number[] = [];
    for (let round = 1; round <= roundsOfPattern; round++) {
      await pattern.write(base, text(round), round);
      const start = performance.now();
      took.push((await liveAt(round)) - start);
    }
    return took;
  } finally {
    await daemon.end();
    pattern.clean?.(base);
  }
}

async function remoteNow(lab: Lab): Promise<string | undefined> {
  const { stdout } = await lab.trueingress('gateway1', ['show', 'tunnels', '--json', '-i', lab.instance('gateway1')]);
  return JSON.parse(stdout).tunnels?.[0]?.remote;
}
