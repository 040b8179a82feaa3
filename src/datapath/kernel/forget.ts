// placeholder
import type { OpenMap } from '../../native/maps.ts';
export function forgetCounters(_map: OpenMap, _firsts: readonly number[]): void {}
