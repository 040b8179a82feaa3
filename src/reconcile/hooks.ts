// Desired hooks × observed hooks → which programs to put, replace and take off, in which order.
// Ingress is attached first and taken off last: a reply must find its way back before a request leaves.
import type { Hook, HookKind, HookTarget, Host, SlotName } from '../datapath/port.ts';
import type { ResolvedInterface } from '../tables/table.ts';
import { directions } from '../topology/topology.ts';

export type HookStep =
  | { readonly action: 'attach'; readonly target: HookTarget }
  | { readonly action: 'switch'; readonly from: Hook }
  | { readonly action: 'detach'; readonly hook: Hook };

/** `auto`: the better kind of those that this kernel has. */
export function kindFor(asked: HookKind | 'auto', host: Host): HookKind {
  if (asked !== 'auto') return asked;
  return host.hasTcx() ? 'tcx' : 'clsact';
}

/**
 * @param kind what a hook that has no program of ours yet becomes; `force` moves the others to it as well
 * @param slot what all hooks shall run
 */
export function hookSteps(
  interfaces: readonly Pick<ResolvedInterface, 'ifindex' | 'name'>[],
  observed: readonly Hook[],
  kind: HookKind,
  force: boolean,
  slot: SlotName,
  replacesProgram: boolean,
): HookStep[] {
  const attach: HookStep[] = [];
  const replace: HookStep[] = [];
  const kept = new Set<Hook>();
  for (const direction of directions)
    for (const { ifindex, name } of interfaces) {
      const here = observed.filter((hook) => hook.ifindex === ifindex && hook.direction === direction);
      const keeper = here.find((hook) => hook.kind === kind) ?? (force ? undefined : here[0]);
      if (!keeper) attach.push({ action: 'attach', target: { ifindex, interfaceName: name, direction, kind } });
      else {
        kept.add(keeper);
        if (replacesProgram || keeper.slot !== slot) replace.push({ action: 'switch', from: keeper });
      }
    }
  const detach = observed.filter((hook) => !kept.has(hook));
  return [...replace, ...attach, ...detachOrder(detach).map((hook): HookStep => ({ action: 'detach', hook }))];
}

/** Egress first. */
export function detachOrder<One extends HookTarget>(hooks: readonly One[]): One[] {
  return [...hooks].sort((a, b) => (a.direction === b.direction ? 0 : a.direction === 'egress' ? -1 : 1));
}
