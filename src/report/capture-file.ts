// Events as a capture file for Wireshark: blocks in their order, an interface's own before its first packet. Keys are taken out
// of the packets unless asked for: such a file is sent to others.
import { interfaceBlock, packetBlock, type Section, sectionBlock } from '../packet/pcapng.ts';
import { seenFrame } from '../packet/seen.ts';
import type { Event } from '../reconcile/events.ts';
import { eventBytes } from '../tables/events.ts';
import { type EventView, eventComment } from './event.ts';

export interface CaptureFile {
  /** What a file begins with. */
  readonly head: Uint8Array;
  /** The blocks of one event; none for what is no packet. */
  blocks(event: Event): readonly Uint8Array[];
}

const keyBytes = 16;

/** @param withKeys as on the wire; otherwise zeros stand in their place */
export function captureFile(section: Section, view: EventView, withKeys: boolean): CaptureFile {
  const numbers = new Map<string, number>();
  const numberOf = (name: string): { readonly number: number; readonly block: readonly Uint8Array[] } => {
    const known = numbers.get(name);
    if (known !== undefined) return { number: known, block: [] };
    const number = numbers.size;
    numbers.set(name, number);
    const description = 'packets as they leave the hooks of trueingress';
    return { number, block: [interfaceBlock({ name, description, snapBytes: eventBytes })] };
  };
  return {
    head: sectionBlock(section),
    blocks(event) {
      if (event.kind !== 'packet') return [];
      const { number, block } = numberOf(view.interfaceName(event.ifindex));
      const packet = packetBlock({
        interface: number,
        timeNs: event.timeNs + view.clockOffsetNs,
        frame: withKeys ? event.frame : withoutKeys(event.frame),
        bytes: event.length,
        direction: event.direction,
        comment: eventComment(event),
        dropped: event.suppressed,
      });
      return [...block, packet];
    },
  };
}

function withoutKeys(frame: Uint8Array): Uint8Array {
  const { keysAt } = seenFrame(frame);
  if (keysAt.length === 0) return frame;
  const bytes = frame.slice();
  for (const at of keysAt) bytes.fill(0, at, at + keyBytes);
  return bytes;
}
