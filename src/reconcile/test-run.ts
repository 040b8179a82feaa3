// A topology tried by itself: its derived probes and its expectations, on a generation that nobody runs and that is gone afterwards.
// No key of it is read, and no interface of it needs to exist: both are made up (trial.ts).
import type { Datapath } from '../datapath/port.ts';
import type { Place, Problem } from '../problem.ts';
import type { Topology } from '../topology/topology.ts';
import { checkExpectations } from './expect/expect.ts';
import { expectationProblem } from './expect/problems.ts';
import type { Plan } from './plan.ts';
import type { ProbeInput } from './probe.ts';
import { passageCase, strangerCases } from './probe-cases.ts';
import { chooseServices } from './probe-choice.ts';
import { playCase } from './probe-play.ts';
import { passagesOf, subjectOf } from './probe-subject.ts';
import { planScene } from './trace/scene.ts';
import { trialPlan } from './trial.ts';

export interface TestCase {
  readonly kind: 'probe' | 'expectation';
  readonly name: string;
  readonly place: Place;
  readonly packets: number;
  /** undefined: it is met. */
  readonly failure: Problem | undefined;
}

export interface TestRun {
  /** Of the topology itself: with errors nothing was tried. */
  readonly problems: readonly Problem[];
  readonly cases: readonly TestCase[];
}

/**
 * @param onCase after each derived probe, with how many were tried
 * Throws KernelError or Refusal where the programs cannot be loaded.
 */
export function testTopology(
  datapath: Datapath,
  topology: Topology,
  input: ProbeInput,
  onCase: (done: number) => void = () => {},
): TestRun {
  const plan = trialPlan(topology);
  if (plan.problems.length) return { problems: plan.problems, cases: [] };
  const trial = datapath.openTrial(plan.load, plan.desired);
  try {
    const cases: TestCase[] = [];
    for (const one of derivedCases(plan, input, trial.run)) onCase(cases.push(one));
    trial.forget();
    const scene = planScene(plan, { openProbe: () => trial, probedOn: (ifindex) => ifindex });
    const clocks = { nowNs: input.monotonicNs, taiNs: input.nowNs };
    for (const checked of checkExpectations(topology.expectations, scene, trial, clocks)) {
      const { name, place } = checked.expectation;
      cases.push({ kind: 'expectation', name, place, packets: 1, failure: expectationProblem(checked) });
    }
    return { problems: [], cases };
  } finally {
    trial.close();
  }
}

function* derivedCases(
  plan: Plan,
  { limit, nowNs }: ProbeInput,
  run: Parameters<typeof playCase>[0],
): Generator<TestCase> {
  const { chosen } = chooseServices(plan, limit);
  const subject = subjectOf(plan, chosen);
  const play = (one: Parameters<typeof playCase>[1]): TestCase => {
    const { name, place } = one;
    return { kind: 'probe', name, place, ...playCase(run, one, undefined) };
  };
  for (const one of strangerCases(subject)) yield play(one);
  const pinged = new Set<number>();
  for (const position of chosen)
    for (const passage of passagesOf(subject, position, nowNs)) yield play(passageCase(passage, pinged));
}
