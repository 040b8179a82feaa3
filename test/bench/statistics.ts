// What the kernel counts of programs that run: how often, and how long.
import { closeSync } from 'node:fs';
import { programInfo } from '../../src/native/descriptors.ts';
import { check } from '../../src/native/errno.ts';
import { native } from '../../src/native/koffi.ts';

const enable = native('libbpf.so.1', 'bpf_enable_stats', 'int', ['int']);
const runTime = 0;

/** As kernel.bpf_stats_enabled, but ended by the descriptor's end: nothing to restore, whatever happens to this process. */
export function enableStatistics(): () => void {
  const fd = check(enable(runTime), 'bpf_enable_stats', 'run time');
  return () => closeSync(fd);
}

/** Nanoseconds that one run of the program took on average while `during` ran; throws when it ran less than `least` times. */
export function nsOfARun(programFd: number, least: number, during: () => void): number {
  const before = programInfo(programFd);
  during();
  const after = programInfo(programFd);
  const runs = Number(after.runCount - before.runCount);
  if (runs < least) throw new Error(`a program ran ${runs} times where ${least} packets were sent`);
  return Number(after.runTimeNs - before.runTimeNs) / runs;
}

/** How often the program ran while `during` ran. */
export function runsOf(programFd: number, during: () => void): number {
  const before = programInfo(programFd);
  during();
  return Number(programInfo(programFd).runCount - before.runCount);
}
