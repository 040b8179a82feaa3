// Switches hooks to a slot, and back. Each step is one compare-and-swap of one hook.
import type { Datapath, Hook, SlotName } from '../datapath/port.ts';
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

/** Makes the hooks what they were, whatever was done since: by looking, not by remembering. */
export function restoreHooks(datapath: Datapath, instance: string, before: readonly Hook[]): void {
  const now = datapath.observe(instance).hooks;
  for (const was of before) {
    const here = now.find((hook) => sameHook(hook, was));
    if (was.slot === undefined) continue;
    if (!here) datapath.attach(instance, was.slot, was);
    else if (here.programId !== was.programId) datapath.switchHook(instance, was.slot, here);
  }
  for (const hook of detachOrder(now)) if (!before.some((was) => sameHook(was, hook))) datapath.detach(instance, hook);
}

function sameHook(a: Hook, b: Hook): boolean {
  return a.ifindex === b.ifindex && a.direction === b.direction && a.kind === b.kind;
}
