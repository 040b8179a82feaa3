// Waiting until no CPU runs a program that it had entered before: a grace period of RCU, by one of two calls that end only after one.
import { arena, cell } from './arena.ts';
import { withDescriptor } from './descriptors.ts';
import { check } from './errno.ts';
import { libbpf } from './libbpf.ts';
import { attempt, libc } from './libc.ts';

const membarrierNumbers: Readonly<Record<string, number>> = { x64: 324, arm64: 283, riscv64: 283 };
const membarrierCommands = { query: 0, global: 1 } as const;

/** Throws KernelError where the kernel has neither: then nothing was waited for. */
export function waitForRunningPrograms(): void {
  if (!waitByMembarrier()) waitByMapOfMaps();
}

/** MEMBARRIER_CMD_GLOBAL is a synchronize_rcu() in the kernel. False: it has it not (nohz_full, no CONFIG_MEMBARRIER), or a filter of system calls is before it. */
export function waitByMembarrier(): boolean {
  const number = membarrierNumbers[process.arch];
  if (number === undefined) return false;
  const call = (command: number): number => attempt(() => libc.syscall(number, command, 0, 0));
  const offered = call(membarrierCommands.query);
  return offered > 0 && (offered & membarrierCommands.global) !== 0 && call(membarrierCommands.global) === 0;
}

const mapTypes = { array: 2, arrayOfMaps: 12 } as const;
/** struct bpf_map_create_opts. */
const createOptions = { size: 48, innerMapFd: 24 } as const;

/**
 * An update of a map that holds maps returns when no program can use the one that was replaced: kernel/bpf/syscall.c,
 * maybe_wait_bpf_programs(), since Linux 4.20. Throws KernelError EPERM without CAP_BPF.
 */
export function waitByMapOfMaps(): void {
  withDescriptor(created(mapTypes.array, undefined), (inner) => {
    const { bytes, view } = arena(createOptions.size);
    view.setBigUint64(0, BigInt(createOptions.size), true);
    view.setUint32(createOptions.innerMapFd, inner, true);
    withDescriptor(created(mapTypes.arrayOfMaps, bytes), (outer) =>
      check(libbpf.update(outer, cell(4).bytes, cell(4, inner).bytes, 0n), 'bpf_map_update_elem', 'a map of maps'),
    );
  });
}

function created(type: number, options: Uint8Array | undefined): number {
  return check(libbpf.mapCreate(type, 'ti_grace', 4, 4, 1, options), 'bpf_map_create', 'ti_grace');
}
