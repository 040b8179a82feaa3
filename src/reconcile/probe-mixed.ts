// Mixed probes. Hooks are switched one after the other, and a flow may begin before the switch and end after it: what one
// generation has learned, the other goes by. Each flow is played on the live generation alone, on the staged one alone, and on
// both mixed, over learned maps that they share; each packet must then come out as one of the two alone would have it.
//
// Two more answers stop no apply, since the files of any two generations may follow one another, and are told as warnings. That of
// a generation which does not know the flow, because the other did not learn what it needs (a service that gets a second tunnel, or
// another one; a remote that is learned from now on): it is what any new flow meets. And a reply that goes where its tunnel's id leads in the
// generation that answers, although the flow came by what the id meant in the other (two ids that change places).
// What is never right: another tunnel's end, another service's packet, a wrong key, in the clear what neither leaves in the clear.
import type { ProbePacket, ProbeResult, SlotProbe } from '../datapath/port.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { destinationOf, readFrame } from '../packet/read.ts';
import type { Problem } from '../problem.ts';
import { serviceNumber } from './assign.ts';
import { dropped, isSame, noRemote, whyRight } from './flow-answers.ts';
import { failedFlow, misledFlows, unknownFlows } from './flow-problems.ts';
import type { Plan } from './plan.ts';
import { removedServices, spread } from './probe-choice.ts';
import { type Flow, flowsOf, learnedOf, type PeerRow, tunnelsOf } from './probe-flows.ts';
import { liveSubject } from './probe-live.ts';
import type { RunPacket } from './probe-play.ts';
import type { Subject } from './probe-subject.ts';

export interface MixedReport {
  readonly services: number;
  readonly packets: number;
  /** Errors, and a warning where flows are not known any more. */
  readonly problems: readonly Problem[];
}

/** Services whose flows are played together; then what was learned is forgotten. */
const atOnce = 256;
/** After so many the rest would say the same. */
const mostFailures = 10;

type Side = 'before' | 'after';

/** What a generation makes of a flow by itself, and of its packets that leave while it knows nothing of it. */
interface Alone {
  readonly known: readonly ProbeResult[];
  readonly unknown: ReadonlyMap<number, ProbeResult>;
}

interface Mix {
  readonly name: string;
  readonly run: RunPacket;
  /** Whose egress is asked: what it answers to a flow that it does not know is right as well. */
  readonly egress: Side;
}

/** Why flows cannot be mixed; undefined: they can. The live programs are run as a load of the object that there is now. */
export function whyNotMixed({ live, stages, renewals, hooks, buildDigest, drift }: Plan): string | undefined {
  const { slot, state } = live;
  if (!stages || !slot || (state !== 'running' && state !== 'mixed')) return 'nothing is live';
  if (drift) return 'live rows were edited by hand: what they make of a flow is no measure of what is to come';
  if (!hooks.some(({ action }) => action === 'switch')) return 'no hook is switched';
  if (renewals.some((one) => one === 'layout' || one === 'unreadable' || one === 'incomplete'))
    return 'the live generation cannot be loaded again';
  return Buffer.compare(slot.meta.buildDigest, buildDigest) === 0
    ? undefined
    : 'the live programs are of another build';
}

/**
 * @param staged its learned maps are used and emptied
 * @param positions services to play
 * @param limit at most so many of those that go are played beside them, evenly spread
 */
export function probeMixed(
  staged: SlotProbe,
  plan: Plan,
  subject: Subject,
  positions: readonly number[],
  limit: number,
  nowNs: bigint,
): MixedReport {
  const { slot } = plan.live;
  if (!slot) return { services: 0, packets: 0, problems: [] };
  const numbers = positions.map((position) => {
    const service = plan.topology.services[position];
    return service ? serviceNumber(service.group, service.id) : -1;
  });
  const wanted = [...numbers, ...spread(removedServices(plan), limit)];
  const report = { services: wanted.length, packets: 0, problems: [] as Problem[] };
  if (wanted.length === 0) return report;
  const before = liveSubject(plan, new Set(wanted), tunnelsOf([subject], new Set(wanted)));
  const live = staged.beside(slot.name);
  const told = { unknown: [] as Flow[], misled: [] as Flow[] };
  try {
    for (let at = 0; at < wanted.length && report.problems.length < mostFailures; at += atOnce) {
      const some = new Set(wanted.slice(at, at + atOnce));
      const flows = flowsOf(before, subject, some, nowNs);
      const tunnels = tunnelsOf([before, subject], some);
      const bench = createBench(live, staged, {
        before: learnedOf(before, tunnels, nowNs),
        after: learnedOf(subject, tunnels, nowNs),
      });
      for (const finding of playFlows(bench, flows)) {
        if (finding.kind === 'failed') report.problems.push(finding.problem);
        else told[finding.kind].push(finding.flow);
      }
      report.packets += bench.packets();
    }
  } finally {
    live.close();
  }
  report.problems.splice(mostFailures);
  report.problems.push(...unknownFlows(told.unknown), ...misledFlows(told.misled));
  return report;
}

/** The two generations over one set of learned maps, with a count of what was run. */
interface Bench {
  readonly before: RunPacket;
  readonly after: RunPacket;
  /** Nothing is known but the far ends that these generations have heard from, the later one last. */
  begin(...heardBy: readonly Side[]): void;
  packets(): number;
}

function createBench(live: SlotProbe, staged: SlotProbe, learned: Readonly<Record<Side, readonly PeerRow[]>>): Bench {
  let packets = 0;
  const counted =
    (probe: SlotProbe): RunPacket =>
    (packet) => {
      packets++;
      return probe.run(packet);
    };
  return {
    before: counted(live),
    after: counted(staged),
    begin(...heardBy) {
      staged.forget();
      for (const { key, value } of heardBy.flatMap((side) => learned[side])) staged.teach('peer', key, value);
    },
    packets: () => packets,
  };
}

/** The worst of a flow. */
type Finding =
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'misled' | 'unknown'; readonly flow: Flow };

const gravity = { unknown: 1, misled: 2, failed: 3 } as const;

function playFlows(bench: Bench, flows: readonly Flow[]): Finding[] {
  const { before, after } = bench;
  const alone = { before: playAlone(bench, 'before', flows), after: playAlone(bench, 'after', flows) };
  const rights = rightAnswers(flows, [alone.before, alone.after]);
  const findings = new Map<Flow, Finding>();
  const mixes = [
    { ingress: 'before', egress: 'after', run: byHook(before, after), rest: after, sequel: 'begun before the switch' },
    {
      ingress: 'after',
      egress: 'before',
      run: byHook(after, before),
      rest: before,
      sequel: 'begun before the way back',
    },
  ] as const;
  for (const { ingress, egress, run, rest, sequel } of mixes) {
    const name = `ingress of ${ingress} and egress of ${egress} the switch`;
    const plays: readonly Mix[] = [
      { name, run, egress },
      { name: `a flow ${sequel}`, run: rest, egress },
    ];
    // What was learned before the switch is not forgotten by it.
    bench.begin('before', ingress);
    flows.forEach((flow, at) => {
      for (const mix of plays) {
        const finding = judgeMix(mix, flow, rights[at] ?? [], alone[egress][at]?.unknown ?? new Map());
        if (!finding) continue;
        const known = findings.get(flow);
        if (!known || gravity[finding.kind] > gravity[known.kind]) findings.set(flow, finding);
        if (finding.kind === 'failed') return;
      }
    });
  }
  return [...findings.values()];
}

function byHook(ingress: RunPacket, egress: RunPacket): RunPacket {
  return (packet) => (packet.direction === 'ingress' ? ingress : egress)(packet);
}

/** What leaves is asked twice: before anything of any flow came in, and in its turn. */
function playAlone(bench: Bench, side: Side, flows: readonly Flow[]): Alone[] {
  const run = bench[side];
  bench.begin(side);
  const unknown = flows.map(
    ({ steps }) =>
      new Map(steps.flatMap(({ packet }, at) => (packet.direction === 'egress' ? [[at, run(packet)] as const] : []))),
  );
  return flows.map(({ steps }, at) => ({
    known: steps.map(({ packet }) => run(packet)),
    unknown: unknown[at] ?? new Map(),
  }));
}

/** For each step of each flow: what either generation alone answers to this packet, of this flow or of its pair. */
function rightAnswers(flows: readonly Flow[], generations: readonly (readonly Alone[])[]): ProbeResult[][][] {
  const pairs = new Map<string, number[]>();
  flows.forEach(({ pair }, at) => {
    pairs.set(pair, [...(pairs.get(pair) ?? []), at]);
  });
  return flows.map(({ pair, steps }) =>
    steps.map(({ packet }, step) =>
      (pairs.get(pair) ?? []).flatMap((other) => {
        const isSamePacket = isSameFrame(flows[other]?.steps[step]?.packet, packet);
        return isSamePacket ? generations.flatMap((alone) => alone[other]?.known[step] ?? []) : [];
      }),
    ),
  );
}

function isSameFrame(a: ProbePacket | undefined, b: ProbePacket): boolean {
  return a?.ingressIfindex === b.ingressIfindex && Buffer.compare(a.frame, b.frame) === 0;
}

function judgeMix(
  mix: Mix,
  flow: Flow,
  rights: readonly (readonly ProbeResult[])[],
  unknown: Alone['unknown'],
): Finding | undefined {
  let finding: Finding | undefined;
  let isRefused = false;
  for (const [at, { name, packet, chanceAt }] of flow.steps.entries()) {
    const got = mix.run(packet);
    if (packet.direction === 'ingress') isRefused = got.action === dropped;
    const right = rights[at] ?? [];
    if (got.verdict !== noRemote && right.some((one) => isSame(got, one, chanceAt))) continue;
    const kind = whyRight(flow, packet, got, unknown.get(at), chanceAt);
    if (kind) {
      if (isWaitedFor(flow, mix, isRefused)) finding = { kind, flow };
      continue;
    }
    return { kind: 'failed', problem: failedFlow(flow, `${name}, ${mix.name}`, right.map(describe), describe(got)) };
  }
  return finding;
}

/** Where the request did not come in, nobody waits for this reply; nor for one of a service that was not there. */
function isWaitedFor({ isLive }: Flow, { egress }: Mix, isRefused: boolean): boolean {
  return isLive && egress === 'after' && !isRefused;
}

function describe({ verdict, action, frame }: ProbeResult): string {
  if (action === dropped) return verdict;
  const packet = readFrame(frame);
  const to = packet && destinationOf(packet);
  return to ? `${verdict} to ${formatEndpoint(to)}` : verdict;
}
