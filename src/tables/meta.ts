// META: the one row that says what a generation is. Mirrors struct meta_value in bpf/include/tables.h.
import { bytes, layout, text, u32, u64 } from '../layout/layout.ts';

export const metaMagic = 0x54494e47;
export const layoutVersion = 3;
/** staging: rows are being brought in · complete: all rows are there and probed · lived: complete, and hooks have run it. */
export const metaStates = { staging: 1, complete: 2, lived: 3 } as const;

export const metaLayout = layout('meta_value', {
  /** Counts up over both slots; never used twice in an instance's life. */
  generation: u64,
  /** CLOCK_REALTIME of staging. */
  timeNs: u64,
  /** Network namespace that the instance belongs to. */
  netnsInode: u64,
  /** Counts up over both slots at each switch; 0: hooks never ran it. Tells which ran last when no hook runs any. */
  activation: u64,
  magic: u32,
  layoutVersion: u32,
  /** metaStates. */
  state: u32,
  /** The constants of this load: roleNumbers; ingress flags | egress flags << 16. */
  role: u32,
  features: u32,
  instanceId: u32,
  instance: text(16),
  slot: text(4),
  /** The constant of this load: featureBits (features.ts). */
  topologyFeatures: u32,
  /** SHA-256 over the configured rows (reconcile/digest.ts). */
  rowsDigest: bytes(32),
  /** SHA-256 of the object file. */
  buildDigest: bytes(32),
  /** SHA-256 of the topology's text. */
  sourceDigest: bytes(32),
});

export type Meta = ReturnType<typeof metaLayout.decode>;
