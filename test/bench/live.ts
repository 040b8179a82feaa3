// Packets on a hook as a network gives them, thousands a system call: received by a device of the bench's own from the
// kernel's XDP test run, seen by the program under test, dropped behind it.
//
// BPF_PROG_TEST_RUN of the program itself would be simpler, and measures something else: it takes a system call a packet,
// after which (where the kernel and its users have separate page tables) every page that the program touches is walked to anew.
import { arena } from '../../src/native/arena.ts';
import { mapInfo } from '../../src/native/descriptors.ts';
import { check } from '../../src/native/errno.ts';
import { libbpf } from '../../src/native/libbpf.ts';
import { update } from '../../src/native/maps.ts';
import { BpfObject } from '../../src/native/object.ts';
import { tcxAttach, tcxDetach } from '../../src/native/tcx.ts';
import type { Direction } from '../../src/topology/topology.ts';
import { setConstants } from './constants.ts';
import { nsOfARun, runsOf } from './statistics.ts';

export interface Packets {
  readonly frame: Uint8Array;
  /** Constants of generate.bpf.c: what it changes in each frame. */
  readonly constants?: Readonly<Record<string, number>>;
}

/** Makes an interface that is up in this process's network namespace; its index. */
export type NewInterface = () => number;

export interface LiveHook {
  /** Gives the hook that many packets; nanoseconds a packet. */
  measure(count: number): number;
  /** Gives it one; whether the program ran. */
  reached(): boolean;
  close(): void;
}

/** What of a frame is written anew each time: test/bench/bpf/generate.bpf.c. */
const headBytesMax = 192;
/** struct bpf_test_run_opts as libbpf 1.0 has it, and struct xdp_md. */
const options = { size: 80, dataIn: 8, sizeIn: 24, contextIn: 32, contextSize: 48, repeat: 60, flags: 68 } as const;
const context = { size: 24, dataEnd: 4, ingressIfindex: 12 } as const;
const liveFrames = 2;

/** `generator`: generate.bpf.c compiled. `ifindex`: an interface that is up and has no other program while this is open. */
export function openLiveHook(
  generator: Uint8Array,
  ifindex: number,
  hook: Direction,
  programFd: number,
  packets: Packets,
): LiveHook {
  const object = new BpfObject(generator, 'generator');
  const attached: (() => void)[] = [() => object.close()];
  const close = (): void => {
    for (const undo of attached.splice(0).reverse()) undo();
  };
  const attach = (direction: Direction, fd: number): void => {
    tcxAttach(ifindex, direction, fd, `interface ${ifindex}`);
    attached.push(() => tcxDetach(ifindex, direction, fd, `interface ${ifindex}`));
  };
  try {
    loadGenerator(object, packets);
    attach(hook, programFd);
    attach(hook, object.programFd('drop'));
    if (hook === 'egress') attach('ingress', object.programFd('reflect'));
    const send = sender(object.programFd('generate'), ifindex, packets.frame);
    return {
      measure: (count) => nsOfARun(programFd, count, () => send(count)),
      reached: () => runsOf(programFd, () => send(1)) > 0,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function loadGenerator(object: BpfObject, { frame, constants = {} }: Packets): void {
  const headBytes = Math.min(frame.length, headBytesMax);
  setConstants(object, { head_bytes: headBytes, ...constants });
  object.load('generator');
  const fd = object.mapFd('heads');
  const head = new Uint8Array(headBytesMax);
  head.set(frame.subarray(0, headBytes));
  update({ fd, info: mapInfo(fd) }, new Uint8Array(4), head);
}

function sender(generateFd: number, ifindex: number, frame: Uint8Array): (count: number) => void {
  const block = arena(options.size + context.size + frame.length + 8);
  block.reserve(options.size);
  const contextAt = block.reserve(context.size);
  const frameAt = block.reserve(frame.length);
  const { view } = block;
  view.setBigUint64(0, BigInt(options.size), true);
  block.point(options.dataIn, frameAt);
  view.setUint32(options.sizeIn, frame.length, true);
  block.point(options.contextIn, contextAt);
  view.setUint32(options.contextSize, context.size, true);
  view.setUint32(options.flags, liveFrames, true);
  view.setUint32(contextAt + context.dataEnd, frame.length, true);
  view.setUint32(contextAt + context.ingressIfindex, ifindex, true);
  block.bytes.set(frame, frameAt);
  return (count) => {
    view.setUint32(options.repeat, count, true);
    check(libbpf.testRun(generateFd, block.bytes), 'bpf_prog_test_run', `interface ${ifindex}`);
  };
}
