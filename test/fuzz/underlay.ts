// Fuzzed too-big messages of the underlay: about packets of a tunnel, about others', whole and cut short, with any MTU.
import { familyOf } from '../../src/net/ip.ts';
import { buildIcmp, tooBigErrors } from '../../src/packet/icmp.ts';
import { packetOf } from '../../src/packet/ipv4.ts';
import { readFrame } from '../../src/packet/read.ts';
import { buildTcp, buildUdp } from '../../src/packet/transport.ts';
import { addresses, at } from './addresses.ts';
import type { Choices } from './choices.ts';
import { ipFields } from './headers.ts';
import type { Scene } from './plain.ts';

export function tooBigOfUnderlay(c: Choices, { cast }: Scene): Uint8Array {
  const { local, remote } = c.of(cast.tunnels);
  const family = familyOf(local.ip);
  const source = c.rarely(8) ? at(local.ip, 6082) : local;
  const about = { ...ipFields(c, family, 12), source, destination: remote, payload: new Uint8Array(40) };
  const sent = c.rarely(12) ? buildTcp(about) : buildUdp(about);
  const header = family === 4 ? 20 : 40;
  const behind = c.rarely(2) ? header : (readFrame(sent)?.headerBytes ?? header);
  const { type, code } = tooBigErrors[family];
  const frame = buildIcmp({
    ...ipFields(c, family, 16),
    source: addresses[family].router[0],
    destination: local.ip,
    type: c.rarely(12) ? 1 : type,
    code: c.rarely(12) ? 1 : code,
    word: c.of([
      1300,
      0,
      67,
      68,
      575,
      576,
      577,
      627,
      628,
      629,
      1279,
      1280,
      1281,
      1400,
      65535,
      65536,
      0x10000 + 1300,
      9000,
    ]),
    payload: packetOf(sent).subarray(0, behind + c.weighted([6, 8], [1, 7], [2, 48], [1, 0])),
  });
  return c.rarely(8) ? Buffer.concat([frame, new Uint8Array(1 + c.upTo(9))]) : frame;
}
