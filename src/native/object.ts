// One BPF object file on its way into the kernel: opened, adjusted, loaded, its descriptors taken, closed. Knows maps and
// programs by name, and nothing of what they are for.
import { arena, cell } from './arena.ts';
import { check, errno, failure } from './errno.ts';
import { copyMemory } from './koffi.ts';
import { libbpf } from './libbpf.ts';
import { catchMessages, caughtMessages } from './messages.ts';

/** Bytes for the verifier's log, asked for only when a load has failed. */
const logSize = 1024 * 1024;
/** How many of the log's last lines go into an error: the reason is at the end. */
const logLines = 30;

/** struct bpf_object_open_opts as libbpf 1.0 has it. */
const openOptions = { size: 80, name: 8, logBuffer: 56, logSize: 64, logLevel: 72 } as const;
const objectName = 'trueingress\0';

/** Between open and load maps can be changed; descriptors exist after load and die with close, pins and bindings aside. */
export class BpfObject {
  readonly #handle: bigint;
  /** Holds the log's memory, into which libbpf writes until close. */
  readonly #options: ReturnType<typeof arena>;
  readonly #logAt: number;

  /** Throws KernelError when `image` is no BPF object. */
  constructor(image: Uint8Array, about: string) {
    catchMessages();
    const options = arena(openOptions.size + 16 + logSize);
    options.reserve(openOptions.size);
    const name = options.reserve(objectName.length);
    this.#logAt = options.reserve(logSize);
    options.bytes.set(Buffer.from(objectName, 'latin1'), name);
    options.view.setBigUint64(0, BigInt(openOptions.size), true);
    options.point(openOptions.name, name);
    options.point(openOptions.logBuffer, this.#logAt);
    options.view.setBigUint64(openOptions.logSize, BigInt(logSize), true);
    this.#options = options;
    const handle = libbpf.objectOpenMemory(image, image.length, options.bytes);
    if (handle === undefined) throw failure('bpf_object__open', errno.EINVAL, about, caughtMessages());
    this.#handle = handle;
  }

  /** The object's .BTF section. */
  btf(): Uint8Array {
    const size = cell(4);
    const btf = libbpf.objectBtf(this.#handle);
    const data = btf === undefined ? undefined : libbpf.btfRawData(btf, size.bytes);
    return data === undefined ? new Uint8Array(0) : copyMemory(data, size.get());
  }

  setMaxEntries(map: string, entries: number): void {
    check(libbpf.mapSetMaxEntries(this.#map(map), entries), 'bpf_map__set_max_entries', map);
  }

  /** The load uses this map instead of creating one. The descriptor is duplicated: the caller still closes its own. */
  reuse(map: string, fd: number): void {
    check(libbpf.mapReuseFd(this.#map(map), fd), 'bpf_map__reuse_fd', map);
  }

  /** Changes the initial value of an internal map (.rodata) in place. */
  patch(map: string, change: (value: Uint8Array) => void): void {
    const handle = this.#map(map);
    const size = cell(8);
    const address = libbpf.mapInitialValue(handle, size.bytes);
    if (address === undefined) throw failure('bpf_map__initial_value', errno.ENOENT, map);
    const value = copyMemory(address, size.get());
    change(value);
    check(libbpf.mapSetInitialValue(handle, value, value.length), 'bpf_map__set_initial_value', map);
  }

  /** Throws KernelError with the last lines of the verifier's log. */
  load(about: string): void {
    catchMessages();
    const result = libbpf.objectLoad(this.#handle);
    if (result < 0) throw failure('bpf_object__load', -result, about, this.#log());
  }

  /** Valid until close. */
  mapFd(name: string): number {
    return check(libbpf.mapFd(this.#map(name)), 'bpf_map__fd', name);
  }

  /** Valid until close. */
  programFd(name: string): number {
    const program = libbpf.objectFindProgram(this.#handle, name);
    if (program === undefined) throw failure('bpf_object__find_program_by_name', errno.ENOENT, name);
    return check(libbpf.programFd(program), 'bpf_program__fd', name);
  }

  close(): void {
    libbpf.objectClose(this.#handle);
  }

  #map(name: string): bigint {
    const map = libbpf.objectFindMap(this.#handle, name);
    if (map === undefined) throw failure('bpf_object__find_map_by_name', errno.ENOENT, name);
    return map;
  }

  #log(): string {
    const log = this.#options.bytes.subarray(this.#logAt);
    const end = log.indexOf(0);
    const verifier = Buffer.from(end < 0 ? log : log.subarray(0, end)).toString('latin1');
    return [verifier.trimEnd(), caughtMessages()]
      .filter((text) => text !== '')
      .map((text) => text.split('\n').slice(-logLines).join('\n'))
      .join('\n');
  }
}
