// A saved plan: executed, refused when something moved, refused a second time. Rows are read by bpftool before and after.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab, raiseLab } from '../support/lab.ts';
import { liveRows, serveWeb } from '../support/lab-confirm.ts';
import type { Finished } from '../support/lab-process.ts';
import { topologyText, tunnel100, type WrittenService, web } from '../support/lab-topology.ts';
import type { Evidence } from './evidence.ts';

export async function measurePlanFile(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    await serveWeb(lab);
    const plan = join(lab.directory, 'plan.json');
    const planned = await planFor(lab, { ...web, key: 'second-key' }, plan);
    const mode = (statSync(plan).mode & 0o777).toString(8);
    const moved = await run(lab, ['apply', '-f', fileWith(lab, { ...web, key: 'somebody-elses' })]);
    const before = await liveRows(lab, 'gateway1');
    const stale = await run(lab, ['apply', plan]);
    const untouched = (await liveRows(lab, 'gateway1')) === before;
    const again = await planFor(lab, { ...web, key: 'second-key' }, plan);
    const applied = await run(lab, ['apply', plan]);
    const after = await liveRows(lab, 'gateway1');
    const used = await run(lab, ['apply', plan]);
    await run(lab, ['revert', '-i', lab.instance('gateway1')]);
    const usedLater = await run(lab, ['apply', plan]);
    const named = stale.stderr.split('\n').find((line) => line.includes('table verify')) ?? 'no row was named';
    const exits = [planned, moved, stale, again, applied, used, usedLater].map(({ code }) => code);
    return [
      {
        promise: 'a saved plan does exactly what it says, once, or exits 6 naming what moved',
        figures:
          `file mode ${mode}; exits: plan ${exits[0]}, another apply ${exits[1]}, the plan ${exits[2]} (rows ${before}, unchanged: ${untouched}), ` +
          `planned again ${exits[3]}, applied ${exits[4]} (rows ${after}), again ${exits[5]}, after a revert ${exits[6]}; named: ${named.trim()}`,
        holds:
          mode === '600' &&
          exits.join() === '0,0,6,0,0,6,6' &&
          untouched &&
          after !== before &&
          /service \d+: key #[0-9a-f]{8} → key #[0-9a-f]{8}/.test(named) &&
          /generation \d+ came of it/.test(used.stderr),
      },
    ];
  } finally {
    await lab.destroy();
  }
}

function fileWith(lab: Lab, service: WrittenService): string {
  const text = topologyText(lab, 'gateway1', { tunnels: [tunnel100.gateway], services: [service] });
  return lab.write('changed.yaml', text);
}

async function planFor(lab: Lab, service: WrittenService, path: string): Promise<Finished> {
  return await run(lab, ['plan', '-f', fileWith(lab, service), '-o', path]);
}

async function run(lab: Lab, words: readonly string[]): Promise<Finished> {
  return await lab.trueingress('gateway1', words);
}
