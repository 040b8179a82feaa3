// Fuzzed packets outside tunnels, and what tunnels carry: segments, ICMP errors about them, echo.
import { type Endpoint, type Protocol, protocolNumbers } from '../../src/net/endpoint.ts';
import { familyOf } from '../../src/net/ip.ts';
import { setBe16 } from '../../src/packet/bytes.ts';
import { pseudoHeaderSum } from '../../src/packet/checksum.ts';
import { buildEchoReply, buildEchoRequest, buildIcmp, icmpTypes } from '../../src/packet/icmp.ts';
import type { IpFields } from '../../src/packet/ip.ts';
import { ethernetBytes, fragmentBits, packetOf } from '../../src/packet/ipv4.ts';
import { readFrame } from '../../src/packet/read.ts';
import { buildTcp, buildUdp, checksumOffsets } from '../../src/packet/transport.ts';
import { addresses, at } from './addresses.ts';
import { type Cast, type CastService, clientPorts, identifiers } from './cast.ts';
import type { Choices } from './choices.ts';
import { ipFields, payloadFrom, tcpFields } from './headers.ts';
import type { Moment } from './rows.ts';

/** Who speaks to whom: segments go from source to destination. */
export interface Ways {
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

export interface Scene {
  readonly cast: Cast;
  readonly moment: Moment;
  readonly fitting: readonly number[];
  readonly service: CastService;
  /** What goes out through a tunnel here, before it is translated; and what comes in. */
  readonly ways: { readonly leaving: Ways; readonly arriving: Ways };
}

export function waysOf(c: Choices, { role }: Cast, { proxy, endpoint }: CastService): Scene['ways'] {
  const family = familyOf(proxy.ip);
  const clientOf = at(c.of(addresses[family].client), c.of(clientPorts));
  const odd = c.rarely(16);
  const [ours, served] = odd ? [at(proxy.ip, c.of([8080, 0])), at(endpoint.ip, c.of([8080, 0]))] : [proxy, endpoint];
  const clientThere =
    familyOf(endpoint.ip) === family ? clientOf : at(addresses[familyOf(endpoint.ip)].client[0], 40000);
  return role === 'gateway'
    ? { leaving: { source: clientOf, destination: ours }, arriving: { source: ours, destination: clientOf } }
    : { leaving: { source: served, destination: clientThere }, arriving: { source: clientOf, destination: ours } };
}

export function segment(
  c: Choices,
  { fitting }: Scene,
  { source, destination }: Ways,
  protocol: Protocol,
  change: IpFields = {},
): Uint8Array {
  const family = familyOf(source.ip);
  const fields = { ...ipFields(c, family), ...change, source, destination };
  const header = family === 4 ? 20 : 40;
  const frame =
    protocol === 'udp'
      ? buildUdp({
          ...fields,
          payload: payloadFrom(c, header + 8, fitting),
          checksum: c.rarely(4) ? 'none' : 'right',
        })
      : buildTcp({ ...fields, ...tcpFields(c), payload: payloadFrom(c, header + 24, fitting) });
  return c.rarely(24) ? unfinished(frame, protocol) : frame;
}

/** With the pseudo header's sum where the checksum will be, as a stack leaves it to a device. */
function unfinished(frame: Uint8Array, protocol: Protocol): Uint8Array {
  const packet = readFrame(frame);
  if (!packet?.ports) return frame;
  const { source, destination, segment: bytes, headerBytes } = packet;
  const sum = pseudoHeaderSum(source, destination, protocolNumbers[protocol], bytes.length);
  const copy = frame.slice();
  setBe16(copy, ethernetBytes + headerBytes + checksumOffsets[protocol], sum);
  return copy;
}

/** About a packet that went the other way, from one of those on the way there or from its destination. */
export function errorAbout(c: Choices, scene: Scene, { source, destination }: Ways): Uint8Array {
  const family = familyOf(source.ip);
  const protocol = c.rarely(12) ? 'udp' : scene.service.protocol;
  const wasSent = { source: destination, destination: source };
  const quote = segment(c, scene, wasSent, protocol, c.rarely(4) ? { fragment: fragmentBits.moreFragments } : {});
  const header = family === 4 ? 20 : 40;
  const behind = c.rarely(2) ? header : (readFrame(quote)?.headerBytes ?? header);
  const quotedBytes = behind + c.of([20, 8, 18, 17, 7, 0, 600]);
  const types = icmpTypes[family];
  const type = c.weighted(
    [4, types.unreachable],
    [2, types.timeExceeded],
    [1, types.parameterProblem],
    [1, c.of([2, 4, 5, 3])],
  );
  return buildIcmp({
    ...ipFields(c, family, 12),
    source: c.of([source.ip, addresses[family].router[0]]),
    destination: c.rarely(12) ? addresses[family].client[0] : destination.ip,
    type,
    code: c.of([3, 4, 0]),
    word: c.of([0, 1400, 576]),
    payload: packetOf(quote).subarray(0, quotedBytes),
  });
}

export function echo(c: Choices, { cast, fitting }: Scene, { source, destination }: Ways): Uint8Array {
  const family = familyOf(source.ip);
  const isReply = c.rarely(8) !== (destination.ip !== cast.services[0].proxy.ip && isFromServer(cast, source));
  const build = isReply ? buildEchoReply : buildEchoRequest;
  const frame = build({
    ...ipFields(c, family, 12),
    source: source.ip,
    destination: destination.ip,
    identifier: c.of(identifiers),
    payload: payloadFrom(c, (family === 4 ? 20 : 40) + 8, fitting),
  });
  return frame;
}

function isFromServer({ services }: Cast, { ip }: Endpoint): boolean {
  return services.some(({ proxy, endpoint }) => proxy.ip === ip || endpoint.ip === ip);
}
