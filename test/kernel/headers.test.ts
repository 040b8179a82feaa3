// Outer and inner headers against references written from RFC 791, 6040, 6864 and 8200, over random packets of both families through
// both programs; checksums against sums over all the bytes, where the programs reckon with differences.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Endpoint, type Port, protocolNumbers } from '../../src/net/endpoint.ts';
import { type Family, type Ip, ipFromOctets } from '../../src/net/ip.ts';
import { overheadOf } from '../../src/packet/gue.ts';
import { ethernetBytes, fragmentBits, packetOf } from '../../src/packet/ipv4.ts';
import { readFrame } from '../../src/packet/read.ts';
import { objectPath } from '../../src/paths.ts';
import { tunnelFlags } from '../../src/tables/tunnel.ts';
import type { Direction, Role } from '../../src/topology/topology.ts';
import { whyNoKernel } from '../support/netns.ts';
import { tries } from '../support/runs.ts';
import { errorOn } from './records/errors.ts';
import { wrongChecksums } from './records/expected.ts';
import {
  bothFamilies,
  type Fields,
  gatewayOf,
  type Kind,
  kinds,
  kindText,
  nodeOf,
  replyOf,
  requestOf,
  sent,
  talkers,
  tcpOf,
  tunnelEnds,
  udpOf,
} from './records/families.ts';
import { peerCapacity } from './records/pings.ts';
import { type Load, loadPrograms, putRows, runPacket } from './records/runner.ts';
import { through, tunnelId, tunnelRow } from './records/scene.ts';
import { met, type Way } from './records/ways.ts';

const impossible = whyNoKernel();
const [next, shot] = [-1, 2];
const { tcp } = protocolNumbers;
const roles: readonly Role[] = ['gateway', 'node'];
const loads = new Map<Role, Load>();

beforeAll(() => {
  if (impossible) return;
  for (const role of roles)
    loads.set(
      role,
      loadPrograms(readFileSync(objectPath()), { role, egressFeatures: 0, peerCapacity, ...bothFamilies }),
    );
});
afterAll(() => {
  for (const load of loads.values()) load.close();
});

function loadOf(role: Role): Load {
  const load = loads.get(role);
  if (!load) throw new Error(`${role} is not loaded`);
  return load;
}

const run = (role: Role, hook: Direction, frame: Uint8Array) => runPacket(loadOf(role), hook, frame);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const octet = fc.integer({ min: 0, max: 255 });
const word = fc.integer({ min: 0, max: 0xffff });
const port = fc.integer({ min: 1, max: 0xffff }) as fc.Arbitrary<Port>;
/** Of hosts; many ones, so that sums wrap more than once. */
const ipOf = (family: Family): fc.Arbitrary<Ip> => {
  const tail = fc.array(fc.oneof(octet, fc.constant(255)), {
    minLength: family === 4 ? 3 : 15,
    maxLength: family === 4 ? 3 : 15,
  });
  return tail.map((octets) => ipFromOctets(Uint8Array.of(family === 4 ? 100 : 0x20, ...octets)));
};
const endpointOf = (family: Family): fc.Arbitrary<Endpoint> => fc.record({ ip: ipOf(family), port });
const common = { tos: octet, ttl: fc.integer({ min: 1, max: 255 }), payload: fc.uint8Array({ maxLength: 300 }) };
const headersOf = (family: Family): fc.Arbitrary<Fields> =>
  family === 4
    ? fc.record({ ...common, id: word, fragment: fc.constantFrom(0, fragmentBits.dontFragment) })
    : fc.record({ ...common, flowLabel: fc.integer({ min: 0, max: 0xfffff }) });

/** RFC 6040 section 4.2, figure 4, by inner and outer ECN: Not-ECT 0, ECT(1) 1, ECT(0) 2, CE 3. */
const afterwards: readonly (readonly (number | 'drop')[])[] = [
  [0, 0, 0, 'drop'],
  [1, 1, 1, 3],
  [2, 1, 2, 3],
  [3, 3, 3, 3],
];

const tcpKinds = [tcpOf(4), tcpOf(6), tcpOf(4, 6), tcpOf(6, 4)];
const named = (list: readonly Kind[]): (readonly [string, Kind])[] =>
  list.map((kind) => [kindText(kind), kind] as const);

describe.skipIf(impossible)('headers', () => {
  test.each(named(tcpKinds))(
    'outside, %s: class is that inside, hop limit 64, DF and identification as the family has them',
    (_name, kind) => {
      const ids = new Set<number>();
      putRows(loadOf('gateway'), gatewayOf(kind));
      fc.assert(
        fc.property(headersOf(kind.inner), (fields) => {
          const packet = requestOf(kind, fields);
          const { action, frame } = run('gateway', 'egress', packet);
          expect(action).toBe(next);
          const outer = readFrame(frame);
          const isFree = kind.inner === 4 && fields.fragment === 0;
          expect(outer).toMatchObject({
            family: kind.outer,
            tos: fields.tos,
            ttl: 64,
            fragment: kind.outer === 4 && !isFree ? fragmentBits.dontFragment : 0,
            totalBytes: packet.length - ethernetBytes + overheadOf(kind.outer, 'keyed'),
            checksums: { ip: kind.outer === 4 ? true : undefined, transport: undefined },
          });
          if (kind.outer === 4 && isFree) ids.add(outer?.id ?? 0);
          else expect(outer?.id).toBe(0);
          expect(hex(frame.subarray(ethernetBytes + overheadOf(kind.outer, 'keyed')))).toBe(hex(packetOf(packet)));
        }),
        tries(250),
      );
      if (kind.outer === 4 && kind.inner === 4) expect(ids.size).toBeGreaterThan(25);
    },
  );

  test.each(named(tcpKinds))('outside, %s: the checksum is right between any two addresses', (_name, kind) => {
    fc.assert(
      fc.property(
        endpointOf(kind.outer),
        endpointOf(kind.outer),
        fc.array(headersOf(kind.inner), { minLength: 4 }),
        (local, remote, list) => {
          putRows(loadOf('gateway'), gatewayOf(kind, { tunnel: [tunnelRow(tunnelId, local, remote)] }));
          for (const fields of list) {
            const packet = requestOf(kind, { ...fields, fragment: fragmentBits.dontFragment });
            const { frame } = run('gateway', 'egress', packet);
            expect(hex(frame)).toBe(hex(through(local, remote, packet)));
            expect(wrongChecksums(frame)).toEqual([]);
          }
        },
      ),
      tries(50),
    );
  });

  test.each(named(tcpKinds))(
    'inside, %s: congestion is told as RFC 6040 says and nothing else changes',
    (_name, kind) => {
      putRows(loadOf('gateway'), gatewayOf(kind));
      fc.assert(
        fc.property(headersOf(kind.inner), octet, fc.integer({ min: 1, max: 255 }), (fields, tos, ttl) => {
          const packet = met('from-proxy', kind, replyOf(kind, fields), { tos, ttl });
          const { action, frame } = run('gateway', 'ingress', packet);
          const ecn = afterwards[(fields.tos ?? 0) & 3]?.[tos & 3];
          if (ecn === 'drop' || ecn === undefined) {
            expect([action, hex(frame)]).toEqual([shot, hex(packet)]);
            return;
          }
          expect(action).toBe(next);
          expect(hex(frame)).toBe(hex(replyOf(kind, { ...fields, tos: ((fields.tos ?? 0) & 0xfc) | ecn })));
        }),
        tries(500),
      );
    },
  );

  const plainKinds = [tcpOf(4), udpOf(4), tcpOf(6), udpOf(6)];
  const conversation = (family: Family) =>
    fc.record({ client: endpointOf(family), server: endpointOf(family), fields: headersOf(family) });

  test.each(named(plainKinds))('translated, %s: every checksum is that of all the bytes', (_name, kind) => {
    const { proxy } = talkers[kind.inner];
    const { gateway, node } = tunnelEnds[kind.outer];
    fc.assert(
      fc.property(conversation(kind.inner), ({ client, server, fields }) => {
        const held = { ...fields, fragment: fragmentBits.dontFragment };
        const served = { endpointIp: server.ip, endpointPort: server.port };
        const [row] = nodeOf(kind).nat ?? [];
        if (!row) throw new Error('no row');
        putRows(loadOf('node'), nodeOf(kind, { nat: [{ ...row, key: { ...row.key, ...server } }] }, served));
        const request = run('node', 'ingress', through(gateway, node, sent(kind.protocol, client, proxy, held)));
        expect(hex(request.frame)).toBe(hex(sent(kind.protocol, client, server, held)));
        const reply = run('node', 'egress', sent(kind.protocol, server, client, held));
        expect(hex(reply.frame)).toBe(hex(through(node, gateway, sent(kind.protocol, proxy, client, held))));
        expect([request, reply].flatMap(({ frame }) => wrongChecksums(frame))).toEqual([]);
      }),
      tries(150),
    );
  });

  const nodeWays: readonly Way[] = ['from-server', 'to-server'];
  test.each(named(plainKinds))('quoted, %s: every checksum of an error is that of all the bytes', (_name, kind) => {
    putRows(loadOf('node'), nodeOf(kind));
    const errors = fc.record({
      way: fc.constantFrom(...nodeWays),
      quoted: headersOf(kind.inner),
      // A checksum of which half is quoted stays half of what it was: a record has that.
      transportBytes: fc.integer({ min: 8, max: 400 }).filter((length) => kind.protocol !== tcp || length !== 17),
      router: fc.boolean(),
      word: fc.integer({ min: 0, max: 0xffffffff }),
      tos: fc.constantFrom(0, 0xc0),
    });
    fc.assert(
      fc.property(errors, ({ way, quoted, router, ...fields }) => {
        const [before, after] = errorOn(way, kind, fields, { router, quoted });
        const { gateway, node } = tunnelEnds[kind.outer];
        const isEgress = way === 'from-server';
        const { action, frame } = run('node', isEgress ? 'egress' : 'ingress', met(way, kind, before));
        expect(action).toBe(next);
        expect(hex(frame)).toBe(hex(isEgress ? through(node, gateway, after) : after));
        expect(wrongChecksums(frame)).toEqual([]);
      }),
      tries(300),
    );
  });

  test.each(named(kinds))('ports of flows, %s: a flow keeps its port, and flows differ', (_name, kind) => {
    const { gateway, node } = tunnelEnds[kind.outer];
    putRows(
      loadOf('gateway'),
      gatewayOf(kind, { tunnel: [tunnelRow(tunnelId, gateway, node, { flags: tunnelFlags.hashPort })] }),
    );
    const { client, proxy } = talkers[kind.inner];
    const portOf = (source: Port, payload: Uint8Array): number => {
      const frame = sent(kind.protocol, { ...client, port: source }, proxy, { payload });
      return readFrame(run('gateway', 'egress', frame).frame)?.ports?.source ?? 0;
    };
    const ports = new Set<number>();
    fc.assert(
      fc.property(port, fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (source, one, other) => {
        const chosen = portOf(source, one);
        expect(portOf(source, other)).toBe(chosen);
        expect(chosen).toBeGreaterThanOrEqual(49152);
        ports.add(chosen);
      }),
      tries(60),
    );
    expect(ports.size).toBeGreaterThan(20);
  });
});
