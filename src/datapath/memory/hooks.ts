// Programs put on interfaces, exchanged and taken off, with what TCX and clsact refuse.
import type { Hook, HookTarget, SlotName } from '../port.ts';
import { type Recorder, refuse } from './faults.ts';
import { ownAttachments, programsOf, theSlot } from './find.ts';
import { type Attachment, type MemoryWorld, metaOf, type Program, programExists } from './world.ts';

export function attach(
  world: MemoryWorld,
  steps: Recorder,
  instance: string,
  slot: SlotName,
  { ifindex, direction, kind }: HookTarget,
): void {
  const program = slotProgram(world, instance, slot, direction);
  if (kind === 'clsact' && !world.qdiscs.has(ifindex))
    steps.write('attach', `clsact qdisc on ${ifindex}`, () => {
      checkInterface(world, ifindex);
      world.qdiscs.add(ifindex);
    });
  steps.write('attach', `${direction} of ${ifindex}`, () => {
    checkInterface(world, ifindex);
    if (kind === 'tcx' && !world.tcx) throw refuse('BPF_PROG_ATTACH', 'EINVAL', 'no TCX in this kernel');
    const own = ownAttachments(world, instance);
    if (own.some((one) => one.ifindex === ifindex && one.direction === direction && one.kind === kind))
      throw refuse('BPF_PROG_ATTACH', 'EEXIST', `${direction} of ${ifindex}`);
    const attachment = { ifindex, direction, kind, program };
    world.attachments.push(
      kind === 'tcx' ? attachment : { ...attachment, filter: freeFilter(world, ifindex, direction) },
    );
  });
}

/** ENOENT where the hook does not run `from`; EEXIST where a TCX hook runs the new program already. */
export function switchHook(world: MemoryWorld, steps: Recorder, instance: string, slot: SlotName, from: Hook): void {
  const program = slotProgram(world, instance, slot, from.direction);
  steps.write('switchHook', `${from.direction} of ${from.ifindex}`, () => {
    if (!programExists(world, from.programId)) throw refuse('BPF_PROG_GET_FD_BY_ID', 'ENOENT', notThere(from));
    if (from.kind === 'tcx' && placeOf(world, { ...from, programId: program.id }) >= 0)
      throw refuse('BPF_PROG_ATTACH', 'EEXIST', `${from.direction} of ${from.ifindex} runs program ${program.id}`);
    const at = placeOf(world, from);
    const old = world.attachments[at];
    if (!old) throw refuse('BPF_PROG_ATTACH', 'ENOENT', notThere(from));
    world.attachments[at] = { ...old, program };
  });
}

/** ENOENT where it is not there. */
export function detach(world: MemoryWorld, steps: Recorder, hook: Hook): void {
  steps.write('detach', `${hook.direction} of ${hook.ifindex}`, () => {
    const at = placeOf(world, hook);
    if (at < 0) throw refuse('BPF_PROG_DETACH', 'ENOENT', notThere(hook));
    world.attachments.splice(at, 1);
  });
}

/** An interface is gone, and what was on it with it. */
export function removeInterface(world: MemoryWorld, ifindex: number): void {
  const keep = world.attachments.filter((one) => one.ifindex !== ifindex);
  world.attachments.splice(0, world.attachments.length, ...keep);
  world.interfaces.splice(0, world.interfaces.length, ...world.interfaces.filter((one) => one.ifindex !== ifindex));
  world.qdiscs.delete(ifindex);
}

/** What runs on a hook, in order: one line for each program. */
export function hookLines(world: MemoryWorld): string[] {
  return world.attachments.map(
    ({ ifindex, direction, kind, program }) =>
      `${ifindex} ${direction} ${kind} ${program.kind === 'foreign' ? 'foreign' : metaOf(program.load).generation}`,
  );
}

function slotProgram(world: MemoryWorld, instance: string, slot: SlotName, direction: Hook['direction']): Program {
  const program = programsOf(world, theSlot(world, instance, slot).load).find((one) => one.direction === direction);
  if (!program) throw refuse('bpf_prog_get_fd_by_id', 'ENOENT', `${direction} program of ${instance}/${slot}`);
  return program;
}

/** Where exactly this program is, or -1. */
function placeOf(world: MemoryWorld, { ifindex, direction, kind, programId }: Hook): number {
  checkInterface(world, ifindex);
  return world.attachments.findIndex(
    (one) =>
      one.ifindex === ifindex && one.direction === direction && one.kind === kind && one.program.id === programId,
  );
}

function notThere({ programId, direction, ifindex }: Hook): string {
  return `program ${programId} is not on ${direction} of ${ifindex}`;
}

function checkInterface(world: MemoryWorld, ifindex: number): void {
  if (!world.interfaces.some((one) => one.ifindex === ifindex)) throw refuse('BPF_PROG_ATTACH', 'ENODEV', `${ifindex}`);
}

/** The first priority that nobody has on this hook. */
function freeFilter(world: MemoryWorld, ifindex: number, direction: Attachment['direction']): string {
  const taken = new Set(
    world.attachments
      .filter((one) => one.ifindex === ifindex && one.direction === direction)
      .map(({ filter }) => filter),
  );
  let priority = 1;
  while (taken.has(`${priority}:1`)) priority++;
  return `${priority}:1`;
}
