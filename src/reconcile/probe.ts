// Proves the staged generation before any packet meets it: synthetic packets through a scratch load over its rows.
// Chooses whom to probe, runs the cases of probe-cases.ts and says what was expected and what came.
import type { Datapath, Probe } from '../datapath/port.ts';
import { type Problem, problem } from '../problem.ts';
import type { Plan } from './plan.ts';
import { serviceCases, strangerCases } from './probe-cases.ts';
import type { ProbeCase, ProbeStep } from './probe-packets.ts';

export interface ProbeReport {
  /** How many services were probed, of how many that the change touches. */
  readonly services: number;
  readonly touched: number;
  readonly packets: number;
  /** Empty: every packet came out as expected. */
  readonly problems: readonly Problem[];
}

/** After so many failures the rest would say the same. */
const mostProblems = 10;
/** Services that the change does not touch, probed all the same: the program is shared. */
const untouchedSample = 16;

/**
 * @param limit at most so many touched services, evenly spread
 * @param nowNs CLOCK_REALTIME
 * Throws KernelError when the scratch load is refused.
 */
export function probe(datapath: Datapath, plan: Plan, limit: number, nowNs: bigint): ProbeReport {
  const touched = touchedServices(plan);
  const chosen = spread(
    [...touched].sort((a, b) => a - b),
    limit,
  );
  const others = spread(
    plan.topology.services.map((_, position) => position).filter((position) => !touched.has(position)),
    untouchedSample,
  );
  const run = datapath.openProbe(plan.instance, plan.slot);
  try {
    const problems: Problem[] = [];
    let packets = 0;
    const pinged = new Set<number>();
    const play = (cases: Iterable<ProbeCase>): void => {
      for (const one of cases) {
        const { failure, count } = playCase(run, one);
        packets += count;
        if (failure) problems.push(failure);
      }
    };
    play(strangerCases(plan));
    for (const position of [...chosen, ...others]) {
      if (problems.length >= mostProblems) break;
      play(serviceCases(plan, position, pinged, nowNs));
    }
    return { services: chosen.length, touched: touched.size, packets, problems };
  } finally {
    run.close();
  }
}

/** A failed step ends its case: what follows would fail because of it. */
function playCase(run: Probe, one: ProbeCase): { failure: Problem | undefined; count: number } {
  let count = 0;
  for (const step of one.steps) {
    const result = run.run(step.packet);
    count++;
    const got = difference(step, result.verdict, result.frame);
    if (got)
      return {
        count,
        failure: problem(
          'probe-failed',
          `${one.name}, ${step.name}: expected ${step.expect.join(' or ')}, got ${got}`,
          {
            place: one.place,
            hint: 'nothing was activated; the host runs what it ran before',
          },
        ),
      };
  }
  return { failure: undefined, count };
}

function difference(step: ProbeStep, verdict: string, frame: Uint8Array): string | undefined {
  if (!step.expect.includes(verdict)) return verdict;
  if (!step.packetOut || verdict !== step.expect[0]) return undefined;
  // MAC addresses may be those of the next hop.
  const at = firstDifference(frame.subarray(14), expectedOut(step.packetOut, frame, step.chanceAt).subarray(14));
  return at < 0 ? undefined : `${verdict} with another packet (first difference at byte ${at} of the IP header on)`;
}

function expectedOut(packetOut: Uint8Array, frame: Uint8Array, chanceAt: number | undefined): Uint8Array {
  if (chanceAt === undefined) return packetOut;
  const out = packetOut.slice();
  out.set(frame.subarray(chanceAt, chanceAt + 2), chanceAt);
  return out;
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return -1;
}

/** Positions of services whose rows or tunnels change; all of them under another program. */
function touchedServices(plan: Plan): Set<number> {
  const { services } = plan.topology;
  if (plan.renewals.length || !plan.live.slot) return new Set(services.keys());
  const touched = new Set<number>();
  const tunnels = new Set<number>();
  for (const [name, diff] of Object.entries(plan.diffs)) {
    const { origins } = plan.desired[name as keyof typeof plan.desired];
    for (const position of [...diff.creates, ...diff.updates.map(([desired]) => desired)]) {
      const origin = origins[position] ?? -1;
      if (origin < 0) continue;
      if (name === 'tunnel') tunnels.add(plan.topology.tunnels[origin]?.id ?? 0);
      else if (name !== 'config') touched.add(origin);
    }
  }
  services.forEach((service, position) => {
    if (service.tunnels.some((id) => tunnels.has(id))) touched.add(position);
  });
  return touched;
}

/** At most `limit` of the list, evenly spaced, first and last among them. */
function spread<T>(list: readonly T[], limit: number): T[] {
  if (list.length <= limit) return [...list];
  const step = (list.length - 1) / Math.max(limit - 1, 1);
  return Array.from({ length: limit }, (_, i) => list[Math.round(i * step)]).filter(
    (one): one is T => one !== undefined,
  );
}
