// What is found on a host beside a generation that runs as it was applied: each by its name, so that scripts can tell them apart,
// and in words. Pure; `status` reads, this judges.
import type { Hook, Observation, Slot } from '../datapath/port.ts';
import { slotNames } from '../datapath/port.ts';
import type { Problem } from '../problem.ts';
import { metaStates } from '../tables/meta.ts';
import { type Direction, directions } from '../topology/topology.ts';
import { type Drift, driftTexts } from './drift.ts';
import { isWhole, type Live } from './live.ts';

export const findingStates = [
  'foreign-pin',
  'instance-elsewhere',
  'nothing-applied',
  'no-hook-runs-it',
  'mixed-hooks',
  'other-layout',
  'other-build',
  'program-lost',
  'pins-missing',
  'rows-edited',
  'hook-missing',
  'hook-surplus',
  'interface-gone',
  'slot-broken',
  'slot-half-staged',
  'not-marked',
] as const;
export type FindingState = (typeof findingStates)[number];

export interface Finding {
  readonly state: FindingState;
  readonly message: string;
  /** Hurts nobody, so that the host counts as converged: the next apply brings it in order by the way. */
  readonly harmless: boolean;
}

export interface HookPlace {
  readonly ifindex: number;
  readonly direction: Direction;
}

export interface FindingsInput {
  readonly observation: Observation;
  readonly live: Live;
  readonly drift: Drift | undefined;
  readonly missingHooks: readonly HookPlace[];
  readonly surplusHooks: readonly Hook[];
  /** undefined: no interface of this namespace has that index. */
  readonly nameOf: (ifindex: number) => string | undefined;
  /** SHA-256 of the object that an apply would load; undefined: not asked. */
  readonly buildDigest: Uint8Array | undefined;
}

export function findingsOf(input: FindingsInput): Finding[] {
  const { observation, live } = input;
  const isElsewhere = observation.problems.some(({ code }) => code === 'instance-elsewhere');
  return [
    ...observation.problems.map(problemFinding),
    ...liveFindings(live, isElsewhere),
    ...(live.slot ? buildFindings(live.slot, input.buildDigest) : []),
    ...pinFindings(observation),
    ...driftFindings(input.drift),
    // Its hooks cannot be seen from here.
    ...(isElsewhere || live.state === 'resting' ? [] : hookFindings(input)),
    ...slotFindings(observation, live),
  ];
}

function finding(state: FindingState, message: string): Finding {
  return { state, message, harmless: false };
}

function note(state: FindingState, message: string): Finding {
  return { state, message, harmless: true };
}

function problemFinding({ code, message }: Problem): Finding {
  return finding(code === 'instance-elsewhere' ? code : 'foreign-pin', message);
}

function liveFindings({ state }: Live, isElsewhere: boolean): Finding[] {
  if (state === 'none') return [finding('nothing-applied', 'nothing is applied')];
  if (state === 'mixed')
    return [
      finding('mixed-hooks', 'mixed: a switch was interrupted, hooks run two generations; the next apply ends it'),
    ];
  if (state === 'resting' && !isElsewhere)
    return [finding('no-hook-runs-it', 'no hook runs it: traffic passes untouched')];
  return [];
}

function buildFindings(slot: Slot, buildDigest: Uint8Array | undefined): Finding[] {
  const { ownLayout, meta } = slot;
  const isOther = buildDigest !== undefined && Buffer.compare(buildDigest, meta.buildDigest) !== 0;
  return [
    ...(ownLayout
      ? []
      : [
          finding(
            'other-layout',
            `the live generation is of another build (table layout ${meta.layoutVersion}); the next apply replaces it and carries over what it learned`,
          ),
        ]),
    ...(ownLayout && isOther
      ? [
          note(
            'other-build',
            'the live programs are of another build than this command; the next apply loads them anew',
          ),
        ]
      : []),
    ...(isWhole(slot)
      ? []
      : [
          finding(
            'program-lost',
            `the ${directions.filter((one) => slot.programs[one] === 0).join(' and ')} program is lost with its pin; the next apply loads it anew`,
          ),
        ]),
    ...(meta.state === metaStates.lived
      ? []
      : [note('not-marked', 'the apply that made it live was cut off before its end; the next one finishes it')]),
  ];
}

const pinsShown = 4;

function pinFindings({ missingPins, hooks }: Observation): Finding[] {
  const [first] = missingPins;
  if (first === undefined) return [];
  const isAll = missingPins.includes('learned/peer') && slotNames.some((slot) => missingPins.includes(`${slot}/meta`));
  const more = missingPins.length - pinsShown;
  const names = `${missingPins.slice(0, pinsShown).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const why = isAll && hooks.length > 0 ? ' (was the BPF file system unmounted?)' : '';
  return [finding('pins-missing', `pins are missing: ${names}${why}; the next apply pins it again`)];
}

function driftFindings(drift: Drift | undefined): Finding[] {
  if (!drift) return [];
  const goes = 'the next apply takes it back';
  if (drift.rows.length > 0) return driftTexts(drift).map((text) => finding('rows-edited', `${text}; ${goes}`));
  const message =
    'rows were changed by hand: they are not what was applied; which ones, `trueingress plan -f FILE` shows';
  return [finding('rows-edited', message)];
}

function hookFindings({ missingHooks, surplusHooks, nameOf }: FindingsInput): Finding[] {
  const gone = new Set(
    missingHooks.filter(({ ifindex }) => nameOf(ifindex) === undefined).map(({ ifindex }) => ifindex),
  );
  return [
    ...[...gone].map((ifindex) =>
      finding(
        'interface-gone',
        `interface ${ifindex}, which it was applied to, is gone: deleted, made anew under another index, or moved to another network namespace; the next apply goes by names`,
      ),
    ),
    ...missingHooks
      .filter(({ ifindex }) => !gone.has(ifindex))
      .map(({ ifindex, direction }) =>
        finding(
          'hook-missing',
          `${nameOf(ifindex)} ${direction} is not attached; \`trueingress attach\` or the next apply puts it back`,
        ),
      ),
    ...surplusHooks.map(({ interfaceName, direction, kind }) =>
      finding('hook-surplus', `${interfaceName} ${direction} (${kind}) is attached and should not be`),
    ),
  ];
}

function slotFindings({ broken, slots }: Observation, live: Live): Finding[] {
  return [
    ...broken.map((name) => note('slot-broken', `slot ${name} is incomplete: a run was interrupted while it was made`)),
    ...slotNames.flatMap((name) => {
      const slot = slots[name];
      if (!slot || slot.name === live.slot?.name || slot.meta.state !== metaStates.staging) return [];
      const message = `slot ${name} is half staged: a run was interrupted or refused before generation ${slot.meta.generation} went live; nothing runs it`;
      return [note('slot-half-staged', message)];
    }),
  ];
}
