// TCX hooks (kernel ≥ 6.6): which programs an interface runs, one put, replaced, taken off. Programs belong to the device,
// not to a link of ours: nothing that happens to our process or our pins detaches them.
import { arena } from './arena.ts';
import { check, errno } from './errno.ts';
import { libbpf } from './libbpf.ts';

/** enum bpf_attach_type. */
export const tcxTypes = { ingress: 46, egress: 47 } as const;
export type TcxDirection = keyof typeof tcxTypes;

/** BPF_MPROG_MAX: a hook holds no more. */
const programsAtMost = 64;
/** struct bpf_prog_query_opts as libbpf 1.0 has it. */
const queryOptions = { size: 40, ids: 16, count: 24 } as const;
/** struct bpf_prog_attach_opts as libbpf 1.0 has it: size_t sz; unsigned flags; int replace_prog_fd. */
const attachOptions = { size: 16, flags: 8, replace: 12 } as const;
const replaceFlag = 4;

/** Ids in running order. undefined: this kernel has no TCX. Throws KernelError ENODEV where the interface is gone. */
export function tcxPrograms(ifindex: number, direction: TcxDirection): number[] | undefined {
  return tcxReader()(ifindex, direction);
}

/** As tcxPrograms, for many interfaces in a row: the memory of the question is set up once. */
export function tcxReader(): typeof tcxPrograms {
  const block = arena(queryOptions.size + 4 * programsAtMost);
  block.reserve(queryOptions.size);
  const ids = block.reserve(4 * programsAtMost);
  block.view.setBigUint64(0, BigInt(queryOptions.size), true);
  block.point(queryOptions.ids, ids);
  return (ifindex, direction) => {
    block.view.setUint32(queryOptions.count, programsAtMost, true);
    const result = libbpf.query(ifindex, tcxTypes[direction], block.bytes);
    if (result === -errno.EINVAL) return undefined;
    if (result < 0) check(result, 'bpf_prog_query', `interface ${ifindex} ${direction}`);
    const count = block.view.getUint32(queryOptions.count, true);
    return Array.from({ length: count }, (_, i) => block.view.getUint32(ids + 4 * i, true));
  };
}

/** After those that are there already. Throws KernelError EEXIST when this program is among them. */
export function tcxAttach(ifindex: number, direction: TcxDirection, programFd: number, about: string): void {
  check(libbpf.attach(programFd, ifindex, tcxTypes[direction], undefined), 'bpf_prog_attach', about);
}

/** In the place of `oldFd`, atomically. Throws KernelError ENOENT when that program is not there. */
export function tcxReplace(
  ifindex: number,
  direction: TcxDirection,
  newFd: number,
  oldFd: number,
  about: string,
): void {
  const options = new Uint8Array(attachOptions.size);
  const view = new DataView(options.buffer);
  view.setBigUint64(0, BigInt(attachOptions.size), true);
  view.setUint32(attachOptions.flags, replaceFlag, true);
  view.setInt32(attachOptions.replace, oldFd, true);
  check(libbpf.attach(newFd, ifindex, tcxTypes[direction], options), 'bpf_prog_attach (replace)', about);
}

/** Throws KernelError ENOENT when that program is not there. */
export function tcxDetach(ifindex: number, direction: TcxDirection, programFd: number, about: string): void {
  check(libbpf.detach(programFd, ifindex, tcxTypes[direction]), 'bpf_prog_detach', about);
}
