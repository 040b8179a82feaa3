// What the interfaces run, asked of the interfaces themselves: TCX and clsact, everybody's programs. Knows no instance.
import { bpfFilters, clsactInterfaces } from '../../native/filters.ts';
import { type Link, links } from '../../native/links.ts';
import { tcxReader } from '../../native/tcx.ts';
import { KernelError } from '../../problem.ts';
import { type Direction, directions } from '../../topology/topology.ts';
import type { HookKind } from '../port.ts';

/** One program on one hook, whoever's it is. */
export interface Attached {
  readonly ifindex: number;
  readonly interfaceName: string;
  readonly direction: Direction;
  readonly kind: HookKind;
  readonly programId: number;
}

/** By interface index, ingress first, TCX first (that is how the kernel runs them), then in running order. */
export function attachedPrograms(): Attached[] {
  const withClsact = clsactInterfaces();
  const tcxPrograms = tcxReader();
  const found: Attached[] = [];
  for (const link of links())
    for (const direction of directions) {
      for (const programId of ids(() => tcxPrograms(link.ifindex, direction) ?? []))
        found.push(attached(link, direction, 'tcx', programId));
      if (!withClsact.has(link.ifindex)) continue;
      for (const programId of ids(() => bpfFilters(link.ifindex, direction).map((filter) => filter.programId)))
        found.push(attached(link, direction, 'clsact', programId));
    }
  return found;
}

function attached({ ifindex, name }: Link, direction: Direction, kind: HookKind, programId: number): Attached {
  return { ifindex, interfaceName: name, direction, kind, programId };
}

/** An interface may go while we look: then it runs nothing. */
function ids(ask: () => number[]): number[] {
  try {
    return ask();
  } catch (error) {
    if (error instanceof KernelError && gone.has(error.errnoName)) return [];
    throw error;
  }
}
const gone = new Set(['ENODEV', 'EINVAL', 'ENOENT']);
