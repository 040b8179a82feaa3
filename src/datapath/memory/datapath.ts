// The datapath port over a memory world: the kernel's rules and errors, counted steps, faults on purpose.
// One `openMemoryDatapath` is one process: when it is killed, what it had written stays and its locks are given back.
import { metaLayout } from '../../tables/meta.ts';
import type { Datapath } from '../port.ts';
import { evaluateByModel } from './evaluate.ts';
import { openEvents } from './events.ts';
import { createRecorder, type FaultPlan, Killed, type Recorder, type Step } from './faults.ts';
import { theSlot } from './find.ts';
import { attach, detach, switchHook } from './hooks.ts';
import { findRow, forget, readCounters, readLearned } from './learned.ts';
import { lockWatch, releaseLocksOf, takeLock } from './lock.ts';
import { instanceNames, observeInstance } from './observe.ts';
import { type Evaluator, openProbe, openTrial } from './probe.ts';
import { readRows, writeRows } from './rows.ts';
import { createSlot, discardSlot, removeInstance, repairPins } from './slots.ts';
import type { MemoryWorld } from './world.ts';

export interface MemoryDatapath extends Datapath {
  /** Every step that was tried, in order. */
  readonly log: readonly Step[];
  /** Killed by a fault: every further call throws. */
  readonly dead: boolean;
}

export interface MemoryOptions {
  readonly faults?: FaultPlan;
  /** Stands for the programs in probes; the packet model unless told. */
  readonly evaluate?: Evaluator;
  /** The caller's network namespace; the world's unless told. */
  readonly netnsInode?: bigint;
  /** Told of each step before it happens: live traffic, another process, a test that looks. */
  readonly before?: (step: Step, number: number) => void;
}

export function openMemoryDatapath(world: MemoryWorld, options: MemoryOptions = {}): MemoryDatapath {
  const { faults = [], evaluate = evaluateByModel, netnsInode = world.netnsInode, before = () => {} } = options;
  const holder = `process ${++world.lastId}`;
  const steps: Recorder = createRecorder(faults, before, () => releaseLocksOf(world, holder));

  return {
    get log() {
      return steps.log;
    },
    get dead() {
      return steps.dead;
    },
    instances: () => steps.read('instances', 'all', () => instanceNames(world)),
    observe: (instance) => steps.read('observe', instance, () => observeInstance(world, instance, netnsInode)),
    readRows: (instance, slot, table) =>
      steps.read('readRows', `${slot}/${table}`, () => readRows(world, instance, slot, table)),
    readLearned: (instance, table) => steps.read('readLearned', table, () => readLearned(world, instance, table)),
    findLearned: (instance, table, key) => steps.read('findLearned', table, () => findRow(world, instance, table, key)),
    readCounters: (instance, indexes) =>
      steps.read('readCounters', instance, () => readCounters(world, instance, indexes)),

    openEvents: (instance) => steps.read('openEvents', instance, () => openEvents(world, instance, holder)),

    async lock(instance, timeoutMs, attachment = false) {
      steps.read('lock', instance, () => {});
      const lock = await takeLock(world, instance, holder, timeoutMs, attachment);
      if (!steps.dead) return lock;
      lock.release();
      throw new Killed('lock');
    },

    lockWatch: (instance) => steps.read('lockWatch', instance, () => lockWatch(world, instance, holder)),

    createSlot: (instance, slot, spec, meta) => createSlot(world, steps, instance, slot, spec, meta),
    discardSlot: (instance, slot) => discardSlot(world, steps, instance, slot),
    writeRows: (instance, slot, table, changes) => writeRows(world, steps, instance, slot, table, changes),
    writeMeta: (instance, slot, meta) => {
      const { load } = theSlot(world, instance, slot);
      steps.write('writeMeta', slot, () => {
        load.meta.bytes = metaLayout.encode(meta);
      });
    },
    waitForRunningPrograms: () => steps.read('waitForRunningPrograms', 'membarrier', () => {}),
    openProbe: (instance, slot) =>
      steps.read('openProbe', slot, () =>
        openProbe({ world, evaluate, loadOf: (name) => theSlot(world, instance, name).load }, slot),
      ),
    openTrial: (spec, rows) => steps.read('openTrial', 'all', () => openTrial(spec, rows, evaluate)),

    attach: (instance, slot, hook) => attach(world, steps, instance, slot, hook),
    switchHook: (instance, slot, from) => switchHook(world, steps, instance, slot, from),
    detach: (_instance, hook) => detach(world, steps, hook),
    repairPins: (instance, slot) => repairPins(world, steps, instance, slot),
    // Nothing is copied here: a map of another layout has no rows that somebody could read.
    mergeLearned: (instance) => steps.read('mergeLearned', instance, () => {}),
    forget: (instance, gone) => forget(world, steps, instance, gone),
    removeInstance: (instance) => removeInstance(world, steps, instance),
    close: () => releaseLocksOf(world, holder),
  };
}
