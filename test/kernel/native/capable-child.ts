// A process with few capabilities that lives a whole life of an instance, or says why it may not. Arguments: bpffs, run directory.
import { openKernelHost } from '../../../src/datapath/kernel/host.ts';
import { openKernelDatapath } from '../../../src/datapath/kernel/open.ts';
import { Refusal } from '../../../src/problem.ts';
import { preferredKind } from '../../support/hook-kinds.ts';
import { meta, spec, target } from '../datapath/fixtures.ts';

const [bpffs = '', runDirectory = ''] = process.argv.slice(2);

function life(): void {
  const datapath = openKernelDatapath({ bpffs, runDirectory });
  const { ifindex = 0 } =
    openKernelHost()
      .interfaces()
      .find(({ name }) => name === 'eth0') ?? {};
  for (const slot of ['a', 'b'] as const) datapath.createSlot('caps', slot, spec(), meta('caps', slot));
  datapath.attach('caps', 'a', target(ifindex, 'eth0', 'ingress', preferredKind()));
  datapath.attach('caps', 'a', target(ifindex, 'eth0', 'egress', 'clsact'));
  for (const hook of datapath.observe('caps').hooks) datapath.switchHook('caps', 'b', hook);
  datapath.openProbe('caps', 'b').close();
  datapath.forget('caps', { tunnels: [1], counters: [128] });
  for (const hook of datapath.observe('caps').hooks) datapath.detach('caps', hook);
  datapath.removeInstance('caps');
  datapath.close();
}

try {
  life();
  process.stdout.write('done');
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stdout.write(`${error.problem.code}: ${error.problem.message}`);
}
