// A probe over a slot in memory: the slot's rows, learned maps of its own, and an evaluator in the program's place.
import type { Probe, ProbePacket, ProbeResult } from '../port.ts';
import { refuse } from './faults.ts';
import { type LearnedMaps, type Load, type MemoryWorld, plainMaps } from './world.ts';

/** What one run of a program sees. An evaluator may write `learned` and nothing else. */
export interface ProgramView {
  readonly load: Load;
  readonly learned: LearnedMaps;
}

/** Stands for the compiled program: rows and a packet in, what the program would answer out. */
export type Evaluator = (view: ProgramView, packet: ProbePacket) => ProbeResult;

export function openProbe(world: MemoryWorld, load: Load, evaluate: Evaluator): Probe {
  const learned = scratch(load.learned);
  let open = true;
  return {
    run(packet) {
      if (!open) throw refuse('bpf_prog_test_run_opts', 'EINVAL', 'a closed probe');
      for (const ifindex of [packet.ifindex, packet.ingressIfindex])
        if (ifindex !== 0 && ifindex !== 1 && !world.interfaces.some((one) => one.ifindex === ifindex))
          throw refuse('bpf_prog_test_run_opts', 'ENODEV', `${ifindex}`);
      return evaluate({ load, learned }, packet);
    },
    close() {
      open = false;
    },
  };
}

function scratch(live: LearnedMaps): LearnedMaps {
  const maps = { ...live, counter: { ...live.counter, id: 0, values: new Map() } };
  for (const name of plainMaps) maps[name] = { ...live[name], id: 0, entries: new Map() };
  return maps;
}
