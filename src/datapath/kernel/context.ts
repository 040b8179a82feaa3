// What one open kernel datapath knows: where things are, and as whom it asks. Everything else is asked of the kernel.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problem, Refusal } from '../../problem.ts';
import type { LearnedTable, SlotName } from '../port.ts';
import type { Migration } from './migrate.ts';
import type { SlotMap } from './names.ts';
import type { Survey } from './survey.ts';

export interface Context {
  /** Mount point of the BPF file system. */
  readonly bpffs: string;
  /** Where lock files are. */
  readonly runDirectory: string;
  readonly objectPath: string;
  /** Of the network namespace that all hooks are asked in. */
  readonly netnsInode: bigint;
  /**
   * What `observe` saw last, by instance: an address book for the calls that follow it, not a memory. Every entry is an id,
   * which names one kernel object for ever; what changes pins or hooks drops it.
   */
  readonly surveys: Map<string, Survey>;
  /** By instance: learned maps of another layout that were copied and whose newer rows are still to come. */
  readonly migrations: Map<string, readonly Migration[]>;
  /** What is open until `close`: locks, probes. */
  readonly open: Set<{ close(): void }>;
}

/** A path below the instance's pin directory. */
export function pinPath(context: Context, instance: string, ...names: readonly string[]): string {
  return join(context.bpffs, 'trueingress', instance, ...names);
}

export function slotPath(context: Context, instance: string, slot: SlotName, name?: SlotMap | 'ingress' | 'egress') {
  return name === undefined ? pinPath(context, instance, slot) : pinPath(context, instance, slot, name);
}

export function learnedPath(context: Context, instance: string, table?: LearnedTable): string {
  return table === undefined ? pinPath(context, instance, 'learned') : pinPath(context, instance, 'learned', table);
}

/** The BPF object file's bytes. Throws Refusal `kernel-refused` where it is missing. */
export function readObject(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    const hint = 'in a source tree run `make build`; TRUEINGRESS_OBJECT names another file';
    throw new Refusal(problem('kernel-refused', `the BPF programs are missing: ${path}`, { hint }));
  }
}

/** SHA-256 of the BPF object file: META's buildDigest. */
export function objectDigest(path: string): Uint8Array {
  return createHash('sha256').update(readObject(path)).digest();
}
