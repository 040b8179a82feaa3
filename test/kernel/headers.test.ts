// Outer and inner headers against a reference written from RFC 791, 6040 and 6864, over random packets through both programs.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fragmentBits } from '../../src/packet/ipv4.ts';
import { readFrame } from '../../src/packet/read.ts';
import { buildTcp, tcpFlags } from '../../src/packet/transport.ts';
import { objectPath } from '../../src/paths.ts';
import { whyNoKernel } from '../support/netns.ts';
import { tries } from '../support/runs.ts';
import { peerCapacity } from './records/pings.ts';
import { type Load, loadPrograms, putRows, runPacket } from './records/runner.ts';
import { client, gateway, gatewayRows, node, proxy, through } from './records/scene.ts';

const impossible = whyNoKernel();
const [next, shot] = [-1, 2];
let load: Load;

beforeAll(() => {
  if (impossible) return;
  load = loadPrograms(readFileSync(objectPath()), { role: 'gateway', egressFeatures: 0, peerCapacity });
  putRows(load, gatewayRows());
});
afterAll(() => load?.close());

const octet = fc.integer({ min: 0, max: 255 });
const headers = fc.record({
  tos: octet,
  ttl: fc.integer({ min: 1, max: 255 }),
  id: fc.integer({ min: 0, max: 0xffff }),
  fragment: fc.constantFrom(0, fragmentBits.dontFragment),
  payload: fc.uint8Array({ maxLength: 300 }),
});

/** RFC 6040 section 4.2, figure 4, by inner and outer ECN: Not-ECT 0, ECT(1) 1, ECT(0) 2, CE 3. */
const afterwards: readonly (readonly (number | 'drop')[])[] = [
  [0, 0, 0, 'drop'],
  [1, 1, 1, 3],
  [2, 1, 2, 3],
  [3, 3, 3, 3],
];

describe.skipIf(impossible)('headers', () => {
  test('outside, TOS and DF are those inside, TTL is 64, identification varies without DF, the checksum is right', () => {
    const ids = new Set<number>();
    fc.assert(
      fc.property(headers, (fields) => {
        const packet = buildTcp({ source: client, destination: proxy, flags: tcpFlags.ack, ...fields });
        const { action, frame } = runPacket(load, 'egress', packet);
        expect(action).toBe(next);
        const outer = readFrame(frame);
        expect(outer).toMatchObject({
          tos: fields.tos,
          ttl: 64,
          fragment: fields.fragment,
          totalBytes: packet.length - 14 + 52,
          checksums: { ip: true },
        });
        if (fields.fragment) expect(outer?.id).toBe(0);
        else ids.add(outer?.id ?? 0);
        expect(Buffer.from(frame.subarray(66)).equals(packet.subarray(14))).toBe(true);
      }),
      tries(500),
    );
    expect(ids.size).toBeGreaterThan(50);
  });

  test('inside, congestion is told as RFC 6040 says and nothing else changes', () => {
    fc.assert(
      fc.property(headers, octet, fc.integer({ min: 1, max: 255 }), (fields, tos, ttl) => {
        const segment = { source: proxy, destination: client, flags: tcpFlags.ack, ...fields };
        const packet = through(node, gateway, buildTcp(segment), { tos, ttl });
        const { action, frame } = runPacket(load, 'ingress', packet);
        const ecn = afterwards[fields.tos & 3]?.[tos & 3];
        if (ecn === 'drop' || ecn === undefined) {
          expect([action, Buffer.from(frame).equals(packet)]).toEqual([shot, true]);
          return;
        }
        const expected = buildTcp({ ...segment, tos: (fields.tos & 0xfc) | ecn });
        expect(action).toBe(next);
        expect(Buffer.from(frame).toString('hex')).toBe(Buffer.from(expected).toString('hex'));
      }),
      tries(2000),
    );
  });
});
