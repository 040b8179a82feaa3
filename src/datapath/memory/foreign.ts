// Other people's things in a memory world, for tests: put them there, and see that they stay as they are (law P8).
import type { Direction } from '../../topology/topology.ts';
import type { HookKind } from '../port.ts';
import { type Attachment, type Foreign, type MemoryWorld, metaOf } from './world.ts';

function foreign(world: MemoryWorld, text: string): Foreign {
  return { kind: 'foreign', id: ++world.lastId, bytes: new TextEncoder().encode(text) };
}

export function pinForeign(world: MemoryWorld, path: string, text = 'not ours'): void {
  world.pins.set(path, foreign(world, text));
}

/** `filter` is the priority and handle that it takes on a clsact hook. */
export function attachForeign(
  world: MemoryWorld,
  hook: { readonly ifindex: number; readonly direction: Direction; readonly kind: HookKind },
  filter = '1:1',
): void {
  const attachment: Attachment = { ...hook, program: foreign(world, 'not ours') };
  if (hook.kind === 'tcx') world.attachments.push(attachment);
  else {
    world.qdiscs.add(hook.ifindex);
    world.attachments.push({ ...attachment, filter });
  }
}

/** Everything that is not this instance's, as text: foreign pins and programs in their order, qdiscs, other instances to the byte. */
export function foreignThings(world: MemoryWorld, instance: string): string[] {
  const things: string[] = [];
  for (const [path, pinned] of [...world.pins].sort(([a], [b]) => (a < b ? -1 : 1)))
    if (pinned.kind === 'foreign' || !path.startsWith(`${instance}/`))
      things.push(`pin ${path} ${pinned.kind} ${pinned.id} ${contentOf(pinned)}`);
  for (const { ifindex, direction, kind, program, filter } of world.attachments)
    if (program.kind === 'foreign' || metaOf(program.load).instance !== instance)
      things.push(`hook ${ifindex} ${direction} ${kind} ${filter ?? '-'} ${program.id} ${contentOf(program)}`);
  return things;
}

function contentOf(object: unknown): string {
  return JSON.stringify(object, (_key, value) => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
    if (typeof value === 'bigint') return `${value}`;
    return value instanceof Map ? [...value] : value;
  });
}
