// What a machine is told about itself: each fact that is not as it should be, and what to type.
import { describe, expect, test } from 'vitest';
import type { MachineFacts } from '../../../src/doctor/facts.ts';
import { examineMachine } from '../../../src/doctor/machine.ts';
import { problem } from '../../../src/problem.ts';

const sound: MachineFacts = {
  node: '20.19.0',
  kernel: '6.12.1-amd64',
  oldestKernel: '6.1',
  libbpf: '1.1',
  object: { path: '/x/trueingress.bpf.o', found: true },
  missingCapabilities: [],
  bpffs: { path: '/sys/fs/bpf', isMounted: true },
  hasTcx: true,
  settings: { 'net.core.bpf_jit_enable': '1', 'kernel.unprivileged_bpf_disabled': '2' },
  memoryMaxBytes: undefined,
  refused: undefined,
  nowNs: 1_790_000_000_000_000_000n,
  builtNs: 1_780_000_000_000_000_000n,
  isClockKept: true,
};

/** Checks that are not ok, with what is to be done. */
const told = (facts: Partial<MachineFacts>): string[] =>
  examineMachine({ ...sound, ...facts })
    .filter(({ result }) => result !== 'ok')
    .map(({ name, result, details }) => `${result} ${name}: ${details.map(({ todo }) => todo ?? '-').join(', ')}`);

describe('a machine', () => {
  test('of which nothing is wrong is told so', () => {
    expect(told({})).toEqual([]);
    expect(examineMachine(sound).length).toBeGreaterThan(8);
  });

  test.each<[string, Partial<MachineFacts>, string]>([
    ['an old kernel', { kernel: '5.15.0-91' }, 'failure kernel: apt-get install linux-image-amd64, and boot it'],
    ['an old Node.js', { node: '18.19.0' }, 'warning node: install a newer Node.js'],
    ['no libbpf', { libbpf: undefined }, 'failure libbpf: apt-get install libbpf1'],
    [
      'no programs',
      { object: { path: '/x', found: false } },
      'failure programs: install the package again; in a source tree: make build',
    ],
    ['a user without rights', { missingCapabilities: ['CAP_BPF'] }, 'failure capabilities: sudo trueingress doctor'],
    ['no BPF file system', { bpffs: { path: '/b', isMounted: false } }, 'warning bpffs: mount -t bpf bpf /b'],
    [
      'the interpreter',
      { settings: { ...sound.settings, 'net.core.bpf_jit_enable': '0' } },
      'warning jit: sysctl -w net.core.bpf_jit_enable=1',
    ],
    [
      'BPF for everybody',
      { settings: { ...sound.settings, 'kernel.unprivileged_bpf_disabled': '0' } },
      'warning unprivileged-bpf: sysctl -w kernel.unprivileged_bpf_disabled=1',
    ],
    [
      'a small cgroup',
      { memoryMaxBytes: 64 * 2 ** 20 },
      'warning memory: raise memory.max of the cgroup, or MemoryMax= of the unit',
    ],
    ['a clock before its time', { nowNs: 1n }, 'warning clock: timedatectl set-ntp true'],
    ['a clock that nobody keeps', { isClockKept: false }, 'warning clock: timedatectl set-ntp true'],
    [
      'a datapath that cannot be opened',
      { refused: problem('not-permitted', 'this needs CAP_BPF', { hint: 'run as root' }) },
      'failure datapath: run as root',
    ],
    ['settings that may not be read', { settings: {} }, 'skipped jit: '],
  ])('with %s is told what to do', (_, facts, expected) => {
    expect(told(facts)).toContain(expected);
  });

  test('without TCX is told what is used instead, and is well', () => {
    const [kernel] = examineMachine({ ...sound, hasTcx: false });
    expect(kernel).toMatchObject({ result: 'ok', found: expect.stringContaining('clsact filters are used') });
  });
});
