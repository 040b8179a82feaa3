// What the line on top of a status says: the kernel's word, and that of the daemon, which knows what its files ask for.
import type { Status } from '../reconcile/status.ts';
import { faultsText } from './daemon.ts';
import type { DaemonView } from './daemon-view.ts';
import type { Style } from './style.ts';
import { counted, whenText } from './words.ts';

export const healths = ['converged', 'not-converged', 'degraded', 'suspended'] as const;

export interface Health {
  /** degraded: what was applied runs, and the daemon's files ask for something else; suspended: for which it waits. */
  readonly health: (typeof healths)[number];
  /** Of the last two, in words; of the first: how many warnings there are, if any. */
  readonly why: string | undefined;
  /** ISO 8601; undefined: not known. */
  readonly since: string | undefined;
}

/** @param daemon undefined: none runs, or it does not answer */
export function healthOf({ converged, live }: Pick<Status, 'converged' | 'live'>, daemon?: DaemonView): Health {
  if (!converged) return { health: 'not-converged', why: undefined, since: undefined };
  const goesOn = `generation ${live.slot?.meta.generation ?? 0} goes on`;
  if (daemon && daemon.faults.length > 0)
    return {
      health: 'degraded',
      why: `${goesOn}; ${faultsText(daemon.faults)}`,
      since: daemon.faultsSince ?? undefined,
    };
  const [waiting] = [...(daemon?.suspended ? changesWaiting(daemon) : []), ...(daemon?.notReady ?? [])];
  if (waiting === undefined) {
    const warnings = daemon?.warnings?.length ?? 0;
    return { health: 'converged', why: warnings > 0 ? counted(warnings, 'warning') : undefined, since: undefined };
  }
  return daemon?.suspended
    ? { health: 'suspended', why: `${goesOn} until \`trueingress resume\`; ${waiting}`, since: undefined }
    : { health: 'degraded', why: waiting, since: undefined };
}

function changesWaiting(daemon: DaemonView): string[] {
  const waiting = new Set(daemon.waiting);
  return [
    ...(waiting.has('file') || waiting.has('signal') ? ['its files have changed'] : []),
    ...(waiting.has('interface') ? ['interfaces have changed'] : []),
  ];
}

/** `degraded since 15:02:11: generation 7 goes on; edge.yaml:12:3: error[unknown-field]: …`. @param nowMs CLOCK_REALTIME */
export function healthText({ health, why, since }: Health, nowMs: number, style: Style): string {
  if (health === 'converged')
    return style.added('converged') + (why === undefined ? '' : style.changed(`, with ${why}`));
  const name = health === 'suspended' ? style.changed(health) : style.removed(health.replace('-', ' '));
  return `${name}${since === undefined ? '' : ` since ${whenText(Date.parse(since), nowMs)}`}${why === undefined ? '' : `: ${why}`}`;
}
