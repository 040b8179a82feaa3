// EVENT with its one reader. What a program would put into the ring, a test puts there.
import { problem, Refusal } from '../../problem.ts';
import { captureLayout } from '../../tables/events.ts';
import type { EventReader } from '../port.ts';
import { theLearned } from './find.ts';
import { putEntry } from './map.ts';
import type { MemoryWorld } from './world.ts';

const onlyRow = new Uint8Array(4);

export function openEvents(world: MemoryWorld, instance: string, holder: string): EventReader {
  const { capture, captured, event } = theLearned(world, instance);
  const name = `${instance}_events`;
  const other = world.locks.get(name);
  if (other) throw new Refusal(problem('locked', `events of instance ${instance} are read by ${other.holder}`));
  const mine = { holder };
  world.locks.set(name, mine);
  event.entries.clear();
  return {
    ids: { capture: capture.id, captured: captured.id, event: event.id },
    read(take, atMost) {
      let count = 0;
      for (const [number, { value }] of event.entries) {
        if (count === atMost) break;
        event.entries.delete(number);
        count++;
        take(value);
      }
      return count;
    },
    listen: (row) => putEntry(capture, onlyRow, captureLayout.encode(row)),
    leftOut: () => 0,
    isFull: () => false,
    close() {
      if (world.locks.get(name) !== mine) return;
      capture.entries.clear();
      world.locks.delete(name);
    },
  };
}

/** What a program would have done: puts one record into the ring. Not a call of ours, so no step. */
export function tellEvent(world: MemoryWorld, instance: string, record: Uint8Array): void {
  const { event } = theLearned(world, instance);
  event.entries.set(String(++world.lastId), { key: new Uint8Array(0), value: record });
}
