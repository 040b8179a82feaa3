// Faults planted in a standby between staging and probing, on the kernel: how many are caught, and what the probes leave behind.
import { remove } from '../../src/reconcile/remove.ts';
import { openKernelApplies } from '../support/kernel-applies.ts';
import { learnedBytes } from '../support/learned-bytes.ts';
import { planted, plantedFaults } from '../support/planted.ts';
import { changedKeys, type ProbedRole, probedTopology } from '../support/probed-texts.ts';
import { type Evidence, tally } from './evidence.ts';

export async function measureProbes(): Promise<Evidence[]> {
  const { kernel, applied, close } = openKernelApplies();
  try {
    let packets = 0;
    let expectations = 0;
    let isUntouched = true;
    const good: string[] = [];
    const missed: string[] = [];
    const digests: string[] = [];
    for (const role of ['gateway', 'node'] satisfies ProbedRole[]) {
      good.push(applied(kernel, await probedTopology(role)).result);
      const [instance = ''] = kernel.instances();
      const before = JSON.stringify(learnedBytes(kernel.observe(instance)));
      for (const fault of plantedFaults.filter((one) => one.role === role)) {
        const { result, probes } = applied(planted(kernel, fault), await probedTopology(role, changedKeys[role]));
        packets += probes?.packets ?? 0;
        if (result !== 'not-activated') missed.push(fault.name);
      }
      const { result, probes } = applied(kernel, await probedTopology(role, changedKeys[role]));
      good.push(result);
      packets += probes?.packets ?? 0;
      expectations += probes?.expectations ?? 0;
      const after = JSON.stringify(learnedBytes(kernel.observe(instance)));
      isUntouched &&= before === after;
      digests.push(`${role} flow ${before.slice(before.indexOf('flow') + 7).slice(0, 8)}`);
      remove(kernel, kernel.observe(instance));
    }
    const caught = plantedFaults.length - missed.length;
    return [
      {
        promise: 'probes catch what is planted in a standby, and leave no trace',
        figures:
          `${caught} of ${plantedFaults.length} planted faults not activated${missed.length ? ` (missed: ${missed.join(', ')})` : ''}; ` +
          `applies without a fault: ${tally(good)}; ${packets} probes, ${expectations} expectations; ` +
          `learned maps before and after: ${isUntouched ? 'equal' : 'different'} (SHA-256 of each; ${digests.join(', ')})`,
        holds: missed.length === 0 && isUntouched && good.every((one) => one === 'applied') && packets > 100,
      },
    ];
  } finally {
    close();
  }
}
