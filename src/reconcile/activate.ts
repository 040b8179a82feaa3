// Switches hooks to a slot, and back. Each step is one compare-and-swap of one hook.
import type { Datapath, Hook, SlotName } from '../datapath/port.ts';
import { KernelError, Refusal } from '../problem.ts';
import { detachOrder, type HookStep } from './hooks.ts';

export function runHookSteps(datapath: Datapath, instance: string, slot: SlotName, steps: readonly HookStep[]): void {
  for (const step of steps)
    switch (step.action) {
      case 'attach':
        datapath.attach(instance, slot, step.target);
        break;
      case 'switch':
        datapath.switchHook(instance, slot, step.from);
        break;
      case 'detach':
        datapath.detach(instance, step.hook);
        break;
      default:
        step satisfies never;
    }
}

/**
 * Makes the hooks what they were, whatever was done since: by looking, not by remembering. One hook that cannot be brought
 * back keeps none of the others from it: the first refusal is thrown at the end. An interface that is gone has no hook to
 * bring back.
 */
export function restoreHooks(datapath: Datapath, instance: string, before: readonly Hook[]): void {
  const now = datapath.observe(instance).hooks;
  const refusals: unknown[] = [];
  const lost: Hook[] = [];
  const attempt = (hook: Hook, step: () => void): void => {
    try {
      step();
    } catch (error) {
      if (!(error instanceof KernelError || error instanceof Refusal)) throw error;
      if (error instanceof KernelError && error.errnoName === 'ENODEV') return;
      refusals.push(error);
      lost.push(hook);
    }
  };
  for (const was of before) {
    const here = now.find((hook) => sameHook(hook, was));
    const { slot } = was;
    if (slot === undefined) continue;
    if (!here) attempt(was, () => datapath.attach(instance, slot, was));
    else if (here.programId !== was.programId) attempt(was, () => datapath.switchHook(instance, slot, here));
  }
  for (const hook of detachOrder(now)) {
    // What came in the place of a hook that does not come back stays: without either, traffic would leave in the clear.
    if (before.some((was) => sameHook(was, hook)) || lost.some((was) => samePlace(was, hook))) continue;
    attempt(hook, () => datapath.detach(instance, hook));
  }
  if (refusals.length) throw refusals[0];
}

function samePlace(a: Hook, b: Hook): boolean {
  return a.ifindex === b.ifindex && a.direction === b.direction;
}

function sameHook(a: Hook, b: Hook): boolean {
  return samePlace(a, b) && a.kind === b.kind;
}
