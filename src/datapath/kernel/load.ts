// The object file on its way into the kernel, for a slot or for a scratch load: compared with our layouts, adjusted, loaded,
// its maps bound to both programs.

import { compareLayout, parseBtf } from '../../layout/btf.ts';
import { bindMap } from '../../native/descriptors.ts';
import { BpfObject } from '../../native/object.ts';
import { problem, Refusal } from '../../problem.ts';
import { type Direction, directions } from '../../topology/topology.ts';
import { type Context, readObject } from './context.ts';
import { learnedTables, programNames, shapes, slotMaps } from './names.ts';

export interface LoadRequest {
  /** By the names of maps.h's constants. */
  readonly constants: Readonly<Record<'role' | 'ingress_features' | 'egress_features' | 'topology_features', number>>;
  /** max_entries of maps that are created. */
  readonly capacities: Readonly<Record<string, number>>;
  /** Open descriptors of maps that exist; the caller closes them. */
  readonly reuse: ReadonlyMap<string, number>;
}

export interface Loaded {
  program(direction: Direction): number;
  map(name: string): number;
  /** Unless pinned, what was loaded is gone afterwards. */
  close(): void;
}

/** Throws KernelError with the verifier's log, Refusal `kernel-refused` when the object is of another build. */
export function load(context: Context, request: LoadRequest): Loaded {
  const object = new BpfObject(readObject(context.objectPath), context.objectPath);
  let loaded = false;
  try {
    adjust(object, request, context.objectPath);
    object.load(context.objectPath);
    // A program keeps only the maps that its code names alive: bound, all of them live as long as either program does.
    for (const direction of directions)
      for (const name of [...slotMaps, ...learnedTables])
        bindMap(object.programFd(programNames[direction]), object.mapFd(name));
    loaded = true;
  } finally {
    if (!loaded) object.close();
  }
  return {
    program: (direction) => object.programFd(programNames[direction]),
    map: (name) => object.mapFd(name),
    close: () => object.close(),
  };
}

function adjust(object: BpfObject, { constants, capacities, reuse }: LoadRequest, about: string): void {
  const btf = parseBtf(object.btf());
  const differences = shapes.flatMap((shape) => compareLayout(btf, shape));
  const variables = btf.section('.rodata');
  for (const name of Object.keys(constants))
    if (variables?.get(name)?.size !== 4) differences.push(`constant ${name} is not in the object`);
  if (differences.length > 0) {
    const hint = 'both must come from one build: run `make build`, or install the package again';
    throw new Refusal(problem('kernel-refused', `${about} is of another build: ${differences[0]}`, { hint }));
  }
  for (const [name, entries] of Object.entries(capacities)) if (!reuse.has(name)) object.setMaxEntries(name, entries);
  for (const [name, fd] of reuse) object.reuse(name, fd);
  object.patch('.rodata', (value) => {
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    for (const [name, number] of Object.entries(constants))
      view.setUint32(variables?.get(name)?.offset ?? 0, number, true);
  });
}
