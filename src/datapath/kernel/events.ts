// EVENT and its one reader: the lock, the ring buffer, the word in CAPTURE that programs look at.
import { closeSync } from 'node:fs';
import { mapInfo } from '../../native/descriptors.ts';
import { lookup, lookupSize, type OpenMap, possibleCpus, update } from '../../native/maps.ts';
import { openRingBuffer } from '../../native/ringbuf.ts';
import { problem, Refusal } from '../../problem.ts';
import { capturedLayout, captureLayout, eventLayout } from '../../tables/events.ts';
import type { EventReader, LearnedTable } from '../port.ts';
import type { Context } from './context.ts';
import { lockEvents } from './lock.ts';
import { known } from './observe.ts';

const onlyRow = new Uint8Array(4);
/** What a record costs beside its bytes. */
const recordHeaderBytes = 8;
const many = 4096;

export function openEvents(context: Context, instance: string): EventReader {
  const { learned, catalog } = known(context, instance);
  const opened: OpenMap[] = [];
  const open = (table: LearnedTable): OpenMap => {
    const id = learned.get(table)?.id;
    if (id === undefined) throw silent(instance);
    const fd = catalog.openMap(id);
    const map = { fd, info: mapInfo(fd) };
    opened.push(map);
    return map;
  };
  const closers: (() => void)[] = [
    () => {
      for (const { fd } of opened) closeSync(fd);
    },
  ];
  const close = (): void => {
    for (const one of closers.splice(0).reverse()) one();
    context.open.delete(entry);
  };
  const entry = { close };
  try {
    const held = lockEvents(context, instance);
    closers.push(() => held.release());
    const [capture, captured] = [open('capture'), open('captured')];
    const event = open('event');
    const ring = openRingBuffer(event);
    closers.push(() => ring.close());
    // What happened while nobody looked, and what the last reader's rate left out, is not news.
    while (ring.read(() => {}, many) > 0);
    update(captured, onlyRow, new Uint8Array(rateBytes(captured)), 0n, rateBytes(captured));
    closers.push(() => update(capture, onlyRow, new Uint8Array(captureLayout.size)));
    context.open.add(entry);
    return {
      ids: { capture: capture.info.id, captured: captured.info.id, event: event.info.id },
      read: (take, atMost) => ring.read(take, atMost),
      listen: (row) => update(capture, onlyRow, captureLayout.encode(row)),
      leftOut: () => leftOut(captured),
      isFull: () => ring.waiting() + eventLayout.size + recordHeaderBytes >= ring.size,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function rateBytes({ info }: OpenMap): number {
  return lookupSize(info, possibleCpus());
}

function leftOut(captured: OpenMap): number {
  const bytes = lookup(captured, onlyRow, rateBytes(captured));
  let sum = 0;
  for (let at = 0; bytes && at < bytes.length; at += capturedLayout.size)
    sum += capturedLayout.decode(bytes, at).suppressed;
  return sum;
}

function silent(instance: string): Refusal {
  const hint = 'apply its file again: the programs of this version do';
  return new Refusal(problem('no-instance', `the programs of instance ${instance} tell of no packets`, { hint }));
}
