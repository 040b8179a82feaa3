// What packets tell those who listen: CAPTURE (who listens), CAPTURED (what became of the rate), EVENT (a ring buffer).
import { be16, bytes, ip, layout, pad, u8, u16, u32, u64 } from '../layout/layout.ts';

/** CAPTURE: one row, written by `dump` for as long as it reads. */
export const captureLayout = layout('capture_value', {
  /** CLOCK_MONOTONIC: when the reader's word ends; 0: nobody listens. */
  untilNs: u64,
  /** Bit n: packets with verdict n are told. */
  verdicts: u64,
  /** Events at most, on each CPU. */
  perSecond: u32,
  pad: pad(4),
});
export type Capture = ReturnType<typeof captureLayout.decode>;

/** CAPTURED: one row, per CPU. */
export const capturedLayout = layout('captured_value', {
  /** CLOCK_MONOTONIC: when the second began in which events are counted. */
  secondNs: u64,
  /** In this second. */
  sent: u32,
  /** Since the last event, for the rate's sake or since EVENT was full. */
  suppressed: u32,
});
export type Captured = ReturnType<typeof capturedLayout.decode>;

export const eventKinds = { packet: 1, learned: 2, moved: 3 } as const;
/** Of a packet, at most. */
export const eventBytes = 256;

/** One record of EVENT: its first 64 bytes, then the packet from the Ethernet header on as it leaves the hook. */
export const eventLayout = layout('event', {
  /** CLOCK_MONOTONIC. */
  timeNs: u64,
  /** eventKinds. */
  kind: u32,
  ifindex: u32,
  /** Of the frame, bytes. */
  length: u32,
  /** Bytes that follow the header. */
  captured: u32,
  /** First counter index, as the row of the service has it; 0: not known. */
  service: u32,
  /** First counter index, as the row of the tunnel has it; of `learned` and `moved` the tunnel's id. */
  tunnel: u32,
  /** Events left out before this one on this CPU. */
  suppressed: u32,
  ingressIfindex: u32,
  /** Of `learned` and `moved`: the new remote. */
  remotePort: be16,
  /** directionNumbers. */
  hook: u8,
  /** Number of the verdict. */
  verdict: u8,
  cpu: u16,
  pad: pad(2),
  remoteIp: ip,
  bytes: bytes(eventBytes),
});
export type Event = ReturnType<typeof eventLayout.decode>;
/** A record without bytes of a packet. */
export const eventHeaderBytes = eventLayout.size - eventBytes;
