// The only importer of koffi, which is loaded at the first call of a native function and never by `import`: commands that
// ask nothing of the kernel must not pay for it. Declares functions by signature and checks every argument's range,
// since FFI truncates integers and takes `undefined` for NULL without a word. Knows no function by name.
import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { ownFile } from '../paths.ts';
import { problem, Refusal } from '../problem.ts';

/** What a C parameter takes. Nothing is converted: what does not fit exactly is a RangeError, a bug of ours. */
export interface ArgumentTypes {
  int: number;
  uint: number;
  size: number;
  u64: bigint;
  /** const char *, without NUL inside. */
  text: string;
  /** The memory itself, not a copy; undefined is NULL. It must be as large as the callee expects: check sizes before. */
  bytes: Uint8Array | undefined;
  /** An address that C gave us, opaque; 0n is NULL. */
  pointer: bigint;
}
export interface ResultTypes {
  int: number;
  long: number;
  /** undefined is NULL. */
  pointer: bigint | undefined;
  /** const char * that C keeps. */
  text: string;
  void: undefined;
}
type ForeignFunction = ReturnType<Koffi.LibraryHandle['func']>;
type ArgumentKind = keyof ArgumentTypes;
type ArgumentsOf<A extends readonly ArgumentKind[]> = { -readonly [I in keyof A]: ArgumentTypes[A[I]] };

const cTypes: Readonly<Record<ArgumentKind, string>> = {
  int: 'int',
  uint: 'uint32_t',
  size: 'size_t',
  u64: 'uint64_t',
  text: 'str',
  bytes: 'void *',
  pointer: 'void *',
};
const cResults: Readonly<Record<keyof ResultTypes, string>> = {
  int: 'int',
  long: 'long',
  pointer: 'void *',
  text: 'str',
  void: 'void',
};

const fits: { readonly [K in ArgumentKind]: (value: ArgumentTypes[K]) => boolean } = {
  int: (value) => Number.isInteger(value) && value >= -0x8000_0000 && value <= 0x7fff_ffff,
  uint: (value) => Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff,
  size: (value) => Number.isSafeInteger(value) && value >= 0,
  u64: (value) => typeof value === 'bigint' && value >= 0n && value < 1n << 64n,
  text: (value) => typeof value === 'string' && !value.includes('\0'),
  bytes: (value) => value === undefined || value instanceof Uint8Array,
  pointer: (value) => typeof value === 'bigint' && value >= 0n,
};

// The process has one koffi and one handle for each library, as it has one dynamic linker.
let koffi: typeof Koffi | undefined;
const libraries = new Map<string, Koffi.LibraryHandle>();

function loadKoffi(): typeof Koffi {
  if (koffi) return koffi;
  try {
    koffi = createRequire(ownFile())('koffi') as typeof Koffi;
  } catch (cause) {
    const hint = 'install the npm packages again, without --omit=optional';
    throw new Refusal(problem('no-libbpf', `package koffi cannot be loaded: ${firstLine(cause)}`, { hint }));
  }
  return koffi;
}

function symbolOf(file: string, load: (library: Koffi.LibraryHandle) => ForeignFunction): ForeignFunction {
  const hint = 'install Debian package libbpf1 (libbpf 1.0 or later)';
  try {
    const library = libraries.get(file) ?? loadKoffi().load(file);
    libraries.set(file, library);
    return load(library);
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal(problem('no-libbpf', `${file} cannot be used: ${firstLine(cause)}`, { hint }));
  }
}

function firstLine(cause: unknown): string {
  return String(cause instanceof Error ? cause.message : cause).split('\n')[0] ?? '';
}

/** A C function of a shared library, looked up at its first call. Throws Refusal `no-libbpf` when it is not there. */
export function native<const A extends readonly ArgumentKind[], R extends keyof ResultTypes>(
  library: string,
  name: string,
  result: R,
  parameters: A,
): (...values: ArgumentsOf<A>) => ResultTypes[R] {
  let call: ForeignFunction | undefined;
  return (...values) => {
    call ??= symbolOf(library, (handle) =>
      handle.func(
        name,
        cResults[result],
        parameters.map((kind) => cTypes[kind]),
      ),
    );
    for (let i = 0; i < parameters.length; i++) {
      const kind = parameters[i] as ArgumentKind;
      const inRange = fits[kind] as (value: unknown) => boolean;
      const value: unknown = values[i];
      // Bytes may be a row with its key: no message shows them.
      const shown = typeof value === 'object' ? 'an object' : String(value);
      if (!inRange(value)) throw new RangeError(`${name}: argument ${i + 1} is no ${kind}: ${shown}`);
    }
    return (call(...values) ?? undefined) as ResultTypes[R];
  };
}

/** errno of the last libc call. To be read at once: any fs call overwrites it. */
export function lastErrno(): number {
  return loadKoffi().errno();
}

/** Address of this memory. It is valid while `memory` is referenced; see arena.ts. */
export function addressOf(memory: Uint8Array): bigint {
  return loadKoffi().address(memory);
}

/** A copy of what C holds at an address. */
export function copyMemory(address: bigint, size: number): Uint8Array {
  return new Uint8Array(loadKoffi().view(address, size)).slice();
}

/** What C holds at an address, seen and not copied. It must not be looked at once that memory is gone. */
export function viewMemory(address: bigint, size: number): ArrayBuffer {
  return loadKoffi().view(address, size);
}

/** A C function pointer, for the life of the process, for `int f(int, pointer, pointer)`: what libbpf_set_print wants. */
export function callback(name: string, run: (level: number, format: bigint, values: bigint) => number): bigint {
  const { proto, register, pointer } = loadKoffi();
  return register(run, pointer(proto(name, 'int', ['int', 'void *', 'void *'])));
}
