// Probes and trials in memory: rows, learned maps of their own, and an evaluator in the program's place.
import type { Rows } from '../../tables/rows.ts';
import type { ConfiguredTable, LoadSpec, Probe, ProbePacket, ProbeResult, SlotName, SlotProbe } from '../port.ts';
import { refuse } from './faults.ts';
import { configuredNames } from './find.ts';
import { loadObject } from './load.ts';
import { entriesOf, putEntry } from './map.ts';
import { createMemoryWorld, type LearnedMaps, type Load, type MemoryWorld, plainMaps } from './world.ts';

/** What one run of a program sees. An evaluator may write `learned` and nothing else. */
export interface ProgramView {
  readonly load: Load;
  readonly learned: LearnedMaps;
}

/** Stands for the compiled program: rows and a packet in, what the program would answer out. */
export type Evaluator = (view: ProgramView, packet: ProbePacket) => ProbeResult;

/** Where the slots of one instance are, and what runs them. */
export interface ProbePlace {
  readonly world: MemoryWorld;
  readonly evaluate: Evaluator;
  /** Throws ENOENT where the slot is not there. */
  loadOf(slot: SlotName): Load;
}

export function openProbe(place: ProbePlace, slot: SlotName, beside?: LearnedMaps): SlotProbe {
  const { world, evaluate } = place;
  const load = place.loadOf(slot);
  const learned = beside ?? emptied(load.learned);
  return {
    ...closable(learned, (packet) => {
      // Of the interface of entry the kernel asks nothing.
      const { ifindex } = packet;
      if (ifindex !== loopback && !world.interfaces.some((one) => one.ifindex === ifindex))
        throw refuse('bpf_prog_test_run_opts', 'ENODEV', `${ifindex}`);
      return evaluate({ load, learned }, packet);
    }),
    beside: (other) => openProbe(place, other, learned),
  };
}

const loopback = 1;

export function openTrial(spec: LoadSpec, rows: Readonly<Record<ConfiguredTable, Rows>>, evaluate: Evaluator): Probe {
  const { load } = loadObject(createMemoryWorld({ interfaces: [], tcx: true }), spec, {}, undefined);
  for (const name of configuredNames)
    for (const { key, value } of entriesOf(rows[name])) putEntry(load.maps[name], key, value);
  return closable(load.learned, (packet) => {
    const ingressIfindex = packet.direction === 'ingress' ? loopback : packet.ingressIfindex;
    return evaluate({ load, learned: load.learned }, { ...packet, ifindex: loopback, ingressIfindex });
  });
}

function closable(learned: LearnedMaps, run: Probe['run']): Probe {
  let open = true;
  return {
    run(packet) {
      if (!open) throw refuse('bpf_prog_test_run_opts', 'EINVAL', 'a closed probe');
      return run(packet);
    },
    teach: (table, key, value) => putEntry(learned[table], key, value),
    forget: () => {
      for (const name of plainMaps) learned[name].entries.clear();
    },
    close() {
      open = false;
    },
  };
}

function emptied(live: LearnedMaps): LearnedMaps {
  const maps = { ...live, counter: { ...live.counter, id: 0, values: new Map() } };
  for (const name of plainMaps) maps[name] = { ...live[name], id: 0, entries: new Map() };
  return maps;
}
