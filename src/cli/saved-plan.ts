// A plan as a file: saved by `plan -o`, executed by `apply FILE`. What it rests on is looked at again, and the plan is made again
// from what it holds: the two are the same, or each difference is named and nothing is done.

import { codeOf } from '../history/files.ts';
import { usedAs } from '../history/history.ts';
import { keptKeys, keysAgain } from '../history/keys.ts';
import { formatPlanFile, looksLikePlan, type PlanFile, parsePlanFile } from '../history/plan-file.ts';
import { hasErrors, type Problem, problem } from '../problem.ts';
import { type Moved, movedInterfaces, movedSince, savedFrom } from '../reconcile/moved.ts';
import { isEmptyPlan, type Plan } from '../reconcile/plan.ts';
import { plainValue } from '../report/json.ts';
import { movedProblems } from '../report/moved.ts';
import { planFields, planText } from '../report/plan.ts';
import { plain } from '../report/style.ts';
import { isoTime } from '../report/words.ts';
import { createKeyDigest } from '../topology/key-digest.ts';
import { readTopology } from '../topology/read.ts';
import { decodeText } from '../topology/sources.ts';
import type { Attempt, Invocation } from './command.ts';
import type { Desired } from './desired.ts';
import { interfaceNames, type Kernel } from './kernel.ts';
import { makePlanFor } from './planning.ts';
import { shelfOf } from './recording.ts';
import type { Planned, Work } from './work.ts';

const makeAgain = 'make it again: `trueingress plan -f FILE -o PLAN`';

/** Problems: why it could not be written. */
export async function savePlan(invocation: Invocation, path: string, desired: Desired, plan: Plan): Promise<Problem[]> {
  const { environment, options } = invocation;
  if (path === '-')
    return [
      problem('usage', 'a plan is saved in a file, not on standard output', { hint: 'it holds keys: -o plan.json' }),
    ];
  const machine = await environment.machine();
  const { topology, keys, sources } = desired;
  const given = <T>(key: Uint8Array | T): Uint8Array | undefined => (key instanceof Uint8Array ? key : undefined);
  const madeAt = isoTime(environment.realtimeNs());
  const file: PlanFile = {
    id: `${madeAt.replace(/\D/g, '')}-${machine.randomId()}`,
    madeAt,
    by: machine.who(),
    host: { name: machine.hostName(), bootId: machine.bootId() },
    netnsInode: plan.observation.netnsInode,
    commit: await machine.commitOf(sources.map(({ file: name }) => name)),
    instance: plan.instance,
    isEmpty: isEmptyPlan(plan),
    hook: options.hook,
    policy: options.policy,
    epoch: epochOf(plan),
    sources,
    keys: keptKeys(topology, {
      services: keys.services.map(given),
      previous: keys.previous.map(given),
      signing: keys.signing.map(given),
    }),
    saved: savedFrom(plan),
    text: planText(plan, true, plain),
    fields: JSON.parse(JSON.stringify(planFields(plan), plainValue)),
  };
  try {
    machine.writePrivately(path, formatPlanFile(file));
    return [];
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    return [
      problem('usage', `the plan cannot be saved as "${path}": ${reason}`, { hint: 'name a file that can be written' }),
    ];
  }
}

/** What tunnels that are created get; those that live on keep theirs, which the live rows tell. */
function epochOf({ assignments }: Plan): bigint {
  return [...assignments.tunnels.values()].reduce((most, { epoch }) => (epoch > most ? epoch : most), 0n);
}

export function readSavedPlan({ environment, options }: Invocation, path: string): PlanFile | Problem {
  if (options.file.length > 0)
    return problem('usage', `either a saved plan ("${path}") or topologies with -f, not both`, {
      hint: 'the plan holds what it was made from',
    });
  if (/\.ya?ml$/.test(path)) return isTopology(path);
  const content = environment.files.read(path);
  const place = { file: path, line: 1, column: 1 };
  if ('fault' in content) return problem('file-unreadable', `"${path}" ${content.detail}`, { place });
  const text = decodeText(content.bytes);
  if (typeof text !== 'string') return problem('plan-file', `"${path}" ${text.detail}`, { place, hint: makeAgain });
  // A topology may be JSON as well.
  return !looksLikePlan(text) && text.slice(0, 10_000).includes('apiVersion')
    ? isTopology(path)
    : parsePlanFile(text, path);
}

function isTopology(path: string): Problem {
  return problem('usage', `"${path}" is a topology, not a saved plan`, {
    hint: `files are named with -f: trueingress apply -f ${path}`,
  });
}

export async function workOfSavedPlan(invocation: Invocation, path: string): Promise<Attempt<Work>> {
  const file = readSavedPlan(invocation, path);
  if ('code' in file) return { failed: [file] };
  const { instance } = invocation.options;
  if (instance !== undefined && instance !== file.instance)
    return {
      failed: [
        problem('usage', `-i says "${instance}", the plan is for instance "${file.instance}"`, {
          hint: 'leave -i away',
        }),
      ],
    };
  const read = await desiredOf(file);
  if ('failed' in read) return read;
  const { value: desired, problems: known } = read;
  const work: Work = {
    desired,
    known,
    happening: { kind: 'apply', of: undefined, planId: file.id, commit: file.commit },
    plan: (kernel) => planAgain(invocation, file, path, desired, known, kernel),
  };
  return { value: work, problems: known };
}

/** What the plan was made from. */
async function desiredOf(file: PlanFile): Promise<Attempt<Desired>> {
  const { topology, problems } = await readTopology(file.sources);
  if (!topology) return { failed: problems };
  const { keys } = keysAgain(topology, file.keys);
  return { value: { topology, keys, sources: file.sources }, problems };
}

/** The plan again, or what moved since it was made. */
async function planAgain(
  invocation: Invocation,
  file: PlanFile,
  path: string,
  desired: Desired,
  known: readonly Problem[],
  kernel: Kernel,
): Promise<Planned> {
  const place = { file: path, line: 1, column: 1 };
  const unfit = (await whyNotHere(invocation, file, place, kernel)) ?? (await whyUsed(invocation, file, place));
  if (unfit) return { failed: [unfit] };
  const gone = interfacesGone(file, kernel);
  if (gone.length > 0) return { failed: movedProblems(file.madeAt, gone, place, true), moved: gone };
  const planned = await makePlanFor(invocation, desired, known, kernel, file);
  if ('failed' in planned) return planned;
  const moved = movedSince(file.saved, planned.value, interfaceNames(kernel.host), createKeyDigest());
  if (moved.length > 0) return { failed: movedProblems(file.madeAt, moved, place, invocation.options.all), moved };
  return hasErrors(planned.problems) ? { failed: planned.problems } : planned;
}

/** Without one no plan can be made that could be compared. */
function interfacesGone({ saved }: PlanFile, { host }: Kernel): Moved[] {
  const here = new Map(host.interfaces().map(({ name, ifindex }) => [name, ifindex]));
  const now = Object.keys(saved.interfaces).flatMap((name) => {
    const ifindex = here.get(name);
    return ifindex === undefined ? [] : [[name, ifindex] as const];
  });
  return now.length < Object.keys(saved.interfaces).length
    ? movedInterfaces(saved.interfaces, Object.fromEntries(now))
    : [];
}

async function whyNotHere(
  { environment }: Invocation,
  { host, instance, netnsInode }: PlanFile,
  place: NonNullable<Problem['place']>,
  { datapath }: Kernel,
): Promise<Problem | undefined> {
  const machine = await environment.machine();
  const hint = 'make the plan where it is to be applied';
  if (host.name !== machine.hostName())
    return problem('plan-elsewhere', `the plan was made on host "${host.name}", this is "${machine.hostName()}"`, {
      place,
      hint,
    });
  const observation = datapath.observe(instance);
  if (observation.netnsInode !== netnsInode)
    return problem(
      'plan-elsewhere',
      `the plan was made in another network namespace (${netnsInode}, this is ${observation.netnsInode})`,
      { place, hint },
    );
  if (host.bootId !== machine.bootId())
    return problem('plan-stale', 'the host was started again since the plan was made', {
      place,
      hint: makeAgain,
    });
  return undefined;
}

/** A history that cannot be read does not know; the number of the generation tells then. */
async function whyUsed(
  invocation: Invocation,
  { id, instance }: PlanFile,
  place: NonNullable<Problem['place']>,
): Promise<Problem | undefined> {
  const shelf = await shelfOf(invocation, instance);
  try {
    const generation = usedAs(shelf, id);
    if (generation === undefined) return undefined;
    return problem('plan-used', `the plan was applied before: generation ${generation} came of it`, {
      place,
      hint: 'a plan is used once: make it again, or `trueingress revert N`',
    });
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}
