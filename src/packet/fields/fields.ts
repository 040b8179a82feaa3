// A frame field by field, for people: which bytes are what, layer by layer. Takes any bytes: what cannot be read is `payload`.
// Keys are zeros here.
import { ethernetBytes } from '../ipv4.ts';
import { seenFrame } from '../seen.ts';
import { vlanTypes } from '../vlan.ts';
import { ipLayers } from './ip.ts';
import { type Layer, layerAt, macText, numberText } from './layer.ts';

const keyBytes = 16;

/** A copy in which every key of a service is zeros. */
export function withoutKeys(frame: Uint8Array): Uint8Array {
  const blanked = frame.slice();
  for (const at of seenFrame(frame).keysAt) blanked.fill(0, at, at + keyBytes);
  return blanked;
}

/** `frame`: of withoutKeys. */
export function frameLayers(frame: Uint8Array): readonly Layer[] {
  const isTagged = Object.values<number>(vlanTypes).includes(wordAt(frame, 12));
  const at = ethernetBytes + (isTagged ? 4 : 0);
  const layers = [
    layerAt(frame, 'ethernet', 0, [
      ['destination', 6, macText],
      ['source', 6, macText],
      ['type', 2, etherTypeText],
    ]),
    ...(isTagged ? [layerAt(frame, 'vlan', ethernetBytes, tagFields)] : []),
    ...ipLayers(frame, at, wordAt(frame, at - 2)),
  ];
  return layers.filter(({ fields }) => fields.length > 0);
}

const tagFields = [
  ['tag', 2, (bytes: Uint8Array) => `vlan ${wordAt(bytes, 0) & 0xfff}, priority ${wordAt(bytes, 0) >> 13}`],
  ['type', 2, etherTypeText],
] as const;

const etherTypes: Readonly<Record<number, string>> = {
  2048: 'IPv4',
  34525: 'IPv6',
  2054: 'ARP',
  33024: 'VLAN',
  34984: 'VLAN',
};

function etherTypeText(bytes: Uint8Array): string {
  return etherTypes[wordAt(bytes, 0)] ?? numberText(bytes);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
