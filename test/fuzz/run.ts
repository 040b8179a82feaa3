// The fuzz itself: scenes by chance, each with its packets, through programs and model, until so many packets were compared or one
// differs; fast-check makes that one small.
import fc from 'fast-check';
import type { ProbePacket } from '../../src/datapath/port.ts';
import { differenceOf } from '../../src/packet/model/answer.ts';
import { featureBits } from '../../src/tables/features.ts';
import { flagBits } from '../../src/topology/topology.ts';
import { patience } from '../support/patience.ts';
import { type Cast, castFrom, fittingSizes } from './cast.ts';
import { chance, choicesFrom } from './choices.ts';
import { endDifference, lastEnd, learnedDifference } from './compare.ts';
import { type Case, caseOf, leftInTheClear, withoutRightKey, wrongChecksums } from './judges.ts';
import { modelOver } from './model.ts';
import { packetChoices, packetFrom } from './packets.ts';
import type { Constants, Programs } from './programs.ts';
import { report } from './report.ts';
import { featuresOf, learnedNames, type Moment, type PackedRows, rowsOf } from './rows.ts';

const sceneChoices = 384;
const packetsPerScene = { minLength: 1, maxLength: 120, size: 'max' } as const;
const scenesPerRound = 40;
const longestRoundMs = 30_000;

export interface Tally {
  packets: number;
  scenes: number;
  readonly verdicts: Map<string, number>;
  readonly judged: Record<keyof typeof judges, number>;
}

export const judges = {
  'accepted without a right key': withoutRightKey,
  'left in the clear': leftInTheClear,
  'right checksums made wrong': wrongChecksums,
} as const;
type Judge = keyof typeof judges;

/** One scene with its packets, as choices. */
export const scenes = fc.tuple(chance(sceneChoices), fc.array(chance(packetChoices), packetsPerScene));
type SceneChoices = readonly [scene: Uint8Array, packets: readonly Uint8Array[]];

/** Of the many sets of constants these: each costs a load of 0.1 s. A feature that is on without need changes nothing. */
const { ipv6, via, short, echo } = featureBits;
const featureSets = [0, ipv6, via | short | echo, ipv6 | via | short | echo] as const;
const { fib, fwd } = flagBits.egress;

export function constantsOf(cast: Cast): Constants {
  const needed = featuresOf(cast);
  const usesFlags = (cast.flags.ingress | cast.flags.egress) !== 0;
  return {
    role: cast.role,
    topologyFeatures: featureSets.find((set) => (needed & ~set) === 0) ?? needed,
    ingressFeatures: usesFlags ? flagBits.ingress.fwd : 0,
    egressFeatures: usesFlags ? fib | fwd : 0,
  };
}

export function now(): Moment {
  return { monotonicNs: process.hrtime.bigint(), wallNs: BigInt(Date.now()) * 1_000_000n };
}

export interface Played {
  readonly cast: Cast;
  readonly rows: PackedRows;
  readonly packets: readonly ProbePacket[];
}

export function sceneFrom([scene, packets]: SceneChoices, moment: Moment): Played {
  const cast = castFrom(choicesFrom(scene));
  const fitting = fittingSizes(cast);
  return {
    cast,
    rows: rowsOf(cast, moment),
    packets: packets.map((bytes) => packetFrom(choicesFrom(bytes), cast, moment, fitting)),
  };
}

export interface FuzzOptions {
  readonly programs: Programs;
  readonly seed: number;
  readonly count: number;
  readonly progress?: (tally: Tally) => void;
}

export interface FuzzResult {
  readonly tally: Tally;
  /** A report of the smallest case that was found; undefined: there is none. */
  readonly failure: string | undefined;
}

export function fuzz({ programs, seed, count, progress }: FuzzOptions): FuzzResult {
  const tally: Tally = {
    packets: 0,
    scenes: 0,
    verdicts: new Map(),
    judged: { 'accepted without a right key': 0, 'left in the clear': 0, 'right checksums made wrong': 0 },
  };
  for (let round = 0; tally.packets < count; round++) {
    const property = fc.property(scenes, (made) => {
      const failure = play(programs, made, tally);
      if (failure) throw new Error(failure);
    });
    // What is found is made small within this time: a difference that comes and goes would never be.
    const details = fc.check(property, {
      seed: seed + round,
      numRuns: scenesPerRound,
      interruptAfterTimeLimit: longestRoundMs * patience,
    });
    if (details.failed) {
      const text =
        details.errorInstance instanceof Error ? details.errorInstance.message : String(details.errorInstance);
      return { tally, failure: `${text}\n\nagain: make fuzz SEED=${seed + round} COUNT=1` };
    }
    progress?.(tally);
  }
  return { tally, failure: undefined };
}

function play(programs: Programs, made: SceneChoices, tally: Tally): string | undefined {
  const moment = now();
  const { cast, rows, packets } = sceneFrom(made, moment);
  const constants = constantsOf(cast);
  programs.put(rows, lastEnd(rows.path));
  const model = modelOver(constants, rows);
  tally.scenes++;
  for (const [number, packet] of packets.entries()) {
    const result = programs.run(constants, packet);
    const answer = model.run(packet);
    tally.packets++;
    const name = `${packet.direction} ${result.verdict}`;
    tally.verdicts.set(name, (tally.verdicts.get(name) ?? 0) + 1);
    const found = [differenceOf(result, answer), ...judged(caseOf(cast, packet, result), tally)].filter(
      (one) => one !== undefined,
    );
    if (found.length) return report(found.join('; '), cast, packets.slice(0, number + 1), [result, answer]);
  }
  const learned = [
    ...learnedNames.map((table) => learnedDifference(table, programs.read(table), model.read(table), moment)),
    endDifference(programs.readPathUntil(), lastEnd([...rows.path, ...model.read('path')]), moment),
  ].filter((one) => one !== undefined);
  return learned.length ? report(learned.join('\n'), cast, packets) : undefined;
}

function judged(one: Case, tally: Tally): (string | undefined)[] {
  return (Object.keys(judges) as Judge[]).map((name) => {
    const found = judges[name](one);
    if (found) tally.judged[name]++;
    return found;
  });
}
