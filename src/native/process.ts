// What this process may do and what it runs on, asked before anything else is.
import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { problem, Refusal } from '../problem.ts';

/** linux/capability.h */
const capabilities = { CAP_NET_ADMIN: 12, CAP_SYS_ADMIN: 21, CAP_PERFMON: 38, CAP_BPF: 39 } as const;
type Capability = keyof typeof capabilities;

/** Layouts are little-endian. Throws Refusal `kernel-refused` on any other machine. */
export function requireLittleEndian(): void {
  if (endianness() !== 'LE')
    throw new Refusal(
      problem('kernel-refused', `this machine (${process.arch}) is big-endian, which is not supported`),
    );
}

/** Names of those that the process lacks: CAP_NET_ADMIN, and CAP_SYS_ADMIN or both CAP_BPF and CAP_PERFMON. Empty for root. */
export function missingCapabilities(): Capability[] {
  const line = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/thread-self/status', 'latin1'));
  const effective = BigInt(`0x${line?.[1] ?? '0'}`);
  const has = (name: Capability): boolean => ((effective >> BigInt(capabilities[name])) & 1n) === 1n;
  const wanted: Capability[] = has('CAP_SYS_ADMIN') ? ['CAP_NET_ADMIN'] : ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN'];
  return wanted.filter((name) => !has(name));
}

/** Throws Refusal `not-permitted` naming what is missing. */
export function requireCapabilities(): void {
  const missing = missingCapabilities();
  if (missing.length === 0) return;
  const hint = 'run as root, or give the process these capabilities';
  throw new Refusal(problem('not-permitted', `this needs ${missing.join(' and ')}`, { hint }));
}
