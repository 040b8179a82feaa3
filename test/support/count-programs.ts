// How many programs of BPF an interface of the caller's network namespace runs, asked of the kernel and of nobody else:
// node scripts/run.mjs test/support/count-programs.ts INTERFACE
import { execFileSync } from 'node:child_process';
import { links } from '../../src/native/links.ts';
import { tcxPrograms } from '../../src/native/tcx.ts';

const [name = ''] = process.argv.slice(2);
const { ifindex = 0 } = links().find((one) => one.name === name) ?? {};
const filters = (direction: string): number =>
  [...execFileSync('tc', ['filter', 'show', 'dev', name, direction], { encoding: 'utf8' }).matchAll(/ bpf .* id \d+/g)]
    .length;
const count = (['ingress', 'egress'] as const).reduce(
  (sum, direction) => sum + (tcxPrograms(ifindex, direction)?.length ?? 0) + filters(direction),
  0,
);
console.log(count);
