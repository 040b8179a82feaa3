// Attach and detach by hand, without a file: the live generation's own interfaces, found in its CONFIG rows.
import type { Datapath, HookKind, HostInterface, Observation } from '../datapath/port.ts';
import { type Problem, problem } from '../problem.ts';
import { config, roleNumbers } from '../tables/config.ts';
import { type Direction, directions } from '../topology/topology.ts';
import { runHookSteps } from './activate.ts';
import { detachOrder, type HookStep } from './hooks.ts';
import { findLive } from './live.ts';
import { readLive } from './verify.ts';

/** Which hooks are meant; undefined: all. */
export interface HookChoice {
  readonly interfaceName: string | undefined;
  readonly direction: Direction | undefined;
}

/** Attachments that are missing, ingress first; or why there is nothing to attach. Reads only. */
export function planAttach(
  datapath: Datapath,
  observation: Observation,
  here: readonly HostInterface[],
  choice: HookChoice,
  kind: HookKind,
): readonly HookStep[] | Problem {
  const live = findLive(observation);
  const rows = readLive(datapath, observation);
  if (!live.slot || !rows)
    return problem('no-instance', `instance "${observation.instance}" has no generation that could be attached`, {
      hint: 'apply a file first: `trueingress apply -f FILE`',
    });
  const configured = new Set<number>();
  for (let i = 0; i < rows.config.count; i++)
    configured.add(config.key.decode(rows.config.keys, i * rows.config.keySize).ifindex);
  const names = here.filter(({ ifindex }) => configured.has(ifindex));
  const chosen = names.filter(({ name }) => choice.interfaceName === undefined || name === choice.interfaceName);
  if (chosen.length === 0)
    return problem(
      'interface-missing',
      choice.interfaceName === undefined
        ? `no interface of instance "${observation.instance}" exists here any more`
        : `interface "${choice.interfaceName}" is not one of instance "${observation.instance}"`,
      {
        hint: names.length
          ? `its interfaces are ${names.map(({ name }) => name).join(', ')}; list another one in the file and apply it`
          : 'list the interfaces in the file and apply it',
      },
    );
  return directions
    .filter((direction) => choice.direction === undefined || direction === choice.direction)
    .flatMap((direction) =>
      chosen
        .filter(
          ({ ifindex }) => !observation.hooks.some((one) => one.ifindex === ifindex && one.direction === direction),
        )
        .map(
          ({ ifindex, name }): HookStep => ({
            action: 'attach',
            target: { ifindex, interfaceName: name, direction, kind },
          }),
        ),
    );
}

/** Our programs on the chosen hooks, egress first. Empty: none is there. */
export function planDetach(observation: Observation, choice: HookChoice): readonly HookStep[] {
  const chosen = observation.hooks.filter(
    ({ interfaceName, direction }) =>
      (choice.interfaceName === undefined || interfaceName === choice.interfaceName) &&
      (choice.direction === undefined || direction === choice.direction),
  );
  return detachOrder(chosen).map((hook) => ({ action: 'detach', hook }));
}

/** Throws KernelError; what was done until then stays done, and a second run goes on from there. */
export function runAttachment(datapath: Datapath, observation: Observation, steps: readonly HookStep[]): void {
  const { slot } = findLive(observation);
  if (slot) runHookSteps(datapath, observation.instance, slot.name, steps);
  else for (const step of steps) if (step.action === 'detach') datapath.detach(observation.instance, step.hook);
}

/** A gateway's programs are what keeps traffic to its services from leaving unencapsulated; `taken` are to go. */
export function leavesInTheClear(observation: Observation, taken: readonly unknown[]): boolean {
  const { slot } = findLive(observation);
  return slot?.meta.role !== roleNumbers.node && taken.length > 0;
}
