// The oldest supported kernel refuses programs whose calls together use more than 512 bytes of stack, each function's rounded up to 32
// (Linux 6.1, check_max_stack_depth). Newer kernels round to 16, so that nobody would notice here before it is refused there.
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const object = resolve('build/bpf/trueingress.bpf.o');
const mostBytes = 512;
const roundedTo = 32;

interface Compiled {
  /** Bytes below the frame pointer. */
  stack: number;
  /** Names of functions, or addresses in .text of those that have none in a relocation. */
  readonly calls: Set<string>;
}

function disassembled(): Map<string, Compiled> {
  const text = execFileSync('llvm-objdump', ['-dr', '--no-show-raw-insn', object], { encoding: 'utf8' });
  const functions = new Map<string, Compiled>();
  let current: Compiled | undefined;
  let target = '';
  for (const line of text.split('\n')) {
    const [, address = '', name = ''] = /^([0-9a-f]+) <([^>]+)>:/.exec(line) ?? [];
    if (name && !name.startsWith('LBB')) {
      current = { stack: 0, calls: new Set() };
      functions.set(name, current);
      // Entries are in sections of their own, at address 0 as well.
      if (!name.startsWith('ti_')) functions.set(`.text+${Number.parseInt(address, 16)}`, current);
    }
    if (!current) continue;
    for (const [, bytes] of line.matchAll(/r10 (?:\+ -|- )(0x[0-9a-f]+|\d+)/g)) grow(current, bytes);
    grow(current, /\br\d \+= -(0x[0-9a-f]+|\d+)$/.exec(line)?.[1]);
    target = /\bcall (-?(?:0x)?[0-9a-f]+)$/.exec(line)?.[1] ?? target;
    const called = /R_BPF_64_32\s+(\S+)/.exec(line)?.[1];
    if (called) current.calls.add(called === '.text' ? `.text+${(Number(target) + 1) * 8}` : called);
  }
  return functions;
}

/** A register that is lowered by more than a whole frame is no address of one. */
function grow(compiled: Compiled, bytes: string | undefined): void {
  const value = Number(bytes ?? 0);
  if (value <= mostBytes) compiled.stack = Math.max(compiled.stack, value);
}

function depth(functions: ReadonlyMap<string, Compiled>, name: string): number {
  const compiled = functions.get(name);
  if (!compiled) throw new Error(`nothing is called ${name}`);
  const own = Math.ceil(Math.max(compiled.stack, 1) / roundedTo) * roundedTo;
  return own + Math.max(0, ...[...compiled.calls].map((called) => depth(functions, called)));
}

test.each(['ti_ingress', 'ti_egress'])('%s fits into the stack of Linux 6.1 with all that it calls', (entry) => {
  const functions = disassembled();
  expect(functions.get(entry)?.calls.size).toBeGreaterThan(5);
  expect(depth(functions, entry)).toBeLessThanOrEqual(mostBytes);
});
