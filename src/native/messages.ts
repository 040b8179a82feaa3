// What libbpf says, caught instead of printed: stderr is the operator's, and a verifier's verdict belongs into the error.
import { callback } from './koffi.ts';
import { libbpf } from './libbpf.ts';
import { libc } from './libc.ts';

const levels = { warning: 0, info: 1 } as const;
const kept = 40;

// libbpf has one print function for the process.
let lines: string[] | undefined;

/** Starts catching, at the first call; forgets what was caught before. To be called before libbpf can have a reason to print. */
export function catchMessages(): void {
  if (lines) {
    lines.length = 0;
    return;
  }
  const caught: string[] = [];
  const memory = new Uint8Array(2048);
  lines = caught;
  // A va_list is passed by address on x86-64, arm64 and RISC-V, so that it can be handed on as it came.
  const print = callback('print_function', (level, format, values) => {
    if (level > levels.info) return 0;
    const written = Math.min(libc.formatInto(memory, memory.length, format, values), memory.length - 1);
    caught.push(
      ...Buffer.from(memory.subarray(0, Math.max(0, written)))
        .toString('utf8')
        .trimEnd()
        .split('\n'),
    );
    if (caught.length > kept) caught.splice(0, caught.length - kept);
    return 0;
  });
  libbpf.setPrint(print);
}

export function caughtMessages(): string {
  return (lines ?? []).join('\n');
}
