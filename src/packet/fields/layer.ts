// One header: its fields with their bytes and what they say.
import { ipFromOctets } from '../../net/ip.ts';

export interface Field {
  readonly name: string;
  /** From the frame's first byte. */
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly text: string;
}

export interface Layer {
  readonly name: string;
  readonly fields: readonly Field[];
}

/** Headers, and the packet inside: where it begins, and its EtherType. */
export interface Read {
  readonly layers: readonly Layer[];
  readonly inside: { readonly at: number; readonly type: number } | undefined;
}

export type FieldSpec = readonly [name: string, length: number, text: (bytes: Uint8Array) => string];

/** Fields one behind the other, as far as the frame goes. */
export function layerAt(frame: Uint8Array, name: string, from: number, specs: readonly FieldSpec[]): Layer {
  const fields: Field[] = [];
  let at = from;
  for (const [field, length, text] of specs) {
    if (length <= 0 || at + length > frame.length) break;
    const bytes = frame.slice(at, at + length);
    fields.push({ name: field, at, bytes, text: text(bytes) });
    at += length;
  }
  return { name, fields };
}

export function payloadAt(frame: Uint8Array, at: number): Layer {
  const length = frame.length - at;
  return layerAt(frame, 'payload', at, [
    ['bytes', length, (bytes) => (bytes.every((byte) => byte === 0) ? `${length} zeros` : `${length} bytes`)],
  ]);
}

export function decimal(bytes: Uint8Array): string {
  return String(bytes.reduce((sum, byte) => sum * 256 + byte, 0));
}

export function numberText(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}

export function addressText(bytes: Uint8Array): string {
  return ipFromOctets(bytes);
}

export function macText(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
