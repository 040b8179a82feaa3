// IEEE 802.1Q tags inside a frame, where the kernel leaves them when a device does not take them out.
export const vlanBytes = 4;
/** EtherTypes of customer and service tags. */
export const vlanTypes = { customer: 0x8100, service: 0x88a8 } as const;
const tagAt = 12;

/** The frame with a tag before its EtherType; twice for two. `control`: priority and VLAN number. */
export function tagged(frame: Uint8Array, control = 1, type: number = vlanTypes.customer): Uint8Array {
  const out = new Uint8Array(frame.length + vlanBytes);
  out.set(frame.subarray(0, tagAt));
  new DataView(out.buffer).setUint32(tagAt, type * 65536 + control);
  out.set(frame.subarray(tagAt), tagAt + vlanBytes);
  return out;
}

/** The frame without its outermost tag. */
export function untagged(frame: Uint8Array): Uint8Array {
  const out = new Uint8Array(frame.length - vlanBytes);
  out.set(frame.subarray(0, tagAt));
  out.set(frame.subarray(tagAt + vlanBytes), tagAt);
  return out;
}
