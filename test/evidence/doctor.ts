// What doctor asks of the kernel, counted by strace, and what it finds on hosts that are well and on one that is not.
import { raiseLab } from '../support/lab.ts';
import { apply, topologyText, tunnel100, web } from '../support/lab-topology.ts';
import type { Evidence } from './evidence.ts';
import { countCalls } from './writes.ts';

interface DoctorDocument {
  readonly counts: Readonly<Record<'ok' | 'warning' | 'failure' | 'skipped', number>>;
}

export async function measureDoctor(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    await apply(lab, 'gateway1', { tunnels: [tunnel100.gateway], services: [web] });
    const calls = await countCalls(lab, ['doctor']);
    const { bpfWrites } = calls;
    // `ethtool -k` asks by generic netlink, whose message types do not say whether they change something; 0 is nothing at all.
    const netlinkWrites = calls.netlinkWrites.filter((type) => !['ethtool', 'nlctrl', '0'].includes(type));
    const ask = async (...words: string[]) => {
      const { stdout, code } = await lab.trueingress('gateway1', ['doctor', '--json', ...words]);
      const { counts }: DoctorDocument = JSON.parse(stdout);
      return { code, counts };
    };
    const well = await ask();
    const parts = { tunnels: [tunnel100.gateway], services: [web], interfaces: ['eth9'] };
    const ill = await ask('-f', lab.write('ill.yaml', topologyText(lab, 'gateway1', parts)));
    const told = ({ code, counts }: typeof well) =>
      `exit ${code}, ${counts.ok} ok ${counts.warning} warnings ${counts.failure} failures ${counts.skipped} skipped`;
    return [
      {
        promise: 'doctor only reads',
        figures: `bpf ${bpfWrites.length} writes ${calls.bpfReads} reads, rtnetlink ${netlinkWrites.length} writes ${calls.netlinkReads} reads; gateway of the lab: ${told(well)}; the same with an interface that is not there: ${told(ill)}`,
        holds:
          calls.code === 0 &&
          calls.bpfReads > 0 &&
          bpfWrites.length + netlinkWrites.length === 0 &&
          well.code === 0 &&
          ill.code === 1,
      },
    ];
  } finally {
    await lab.destroy();
  }
}
