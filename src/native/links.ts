// Interfaces and their addresses, by rtnetlink: /sys/class/net belongs to a mount, not to our network namespace.
import { familyOf, type Ip, ipFromOctets } from '../net/ip.ts';
import { KernelError } from '../problem.ts';
import { errno } from './errno.ts';
import { attributes, textOf, withNetlink } from './netlink.ts';

const messages = { getLink: 18, getAddress: 22 } as const;
const linkAttributes = { address: 1, name: 3, mtu: 4 } as const;
const addressAttributes = { address: 1, local: 2 } as const;
const families = { inet: 2, inet6: 10 } as const;
/** IFA_F_TEMPORARY (of IPv4: secondary), IFA_F_DADFAILED, IFA_F_DEPRECATED, IFA_F_TENTATIVE. */
const passingFlags = 0x01 | 0x08 | 0x20 | 0x40;
/** RT_SCOPE_LINK. */
const linkScope = 253;
/** struct ifinfomsg: u8 family, u8 pad, u16 type, i32 index, u32 flags, u32 change; then attributes. */
const linkHeader = 16;
const upFlag = 1;
/** ARPHRD_ETHER and ARPHRD_LOOPBACK, whose packets have an Ethernet header. */
const ethernetTypes: ReadonlySet<number> = new Set([1, 772]);

export interface Link {
  readonly name: string;
  readonly ifindex: number;
  readonly mtuBytes: number;
  readonly up: boolean;
  /** 6 bytes; all zero for devices without an Ethernet address. */
  readonly mac: Uint8Array;
  readonly headerless?: true;
}

/** All interfaces of the namespace, by index. */
export function links(): Link[] {
  const answers = withNetlink((socket) => socket.dump(messages.getLink, new Uint8Array(linkHeader), 'interfaces'));
  return answers
    .map(({ body }) => {
      const found = attributes(body, linkHeader);
      const mac = found.get(linkAttributes.address);
      return {
        name: textOf(found.get(linkAttributes.name)),
        ifindex: body.readInt32LE(4),
        mtuBytes: found.get(linkAttributes.mtu)?.readUInt32LE(0) ?? 0,
        up: (body.readUInt32LE(8) & upFlag) !== 0,
        mac: mac?.length === 6 ? Uint8Array.from(mac) : new Uint8Array(6),
        ...(ethernetTypes.has(body.readUInt16LE(2)) ? {} : { headerless: true as const }),
      };
    })
    .sort((a, b) => a.ifindex - b.ifindex);
}

/** Of one interface, without a dump of all; undefined: it went away. */
export function linkMtu(ifindex: number): number | undefined {
  const request = Buffer.alloc(linkHeader);
  request.writeInt32LE(ifindex, 4);
  try {
    const answers = withNetlink((socket) => socket.request(messages.getLink, 0, request, `interface ${ifindex}`));
    const body = answers[0]?.body;
    return body && attributes(body, linkHeader).get(linkAttributes.mtu)?.readUInt32LE(0);
  } catch (error) {
    if (error instanceof KernelError && error.errno === errno.ENODEV) return undefined;
    throw error;
  }
}

/**
 * Addresses without prefix length, IPv4 first: interface index → addresses in the kernel's order. IPv6 link-local ones, which say
 * nothing without their link, are left out.
 */
export function linkAddresses(): Map<number, Ip[]> {
  // struct ifaddrmsg: u8 family, u8 prefixlen, u8 flags, u8 scope, u32 index; then attributes.
  const request = new Uint8Array(8); // of any family
  const found = new Map<number, { ip: Ip; isPassing: boolean }[]>();
  for (const { body } of withNetlink((socket) => socket.dump(messages.getAddress, request, 'addresses'))) {
    const all = attributes(body, 8);
    // IFA_ADDRESS is the far end's on a point-to-point device.
    const address = all.get(addressAttributes.local) ?? all.get(addressAttributes.address);
    const size = body[0] === families.inet ? 4 : body[0] === families.inet6 ? 16 : 0;
    if (!address || address.length !== size || body[3] === linkScope) continue;
    const ifindex = body.readUInt32LE(4);
    const one = { ip: ipFromOctets(address), isPassing: ((body[2] ?? 0) & passingFlags) !== 0 };
    found.set(ifindex, [...(found.get(ifindex) ?? []), one]);
  }
  const sorted = (all: readonly { ip: Ip; isPassing: boolean }[]): Ip[] =>
    [...all]
      .sort((a, b) => familyOf(a.ip) - familyOf(b.ip) || Number(a.isPassing) - Number(b.isPassing))
      .map(({ ip }) => ip);
  return new Map([...found].map(([ifindex, all]) => [ifindex, sorted(all)]));
}
