// Records of EVENT, written byte by byte from struct event in bpf/include/tables.h, as a program would put them into the ring.

export interface WrittenEvent {
  /** 1 packet, 2 learned, 3 moved. */
  readonly kind?: number;
  /** CLOCK_MONOTONIC. */
  readonly timeNs?: bigint;
  readonly ifindex?: number;
  readonly ingressIfindex?: number;
  /** 0 ingress, 1 egress. */
  readonly hook?: number;
  readonly verdict?: number;
  /** First counter index. */
  readonly service?: number;
  /** First counter index; of learned and moved the id. */
  readonly tunnel?: number;
  readonly suppressed?: number;
  readonly cpu?: number;
  /** IPv4, in four octets. */
  readonly remoteIp?: readonly number[];
  readonly remotePort?: number;
  readonly frame?: Uint8Array;
  /** Of the frame before it was cut. */
  readonly length?: number;
}

const headerBytes = 64;
const frameBytes = 256;

export function eventRecord(event: WrittenEvent): Uint8Array {
  const frame = (event.frame ?? new Uint8Array(0)).subarray(0, frameBytes);
  const bytes = new Uint8Array(headerBytes + frameBytes);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, event.timeNs ?? 0n, true);
  view.setUint32(8, event.kind ?? 1, true);
  view.setUint32(12, event.ifindex ?? 2, true);
  view.setUint32(16, event.length ?? event.frame?.length ?? 0, true);
  view.setUint32(20, frame.length, true);
  view.setUint32(24, event.service ?? 0, true);
  view.setUint32(28, event.tunnel ?? 0, true);
  view.setUint32(32, event.suppressed ?? 0, true);
  view.setUint32(36, event.ingressIfindex ?? 0, true);
  view.setUint16(40, event.remotePort ?? 0, false);
  view.setUint8(42, event.hook ?? 0);
  view.setUint8(43, event.verdict ?? 0);
  view.setUint16(44, event.cpu ?? 0, true);
  if (event.remoteIp) {
    bytes.fill(0xff, 58, 60);
    bytes.set(event.remoteIp, 60);
  }
  bytes.set(frame, headerBytes);
  return bytes;
}
