// What somebody might do to our hooks by hand, in the network namespace that this is started in:
// node scripts/run.mjs test/support/hook-tool.ts BPFFS INSTANCE switch|detach DIRECTION
import { openKernelDatapath } from '../../src/datapath/kernel/open.ts';

const [bpffs = '', instance = '', action, direction] = process.argv.slice(2);
const datapath = openKernelDatapath({ bpffs });
const { hooks, slots } = datapath.observe(instance);
for (const hook of hooks.filter((one) => one.direction === direction)) {
  const other = hook.slot === 'a' ? 'b' : 'a';
  if (action === 'detach') datapath.detach(instance, hook);
  else if (slots[other]) datapath.switchHook(instance, other, hook);
}
datapath.close();
