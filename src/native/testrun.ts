// BPF_PROG_TEST_RUN: one packet through one tc program, whose context names devices of the caller's namespace; and a raw
// tracepoint program on a chosen CPU.
import { arena } from './arena.ts';
import { check } from './errno.ts';
import { libbpf } from './libbpf.ts';

export interface TestRun {
  /** From the Ethernet header, at least 14 bytes. */
  readonly frame: Uint8Array;
  readonly ifindex: number;
  /** 0: the packet was made by this host (egress). At ingress equal to `ifindex`. */
  readonly ingressIfindex: number;
  readonly mark?: number;
}

export interface TestRunResult {
  /** TC_ACT_* as a signed number: TC_ACT_UNSPEC is -1. */
  readonly action: number;
  readonly frame: Uint8Array;
}

/** struct bpf_test_run_opts as libbpf 1.0 has it. */
const options = {
  size: 80,
  dataIn: 8,
  dataOut: 16,
  sizeIn: 24,
  sizeOut: 28,
  contextIn: 32,
  contextSize: 48,
  action: 56,
  repeat: 60,
  flags: 68,
  cpu: 72,
} as const;
/** struct __sk_buff; the kernel refuses any other member that is not zero. */
const context = { size: 192, mark: 8, ingressIfindex: 36, ifindex: 40 } as const;
/** What a program may add: the largest encapsulation is 72 bytes. */
const headroom = 256;

/** Frames up to this size need no new memory. */
const usualFrame = 2048;

/**
 * Runs packets through one program, each once, in memory that is set up once: with 100,000 services there are many probes.
 * Throws KernelError: ENODEV for an interface that is not in this namespace, EINVAL for a frame that is too short.
 */
export function packetRunner(programFd: number): (run: TestRun) => TestRunResult {
  let memory = packetMemory(usualFrame);
  return ({ frame, ifindex, ingressIfindex, mark = 0 }) => {
    if (frame.length > memory.room) memory = packetMemory(frame.length);
    const { bytes, view, contextAt, inAt, outAt, room } = memory;
    bytes.set(frame, inAt);
    view.setUint32(options.sizeIn, frame.length, true);
    view.setUint32(options.sizeOut, room + headroom, true);
    view.setUint32(contextAt + context.mark, mark, true);
    view.setUint32(contextAt + context.ingressIfindex, ingressIfindex, true);
    view.setUint32(contextAt + context.ifindex, ifindex, true);
    const result = libbpf.testRun(programFd, bytes);
    if (result < 0) check(result, 'bpf_prog_test_run', `interface ${ifindex}`);
    const size = view.getUint32(options.sizeOut, true);
    return { action: view.getInt32(options.action, true), frame: bytes.slice(outAt, outAt + size) };
  };
}

/** One packet, where setting up does not matter. */
export function testRun(programFd: number, run: TestRun): TestRunResult {
  return packetRunner(programFd)(run);
}

function packetMemory(room: number) {
  const block = arena(options.size + context.size + room + room + headroom + 32);
  block.reserve(options.size);
  const contextAt = block.reserve(context.size);
  const inAt = block.reserve(room);
  const outAt = block.reserve(room + headroom);
  block.view.setBigUint64(0, BigInt(options.size), true);
  block.point(options.dataIn, inAt);
  block.point(options.dataOut, outAt);
  block.point(options.contextIn, contextAt);
  block.view.setUint32(options.contextSize, context.size, true);
  block.view.setUint32(options.repeat, 1, true);
  return { bytes: block.bytes, view: block.view, contextAt, inAt, outAt, room };
}

const onCpuFlag = 1;

/** Runs a raw tracepoint program once on that CPU. Throws KernelError ENXIO where the CPU is offline. */
export function runOnCpu(programFd: number, values: readonly bigint[], cpu: number): void {
  const block = arena(options.size + 8 * values.length);
  block.reserve(options.size);
  const contextAt = block.reserve(8 * values.length);
  const { bytes, view } = block;
  view.setBigUint64(0, BigInt(options.size), true);
  block.point(options.contextIn, contextAt);
  view.setUint32(options.contextSize, 8 * values.length, true);
  view.setUint32(options.flags, onCpuFlag, true);
  view.setUint32(options.cpu, cpu, true);
  for (const [i, value] of values.entries()) view.setBigUint64(contextAt + 8 * i, value, true);
  check(libbpf.testRun(programFd, bytes), 'bpf_prog_test_run', `CPU ${cpu}`);
}
