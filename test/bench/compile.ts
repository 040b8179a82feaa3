// BPF objects that only the bench has: programs of its own, and variants of ours.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { machine } from 'node:os';
import { resolve } from 'node:path';

const directory = resolve('build/bench');

/** Our programs with these macros defined, as the bytes of an object file. */
export function compileVariant(name: string, ...macros: readonly string[]): Uint8Array {
  mkdirSync(directory, { recursive: true });
  const output = resolve(directory, `${name}.bpf.o`);
  const unused = ['-Wno-unused-function', '-Wno-unused-parameter'];
  const argv = [output, 'bpf/trueingress.bpf.c', ...macros.map((macro) => `-D${macro}`), ...unused];
  execFileSync('scripts/build-bpf.sh', argv, { stdio: 'inherit' });
  return readFileSync(output);
}

/** test/bench/bpf/`name`.bpf.c, as the bytes of an object file. */
export function compileBenchProgram(name: string): Uint8Array {
  return readFileSync(benchProgram(name));
}

/** The same, as the path of that file. Compiled as scripts/build-bpf.sh compiles ours. */
export function benchProgram(name: string): string {
  mkdirSync(directory, { recursive: true });
  const output = resolve(directory, `${name}.bpf.o`);
  const flags = ['-O2', '-g', '-target', 'bpf', '-mcpu=v3', '-Wall', '-Werror'];
  const headers = ['-isystem', `/usr/include/${machine()}-linux-gnu`];
  const source = `test/bench/bpf/${name}.bpf.c`;
  execFileSync('clang', [...flags, ...headers, '-c', source, '-o', output], { stdio: 'inherit' });
  return output;
}
