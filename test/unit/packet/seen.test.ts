// What is seen of captured frames: agreed with the independent decoder, and with words for what that one does not read.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SeenFrame, type SeenPacket, seenFrame } from '../../../src/packet/seen.ts';
import { decodeFields } from '../../support/decoder.ts';
import { handFrames, hex, inner, key, plainFrame } from '../../support/hand-frames.ts';

/** As the independent decoder calls them; outermost first. */
function fieldsOf({ packet }: SeenFrame): Record<string, string[]> {
  const fields: Record<string, string[]> = {};
  const note = (name: string, value: string | number | bigint | undefined): void => {
    if (value !== undefined) fields[name] = [...(fields[name] ?? []), String(value)];
  };
  const walk = (one: SeenPacket | undefined): void => {
    if (!one) return;
    const ip = one.source.includes(':') ? 'ipv6' : 'ip';
    note(`${ip}.src`, one.source);
    note(`${ip}.dst`, one.destination);
    note(ip === 'ip' ? 'ip.len' : 'ipv6.plen', ip === 'ip' ? one.bytes : one.bytes - 40);
    const transport = one.protocol === 6 ? 'tcp' : 'udp';
    note(`${transport}.srcport`, one.ports?.source);
    note(`${transport}.dstport`, one.ports?.destination);
    note('icmp.type', one.icmp?.type);
    note('icmp.code', one.icmp?.code);
    const { gue } = one;
    note('tigue.kind', gue && { data: 1, ping: 2, 'signed-ping': 3 }[gue.kind]);
    note('tigue.header', gue && { keyed: 1, short: 2 }[gue.header]);
    for (const name of ['group', 'service', 'tunnel', 'sequence'] as const) note(`tigue.${name}`, gue?.[name]);
    walk(gue?.packet);
    walk(one.icmp?.quoted);
  };
  walk(packet);
  return fields;
}

describe('a captured frame', () => {
  test.each(handFrames)('of $name is seen as the independent decoder reads it', ({ frame }) => {
    const seen = fieldsOf(seenFrame(frame));
    const wanted = decodeFields(frame);
    const compared = Object.fromEntries(Object.entries(wanted).filter(([name]) => name in seen));
    expect(seen).toEqual(compared);
    const readByBoth = /^(ip|ipv6)\.(src|dst|len|plen)$|port$|^tigue\.(kind|header|group|service|tunnel|sequence)$/;
    expect(Object.keys(wanted).filter((name) => readByBoth.test(name) && !(name in seen))).toEqual([]);
  });

  test('has the place of every key in it, also in an ICMP error that quotes it, and of none where there is none', () => {
    for (const { frame, name } of handFrames) {
      const at = Buffer.from(frame).indexOf(key);
      expect([name, seenFrame(frame).keysAt]).toEqual([name, at < 0 ? [] : [at]]);
    }
    const [gue] = handFrames;
    const error = hex('45000000 00004000 40010000 ac010001 ac010004 · 03040000 00000578');
    const quoting = plainFrame(Uint8Array.from([...error, ...(gue?.frame.subarray(14) ?? [])]));
    expect(seenFrame(quoting).keysAt).toEqual([Buffer.from(quoting).indexOf(key)]);
  });

  test('cut anywhere is seen as far as it goes', () => {
    for (const { frame } of handFrames)
      for (let length = 0; length < frame.length; length++) {
        const { keysAt } = seenFrame(frame.subarray(0, length));
        const whole = Buffer.from(frame).indexOf(key);
        if (whole >= 0 && length > whole) expect(keysAt).toEqual([whole]);
      }
  });

  test('of any bytes is seen without a crash', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...handFrames),
        fc.array(fc.tuple(fc.nat(255), fc.nat(255)), { maxLength: 20 }),
        ({ frame }, changes) => {
          const mutated = frame.slice();
          for (const [at, value] of changes) if (at < mutated.length) mutated[at] = value;
          expect(seenFrame(mutated).keysAt.every((at) => at < mutated.length)).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('has a VLAN tag that is inside it', () => {
    const [gue] = handFrames;
    const tagged = Uint8Array.from([
      ...(gue?.frame.subarray(0, 12) ?? []),
      0x81,
      0,
      0x20,
      0x64,
      ...(gue?.frame.subarray(12) ?? []),
    ]);
    expect(seenFrame(tagged)).toMatchObject({ etherType: 0x0800, vlan: 100, packet: { gue: { kind: 'data' } } });
  });

  test('has the letters of TCP flags, and what an ICMP error is about', () => {
    expect(seenFrame(plainFrame(inner.tcp4)).packet).toMatchObject({ protocol: 6, tcpFlags: 'S' });
    expect(seenFrame(plainFrame(inner.icmp4)).packet?.icmp).toMatchObject({
      type: 3,
      code: 4,
      mtu: 1400,
      quoted: { source: '5.5.5.5', destination: '10.0.0.2', protocol: 17, ports: { source: 53, destination: 4711 } },
    });
  });

  test('is a first or a later fragment, by either family', () => {
    const first = inner.udp4.slice();
    first.set([0x20, 0], 6);
    expect(seenFrame(plainFrame(first)).packet).toMatchObject({
      fragment: { offset: 0, more: true },
      ports: { source: 4711 },
    });
    const later = inner.udp4.slice();
    later.set([0, 185], 6);
    const seen = seenFrame(plainFrame(later)).packet;
    expect([seen?.fragment, seen?.ports]).toEqual([{ offset: 1480, more: false }, undefined]);
    const header = hex('60000000 0014 2c 40 20010db8000100000000000000000002 20010db8000500000000000000000005');
    const later6 = Uint8Array.from([...header, ...hex('11 00 05c9 00000007'), ...inner.udp6.subarray(40)]);
    expect(seenFrame(plainFrame(later6)).packet).toMatchObject({
      protocol: 17,
      fragment: { offset: 1480, more: true },
    });
  });
});
