// What commands and the daemon say to one another through its socket: one line of JSON asks, lines of JSON answer.
import type { Problem } from '../../problem.ts';
import type { DaemonView, EventView, RunView } from '../../report/daemon-view.ts';

export type Asked =
  | { readonly ask: 'state' }
  | { readonly ask: 'events'; readonly most: number; readonly follow: boolean }
  | { readonly ask: 'suspend' }
  | { readonly ask: 'resume' }
  | { readonly ask: 'reconcile' };

export type Told =
  | { readonly tell: 'state'; readonly daemon: DaemonView }
  | { readonly tell: 'event'; readonly event: EventView }
  /** `changed` false: it was so before. */
  | { readonly tell: 'suspended'; readonly suspended: boolean; readonly changed: boolean }
  | { readonly tell: 'run'; readonly run: RunView; readonly problems: readonly Problem[] }
  | { readonly tell: 'refused'; readonly problem: Problem }
  /** The last line of each answer: without it the daemon ended. */
  | { readonly tell: 'end' };

export const usualRunDirectory = '/run/trueingress';
export const longestAsked = 4096;
const suffix = '.sock';

export function socketName(instance: string): string {
  return `${instance}${suffix}`;
}

/** undefined: some other file. */
export function instanceOfSocket(name: string): string | undefined {
  const [, instance] = /^([a-z0-9-]{1,15})\.sock$/.exec(name) ?? [];
  return instance;
}

/** undefined: nothing that this build understands. */
export function parseAsked(line: string): Asked | undefined {
  const said = parseJson(line);
  switch (said?.ask) {
    case 'state':
    case 'suspend':
    case 'resume':
    case 'reconcile':
      return { ask: said.ask };
    case 'events':
      return { ask: 'events', most: Number(said.most) || 0, follow: said.follow === true };
    default:
      return undefined;
  }
}

/** Said by the daemon, which is this program, perhaps of another version: what is unknown is left out by whoever listens. */
export function parseTold(line: string): Told | undefined {
  const said = parseJson(line);
  return typeof said?.tell === 'string' ? (said as unknown as Told) : undefined;
}

function parseJson(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
