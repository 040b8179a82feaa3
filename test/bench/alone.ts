// What a packet costs that comes alone: one BPF_PROG_TEST_RUN a packet, by build/tools/run-packets. Between two of them is a
// system call's way out and in again, after which some machines have forgotten every translation of the program's pages.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programInfo } from '../../src/native/descriptors.ts';
import { objectPath } from '../../src/paths.ts';
import { peerCapacity } from '../kernel/records/pings.ts';
import { loadPrograms, putRows } from '../kernel/records/runner.ts';
import { Closers } from './closers.ts';
import type { Figure } from './figure.ts';
import { openFloor } from './floor.ts';
import { median, rounded } from './measure.ts';
import { namedPackets } from './named.ts';

const tool = 'build/tools/run-packets';
const rounds = 15;
const packetsOfARound = 3000;

export function measureAlone(): Figure[] {
  const directory = mkdtempSync(join(tmpdir(), 'trueingress-bench-'));
  const closers = new Closers();
  closers.add(() => rmSync(directory, { recursive: true }));
  try {
    const contestants: string[] = [];
    const enter = (programFd: number, frame: Uint8Array): void => {
      const file = join(directory, `frame-${contestants.length}`);
      writeFileSync(file, frame);
      contestants.push(`${programInfo(programFd).id}:${frame.length}:${file}`);
    };
    const floor = closers.keep(openFloor());
    const [first] = namedPackets;
    if (first) enter(floor.programFd('empty'), first.record.packet);
    for (const { record } of namedPackets) {
      const load = loadPrograms(readFileSync(objectPath()), { role: record.role, egressFeatures: 0, peerCapacity });
      closers.add(load.close);
      putRows(load, record.rows);
      enter(load.programs[record.hook], record.packet);
    }
    const output = execFileSync(tool, [String(rounds), String(packetsOfARound), ...contestants], { encoding: 'utf8' });
    const [empty = Number.NaN, ...medians] = output
      .trimEnd()
      .split('\n')
      .map((line) => median(line.split(' ').map(Number)));
    const alone = namedPackets.map(({ name }, i) => [name, rounded((medians[i] ?? Number.NaN) - empty, 0)] as const);
    return [
      {
        name: 'alone_encap_ns',
        value: alone.find(([name]) => name === 'encap_ns')?.[1] ?? Number.NaN,
        note: `one packet a system call, as a test run has it; all: ${alone.map(([name, ns]) => `${name} ${ns}`).join(', ')}`,
        details: { alone_ns: Object.fromEntries(alone) },
      },
    ];
  } finally {
    closers.close();
  }
}
