// P3: what a second apply asks of the kernel, counted by strace from outside the program.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab, raiseLab } from '../support/lab.ts';
import { run } from '../support/lab-process.ts';
import { echo, second, topologyText, tunnel100, web } from '../support/lab-topology.ts';
import type { Evidence } from './evidence.ts';

/** Every other bpf command counts as a write, those unknown to this list included. */
const bpfReads = new Set([
  'BPF_MAP_LOOKUP_ELEM',
  'BPF_MAP_GET_NEXT_KEY',
  'BPF_MAP_LOOKUP_BATCH',
  'BPF_OBJ_GET',
  'BPF_OBJ_GET_INFO_BY_FD',
  'BPF_PROG_GET_FD_BY_ID',
  'BPF_MAP_GET_FD_BY_ID',
  'BPF_BTF_GET_FD_BY_ID',
  'BPF_PROG_GET_NEXT_ID',
  'BPF_MAP_GET_NEXT_ID',
  'BPF_PROG_QUERY',
]);

export interface Calls {
  readonly bpfReads: number;
  readonly bpfWrites: readonly string[];
  readonly netlinkReads: number;
  readonly netlinkWrites: readonly string[];
  readonly code: number;
}

export async function countCalls(lab: Lab, args: readonly string[]): Promise<Calls> {
  const log = join(lab.directory, 'strace.log');
  const strace = ['strace', '-f', '-qq', '-e', 'trace=bpf,sendto,sendmsg,sendmmsg', '-e', 'signal=none', '-o', log];
  const finished = await run([...lab.enter('gateway1'), ...strace, ...lab.commandLine(args)], { env: lab.environment });
  // A call that another thread interrupts is written in two lines; the first has the arguments.
  const lines = readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => !line.includes(' resumed>'));
  const commands = lines.flatMap((line) => /\bbpf\((\w+)/.exec(line)?.[1] ?? []);
  const messages = lines
    .filter((line) => /\bsend(to|msg|mmsg)\(/.test(line))
    .flatMap((line) => [...line.matchAll(/nlmsg_type=(\w+)/g)].map((match) => match[1] ?? ''));
  return {
    bpfReads: commands.filter((command) => bpfReads.has(command)).length,
    bpfWrites: commands.filter((command) => !bpfReads.has(command)),
    netlinkReads: messages.filter((type) => !writesNetlink(type)).length,
    netlinkWrites: messages.filter(writesNetlink),
    code: finished.code,
  };
}

/** strace says RTM_GETLINK or only 0x12: in rtnetlink's numbers, four to a kind, the third of four is GET. */
function writesNetlink(type: string): boolean {
  return type.startsWith('0x') ? Number(type) % 4 !== 2 : !type.startsWith('RTM_GET');
}

export async function measureWrites(): Promise<Evidence[]> {
  const lab = await raiseLab();
  try {
    const text = topologyText(lab, 'gateway1', { tunnels: [tunnel100.gateway], services: [web, second, echo] });
    const file = lab.write('gateway1.yaml', text);
    const first = await countCalls(lab, ['apply', '-f', file]);
    const again = await countCalls(lab, ['apply', '-f', file]);
    const figures = (calls: Calls): string =>
      `bpf ${calls.bpfWrites.length} writes ${calls.bpfReads} reads, netlink ${calls.netlinkWrites.length} writes ` +
      `${calls.netlinkReads} reads, exit ${calls.code}`;
    return [
      {
        promise: 'P3 a second apply makes 0 write calls',
        figures: `first apply: ${figures(first)}; second apply: ${figures(again)}`,
        holds:
          first.code === 0 &&
          again.code === 0 &&
          first.bpfWrites.length > 0 &&
          again.bpfReads > 0 &&
          again.bpfWrites.length + again.netlinkWrites.length === 0,
      },
    ];
  } finally {
    await lab.destroy();
  }
}
