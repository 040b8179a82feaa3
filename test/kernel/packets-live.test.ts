// What BPF_PROG_TEST_RUN cannot bring about: packets longer than a page, and two CPUs at one PEER row.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { programInfo } from '../../src/native/descriptors.ts';
import { bpfFilters, createFilter, deleteFilter } from '../../src/native/filters.ts';
import { unshareNetns } from '../../src/native/namespace.ts';
import { formatEndpoint, protocolNumbers } from '../../src/net/endpoint.ts';
import { guePing } from '../../src/packet/gue.ts';
import { destinationOf, readFrame } from '../../src/packet/read.ts';
import { buildTcp, buildUdp } from '../../src/packet/transport.ts';
import { objectPath } from '../../src/paths.ts';
import { run, whyNoKernel } from '../support/netns.ts';
import { bearable } from '../support/patience.ts';
import { bothFamilies, gatewayOf, type Kind, kinds, talkers, tunnelEnds } from './records/families.ts';
import { peerCapacity } from './records/pings.ts';
import type { RowSet } from './records/record.ts';
import { type Load, loadPrograms, putRows, readCounted, readPeers, runPacket, verdictAt } from './records/runner.ts';
import { client, endpoint, gateway, learningRows, proxy, service, tunnelId, tunnelRow } from './records/scene.ts';

const impossible = whyNoKernel();
const tool = resolve(import.meta.dirname, '../../build/tools/run-alternately');
const loopback = 1;
let directory: string;
let load: Load;

beforeAll(() => {
  if (impossible) return;
  unshareNetns();
  run('ip', 'link', 'set', 'lo', 'up');
  run('ip', 'address', 'add', `${talkers[4].proxy.ip}/32`, 'dev', 'lo');
  run('ip', 'address', 'add', `${talkers[6].proxy.ip}/128`, 'dev', 'lo', 'nodad');
  directory = mkdtempSync(join(tmpdir(), 'trueingress-live-'));
  load = loadPrograms(readFileSync(objectPath()), {
    role: 'gateway',
    egressFeatures: 0,
    peerCapacity,
    ...bothFamilies,
  });
});

afterAll(() => {
  if (impossible) return;
  load.close();
  rmSync(directory, { recursive: true, force: true });
});

function verdictsSeen(): Record<string, number> {
  const seen = [...readCounted(load)].flatMap(([index, { packets }]) => {
    const name = verdictAt(index);
    return name === undefined ? [] : [[name, packets] as const];
  });
  return Object.fromEntries(seen);
}

/** Sends one datagram to the proxy endpoint over lo, through the egress program. */
async function send({ inner }: Kind, bytes: number): Promise<void> {
  const { proxy: to } = talkers[inner];
  createFilter(loopback, 'egress', load.programs.egress, 'lo');
  const socket = createSocket(inner === 4 ? 'udp4' : 'udp6');
  try {
    await new Promise<void>((done) => socket.send(new Uint8Array(bytes), to.port, to.ip, () => done()));
  } finally {
    socket.close();
    for (const filter of bpfFilters(loopback, 'egress')) deleteFilter(filter, 'lo');
  }
}

/** A path on which nothing but the length of IP packets is a bound. */
function wideRows(kind: Kind): RowSet {
  const { gateway: local, node: remote } = tunnelEnds[kind.outer];
  return gatewayOf(kind, { tunnel: [tunnelRow(tunnelId, local, remote, { mtu: 65535 })] });
}

/** The longest datagram that each family has on lo, whose MTU is 65536. */
const longest = { 4: 65_507, 6: 65_487 } as const;

describe.skipIf(impossible).each(kinds.filter(({ protocol }) => protocol === protocolNumbers.udp))(
  'a datagram of IPv$inner over IPv$outer on a real device',
  (kind) => {
    test('that fits is encapsulated', async () => {
      putRows(load, wideRows(kind));
      await send(kind, 1000);
      expect(verdictsSeen()).toMatchObject({ encapsulated: 1 });
    });

    test('for which the kernel makes no room is dropped as room-failed', async () => {
      putRows(load, wideRows(kind));
      await send(kind, 20_000);
      expect(verdictsSeen()).toEqual({ 'room-failed': 1 });
    });

    test('that would be longer than its outer header can say is dropped as too-big', async () => {
      putRows(load, wideRows(kind));
      await send(kind, longest[kind.inner]);
      expect(verdictsSeen()).toEqual({ 'too-big': 1 });
    });
  },
);

describe.skipIf(impossible)('a PEER row that is written all the time', () => {
  const places = [endpoint('10.1.1.1:1111'), endpoint('10.2.2.2:2222')];

  test('is read whole or not at all', async () => {
    const seconds = 2;
    putRows(load, learningRows());
    const frames = places.map((source, i) => {
      const path = join(directory, `ping${i}`);
      writeFileSync(path, buildUdp({ source, destination: gateway, payload: guePing(service, tunnelId) }));
      return path;
    });
    const writer = spawn(tool, [`${programInfo(load.programs.ingress).id}`, `${seconds}`, ...frames], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((done) => writer.on('close', done));
    const packet = buildTcp({ source: client, destination: proxy });
    const seen: Record<string, number> = {};
    for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
      const { action, frame } = runPacket(load, 'egress', packet);
      const outer = readFrame(frame);
      const remote = outer && destinationOf(outer);
      const name = action === -1 && remote ? formatEndpoint(remote) : 'dropped';
      seen[name] = (seen[name] ?? 0) + 1;
    }
    expect(await ended).toBe(0);
    const counted = verdictsSeen();
    // Both were seen, nothing that is half of each; a reader that met a writer four times over has dropped, which is right.
    expect(
      Object.keys(seen)
        .filter((name) => name !== 'dropped')
        .sort(),
    ).toEqual(places.map(formatEndpoint));
    expect(seen.dropped ?? 0).toBe(counted['no-remote'] ?? 0);
    expect(counted['ping-moved']).toBeGreaterThan(bearable(10_000));
    expect(readPeers(load).versions.filter((version) => version & 1)).toEqual([]);
    console.log(`PEER race: ${JSON.stringify({ ...seen, moves: counted['ping-moved'] })}`);
  });
});
