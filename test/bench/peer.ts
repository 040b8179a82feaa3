// The usual way to fill BPF maps, one process for each entry, against one apply: the same rows in maps of the same sizes.
import { join } from 'node:path';
import { openKernelDatapath } from '../../src/datapath/kernel/open.ts';
import type { ConfiguredTable } from '../../src/datapath/port.ts';
import { findLive } from '../../src/reconcile/live.ts';
import { tables } from '../../src/tables/registry.ts';
import type { Rows } from '../../src/tables/rows.ts';
import type { Figure } from './figure.ts';
import { alternate, rounded } from './measure.ts';
import { must, type Place } from './place.ts';
import { topologyText } from './topology.ts';

const rounds = 3;
const services = 1000;

export function measurePeerLoop(place: Place): Figure[] {
  const file = place.write('peer.yaml', topologyText(services));
  place.trueingress('apply', '-f', file);
  const filled = liveTables(place);
  place.trueingress('remove', '--yes');
  const script = place.write('peer.sh', filled.map((table) => updateLines(place, table)).join(''));
  const medians = alternate(rounds, [
    {
      name: 'loop',
      measure: () => {
        createMaps(place, filled);
        const { wallMs } = must('sh', '-e', script);
        must('rm', ...filled.map(({ name }) => pinOf(place, name)));
        return wallMs;
      },
    },
    {
      name: 'apply',
      measure: () => {
        const { wallMs } = place.trueingress('apply', '-f', file);
        place.trueingress('remove', '--yes');
        return wallMs;
      },
    },
  ]);
  const loopMs = rounded(medians.get('loop') ?? Number.NaN, 0);
  const applyMs = rounded(medians.get('apply') ?? Number.NaN, 0);
  const entries = filled.reduce((sum, { rows }) => sum + rows.count, 0);
  const processMs = rounded(loopMs / entries, 2);
  return [
    {
      name: 'peer_loop_ratio',
      value: rounded(loopMs / applyMs, 1),
      wanted: { atLeast: 50 },
      note: `${services} services, ${entries} rows: from a shell a bpftool each, ${loopMs} ms, ${processMs} a process; apply ${applyMs} ms`,
      details: { peer_loop_ms: loopMs, peer_process_ms: processMs, peer_apply_ms: applyMs, peer_loop_entries: entries },
    },
  ];
}

interface FilledTable {
  readonly name: ConfiguredTable;
  readonly capacity: number;
  readonly rows: Rows;
}

function liveTables({ bpffs, runDirectory }: Place): FilledTable[] {
  const datapath = openKernelDatapath({ bpffs, runDirectory });
  try {
    const { slot } = findLive(datapath.observe('bench'));
    if (!slot) throw new Error('nothing is live after an apply');
    return tables.map(({ name }) => ({
      name,
      capacity: slot.capacities[name],
      rows: datapath.readRows('bench', slot.name, name),
    }));
  } finally {
    datapath.close();
  }
}

function pinOf({ bpffs }: Place, table: ConfiguredTable): string {
  return join(bpffs, `peer_${table}`);
}

function createMaps(place: Place, filled: readonly FilledTable[]): void {
  for (const { name, capacity, rows } of filled) {
    const sizes = ['key', rows.keySize, 'value', rows.valueSize, 'entries', capacity].map(String);
    must('bpftool', 'map', 'create', pinOf(place, name), 'type', 'hash', ...sizes, 'name', name);
  }
}

function updateLines(place: Place, { name, rows }: FilledTable): string {
  const hex = (bytes: Uint8Array, size: number, row: number): string =>
    Buffer.from(bytes.subarray(row * size, (row + 1) * size))
      .toString('hex')
      .replace(/../g, ' $&');
  return Array.from({ length: rows.count }, (_, row) => {
    const key = hex(rows.keys, rows.keySize, row);
    return `bpftool map update pinned ${pinOf(place, name)} key hex${key} value hex${hex(rows.values, rows.valueSize, row)}\n`;
  }).join('');
}
