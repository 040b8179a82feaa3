// One packet through a scratch load and through the packet model over the same rows: what became of it is the programs' word, which
// rows decided it the model's, and where the two differ somebody must be told. Nothing that is live is written.
import type { LearntTable, Probe, ProbePacket, ProbeResult } from '../../datapath/port.ts';
import { type Difference, differenceOf, type ModelAnswer } from '../../packet/model/answer.ts';
import type { FibAnswer, FibQuestion } from '../../packet/model/tables.ts';
import { runModel } from '../../packet/model.ts';
import { type Lookup, recorded } from '../../tables/asked/access.ts';
import { type Constants, modelTables } from '../../tables/asked/configured.ts';
import { isLearnt } from '../../tables/registry.ts';
import type { TableRows } from '../digest.ts';
import { accessOver, type LearnedRow, rowName } from './access.ts';

export interface FollowInput {
  readonly constants: Constants;
  readonly rows: TableRows;
  readonly learned: LearnedRow;
  readonly probe: Probe;
  readonly packet: ProbePacket;
  /** CLOCK_MONOTONIC. */
  readonly nowNs: bigint;
  /** CLOCK_TAI. */
  readonly taiNs: bigint;
}

/** What a packet asked the kernel's routes; the answer is the one that explains what became of it. */
export interface Route {
  readonly question: FibQuestion;
  readonly answer: FibAnswer;
}

export interface Taught {
  readonly table: LearntTable;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface Followed {
  readonly result: ProbeResult;
  /** In the order of asking, each once. */
  readonly lookups: readonly Lookup[];
  readonly routes: readonly Route[];
  /** What the packet would have taught. */
  readonly taught: readonly Taught[];
  /** undefined: programs and model say the same. */
  readonly disagreement: { readonly in: Difference; readonly model: ModelAnswer } | undefined;
}

export function followPacket(asked: FollowInput): Followed {
  // Learned rows change while we look: each is asked for once.
  const input = { ...asked, learned: remembered(asked.learned) };
  const { probe, packet } = input;
  // What is learned from now on the scratch load must know before the packet meets it.
  const first = askModel(input, undefined);
  for (const { table, key, value } of first.lookups)
    if (value && isLearnt(table) && !first.ownRows.has(value)) probe.teach(table, key, value);
  const result = probe.run(packet);
  const told = settled(input, first, result);
  const difference = differenceOf(result, told.answer);
  return {
    result,
    lookups: onceEach(told.lookups),
    routes: told.routes,
    taught: told.taught,
    disagreement: difference && { in: difference, model: told.answer },
  };
}

function remembered(learned: LearnedRow): LearnedRow {
  const known = new Map<string, Uint8Array | undefined>();
  return (table, key) => {
    const name = rowName(table, key);
    if (!known.has(name)) known.set(name, learned(table, key));
    return known.get(name);
  };
}

interface Asked {
  readonly answer: ModelAnswer;
  readonly lookups: readonly Lookup[];
  readonly routes: readonly Route[];
  readonly taught: readonly Taught[];
  /** Values that the packet itself put there. */
  readonly ownRows: ReadonlySet<Uint8Array>;
}

function askModel({ constants, rows, learned, packet, nowNs, taiNs }: FollowInput, fib: FibAnswer | undefined): Asked {
  const under = accessOver(rows, learned);
  const taught: Taught[] = [];
  const ownRows = new Set<Uint8Array>();
  const { access, lookups } = recorded({
    find: under.find,
    put: (table, key, value) => {
      taught.push({ table, key, value });
      ownRows.add(value);
      under.put(table, key, value);
    },
  });
  const routes: Route[] = [];
  const around = {
    nowNs: () => nowNs,
    taiNs: () => taiNs,
    fib: (question: FibQuestion): FibAnswer => {
      const answer: FibAnswer = fib ?? { kind: 'no-neighbour', ifindex: question.ifindex };
      routes.push({ question, answer });
      return answer;
    },
  };
  const answer = runModel(modelTables(constants, access, around), packet);
  return { answer, lookups, routes, taught, ownRows };
}

/** The model knows no routes: of the answers that the kernel may have given it is told the one by which both agree. */
function settled(input: FollowInput, first: Asked, result: ProbeResult): Asked {
  if (first.routes.length === 0) return first;
  for (const answer of routeAnswers(result, input.packet.ifindex)) {
    const asked = askModel(input, answer);
    if (!differenceOf(result, asked.answer)) return asked;
  }
  return first;
}

/** Which other interface is named does not matter: both say no more than that the packet is redirected. */
function routeAnswers({ frame }: ProbeResult, ifindex: number): readonly FibAnswer[] {
  const macs = { destinationMac: frame.slice(0, 6), sourceMac: frame.slice(6, 12) };
  return [
    { kind: 'success', ifindex, ...macs },
    { kind: 'no-neighbour', ifindex },
    { kind: 'refused' },
    { kind: 'not-forwarded' },
    { kind: 'success', ifindex: 0, ...macs },
  ];
}

function onceEach(lookups: readonly Lookup[]): Lookup[] {
  const seen = new Set<string>();
  return lookups.filter(({ table, key }) => {
    const name = rowName(table, key);
    const isNew = !seen.has(name);
    seen.add(name);
    return isNew;
  });
}
