// What a packet costs in our programs, beside an empty program and the least that any encapsulation must do. Runs packet
// records by BPF_PROG_TEST_RUN, one packet a call: a repeated run would get what the first one made of the packet.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, readFileSync } from 'node:fs';
import { machine } from 'node:os';
import { resolve } from 'node:path';
import { programInfo } from '../../src/native/descriptors.ts';
import { check } from '../../src/native/errno.ts';
import { native } from '../../src/native/koffi.ts';
import { BpfObject } from '../../src/native/object.ts';
import { testRun } from '../../src/native/testrun.ts';
import { objectPath } from '../../src/paths.ts';
import { gatewayEgress } from '../kernel/records/gateway-egress.ts';
import { gatewayIngress } from '../kernel/records/gateway-ingress.ts';
import { nodeEgress } from '../kernel/records/node-egress.ts';
import { nodeIngress } from '../kernel/records/node-ingress.ts';
import { peerCapacity } from '../kernel/records/pings.ts';
import type { PacketRecord } from '../kernel/records/record.ts';
import { loadPrograms, putRows, readCounted, verdictAt } from '../kernel/records/runner.ts';
import type { Figure } from './figure.ts';
import { alternate, type Contestant, rounded } from './measure.ts';

const rounds = 15;
const packetsOfARound = 4000;
/** Runs before the first that counts: caches, branch predictors, the JIT's pages. */
const warmUp = 2000;

const measured: readonly {
  readonly name: string;
  readonly what: string;
  readonly record: PacketRecord;
  readonly atMost?: number;
}[] = [
  {
    name: 'encap_ns',
    what: 'gateway, egress: look up, encapsulate',
    record: recordOf(gatewayEgress, 'a segment of a flow goes into its tunnel'),
    atMost: 110,
  },
  {
    name: 'decap_verify_ns',
    what: 'gateway, ingress: verify, decapsulate',
    record: recordOf(gatewayIngress, 'a segment of a flow comes out of its tunnel'),
    atMost: 130,
  },
  {
    name: 'decap_verify_dnat_ns',
    what: 'node, ingress: verify, decapsulate, translate',
    record: recordOf(nodeIngress, 'a segment of a flow comes out of its tunnel and goes on to the endpoint'),
    atMost: 210,
  },
  {
    name: 'snat_encap_ns',
    what: 'node, egress: translate, encapsulate',
    record: recordOf(nodeEgress, 'a segment of a flow leaves through the tunnel'),
  },
  {
    name: 'bad_key_ns',
    what: 'gateway, ingress: refused by its key',
    record: recordOf(gatewayIngress, 'a key that is wrong in byte 15 is refused'),
    atMost: 70,
  },
  {
    name: 'not_ours_egress_ns',
    what: 'gateway, egress: another port of a proxy address',
    record: recordOf(gatewayEgress, 'another port of the proxy address is not ours'),
  },
  {
    name: 'not_ours_ns',
    what: 'gateway, ingress: TCP to a tunnel endpoint',
    record: recordOf(gatewayIngress, 'TCP to the tunnel endpoint is not ours'),
    atMost: 15,
  },
  {
    name: 'not_ours_udp_ns',
    what: 'gateway, ingress: UDP to another host',
    record: recordOf(gatewayIngress, 'UDP to another host is not ours'),
  },
];

export function measurePackets(): Figure[] {
  const closers: (() => void)[] = [];
  try {
    closers.push(enableStatistics());
    const floor = new BpfObject(readFileSync(compileFloor()), 'floor');
    closers.push(() => floor.close());
    floor.load('floor');
    const packet = recordOf(gatewayEgress, 'a segment of a flow goes into its tunnel').packet;
    const contestants = [
      contestant('empty', floor.programFd('empty'), packet),
      contestant('room_store_ns', floor.programFd('room_store'), packet),
    ];
    const checks: (() => void)[] = [];
    for (const { name, record } of measured) {
      const load = loadPrograms(readFileSync(objectPath()), { role: record.role, egressFeatures: 0, peerCapacity });
      closers.push(load.close);
      putRows(load, record.rows);
      contestants.push(contestant(name, load.programs[record.hook], record.packet));
      checks.push(() => expectOnly(record, new Set([...readCounted(load).keys()].map(verdictAt))));
    }
    for (const { warm } of contestants) warm();
    const medians = alternate(rounds, contestants);
    for (const one of checks) one();
    return figuresOf(medians);
  } finally {
    for (const close of closers.reverse()) close();
  }
}

function figuresOf(medians: ReadonlyMap<string, number>): Figure[] {
  const empty = medians.get('empty') ?? Number.NaN;
  const beyondEmpty = (name: string, note: string, atMost?: number): Figure => ({
    name,
    value: rounded((medians.get(name) ?? Number.NaN) - empty, 0),
    note,
    ...(atMost !== undefined && { wanted: { atMost } }),
  });
  return [
    { name: 'empty_program_ns', value: rounded(empty, 0), note: 'returns at once; taken off the figures below' },
    beyondEmpty('room_store_ns', 'adjust_room and a store: the floor of any encapsulation'),
    ...measured.map(({ name, what, atMost }) => beyondEmpty(name, what, atMost)),
  ];
}

function contestant(name: string, programFd: number, frame: Uint8Array): Contestant & { warm(): void } {
  const runMany = (count: number): void => {
    for (let i = 0; i < count; i++) testRun(programFd, { frame, ifindex: 1, ingressIfindex: 1 });
  };
  return {
    name,
    warm: () => runMany(warmUp),
    measure() {
      const before = programInfo(programFd);
      runMany(packetsOfARound);
      const after = programInfo(programFd);
      return Number(after.runTimeNs - before.runTimeNs) / Number(after.runCount - before.runCount);
    },
  };
}

/** What was measured is the way that the record is about, and no other. */
function expectOnly({ name, verdict }: PacketRecord, seen: ReadonlySet<string | undefined>): void {
  const others = [...seen].filter((one) => one !== undefined && one !== verdict);
  if (!seen.has(verdict) || others.length > 0) throw new Error(`"${name}" became ${[...seen].join(', ')}`);
}

/** A record that is no longer there is a bench that measures nothing. */
function recordOf(records: readonly PacketRecord[], name: string): PacketRecord {
  const found = records.find((record) => record.name === name);
  if (!found) throw new Error(`there is no packet record "${name}"`);
  return found;
}

/** As kernel.bpf_stats_enabled, but ended by the descriptor's end: nothing to restore, whatever happens to this process. */
function enableStatistics(): () => void {
  const runTime = 0;
  const enable = native('libbpf.so.1', 'bpf_enable_stats', 'int', ['int']);
  const fd = check(enable(runTime), 'bpf_enable_stats', 'run time');
  return () => closeSync(fd);
}

/** test/bench/bpf/floor.bpf.c, as scripts/build-bpf.sh compiles ours. */
function compileFloor(): string {
  const directory = resolve('build/bench');
  mkdirSync(directory, { recursive: true });
  const output = resolve(directory, 'floor.bpf.o');
  const flags = ['-O2', '-g', '-target', 'bpf', '-mcpu=v3', '-Wall', '-Werror'];
  const headers = ['-isystem', `/usr/include/${machine()}-linux-gnu`];
  execFileSync('clang', [...flags, ...headers, '-c', 'test/bench/bpf/floor.bpf.c', '-o', output], { stdio: 'inherit' });
  return output;
}
