// rtnetlink (RFC 3549, netlink(7)): one socket per use, requests and dumps, messages and attributes taken apart. Everything is
// synchronous and in the network namespace of the main thread. Knows no message type.
import { closeSync } from 'node:fs';
import { check, failure } from './errno.ts';
import { attempt, libc } from './libc.ts';

/** struct nlmsghdr's flags that we use. */
export const netlinkFlags = { request: 1, ack: 4, excl: 0x200, create: 0x400, dump: 0x300 } as const;
const interruptedDump = 0x10;
const headerSize = 16;
const types = { error: 2, done: 3 } as const;
/** The kernel sends no larger dump part. */
const receiveSize = 64 * 1024;

export interface NetlinkMessage {
  readonly type: number;
  /** After the header: the family's fixed struct, then attributes. */
  readonly body: Buffer;
}

export interface NetlinkSocket {
  /** All answers to a dump; made again when what is dumped changed under way. Throws KernelError. */
  dump(type: number, body: Uint8Array, about: string): NetlinkMessage[];
  /** One request, acknowledged; returns the answers before the acknowledgement. Throws KernelError with the kernel's errno. */
  request(type: number, flags: number, body: Uint8Array, about: string): NetlinkMessage[];
}

export function withNetlink<T>(use: (socket: NetlinkSocket) => T): T {
  const [family, rawCloexec, route] = [16, 3 | 0x80000, 0];
  const fd = check(
    attempt(() => libc.socket(family, rawCloexec, route)),
    'socket',
    'netlink',
  );
  let sequence = 0;
  const room = Buffer.allocUnsafeSlow(receiveSize);
  const exchange = (type: number, flags: number, body: Uint8Array, about: string): Exchange => {
    sequence += 1;
    const message = Buffer.alloc(headerSize + body.length);
    message.writeUInt32LE(message.length, 0);
    message.writeUInt16LE(type, 4);
    message.writeUInt16LE(flags | netlinkFlags.request, 6);
    message.writeUInt32LE(sequence, 8);
    message.set(body, headerSize);
    check(
      attempt(() => libc.send(fd, message, message.length, 0)),
      'send',
      `netlink ${about}`,
    );
    return receive(fd, room, sequence, about);
  };
  try {
    return use({
      dump: (type, body, about) => {
        for (;;) {
          const { messages, changed } = exchange(type, netlinkFlags.dump, body, about);
          if (!changed) return messages;
        }
      },
      request: (type, flags, body, about) => exchange(type, flags | netlinkFlags.ack, body, about).messages,
    });
  } finally {
    closeSync(fd);
  }
}

interface Exchange {
  readonly messages: NetlinkMessage[];
  readonly changed: boolean;
}

/** `room`: where the kernel writes, again and again; what goes into messages is copied. */
function receive(fd: number, room: Buffer, sequence: number, about: string): Exchange {
  const messages: NetlinkMessage[] = [];
  let changed = false;
  for (;;) {
    const size = check(
      attempt(() => libc.receive(fd, room, room.length, 0)),
      'recv',
      `netlink ${about}`,
    );
    for (let at = 0; at + headerSize <= size; ) {
      const length = room.readUInt32LE(at);
      const type = room.readUInt16LE(at + 4);
      const body = room.subarray(at + headerSize, at + length);
      if (room.readUInt32LE(at + 8) === sequence) {
        if (room.readUInt16LE(at + 6) & interruptedDump) changed = true;
        // Both carry a negative errno or 0.
        if (type === types.error || type === types.done) {
          const error = body.length >= 4 ? body.readInt32LE(0) : 0;
          if (error < 0) throw failure('netlink', -error, about);
          return { messages, changed };
        }
        messages.push({ type, body: Buffer.from(body) });
      }
      at += (length + 3) & ~3;
    }
  }
}

/** Attributes by type, from `start` of `body` on; of a repeated type the last. */
export function attributes(body: Buffer, start: number): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = start; at + 4 <= body.length; ) {
    const length = body.readUInt16LE(at);
    if (length < 4) break;
    // The two upper bits say "nested" and "network order".
    found.set(body.readUInt16LE(at + 2) & 0x3fff, body.subarray(at + 4, at + length));
    at += (length + 3) & ~3;
  }
  return found;
}

/** One attribute with its header, padded to 4. */
export function attribute(type: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + ((value.length + 3) & ~3));
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  bytes.set(value, 4);
  return bytes;
}

/** Host order. */
export function u32Attribute(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value, 0);
  return attribute(type, bytes);
}

/** NUL-terminated. */
export function textAttribute(type: number, value: string): Buffer {
  return attribute(type, Buffer.from(`${value}\0`, 'latin1'));
}

export function textOf(value: Buffer | undefined): string {
  if (!value) return '';
  const end = value.indexOf(0);
  return value.toString('latin1', 0, end < 0 ? value.length : end);
}
