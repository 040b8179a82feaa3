// clsact: the tc hooks of kernels without TCX. Filters of kind bpf in direct-action mode, found by dump, created where
// priority and handle are free, replaced and deleted by exactly these. The qdisc is created and never removed.
import { KernelError } from '../problem.ts';
import { errno } from './errno.ts';
import { attribute, attributes, netlinkFlags, textAttribute, textOf, u32Attribute, withNetlink } from './netlink.ts';

const messages = { newQdisc: 36, getQdisc: 38, newFilter: 44, deleteFilter: 45, getFilter: 46 } as const;
/** TC_H_CLSACT and its two halves. */
const parents = { qdisc: 0xffff_fff1, ingress: 0xffff_fff2, egress: 0xffff_fff3 } as const;
const clsactHandle = 0xffff_0000;
const tcAttributes = { kind: 1, options: 2 } as const;
const bpfAttributes = { fd: 6, name: 7, flags: 8, id: 11 } as const;
const directAction = 1;
/** htons(ETH_P_ALL): the value is kept in wire order in tcm_info. */
const allProtocols = 0x0300;
/** struct tcmsg: u8 family, u8 pad, u16 pad, i32 ifindex, u32 handle, u32 parent, u32 info; then attributes. */
const tcHeader = 20;
/** Where we look for a free priority; others run before and after as they chose. */
const firstPriority = 49;

export type FilterDirection = 'ingress' | 'egress';

/** A filter of kind bpf. */
export interface BpfFilter {
  readonly ifindex: number;
  readonly direction: FilterDirection;
  readonly priority: number;
  readonly handle: number;
  readonly programId: number;
}

/** Indexes of the interfaces that have a clsact qdisc. */
export function clsactInterfaces(): Set<number> {
  const answers = withNetlink((socket) => socket.dump(messages.getQdisc, new Uint8Array(tcHeader), 'qdiscs'));
  const clsact = answers.filter(({ body }) => textOf(attributes(body, tcHeader).get(tcAttributes.kind)) === 'clsact');
  return new Set(clsact.map(({ body }) => body.readInt32LE(4)));
}

/** Filters of kind bpf on one hook of an interface that has clsact, in running order. */
export function bpfFilters(ifindex: number, direction: FilterDirection): BpfFilter[] {
  return dumpFilters(ifindex, direction).flatMap(({ body }) => {
    const all = attributes(body, tcHeader);
    const options = all.get(tcAttributes.options);
    const id = options && attributes(options, 0).get(bpfAttributes.id)?.readUInt32LE(0);
    // The dump names each priority once more, without options.
    if (textOf(all.get(tcAttributes.kind)) !== 'bpf' || id === undefined) return [];
    return [{ ifindex, direction, priority: priorityOf(body), handle: body.readUInt32LE(8), programId: id }];
  });
}

/** Creates the qdisc where it is missing. Throws KernelError EEXIST where the older qdisc `ingress` has its place. */
export function createFilter(ifindex: number, direction: FilterDirection, programFd: number, about: string): void {
  ensureClsact(ifindex, about);
  for (let attempts = 0; ; attempts++) {
    const taken = new Set(dumpFilters(ifindex, direction).map(({ body }) => priorityOf(body)));
    let priority = firstPriority;
    while (taken.has(priority)) priority += 1;
    const place = { ifindex, direction, priority, handle: 1 };
    try {
      sendFilter(messages.newFilter, netlinkFlags.create | netlinkFlags.excl, place, programFd, about);
      return;
    } catch (error) {
      // Somebody took that priority between dump and creation.
      const raced = error instanceof KernelError && (error.errno === errno.EEXIST || error.errno === errno.EINVAL);
      if (!raced || attempts === 3) throw error;
    }
  }
}

/** Replaces the program of a filter that exists. Throws KernelError ENOENT where it does not. */
export function replaceFilter(filter: BpfFilter, programFd: number, about: string): void {
  sendFilter(messages.newFilter, 0, filter, programFd, about);
}

/** Throws KernelError ENOENT where it does not exist. */
export function deleteFilter(filter: BpfFilter, about: string): void {
  sendFilter(messages.deleteFilter, 0, filter, undefined, about);
}

function dumpFilters(ifindex: number, direction: FilterDirection): { readonly body: Buffer }[] {
  const request = tcMessage(ifindex, 0, parents[direction], 0);
  return withNetlink((socket) => socket.dump(messages.getFilter, request, `filters of interface ${ifindex}`));
}

function priorityOf(body: Buffer): number {
  return body.readUInt32LE(16) >>> 16;
}

function ensureClsact(ifindex: number, about: string): void {
  if (clsactInterfaces().has(ifindex)) return;
  const request = [tcMessage(ifindex, clsactHandle, parents.qdisc, 0), textAttribute(tcAttributes.kind, 'clsact')];
  const flags = netlinkFlags.create | netlinkFlags.excl;
  try {
    withNetlink((socket) =>
      socket.request(messages.newQdisc, flags, Buffer.concat(request), `qdisc clsact on ${about}`),
    );
  } catch (error) {
    // Somebody was faster, and with the same qdisc.
    if (!clsactInterfaces().has(ifindex)) throw error;
  }
}

type Place = Omit<BpfFilter, 'programId'>;

function sendFilter(type: number, flags: number, place: Place, programFd: number | undefined, about: string): void {
  const info = ((place.priority << 16) | allProtocols) >>> 0;
  const header = tcMessage(place.ifindex, place.handle, parents[place.direction], info);
  const options =
    programFd === undefined
      ? []
      : [
          u32Attribute(bpfAttributes.fd, programFd),
          textAttribute(bpfAttributes.name, `ti_${place.direction}`),
          u32Attribute(bpfAttributes.flags, directAction),
        ];
  const parts = [header, textAttribute(tcAttributes.kind, 'bpf')];
  if (options.length) parts.push(attribute(tcAttributes.options, Buffer.concat(options)));
  withNetlink((socket) => socket.request(type, flags, Buffer.concat(parts), `filter on ${about}`));
}

function tcMessage(ifindex: number, handle: number, parent: number, info: number): Buffer {
  const header = Buffer.alloc(tcHeader);
  header.writeInt32LE(ifindex, 4);
  header.writeUInt32LE(handle, 8);
  header.writeUInt32LE(parent, 12);
  header.writeUInt32LE(info, 16);
  return header;
}
