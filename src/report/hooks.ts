// Hooks and steps on them, in words and as data.
import type { Hook, HookTarget } from '../datapath/port.ts';
import type { HookStep } from '../reconcile/hooks.ts';

export interface HookStepView {
  readonly action: HookStep['action'];
  readonly interface: string;
  readonly ifindex: number;
  readonly direction: Hook['direction'];
  readonly hook: Hook['kind'];
}

export function hookStepView(step: HookStep): HookStepView {
  const target: HookTarget = step.action === 'attach' ? step.target : step.action === 'switch' ? step.from : step.hook;
  return {
    action: step.action,
    interface: target.interfaceName,
    ifindex: target.ifindex,
    direction: target.direction,
    hook: target.kind,
  };
}

/** `attach eth0 ingress (tcx)`. */
export function hookStepText(step: HookStep): string {
  const { action, interface: name, direction, hook } = hookStepView(step);
  return `${action} ${name} ${direction} (${hook})`;
}

/** `attached 2 hooks, switched 1 hook`: what was done. */
export function hookStepsDone(steps: readonly HookStep[]): string {
  const done = { attach: 'attached', switch: 'switched', detach: 'detached' } as const;
  return (['attach', 'switch', 'detach'] as const)
    .map((action) => ({ action, count: steps.filter((step) => step.action === action).length }))
    .filter(({ count }) => count > 0)
    .map(({ action, count }) => `${count} ${count === 1 ? 'hook' : 'hooks'} ${done[action]}`)
    .join(', ');
}

/** What attach or detach did, a line for each hook. */
export function stepsText(steps: readonly HookStep[], nothing: string): string {
  const done = { attach: 'Attached', switch: 'Switched', detach: 'Detached' } as const;
  if (steps.length === 0) return `${nothing}\n`;
  return steps
    .map(hookStepView)
    .map(({ action, interface: name, direction, hook }) => `${done[action]} ${name} ${direction} (${hook}).\n`)
    .join('');
}

export function stepsFields(instance: string, steps: readonly HookStep[]): Record<string, unknown> {
  return { instance, steps: steps.map(hookStepView) };
}
