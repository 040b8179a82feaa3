// Expectations of a file, tried one after the other on what a plan would make live: what a packet teaches is known to those behind it.
// What becomes of a packet is the programs' word; which rows decided it is asked only of what went wrong.
import type { Probe } from '../../datapath/port.ts';
import { buildWords } from '../../packet/words/build.ts';
import { outerOf } from '../../packet/words/outer.ts';
import type { Expectation } from '../../topology/topology.ts';
import { rowName } from '../trace/access.ts';
import { directoryOf } from '../trace/directory.ts';
import type { FilePart } from '../trace/explain.ts';
import { followPacket } from '../trace/follow.ts';
import { chooseHook } from '../trace/hook.ts';
import type { Scene } from '../trace/scene.ts';
import { deciders } from './deciders.ts';
import { differencesOf, type Got, gotOf } from './got.ts';

export interface Checked {
  readonly expectation: Expectation;
  /** undefined: no such packet could be made; `fault` says why. */
  readonly got: Got | undefined;
  readonly at: string;
  /** Empty: met. What was expected and what came, one for each field. */
  readonly differences: readonly Difference[];
  readonly fault: string | undefined;
  /** What of the file decided it, where it was not met. */
  readonly decidedBy: readonly FilePart[];
}

export interface Difference {
  readonly field: string;
  readonly expected: string;
  readonly got: string;
}

export interface Clocks {
  /** CLOCK_MONOTONIC. */
  readonly nowNs: bigint;
  /** CLOCK_TAI, or what is near it. */
  readonly taiNs: bigint;
}

/** One by which a packet may enter, of which no service speaks: nobody asks whether it is there. */
const anotherInterface = 0x7ffffffe;

export function isMet({ differences, fault }: Checked): boolean {
  return differences.length === 0 && fault === undefined;
}

/** @param probe whose learned maps are empty */
export function checkExpectations(
  expectations: readonly Expectation[],
  scene: Scene,
  probe: Probe,
  { nowNs, taiNs }: Clocks,
): Checked[] {
  const learned = new Map<string, Uint8Array>();
  let made = 0n;
  const knowing: Scene = {
    ...scene,
    learned: (table, key) => learned.get(rowName(table, key)),
    interfaceIndex: (name) => scene.interfaceIndex(name) ?? anotherInterface,
  };
  // Two signed pings have two times.
  const directory = directoryOf(knowing, () => taiNs + made++);
  const failed = (expectation: Expectation, fault: string): Checked => {
    return { expectation, got: undefined, at: '', differences: [], fault, decidedBy: [] };
  };
  return expectations.map((expectation) => {
    const { packet: said, at } = expectation;
    const outer = said.kind === 'plain' ? undefined : outerOf(directory, said);
    if (outer && 'message' in outer) return failed(expectation, `${outer.message}; ${outer.hint}`);
    const frame = buildWords(said, outer);
    const direction = outer ? 'ingress' : 'egress';
    const going = { direction, destination: undefined } as const;
    const hook = chooseHook(knowing, at === 'usual' ? undefined : at, going, undefined);
    if ('code' in hook) return failed(expectation, `${hook.message}; ${hook.hint}`);
    const ifindex = scene.probedOn(hook.ifindex);
    const ingressIfindex = hook.direction === 'ingress' ? ifindex : hook.ingressIfindex;
    const packet = { direction: hook.direction, ifindex, ingressIfindex, frame };
    const { constants, rows } = scene;
    const followed = followPacket({
      constants,
      rows,
      learned: knowing.learned,
      probe,
      packet,
      nowNs,
      taiNs,
    });
    const got = gotOf(followed, packet, directory);
    for (const { table, key, value } of followed.taught) learned.set(rowName(table, key), value);
    const differences = differencesOf(expectation, got);
    return {
      expectation,
      got,
      at: `${hook.name} ${hook.direction}`,
      differences,
      fault: undefined,
      decidedBy: differences.length ? deciders(scene, hook, followed.lookups) : [],
    };
  });
}
