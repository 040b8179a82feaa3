// What guards refuse from outside, by the built command in a lab: exit codes, and that the host runs what it ran.
import { type Lab, raiseLab } from '../support/lab.ts';
import { apply, topologyText, tunnel100, type WrittenService, web } from '../support/lab-topology.ts';
import type { Evidence } from './evidence.ts';

const many: readonly WrittenService[] = Array.from({ length: 20 }, (_, at) => ({
  ...web,
  name: `service-${at}`,
  id: at + 1,
  proxy: `5.5.5.5:${3100 + at}`,
}));

export async function measureGuards(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    await apply(lab, 'gateway1', { tunnels: [tunnel100.gateway], services: many });
    const before = await rows(lab);
    const attempts: [string, readonly WrittenService[], string[], number][] = [
      ['empty file', [], [], 5],
      ['14 of 22 deleted', many.slice(0, 6), [], 5],
      ['the same, 50% allowed', many.slice(0, 6), ['--max-deletions', '50%'], 5],
      ['the same under upsert-only', many.slice(0, 6), ['--policy', 'upsert-only'], 0],
      ['the same under create-only', many.slice(0, 6), ['--policy', 'create-only'], 0],
    ];
    const codes: string[] = [];
    let holds = true;
    for (const [what, services, words, expected] of attempts) {
      const tunnels = services.length ? [tunnel100.gateway] : [];
      const file = lab.write('guarded.yaml', topologyText(lab, 'gateway1', { tunnels, services }));
      const { code } = await lab.trueingress('gateway1', ['apply', '-f', file, ...words]);
      codes.push(`${what}: exit ${code}`);
      holds &&= code === expected && (await rows(lab)) === before;
    }
    const allowed = lab.write('guarded.yaml', topologyText(lab, 'gateway1', { tunnels: [], services: [] }));
    const { code } = await lab.trueingress('gateway1', ['apply', '-f', allowed, '--allow-empty']);
    return [
      {
        promise: 'P11 guards refuse what is more often an accident, and what is live stays',
        figures: `${codes.join('; ')}; rows digest equal after each; empty file with --allow-empty: exit ${code}`,
        holds: holds && code === 0,
      },
    ];
  } finally {
    await lab.destroy();
  }
}

async function rows(lab: Lab): Promise<string> {
  const { stdout } = await lab.trueingress('gateway1', ['export', '-i', lab.instance('gateway1')]);
  return stdout;
}
