// Zeroing counters beside living ones. A counter block holds 64 rows' counters of each CPU, and user space can write a
// per-CPU element only whole, for all CPUs at once: that would take back what living services counted meanwhile. So a
// program of a few instructions does it on each CPU for itself: it stores to what is gone and reads nothing else.
import { readFileSync } from 'node:fs';
import { withDescriptor } from '../../native/descriptors.ts';
import { check, errno } from '../../native/errno.ts';
import { libbpf } from '../../native/libbpf.ts';
import type { OpenMap } from '../../native/maps.ts';
import { runOnCpu } from '../../native/testrun.ts';
import { KernelError } from '../../problem.ts';
import { counterLayout } from '../../tables/learned.ts';

const rowsPerBlock = counterLayout.perBlock / counterLayout.perRow;
const rowBytes = counterLayout.perRow * 16;
/** BPF_PROG_TYPE_RAW_TRACEPOINT: the one kind whose test run goes to a chosen CPU. Never attached to anything. */
const rawTracepoint = 17;

/**
 * `firsts`: the first of four indexes each, as rows hold them. CPUs that are offline keep what they counted before.
 * To be called when no program can still count there: after the switch and a wait for running programs.
 */
export function forgetCounters(map: OpenMap, firsts: readonly number[]): void {
  const masks = new Map<number, bigint>();
  for (const first of firsts) {
    const row = Math.floor(first / counterLayout.perRow);
    const block = Math.floor(row / rowsPerBlock);
    masks.set(block, (masks.get(block) ?? 0n) | (1n << BigInt(row % rowsPerBlock)));
  }
  const program = instructions(map.fd);
  const count = program.length / 8;
  const fd = libbpf.programLoad(rawTracepoint, 'ti_forget', 'GPL', program, count, undefined);
  check(fd, 'bpf_prog_load', 'ti_forget');
  withDescriptor(fd, () => {
    for (const cpu of onlineCpus()) for (const [block, rows] of masks) zeroOn(cpu, fd, block, rows);
  });
}

function zeroOn(cpu: number, fd: number, block: number, rows: bigint): void {
  try {
    runOnCpu(fd, [BigInt(block), rows], cpu);
  } catch (error) {
    // The CPU went offline meanwhile.
    if (!(error instanceof KernelError && error.errno === errno.ENXIO)) throw error;
  }
}

/** Context: [block, bit n = zero row n of the block]. */
function instructions(mapFd: number): Uint8Array {
  const [r0, r1, r2, r8, r9, stack] = [0, 1, 2, 8, 9, 10];
  const stores = Array.from({ length: rowBytes / 8 }, (_, i) => op(0x7a, r2, 0, 8 * i, 0)); // *(u64 *)(r2 + 8i) = 0
  return Uint8Array.from(
    [
      op(0x79, r8, r1, 8), // r8 = rows
      op(0x79, r1, r1, 0), // r1 = block
      op(0x63, stack, r1, -4), // the key, on the stack
      op(0xbf, r2, stack),
      op(0x07, r2, 0, 0, -4), // r2 = &key
      op(0x18, r1, 1, 0, mapFd), // r1 = map, two slots
      op(0x00, 0, 0),
      op(0x85, 0, 0, 0, 1), // r0 = bpf_map_lookup_elem(r1, r2)
      op(0x15, r0, 0, stores.length + 12, 0), // no such block: return
      op(0xb7, r9, 0, 0, 0), // r9 = 0, the row
      op(0xbf, r1, r8), // each row:
      op(0x7f, r1, r9),
      op(0x57, r1, 0, 0, 1), // r1 = (rows >> r9) & 1
      op(0x15, r1, 0, stores.length + 5, 0), // a living one: next
      op(0xbf, r1, r9),
      op(0x67, r1, 0, 0, Math.log2(rowBytes)),
      op(0x57, r1, 0, 0, (rowsPerBlock - 1) * rowBytes), // r1 = r9 * rowBytes, and the verifier sees its bounds
      op(0xbf, r2, r0),
      op(0x0f, r2, r1), // r2 = &block->slot[row's first]
      ...stores,
      op(0x07, r9, 0, 0, 1), // next:
      op(0xa5, r9, 0, -(stores.length + 11), rowsPerBlock), // if r9 < 64 goto each row
      op(0xb7, r0, 0, 0, 0), // return 0
      op(0x95, 0, 0),
    ].flat(),
  );
}

/** struct bpf_insn: u8 code; u8 dst:4, src:4; i16 offset; i32 immediate. */
function op(code: number, destination: number, source: number, offset = 0, immediate = 0): number[] {
  const bytes = Buffer.alloc(8);
  bytes[0] = code;
  bytes[1] = destination | (source << 4);
  bytes.writeInt16LE(offset, 2);
  bytes.writeInt32LE(immediate, 4);
  return [...bytes];
}

/** The kernel's list, e.g. `0-3,6`. */
function onlineCpus(): number[] {
  const list = readFileSync('/sys/devices/system/cpu/online', 'latin1').trim();
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
