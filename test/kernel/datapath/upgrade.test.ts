// An instance that a version before layout 3 made, met by an apply of today: an ordinary apply, after which counters count on
// and learned remotes are known. The old instance is made by hand from the object that test/kernel/bpf/layout2.bpf.c is.
import { closeSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { objectDigest } from '../../../src/datapath/kernel/context.ts';
import { openKernelHost } from '../../../src/datapath/kernel/host.ts';
import type { KernelDatapath } from '../../../src/datapath/kernel/open.ts';
import type { Datapath } from '../../../src/datapath/port.ts';
import { compareLayout, parseBtf } from '../../../src/layout/btf.ts';
import { be16, bytes, ip, layout, pad, u8, u32, u32s, u64 } from '../../../src/layout/layout.ts';
import { bindMap, mapInfo, openPin, pin } from '../../../src/native/descriptors.ts';
import { lookup, lookupSize, type OpenMap, possibleCpus, update } from '../../../src/native/maps.ts';
import { netnsInode } from '../../../src/native/namespace.ts';
import { BpfObject } from '../../../src/native/object.ts';
import { objectPath } from '../../../src/paths.ts';
import { apply } from '../../../src/reconcile/apply.ts';
import { ingest } from '../../../src/reconcile/ingest.ts';
import { isEmptyPlan, type Plan } from '../../../src/reconcile/plan.ts';
import { prepare } from '../../../src/reconcile/prepare.ts';
import { planRevert } from '../../../src/reconcile/revert.ts';
import { readStats } from '../../../src/reconcile/stats.ts';
import { readStatus } from '../../../src/reconcile/status.ts';
import { readLive } from '../../../src/reconcile/verify.ts';
import { config, roleNumbers } from '../../../src/tables/config.ts';
import { decap } from '../../../src/tables/decap.ts';
import { encap } from '../../../src/tables/encap.ts';
import { flow, peer } from '../../../src/tables/learned.ts';
import { learnedNames } from '../../../src/tables/learned-maps.ts';
import { metaLayout, metaMagic, metaStates } from '../../../src/tables/meta.ts';
import { nat, natDirections } from '../../../src/tables/nat.ts';
import { directions, type Role, type Topology } from '../../../src/topology/topology.ts';
import { preferredKind } from '../../support/hook-kinds.ts';
import { whyNoKernel } from '../../support/netns.ts';
import { endpoint, keyOf, keysOf, serviceOf, somewhere, topologyOf, tunnelOf } from '../../support/topologies.ts';
import { type Fixture, openFixture } from './fixtures.ts';

const objectFile = join(import.meta.dirname, '../../../build/bpf/layout2.bpf.o');
const configured = ['config', 'tunnel', 'encap', 'decap', 'verify', 'nat'] as const;
const learned = ['peer', 'flow', 'fragment', 'counter'] as const;
const instance = 'epic-1';

// The rows that have changed since.
const oldTunnel = layout('tunnel_value', {
  epoch: u64,
  localIp: ip,
  remoteIp: ip,
  localPort: be16,
  remotePort: be16,
  counter: u32,
  remoteId: u32,
  pingIntervalMs: u32,
  flags: u32,
  mtu: u32,
});
const oldVerify = layout('verify_value', {
  key: bytes(16),
  proxyIp: ip,
  tunnels: u32s(4),
  counter: u32,
  proxyPort: be16,
  protocol: u8,
  flags: u8,
});
const oldPeer = layout('peer_value', {
  lock: u32,
  version: u32,
  epoch: u64,
  lastSeenNs: u64,
  remoteIp: ip,
  moves: u32,
  remotePort: be16,
  pad: pad(2),
});

const [local, home, moved] = [endpoint('172.1.0.4:6080'), endpoint('192.0.2.7:6080'), endpoint('192.0.2.8:1234')];
const server = endpoint('10.0.0.1:80');
const key = keyOf('a key');
const [tunnelCounter, serviceCounter] = [132, 140];

const topology: Topology = topologyOf({
  name: instance,
  interfaces: [{ name: 'eth0', flags: { ingress: 1, egress: 1 }, place: somewhere }],
  tunnels: [100, 101].map((id) => tunnelOf(id, { local, remote: 'learned', mtuBytes: 1500 })),
  services: [serviceOf(1, { key: { kind: 'bytes', bytes: key } })],
});

describe.skipIf(whyNoKernel() ?? !existsSync(objectFile))('an instance of layout 2', () => {
  let fixture: Fixture;
  let datapath: KernelDatapath;
  let oldPeers: OpenMap;
  const path = (...names: string[]): string => join(fixture.place.bpffs, 'trueingress', instance, ...names);
  beforeAll(() => {
    fixture = openFixture();
    datapath = fixture.datapath;
    makeOldInstance(fixture, 'gateway');
    const fd = openPin(path('learned', 'peer'));
    oldPeers = { fd, info: mapInfo(fd) };
  });
  afterAll(() => {
    closeSync(oldPeers.fd);
    fixture.close();
  });

  const applied = (plan: Plan, through: Datapath) =>
    apply(plan, { datapath: through, clock: () => 0, nowNs: () => 99n, probeLimit: 8 });

  it('is read as if it were of today, and says that it is not', () => {
    const observation = datapath.observe(instance);
    expect(observation.slots.a).toMatchObject({ readable: true, ownLayout: false, pinned: true });
    expect(observation).toMatchObject({ broken: [], problems: [], learned: { capacities: { path: 0, event: 0 } } });
    expect(readStatus(datapath, observation, 0n)).toMatchObject({
      converged: false,
      findings: [{ state: 'other-layout' }],
    });
    const plan = planOn(datapath, topology);
    expect(plan.problems).toEqual([]);
    expect(plan.objects).toEqual([]);
    expect(plan.renewals).toEqual(['layout', 'program']);
    expect(plan.assignments.tunnels.get(100)).toMatchObject({ epoch: 7n, counter: tunnelCounter });
  });

  it('becomes one of today by an ordinary apply: counters count on, remotes stay, also those heard meanwhile', () => {
    const flowId = datapath.observe(instance).learned?.ids.flow;
    // The old program goes on learning until the last hook is switched.
    const through: Datapath = {
      ...datapath,
      switchHook: (...which) => {
        heard(oldPeers, 100, moved, 2000n);
        heard(oldPeers, 101, home, 2000n);
        datapath.switchHook(...which);
      },
    };
    const outcome = applied(planOn(datapath, topology), through);
    expect(outcome).toMatchObject({ result: 'applied', problems: [] });

    const observation = datapath.observe(instance);
    const status = readStatus(datapath, observation, 0n);
    expect(status).toMatchObject({ converged: true, findings: [] });
    const learnt = { epoch: 7n, moves: 1, sequence: 0n, minuteNs: 0n, movesInMinute: 0 };
    expect(peerRows()).toEqual([
      { tunnel: 100, remote: moved, ...learnt },
      { tunnel: 101, remote: home, ...learnt },
    ]);
    expect(status.tunnels.map(({ learned: known }) => known?.remote)).toEqual(['192.0.2.8:1234', '192.0.2.7:6080']);
    expect(readStats(datapath, observation).services[0]?.ingress.packets).toBe(5n);
    // Of a layout that did not change: the same map.
    expect(observation.learned?.ids.flow).toBe(flowId);
    expect(datapath.readLearned(instance, 'flow').count).toBe(1);
    expect(learnedNames.filter((name) => !observation.learned?.ids[name])).toEqual([]);
    expect(isEmptyPlan(planOn(datapath, topology))).toBe(true);
  });

  it('is no generation to go back to', () => {
    const refused = planRevert(datapath, datapath.observe(instance), openKernelHost().interfaces());
    expect(refused).toMatchObject({
      code: 'nothing-to-revert',
      message: expect.stringContaining('the earlier generation is of another build'),
    });
  });

  function peerRows(): unknown[] {
    const rows = datapath.readLearned(instance, 'peer');
    return Array.from({ length: rows.count }, (_, at) => {
      const { tunnel } = peer.key.decode(rows.keys, at * rows.keySize);
      const { remoteIp, remotePort, epoch, moves, sequence, minuteNs, movesInMinute } = peer.value.decode(
        rows.values,
        at * rows.valueSize,
      );
      return { tunnel, remote: { ip: remoteIp, port: remotePort }, epoch, moves, sequence, minuteNs, movesInMinute };
    }).sort((a, b) => a.tunnel - b.tunnel);
  }
});

describe.skipIf(whyNoKernel() ?? !existsSync(objectFile))('a node of layout 2', () => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture();
    makeOldInstance(fixture, 'node');
  });
  afterAll(() => {
    fixture.close();
  });

  const service = { key: { kind: 'bytes', bytes: key }, endpoint: server } as const;
  const ofNode: Topology = {
    ...topology,
    role: 'node',
    interfaces: [{ name: 'eth0', flags: { ingress: 1, egress: 0 }, place: somewhere }],
    tunnels: [100, 101].map((id) => tunnelOf(id, { local, remote: home, mtuBytes: 1500 })),
    services: [serviceOf(1, service)],
  };

  it('is replaced, and its services do not change by that', () => {
    const plan = planOn(fixture.datapath, ofNode);
    expect(plan.problems).toEqual([]);
    expect(plan.renewals).toEqual(['layout', 'program']);
    expect(plan.objects).toEqual([]);
  });

  it('tells an endpoint that a file moves meanwhile', () => {
    const moves = { ...ofNode, services: [serviceOf(1, { ...service, endpoint: endpoint('10.0.0.9:80') })] };
    const { objects } = planOn(fixture.datapath, moves);
    expect(objects.map(({ kind, action, fields }) => ({ kind, action, fields }))).toEqual([
      {
        kind: 'service',
        action: 'update',
        fields: [{ field: 'endpoint', before: '10.0.0.1:80', after: '10.0.0.9:80' }],
      },
    ]);
  });

  it('is exported with its endpoints', () => {
    const rows = readLive(fixture.datapath, fixture.datapath.observe(instance));
    const live = rows && ingest(instance, rows, () => 'eth0').topology;
    expect(live?.services.map((one) => one.endpoint)).toEqual([server]);
  });
});

function planOn(from: Datapath, wanted: Topology): Plan {
  const input = {
    topology: wanted,
    keys: keysOf(wanted),
    hook: preferredKind(),
    buildDigest: objectDigest(objectPath()),
    nowNs: 99n,
  };
  const { plan, problems } = prepare(input, from, openKernelHost());
  if (!plan) throw new Error(JSON.stringify(problems));
  return plan;
}

function u32Bytes(number: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(number).buffer);
}

/** Packets of one index, on the first CPU. */
function count(counters: OpenMap, index: number, packets: bigint): void {
  const block = u32Bytes(Math.floor(index / 256));
  const size = lookupSize(counters.info, possibleCpus());
  const values = lookup(counters, block, size) ?? new Uint8Array(size);
  new DataView(values.buffer, values.byteOffset).setBigUint64((index % 256) * 16, packets, true);
  update(counters, block, values, 0n, size);
}

/** As its version left it: both programs on the hooks, one tunnel heard, one service with traffic. */
function makeOldInstance({ datapath, place }: Fixture, role: Role): void {
  const ifindex = place.addInterface('eth0');
  const path = (...names: string[]): string => join(place.bpffs, 'trueingress', instance, ...names);
  const isNode = role === 'node';
  const object = new BpfObject(readFileSync(objectFile), objectFile);
  try {
    object.load(objectFile);
    const map = (name: string): OpenMap => ({ fd: object.mapFd(name), info: mapInfo(object.mapFd(name)) });
    const btf = parseBtf(object.btf());
    for (const shape of [oldTunnel, oldVerify, oldPeer]) expect(compareLayout(btf, shape)).toEqual([]);
    for (const name of [...configured, ...learned, 'meta'])
      for (const program of ['ti_ingress', 'ti_egress']) bindMap(object.programFd(program), object.mapFd(name));

    for (const direction of [0, 1])
      update(
        map('config'),
        config.key.encode({ ifindex, direction }),
        config.value.encode({
          role: roleNumbers[role],
          flags: isNode ? 1 - direction : 1,
          instanceId: 1,
          name: instance,
        }),
      );
    const remote = isNode ? home : { ip: '0.0.0.0' as typeof home.ip, port: 0 };
    const ends = { localIp: local.ip, localPort: local.port, remoteIp: remote.ip, remotePort: remote.port };
    for (const [id, counter] of [
      [100, tunnelCounter],
      [101, tunnelCounter + 4],
    ] as const) {
      const row = { ...ends, epoch: 7n, counter, remoteId: id, pingIntervalMs: 0, flags: isNode ? 2 : 3, mtu: 1500 };
      update(map('tunnel'), u32Bytes(id), oldTunnel.encode(row));
    }
    update(map('decap'), decap.key.encode(local), decap.value.encode({ tunnels: 2 }));
    const proxy = { proxyIp: endpoint('5.5.5.5:3001').ip, proxyPort: 3001 };
    const verifyRow = { key, ...proxy, tunnels: [100, 0, 0, 0], counter: serviceCounter, protocol: 6, flags: 0 };
    update(map('verify'), Uint8Array.of(0, 2, 0, 1), oldVerify.encode(verifyRow));
    const proxyEnd = { ip: proxy.proxyIp, port: proxy.proxyPort };
    if (isNode)
      for (const [direction, from, to] of [
        [natDirections.in, proxyEnd, server],
        [natDirections.out, server, proxyEnd],
      ] as const)
        update(
          map('nat'),
          nat.key.encode({ ...from, protocol: 6, direction }),
          nat.value.encode({ ...to, group: 2, service: 1, flags: 0 }),
        );
    const ours = { key, tunnel: 100, counter: serviceCounter, group: 2, service: 1 };
    const nobody = { key: new Uint8Array(16), tunnel: 0, counter: 0, group: 0, service: 0 };
    for (const [port, row] of isNode
      ? []
      : ([
          [0, nobody],
          [3001, ours],
        ] as const))
      update(
        map('encap'),
        encap.key.encode({ ip: proxy.proxyIp, ifindex: 0, port, protocol: 6 }),
        encap.value.encode(row),
      );
    heard(map('peer'), 100, home, 1000n);
    const flowKey = { endpointIp: local.ip, clientIp: home.ip, endpointPort: 80, clientPort: 4000, protocol: 6 };
    update(map('flow'), flow.key.encode(flowKey), flow.value.encode({ tunnel: 100, group: 2, service: 1 }));
    count(map('counter'), serviceCounter, 5n);

    const meta = { ...metaLayout.decode(new Uint8Array(metaLayout.size)), magic: metaMagic, layoutVersion: 2 };
    const told = {
      generation: 4n,
      activation: 4n,
      state: metaStates.lived,
      role: roleNumbers[role],
      features: isNode ? 1 : 1 | (1 << 16),
    };
    const whose = { instance, slot: 'a', instanceId: 1, netnsInode: netnsInode() };
    update(map('meta'), new Uint8Array(4), metaLayout.encode({ ...meta, ...told, ...whose }));

    for (const directory of ['a', 'learned']) mkdirSync(path(directory), { recursive: true });
    for (const name of configured) pin(object.mapFd(name), path('a', name));
    for (const direction of directions) pin(object.programFd(`ti_${direction}`), path('a', direction));
    pin(object.mapFd('meta'), path('a', 'meta'));
    for (const name of learned) pin(object.mapFd(name), path('learned', name));
  } finally {
    object.close();
  }
  for (const direction of directions) {
    datapath.observe(instance);
    datapath.attach(instance, 'a', { ifindex, interfaceName: 'eth0', direction, kind: preferredKind() });
  }
}

/** As the old ingress program writes it. */
function heard(peers: OpenMap, id: number, remote: typeof home, lastSeenNs: bigint): void {
  const row = { lock: 0, version: 2, epoch: 7n, lastSeenNs, remoteIp: remote.ip, remotePort: remote.port, moves: 1 };
  update(peers, u32Bytes(id), oldPeer.encode(row));
}
