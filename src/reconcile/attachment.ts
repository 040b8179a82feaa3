// Attach and detach by hand, without a file: the live generation's own interfaces, found in its CONFIG rows.
import type { Datapath, HookKind, HostInterface, Observation } from '../datapath/port.ts';
import { type Problem, problem } from '../problem.ts';
import { config, roleNumbers } from '../tables/config.ts';
import { type Direction, directions } from '../topology/topology.ts';
import { runHookSteps } from './activate.ts';
import { detachOrder, type HookStep, hookSteps } from './hooks.ts';
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
  const configured = configuredIn(rows);
  const names = here.filter(({ ifindex }) => configured.has(ifindex));
  const chosen = names.filter(({ name }) => choice.interfaceName === undefined || name === choice.interfaceName);
  if (chosen.length === 0)
    return notOfInstance(
      observation,
      choice,
      names.length
        ? `its interfaces are ${names.map(({ name }) => name).join(', ')}; list another one in the file and apply it`
        : 'list the interfaces in the file and apply it',
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

/** What is missing, as for attach; and of hooks of another kind first the new one, then away with the old: no packet is missed. */
export function planReattach(
  datapath: Datapath,
  observation: Observation,
  here: readonly HostInterface[],
  choice: HookChoice,
  kind: HookKind,
  force: boolean,
): readonly HookStep[] | Problem {
  const { slot } = findLive(observation);
  // Asked for what it refuses: an interface that is not the instance's, a generation that is not there.
  const attach = planAttach(datapath, observation, here, choice, kind);
  const rows = readLive(datapath, observation);
  if ('code' in attach || !slot || !rows) return attach;
  const configured = configuredIn(rows);
  const meant = ({ name }: { readonly name: string }) =>
    choice.interfaceName === undefined || name === choice.interfaceName;
  const chosen = here.filter((one) => configured.has(one.ifindex) && meant(one));
  const observed = observation.hooks.filter(({ ifindex }) => chosen.some((one) => one.ifindex === ifindex));
  return hookSteps(chosen, observed, kind, force, slot.name, false).filter(
    (step) => choice.direction === undefined || directionOf(step) === choice.direction,
  );
}

function directionOf(step: HookStep): Direction {
  return (step.action === 'attach' ? step.target : step.action === 'switch' ? step.from : step.hook).direction;
}

function configuredIn({ config: rows }: NonNullable<ReturnType<typeof readLive>>): Set<number> {
  const configured = new Set<number>();
  for (let i = 0; i < rows.count; i++) configured.add(config.key.decode(rows.keys, i * rows.keySize).ifindex);
  return configured;
}

function notOfInstance({ instance }: Observation, { interfaceName }: HookChoice, hint: string): Problem {
  return problem(
    'interface-missing',
    interfaceName === undefined
      ? `no interface of instance "${instance}" exists here any more`
      : `interface "${interfaceName}" is not one of instance "${instance}"`,
    { hint },
  );
}

/** Our programs on the chosen hooks, egress first. Empty: none is there; a name that was never ours is a mistake. */
export function planDetach(
  datapath: Datapath,
  observation: Observation,
  here: readonly HostInterface[],
  choice: HookChoice,
): readonly HookStep[] | Problem {
  const chosen = observation.hooks.filter(
    ({ interfaceName, direction }) =>
      (choice.interfaceName === undefined || interfaceName === choice.interfaceName) &&
      (choice.direction === undefined || direction === choice.direction),
  );
  const rows = readLive(datapath, observation);
  if (chosen.length === 0 && choice.interfaceName !== undefined && rows) {
    const configured = configuredIn(rows);
    const names = here.filter(({ ifindex }) => configured.has(ifindex)).map(({ name }) => name);
    if (!names.includes(choice.interfaceName))
      return notOfInstance(
        observation,
        choice,
        names.length ? `its interfaces are ${names.join(', ')}` : 'none is left',
      );
  }
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
