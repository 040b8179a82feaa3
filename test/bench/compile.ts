// BPF programs that only the bench has, compiled as scripts/build-bpf.sh compiles ours.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { machine } from 'node:os';
import { resolve } from 'node:path';

/** test/bench/bpf/`name`.bpf.c as the bytes of an object file. */
export function compileBenchProgram(name: string): Uint8Array {
  const directory = resolve('build/bench');
  mkdirSync(directory, { recursive: true });
  const output = resolve(directory, `${name}.bpf.o`);
  const flags = ['-O2', '-g', '-target', 'bpf', '-mcpu=v3', '-Wall', '-Werror'];
  const headers = ['-isystem', `/usr/include/${machine()}-linux-gnu`];
  const source = `test/bench/bpf/${name}.bpf.c`;
  execFileSync('clang', [...flags, ...headers, '-c', source, '-o', output], { stdio: 'inherit' });
  return readFileSync(output);
}
