// Our programs on hooks: put after those that are there, exchanged for exactly one of ours, taken off exactly. Nobody
// else's program, filter or qdisc is touched.
import { withDescriptor } from '../../native/descriptors.ts';
import { errno, failure } from '../../native/errno.ts';
import {
  type BpfFilter,
  bpfFilters,
  clsactInterfaces,
  createFilter,
  deleteFilter,
  replaceFilter,
} from '../../native/filters.ts';
import { tcxAttach, tcxDetach, tcxReplace } from '../../native/tcx.ts';
import type { Hook, HookTarget, SlotName } from '../port.ts';
import type { Catalog } from './catalog.ts';
import type { Context } from './context.ts';
import { known } from './observe.ts';

/** Throws KernelError EEXIST where this instance's program of that direction already is on the interface. */
export function attach(context: Context, instance: string, slot: SlotName, hook: HookTarget): void {
  const { catalog, programId, hooks } = slotProgram(context, instance, slot, hook);
  const { ifindex, direction, kind } = hook;
  if (hooks.some((one) => one.ifindex === ifindex && one.direction === direction && one.kind === kind))
    throw failure('attach', errno.EEXIST, place(hook));
  context.surveys.delete(instance);
  withDescriptor(catalog.openProgram(programId), (fd) => {
    if (kind === 'tcx') tcxAttach(ifindex, direction, fd, place(hook));
    else createFilter(ifindex, direction, fd, place(hook));
  });
}

/** Throws KernelError EEXIST or ENOENT where `from` is not what the hook runs. */
export function switchHook(context: Context, instance: string, slot: SlotName, from: Hook): void {
  const { catalog, programId } = slotProgram(context, instance, slot, from);
  const { ifindex, direction, kind } = from;
  context.surveys.delete(instance);
  withDescriptor(catalog.openProgram(programId), (fd) => {
    if (kind === 'clsact') replaceFilter(ourFilter(from), fd, place(from));
    else withOld(catalog, from, (old) => tcxReplace(ifindex, direction, fd, old, place(from)));
  });
}

/** Throws KernelError ENOENT where it is not there. */
export function detach(context: Context, instance: string, hook: Hook): void {
  const { catalog } = known(context, instance);
  const { ifindex, direction, kind } = hook;
  context.surveys.delete(instance);
  if (kind === 'clsact') deleteFilter(ourFilter(hook), place(hook));
  else withOld(catalog, hook, (fd) => tcxDetach(ifindex, direction, fd, place(hook)));
}

function slotProgram(context: Context, instance: string, slot: SlotName, { direction }: HookTarget) {
  const { catalog, slots, hooks } = known(context, instance);
  const programId = slots[slot]?.programs[direction];
  if (!programId) throw failure('bpf_obj_get', errno.ENOENT, `${direction} program of ${instance}/${slot}`);
  return { catalog, programId, hooks };
}

function withOld<T>(catalog: Catalog, hook: Hook, use: (fd: number) => T): T {
  return withDescriptor(catalog.openProgram(hook.programId), use);
}

/** The one filter that runs exactly this program: priority and handle are asked again, since others may have moved in. */
function ourFilter(hook: Hook): BpfFilter {
  const filters = clsactInterfaces().has(hook.ifindex) ? bpfFilters(hook.ifindex, hook.direction) : [];
  const ours = filters.find((one) => one.programId === hook.programId);
  if (!ours) throw failure('netlink', errno.ENOENT, `program ${hook.programId} is not on ${place(hook)}`);
  return ours;
}

function place({ interfaceName, direction, kind }: HookTarget): string {
  return `${interfaceName} ${direction} (${kind})`;
}
