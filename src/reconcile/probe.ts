// Proves the staged generation before any packet meets it: synthetic packets through a scratch load over its rows, those of each
// chosen service alone (probe-cases.ts) and those of flows that meet both generations (probe-mixed.ts).
import type { Datapath } from '../datapath/port.ts';
import type { Problem } from '../problem.ts';
import { checkExpectations } from './expect/expect.ts';
import { expectationProblems } from './expect/problems.ts';
import type { Plan } from './plan.ts';
import { passageCase, strangerCases } from './probe-cases.ts';
import { type Choice, chooseServices, spread } from './probe-choice.ts';
import { probeMixed, whyNotMixed } from './probe-mixed.ts';
import { nothingActivated, playCase, type RunPacket } from './probe-play.ts';
import { passagesOf, type Subject, subjectOf } from './probe-subject.ts';
import { planScene } from './trace/scene.ts';

export interface ProbeInput {
  /** At most so many touched services, evenly spread; Infinity: every service there is; 0: none. */
  readonly limit: number;
  /** CLOCK_REALTIME. */
  readonly nowNs: bigint;
  /** CLOCK_MONOTONIC. */
  readonly monotonicNs: bigint;
}

export interface ProbeReport {
  /** How many services were probed, of how many that the change touches. */
  readonly services: number;
  readonly touched: number;
  /** Services that the change does not touch, probed all the same. */
  readonly others: number;
  /** All packets, those of flows between generations too. */
  readonly packets: number;
  /** Expectations of the file that were tried: all of them. */
  readonly expectations: number;
  /** Services whose flows were played across the switch; or why none was. */
  readonly mixed: number | string;
  /** With errors nothing may be activated. */
  readonly problems: readonly Problem[];
}

/** After so many failures the rest would say the same. */
const mostProblems = 10;
/** Services whose flows are played across the switch, unless all are asked for. */
const mixedSample = 256;

/** Throws KernelError when the scratch load is refused. */
export function probe(datapath: Datapath, plan: Plan, { limit, nowNs, monotonicNs }: ProbeInput): ProbeReport {
  const choice = chooseServices(plan, limit);
  const subject = subjectOf(plan, [...choice.chosen, ...choice.others]);
  const { expectations } = plan.topology;
  const staged = datapath.openProbe(plan.instance, plan.slot);
  try {
    const derived = probeAlone(staged.run, subject, choice, nowNs);
    staged.forget();
    const scene = planScene(plan, { openProbe: () => staged, probedOn: (ifindex) => ifindex });
    const checked = checkExpectations(expectations, scene, staged, { nowNs: monotonicNs, taiNs: nowNs });
    const problems = [...derived.problems, ...expectationProblems(checked, nothingActivated)];
    const report = {
      services: choice.chosen.length,
      touched: choice.touched,
      others: choice.others.length,
      packets: derived.packets + checked.length,
      expectations: checked.length,
      problems,
    };
    const reason = problems.length ? 'the staged generation fails by itself' : whyNotMixed(plan);
    if (limit === 0 || reason !== undefined) return { ...report, mixed: reason ?? 'no service is to be probed' };
    const most = limit === Number.POSITIVE_INFINITY ? limit : mixedSample;
    const positions = [...spread(choice.chosen, most), ...choice.others];
    const mixed = probeMixed(staged, plan, subject, positions, most, nowNs);
    return {
      ...report,
      packets: report.packets + mixed.packets,
      mixed: mixed.services,
      problems: mixed.problems,
    };
  } finally {
    staged.close();
  }
}

/** The generation by itself: what is nobody's, and each chosen service through each of its tunnels. */
export function probeAlone(
  run: RunPacket,
  subject: Subject,
  { chosen, others }: Choice,
  nowNs: bigint,
): { readonly packets: number; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const pinged = new Set<number>();
  let packets = 0;
  const play = (one: Parameters<typeof playCase>[1]): void => {
    const played = playCase(run, one, nothingActivated);
    packets += played.packets;
    if (played.failure) problems.push(played.failure);
  };
  for (const one of strangerCases(subject)) play(one);
  for (const position of [...chosen, ...others]) {
    if (problems.length >= mostProblems) break;
    for (const passage of passagesOf(subject, position, nowNs)) play(passageCase(passage, pinged));
  }
  return { packets, problems };
}
