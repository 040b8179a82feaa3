// Changes that are more often an accident than meant: everything taken away, much of it taken away. Pure; a plan is asked, and
// whoever means it says so by the option that the message names.
import { type Problem, problem } from '../problem.ts';
import { config } from '../tables/config.ts';
import type { Plan } from './plan.ts';
import { countChanges } from './plan.ts';

export type DeletionLimit = { readonly objects: number } | { readonly percent: number };

/** What the caller says is meant. */
export interface Allowances {
  readonly empty: boolean;
  /** undefined: 30 % of ten objects and more, as many as there are of fewer. */
  readonly deletions: DeletionLimit | undefined;
}

/** Of fewer objects a third is quickly meant. */
const guardedFrom = 10;
const usualPercent = 30;

export function guardProblems(plan: Plan, allowed: Allowances): Problem[] {
  const { topology } = plan;
  const before = liveObjects(plan);
  if (topology.tunnels.length + topology.services.length === 0) {
    if (allowed.empty || before.tunnels + before.services === 0) return [];
    const message = `the file has no tunnels and no services, and ${counted(before.tunnels, 'tunnel')} and ${counted(before.services, 'service')} are live`;
    return [refusal('would-empty', message, plan, 'say --allow-empty if all of them are to go')];
  }
  const gone = topology.leftOut.find((list) => topology[list].length === 0 && before[list] > 0);
  if (gone !== undefined && !allowed.empty) {
    const message = `the file has no ${gone} and does not say so, as one that was cut off, and ${counted(before[gone], gone.slice(0, -1))} ${before[gone] === 1 ? 'is' : 'are'} live`;
    return [refusal('would-empty', message, plan, `write ${gone}: [] or say --allow-empty if all of them are to go`)];
  }
  const deletions = countChanges(plan.objects).delete;
  const bare = allowed.deletions === undefined && before.services > 0 ? baredBy(plan) : [];
  if (bare.length > 0) {
    const message = `the programs would come off ${bare.join(' and ')}: on a gateway, what clients send to its services by there leaves in the clear`;
    return [refusal('interface-bared', message, plan, `say --max-deletions ${deletions} if that is meant`)];
  }
  const objects = before.tunnels + before.services + before.interfaces;
  const most = mostDeletions(allowed.deletions, objects);
  if (deletions <= most.objects) return [];
  const message = `${deletions} of ${objects} interfaces, tunnels and services would be deleted, and ${most.text} may be`;
  return [refusal('too-many-deletions', message, plan, `say --max-deletions ${deletions} if that is meant`)];
}

/**
 * Interfaces of a gateway from which programs would be taken, while services go on, when these are all that it has: another one was named
 * by mistake. Where no file names any the route decides, and where one has gone from the host everything must follow what is there.
 */
function baredBy({ topology, interfaces, hooks, liveRows }: Plan): string[] {
  if (topology.role !== 'gateway' || topology.services.length === 0 || topology.interfaces.length === 0) return [];
  const stay = new Set(interfaces.map(({ ifindex }) => ifindex));
  const gone = new Map<number, string>();
  for (const step of hooks)
    if (step.action === 'detach' && !stay.has(step.hook.ifindex)) gone.set(step.hook.ifindex, step.hook.interfaceName);
  return configured(liveRows).every((ifindex) => gone.has(ifindex)) ? [...gone.values()] : [];
}

function configured({ config: { count, keys, keySize } }: Plan['liveRows']): number[] {
  return Array.from({ length: count }, (_, at) => config.key.decode(keys, at * keySize).ifindex);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function refusal(
  code: 'would-empty' | 'too-many-deletions' | 'interface-bared',
  message: string,
  plan: Plan,
  meant: string,
): Problem {
  const hint = `${meant}; \`trueingress plan --all\` lists what would go`;
  return problem(code, message, { place: plan.topology.place, hint });
}

function mostDeletions(limit: DeletionLimit | undefined, objects: number): { objects: number; text: string } {
  if (limit === undefined && objects < guardedFrom) return { objects, text: 'all' };
  const given = limit ?? { percent: usualPercent };
  if ('objects' in given) return { objects: given.objects, text: `${given.objects}` };
  const most = Math.floor((objects * given.percent) / 100);
  return { objects: most, text: `${most} (${given.percent} %)` };
}

function liveObjects({ liveRows }: Plan): { tunnels: number; services: number; interfaces: number } {
  const interfaces = new Set(configured(liveRows));
  return { tunnels: liveRows.tunnel.count, services: liveRows.verify.count, interfaces: interfaces.size };
}
