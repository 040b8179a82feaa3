// `make evidence`: each promise of the design with its raw figures, one line each. Exit code 1 when one does not hold.
// ONLY=words runs those measurements whose name has the words.
import { measureAnsible } from './ansible.ts';
import { measureBench } from './bench.ts';
import { measureBroken } from './broken.ts';
import { measureConcurrency } from './concurrency.ts';
import { measureConfirm } from './confirm.ts';
import { measureDaemon } from './daemon.ts';
import { measureDoctor } from './doctor.ts';
import { measureEnds } from './ends.ts';
import type { Evidence } from './evidence.ts';
import { measureForeign } from './foreign.ts';
import { measureFuzz } from './fuzz.ts';
import { measureGuards } from './guards.ts';
import { measureHistory } from './history.ts';
import { measureKills } from './kills.ts';
import { measureLeaks } from './leaks.ts';
import { measureMetrics } from './metrics.ts';
import { measureMistakes } from './mistakes.ts';
import { measureOldTools } from './old-tools.ts';
import { measurePackages } from './packages.ts';
import { measurePings } from './pings.ts';
import { measurePlanFile } from './planfile.ts';
import { measureProbes } from './probes.ts';
import { measureRepair } from './repair.ts';
import { measureRotation } from './rotation.ts';
import { measureSoak } from './soak.ts';
import { measureStream } from './stream.ts';
import { measureSystemd } from './systemd.ts';
import { measureTrace } from './trace.ts';
import { measureTransfer } from './transfer.ts';
import { measureWrites } from './writes.ts';

const measurements: readonly (readonly [string, () => Promise<Evidence[]>])[] = [
  ['writes', measureWrites],
  ['kills', measureKills],
  ['stream tcx', () => measureStream('tcx')],
  ['stream clsact', () => measureStream('clsact')],
  ['leaks tcx', () => measureLeaks('tcx')],
  ['leaks clsact', () => measureLeaks('clsact')],
  ['transfer', measureTransfer],
  ['rotation', measureRotation],
  ['trace', measureTrace],
  ['metrics', measureMetrics],
  ['ends', measureEnds],
  ['broken', measureBroken],
  ['guards', measureGuards],
  ['concurrency', measureConcurrency],
  ['repair', measureRepair],
  ['foreign', measureForeign],
  ['doctor', measureDoctor],
  ['old-tools', measureOldTools],
  ['mistakes', measureMistakes],
  ['planfile', measurePlanFile],
  ['history', measureHistory],
  ['confirm', measureConfirm],
  ['ansible', measureAnsible],
  ['pings', measurePings],
  ['packages', measurePackages],
  ['systemd', measureSystemd],
  ['daemon', measureDaemon],
  ['soak', measureSoak],
  ['bench', measureBench],
  ['fuzz', measureFuzz],
  // Last: this process is in a network namespace of its own from then on.
  ['probes', measureProbes],
];

async function main(only: string): Promise<number> {
  let failed = 0;
  for (const [name, measure] of measurements.filter(([name]) => name.includes(only))) {
    process.stderr.write(`… ${name}\n`);
    for (const { promise, figures, holds } of await attempt(name, measure)) {
      if (!holds) failed++;
      process.stdout.write(`${holds ? 'holds ' : 'BROKEN'} ${promise} · ${figures}\n`);
    }
  }
  return failed === 0 ? 0 : 1;
}

/** A measurement that could not be made is a promise that was not shown. */
async function attempt(name: string, measure: () => Promise<Evidence[]>): Promise<Evidence[]> {
  try {
    return await measure();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [{ promise: name, figures: `not measured: ${reason.trim().replaceAll('\n', ' | ')}`, holds: false }];
  }
}

process.exitCode = await main(process.env.ONLY ?? '');
