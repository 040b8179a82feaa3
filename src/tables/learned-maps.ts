// What each learned map is: its kind and sizes. In the order in which they are pinned and shown.
import type { LearnedTable } from '../datapath/port.ts';
import { capturedLayout, captureLayout } from './events.ts';
import { counterLayout, flow, fragment, path, pathUntilBytes, peer } from './learned.ts';

export interface LearnedMap {
  readonly type: 'hash' | 'lru' | 'array' | 'per-cpu-array' | 'ring-buffer';
  /** Bytes, as this build knows them. */
  readonly key: number;
  readonly value: number;
}

const rowOf = ({ key, value }: typeof peer | typeof flow | typeof fragment | typeof path) => ({
  key: key.size,
  value: value.size,
});
/** Arrays are indexed by a u32. */
const index = 4;

export const learnedMaps: Readonly<Record<LearnedTable, LearnedMap>> = {
  peer: { type: 'hash', ...rowOf(peer) },
  flow: { type: 'lru', ...rowOf(flow) },
  fragment: { type: 'lru', ...rowOf(fragment) },
  path: { type: 'lru', ...rowOf(path) },
  path_until: { type: 'array', key: index, value: pathUntilBytes },
  counter: { type: 'per-cpu-array', key: index, value: counterLayout.perBlock * 16 },
  capture: { type: 'array', key: index, value: captureLayout.size },
  captured: { type: 'per-cpu-array', key: index, value: capturedLayout.size },
  event: { type: 'ring-buffer', key: 0, value: 0 },
};

export const learnedNames = Object.keys(learnedMaps) as readonly LearnedTable[];
