// 100,000 services applied from nothing, and the same file again.
import type { Figure } from './figure.ts';
import { median, rounded } from './measure.ts';
import type { Counted, Place } from './place.ts';
import { topologyText } from './topology.ts';

const rounds = 3;
const services = 100_000;

export function measureMany(place: Place): Figure[] {
  const file = place.write('many.yaml', topologyText(services));
  const applies: Counted[] = [];
  const again: Counted[] = [];
  for (let round = 0; round < rounds; round++) {
    applies.push(place.trueingressCounted('apply', '-f', file));
    again.push(place.trueingressCounted('apply', '-f', file));
    place.trueingress('remove', '--yes');
  }
  // A run of its own: 50 MB of JSON are not what a person waits for.
  const applyPhases = phasesOf(place.trueingress('apply', '-f', file, '--json').stdout);
  const noopPhases = phasesOf(place.trueingress('apply', '-f', file, '--json').stdout);
  place.trueingress('remove', '--yes');
  const readMs = rounded(place.trueingress('validate', '-f', file).wallMs, 0);
  return [
    figureOf('apply_100k_s', 3, applies, { read: readMs, ...applyPhases }),
    figureOf('noop_100k_s', 2, again, { read: readMs, ...noopPhases }),
  ];
}

function figureOf(
  name: string,
  atMost: number,
  runs: readonly Counted[],
  phasesMs: Readonly<Record<string, number>>,
): Figure {
  const cpuS = rounded(median(runs.map(({ cpuMs }) => cpuMs)) / 1000, 2);
  const phases = Object.entries(phasesMs).map(([phase, ms]) => `${phase} ${ms}`);
  return {
    name,
    value: rounded(median(runs.map(({ wallMs }) => wallMs)) / 1000, 2),
    wanted: { atMost },
    note: `CPU time ${cpuS} s; ms: ${phases.join(', ')} (read: validate, a process of its own)`,
    details: { [`${name}_cpu`]: cpuS, [`${name}_phases_ms`]: phasesMs },
  };
}

interface Outcome {
  /** From the lock on, when the file has been read. */
  readonly ms: number;
  readonly phases: readonly { readonly name: string; readonly ms: number }[];
}

function phasesOf(json: string): Record<string, number> {
  const { ms, phases } = JSON.parse(json) as Outcome;
  const told = phases.map(({ name, ms: took }) => [name, rounded(took, 0)] as const);
  const plan = rounded(ms - phases.reduce((sum, phase) => sum + phase.ms, 0), 0);
  return { plan, ...Object.fromEntries(told) };
}
