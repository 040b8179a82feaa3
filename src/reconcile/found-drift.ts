// Drift of what is live, with every guess that is at hand: what the live services imply, and what the caller knows besides.
import type { Observation } from '../datapath/port.ts';
import type { LiveAssignments } from './assign.ts';
import type { TableRows } from './digest.ts';
import { type Drift, tellDrift } from './drift.ts';
import { impliedRows } from './implied.ts';
import { findLive } from './live.ts';

export interface DriftQuestion {
  readonly observation: Observation;
  /** Of the live slot; undefined: there are none that could be read. */
  readonly rows: TableRows | undefined;
  readonly assignments: LiveAssignments;
  /** Rows that those may have been. */
  readonly guesses: () => readonly TableRows[];
  /** Rows of a file, which may be the one that was applied: its digest tells. */
  readonly applied?: { readonly rows: TableRows; readonly sourceDigest: Uint8Array };
}

/** Rows of another layout have been translated, and their digest with them was not: nothing is said of them. */
export function foundDrift({ observation, rows, assignments, guesses, applied }: DriftQuestion): Drift | undefined {
  const { slot } = findLive(observation);
  if (!slot?.ownLayout || !rows) return undefined;
  const { rowsDigest, sourceDigest } = slot.meta;
  const isApplied = applied !== undefined && Buffer.compare(sourceDigest, applied.sourceDigest) === 0;
  const all = () => [...guesses(), impliedRows(observation.instance, rows, assignments)];
  return tellDrift(rows, rowsDigest, all, isApplied ? applied.rows : undefined);
}
