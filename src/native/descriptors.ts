// Descriptors of BPF objects: from pins, from ids, what they are, pinned again, bound together. A descriptor is open for one
// use and closed: nothing is held between calls, so nothing leaks. Knows no table and no instance.
import { closeSync, readlinkSync } from 'node:fs';
import { problem, Refusal } from '../problem.ts';
import { arena, cell } from './arena.ts';
import { check, errno } from './errno.ts';
import { libbpf } from './libbpf.ts';

export type ObjectKind = 'map' | 'program' | 'other';

export interface MapInfo {
  /** BPF_MAP_TYPE_*. */
  readonly type: number;
  readonly id: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** Up to 15 characters. */
  readonly name: string;
  /** Of the type information that it was created with; 0: without. */
  readonly btfId: number;
}

export interface ProgramInfo {
  /** BPF_PROG_TYPE_*. */
  readonly type: number;
  readonly id: number;
  /** 16 hex digits; equal for equal instructions, whatever maps they use. */
  readonly tag: string;
  /** Up to 15 characters. */
  readonly name: string;
  readonly mapIds: readonly number[];
  /** Only counted while kernel.bpf_stats_enabled. */
  readonly runTimeNs: bigint;
  readonly runCount: bigint;
}

/** Runs `use` with the descriptor and closes it, whatever happens. */
export function withDescriptor<T>(fd: number, use: (fd: number) => T): T {
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Opens a pin. Throws KernelError: ENOENT, or EINVAL and EPERM where it is no BPF object. */
export function openPin(path: string): number {
  return check(libbpf.pinned(path), 'bpf_obj_get', path);
}

/** Throws KernelError EEXIST where the name is taken. */
export function pin(fd: number, path: string): void {
  check(libbpf.pin(fd, path), 'bpf_obj_pin', path);
}

/** undefined: no such program any more. Needs CAP_SYS_ADMIN. */
export function openProgramById(id: number): number | undefined {
  return openById(libbpf.programById(id), 'bpf_prog_get_fd_by_id', id);
}

/** undefined: no such map any more. Needs CAP_SYS_ADMIN. */
export function openMapById(id: number): number | undefined {
  return openById(libbpf.mapById(id), 'bpf_map_get_fd_by_id', id);
}

function openById(result: number, call: string, id: number): number | undefined {
  if (result === -errno.EPERM) {
    const hint = 'run as root; CAP_BPF reaches pins only, and this is not among ours';
    throw new Refusal(problem('not-permitted', `looking at BPF object ${id} needs CAP_SYS_ADMIN`, { hint }));
  }
  return result === -errno.ENOENT ? undefined : check(result, call, `id ${id}`);
}

/** What a descriptor of a pin is; asked of /proc since the kernel's info structs cannot tell. */
export function kindOf(fd: number): ObjectKind {
  const target = readlinkSync(`/proc/self/fd/${fd}`);
  return target === 'anon_inode:bpf-map' ? 'map' : target === 'anon_inode:bpf-prog' ? 'program' : 'other';
}

/** struct bpf_map_info as far as btf_value_type_id: every kernel that we run on fills it, a newer one is content with less. */
const mapInfoSize = 80;

export function mapInfo(fd: number): MapInfo {
  const bytes = new Uint8Array(mapInfoSize);
  check(libbpf.info(fd, bytes, cell(4, mapInfoSize).bytes), 'bpf_obj_get_info_by_fd', 'map');
  const view = new DataView(bytes.buffer);
  const word = (offset: number): number => view.getUint32(offset, true);
  return {
    type: word(0),
    id: word(4),
    keySize: word(8),
    valueSize: word(12),
    maxEntries: word(16),
    flags: word(20),
    name: textAt(bytes, 24),
    btfId: word(64),
  };
}

/** struct bpf_btf_info: u64 btf; u32 btf_size; u32 id; u64 name; u32 name_len; u32 kernel_btf. */
const btfInfoSize = 32;

/** Type information by id, as parseBtf reads it; undefined: gone, or not for us to see: that needs CAP_SYS_ADMIN. */
export function btfById(id: number): Uint8Array | undefined {
  const opened = libbpf.btfById(id);
  if (opened === -errno.EPERM) return undefined;
  const fd = openById(opened, 'bpf_btf_get_fd_by_id', id);
  if (fd === undefined) return undefined;
  return withDescriptor(fd, () => {
    const ask = (block: ReturnType<typeof arena>): number => {
      check(libbpf.info(fd, block.bytes, cell(4, btfInfoSize).bytes), 'bpf_obj_get_info_by_fd', 'btf');
      return block.view.getUint32(8, true);
    };
    const empty = arena(btfInfoSize);
    empty.reserve(btfInfoSize);
    const size = ask(empty);
    const block = arena(btfInfoSize + size + 8);
    block.reserve(btfInfoSize);
    const data = block.reserve(size);
    block.point(0, data);
    block.view.setUint32(8, size, true);
    ask(block);
    return block.bytes.slice(data, data + size);
  });
}

/** struct bpf_prog_info up to and including run_cnt. Zeroed for each query: the kernel reads lengths and pointers from it. */
const programInfoSize = 208;
const mapIdsAtMost = 64;

export function programInfo(fd: number): ProgramInfo {
  const block = arena(programInfoSize + 4 * mapIdsAtMost);
  block.reserve(programInfoSize);
  const ids = block.reserve(4 * mapIdsAtMost);
  block.view.setUint32(52, mapIdsAtMost, true);
  block.point(56, ids);
  check(libbpf.info(fd, block.bytes, cell(4, programInfoSize).bytes), 'bpf_obj_get_info_by_fd', 'program');
  const count = Math.min(block.view.getUint32(52, true), mapIdsAtMost);
  return {
    type: block.view.getUint32(0, true),
    id: block.view.getUint32(4, true),
    tag: Buffer.from(block.bytes.subarray(8, 16)).toString('hex'),
    name: textAt(block.bytes, 64),
    mapIds: Array.from({ length: count }, (_, i) => block.view.getUint32(ids + 4 * i, true)),
    runTimeNs: block.view.getBigUint64(192, true),
    runCount: block.view.getBigUint64(200, true),
  };
}

/** Ties the map's life to the program's. Binding twice is no error. */
export function bindMap(programFd: number, mapFd: number): void {
  const result = libbpf.bindMap(programFd, mapFd, undefined);
  if (result !== -errno.EEXIST) check(result, 'bpf_prog_bind_map', '');
}

/** Ids of all programs of the host, in the kernel's order. Needs CAP_SYS_ADMIN. */
export function programIds(): number[] {
  const ids: number[] = [];
  const next = cell(4);
  for (let id = 0; ; id = next.get()) {
    if (id) ids.push(id);
    const result = libbpf.nextProgramId(id, next.bytes);
    if (result === -errno.ENOENT) return ids;
    check(result, 'bpf_prog_get_next_id', '');
  }
}

function textAt(bytes: Uint8Array, offset: number): string {
  const name = bytes.subarray(offset, offset + 16);
  const end = name.indexOf(0);
  return Buffer.from(end < 0 ? name : name.subarray(0, end)).toString('latin1');
}
