// The datapath port over the kernel: opened in a network namespace, every method in its room, closed with all that it holds.
import { release } from 'node:os';
import { waitForRunningPrograms } from '../../native/grace-period.ts';
import { enterNetns, netnsInode } from '../../native/namespace.ts';
import { requireCapabilities, requireLittleEndian } from '../../native/process.ts';
import { objectPath } from '../../paths.ts';
import type { Datapath, SlotName } from '../port.ts';
import { attach, detach, switchHook } from './attach.ts';
import type { Context } from './context.ts';
import { openEvents } from './events.ts';
import { findLearned, forget, mergeLearned, readCounters, readLearned } from './learned.ts';
import { lock, lockWatch } from './lock.ts';
import { dropMigrations } from './migrate.ts';
import { observe } from './observe.ts';
import { requireKernel } from './oldest.ts';
import { repairPins } from './repair.ts';
import { readRows, writeMeta, writeRows } from './rows.ts';
import { openScratch, type Scratch, type ScratchOptions } from './scratch.ts';
import { createSlot, discardSlot, removeInstance } from './slots.ts';
import { instanceNames } from './survey.ts';
import { openTrial } from './trial.ts';

export interface KernelOptions {
  /** Mount point of the BPF file system; mounted there when it is missing and something is to be pinned. */
  readonly bpffs?: string;
  /** Directory of the lock files. */
  readonly runDirectory?: string;
  /** Network namespace to enter first, as `ip netns` names it, or a path. The whole process is in it from then on. */
  readonly netns?: string;
  readonly objectPath?: string;
}

export interface KernelDatapath extends Datapath {
  /** As openProbe, with access to what the packets left in the scratch load's own maps. */
  openScratch(instance: string, slot: SlotName, options?: ScratchOptions): Scratch;
}

/**
 * Throws Refusal: `kernel-refused` on a big-endian machine, `kernel-too-old`, `not-permitted` without the capabilities, `usage` for
 * an unknown namespace.
 */
export function openKernelDatapath(options: KernelOptions = {}): KernelDatapath {
  requireLittleEndian();
  requireKernel(release());
  requireCapabilities();
  if (options.netns !== undefined) enterNetns(options.netns);
  const context: Context = {
    bpffs: options.bpffs ?? '/sys/fs/bpf',
    runDirectory: options.runDirectory ?? '/run/trueingress',
    objectPath: options.objectPath ?? objectPath(),
    netnsInode: netnsInode(),
    surveys: new Map(),
    migrations: new Map(),
    open: new Set(),
  };
  return {
    instances: () => instanceNames(context),
    observe: (instance) => observe(context, instance),
    readRows: (instance, slot, table, room) => readRows(context, instance, slot, table, room),
    readLearned: (instance, table) => readLearned(context, instance, table),
    findLearned: (instance, table, key) => findLearned(context, instance, table, key),
    readCounters: (instance, indexes) => readCounters(context, instance, indexes),
    openEvents: (instance) => openEvents(context, instance),
    lock: (instance, timeoutMs, attachment = false) => lock(context, instance, timeoutMs, attachment),
    lockWatch: (instance) => lockWatch(context, instance),
    createSlot: (instance, slot, spec, meta) => createSlot(context, instance, slot, spec, meta),
    discardSlot: (instance, slot) => discardSlot(context, instance, slot),
    writeRows: (instance, slot, table, changes) => writeRows(context, instance, slot, table, changes),
    writeMeta: (instance, slot, meta) => writeMeta(context, instance, slot, meta),
    waitForRunningPrograms,
    openProbe: (instance, slot) => openScratch(context, instance, slot),
    openTrial: (spec, rows) => openTrial(context, spec, rows),
    openScratch: (instance, slot, scratchOptions) => openScratch(context, instance, slot, scratchOptions),
    attach: (instance, slot, hook) => attach(context, instance, slot, hook),
    switchHook: (instance, slot, from) => switchHook(context, instance, slot, from),
    detach: (instance, hook) => detach(context, instance, hook),
    repairPins: (instance, slot) => repairPins(context, instance, slot),
    mergeLearned: (instance) => mergeLearned(context, instance),
    forget: (instance, gone) => forget(context, instance, gone),
    removeInstance: (instance) => removeInstance(context, instance),
    close: () => {
      for (const one of [...context.open]) one.close();
      for (const instance of [...context.migrations.keys()]) dropMigrations(context, instance);
      context.surveys.clear();
    },
  };
}
