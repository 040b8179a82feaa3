// Fuzzed packets of tunnels: data and pings with right and wrong keys, services, tunnels, sources, words and lengths.
import type { Endpoint } from '../../src/net/endpoint.ts';
import { familyOf } from '../../src/net/ip.ts';
import {
  dataWord,
  gueSignedPing,
  gueThen,
  gueWords,
  pingBytes,
  shortPing,
  shortThen,
  signedPingBytes,
} from '../../src/packet/gue.ts';
import { packetOf } from '../../src/packet/ipv4.ts';
import { buildUdp } from '../../src/packet/transport.ts';
import { addresses, at } from './addresses.ts';
import type { Cast, CastService, CastTunnel } from './cast.ts';
import { keyOf } from './cast.ts';
import type { Choices } from './choices.ts';
import { ipFields } from './headers.ts';
import type { Scene } from './plain.ts';
import { after, type Moment } from './rows.ts';

/** A tunnel that the service may use, more often than not. */
function tunnelOf(c: Choices, { tunnels }: Cast, { tunnels: ids }: CastService): CastTunnel {
  const own = tunnels.find(({ id }) => id === ids[c.upTo(ids.length - 1)]);
  const any = tunnels[c.upTo(tunnels.length - 1)] ?? tunnels[0];
  return c.rarely(6) ? any : (own ?? any);
}

/** Its far end, or somebody else. */
function sourceOf(c: Choices, { local, remote }: CastTunnel): Endpoint {
  const { remote: remotes, router } = addresses[familyOf(local.ip)];
  return c.weighted(
    [8, remote],
    [2, at(remote.ip, c.of([50001, 6080, 50000]))],
    [2, at(c.of(remotes), remote.port)],
    [1, at(router[0], 1234)],
  );
}

function outer(c: Choices, tunnel: CastTunnel, source: Endpoint, payload: Uint8Array): Uint8Array {
  return buildUdp({
    ...ipFields(c, familyOf(tunnel.local.ip), 24),
    source,
    destination: c.rarely(24) ? at(tunnel.local.ip, 6082) : tunnel.local,
    payload,
    checksum: c.rarely(3) ? 'right' : 'none',
  });
}

function keyFor(c: Choices, { services }: Cast, { key, previousKey }: CastService): Uint8Array {
  const almost = key.slice();
  const place = c.upTo(15);
  almost[place] = (almost[place] ?? 0) ^ (1 << c.upTo(7));
  return c.weighted(
    [24, key],
    [3, previousKey ?? key],
    [1, almost],
    [1, c.of(services).key],
    [1, keyOf(c.upTo(60))],
    [1, new Uint8Array(16)],
  );
}

function headerFor(c: Choices, cast: Cast, service: CastService) {
  const of = c.rarely(16) ? c.of(cast.services) : service;
  const [group, id] = c.rarely(24) ? [9, 9] : [of.group, of.service];
  return { group, service: id, key: keyFor(c, cast, service) };
}

/** `frame`: what is inside. */
export function encapsulated(c: Choices, { cast, service }: Scene, frame: Uint8Array): Uint8Array {
  const tunnel = tunnelOf(c, cast, service);
  const inner = packetOf(frame);
  const right = dataWord((inner[0] ?? 0) >> 4 === 6 ? 6 : 4);
  const word = c.weighted(
    [24, right],
    [1, right === gueWords.data ? gueWords.dataIpv6 : gueWords.data],
    [1, c.of([0x4504a000, 0xc504a000, 0x0504a001, 0x05042000, 0, 0x0529a001])],
  );
  const isShort = tunnel.short !== c.rarely(12);
  const id = c.rarely(8) ? tunnel.remoteId : tunnel.id;
  const payload = isShort ? shortThen(word, id, inner) : gueThen(word, headerFor(c, cast, service), inner);
  const whole = outer(c, tunnel, sourceOf(c, tunnel), cut(c, payload));
  return c.rarely(12) ? Buffer.concat([whole, new Uint8Array(1 + c.upTo(20))]) : whole;
}

/** Now and then with more or fewer bytes than it should have, told in the right lengths outside. */
function cut(c: Choices, payload: Uint8Array): Uint8Array {
  const change = c.weighted([20, 0], [1, -1 - c.upTo(40)], [1, 1 + c.upTo(9)]);
  if (change <= 0) return payload.subarray(0, Math.max(payload.length + change, 0));
  return Buffer.concat([payload, new Uint8Array(change)]);
}

export function ping(c: Choices, { cast, service, moment }: Scene): Uint8Array {
  const tunnel = tunnelOf(c, cast, service);
  const id = c.weighted([10, tunnel.id], [1, tunnel.remoteId], [1, c.of([1, 2, 99])]);
  const header = headerFor(c, cast, service);
  const idBytes = new Uint8Array(4);
  new DataView(idBytes.buffer).setUint32(0, id);
  const kind = c.weighted([5, 'plain'], [6, 'signed'], [tunnel.short ? 8 : 1, 'short']);
  const payload =
    kind === 'plain'
      ? gueThen(gueWords.ping, header, idBytes)
      : kind === 'signed'
        ? signed(c, header, id, tunnel, moment)
        : shortPing(id);
  return outer(c, tunnel, sourceOf(c, tunnel), sized(c, payload));
}

function signed(
  c: Choices,
  header: Parameters<typeof gueSignedPing>[0],
  id: number,
  tunnel: CastTunnel,
  { wallNs }: Moment,
): Uint8Array {
  // Far from every limit: how far CLOCK_TAI runs ahead of the wall clock is this machine's affair, and up to 37 s.
  const seconds = c.weighted([6, c.upTo(15)], [3, -c.upTo(30)], [1, -200], [1, 150], [1, -2000], [1, 0]);
  const key = c.rarely(8) ? keyOf(c.upTo(120)) : tunnel.signKey;
  const payload = gueSignedPing(header, id, after(wallNs, seconds) + BigInt(c.upTo(3)), key);
  if (c.rarely(24)) payload[36 + c.upTo(7)] = c.upTo(255);
  return payload;
}

function sized(c: Choices, payload: Uint8Array): Uint8Array {
  const length = c.weighted(
    [20, payload.length],
    [1, payload.length - 1],
    [1, c.of([pingBytes, signedPingBytes, 8, 3, 60])],
  );
  const out = new Uint8Array(length);
  out.set(payload.subarray(0, length));
  return out;
}
