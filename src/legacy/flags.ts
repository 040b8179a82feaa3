// The flags of the old tools: numbers, the names that they were printed with, and which of them ever did something.
import { type Direction, flagBits, type Role } from '../topology/topology.ts';

/** ` PROXY(1) FWD(4) DUMP(8) FIB(16)`. */
export function flagText(direction: Direction, flags: number): string {
  return Object.entries(flagBits[direction])
    .filter(([, bit]) => flags & bit)
    .map(([name, bit]) => ` ${oldName(name)}(${bit})`)
    .join('');
}

function oldName(name: string): string {
  return name === 'gue' ? 'GUE-DECAP' : name.toUpperCase();
}

/** Names for a file: without what the role implies (gue, proxy), and without bits that no program looks at. */
export function flagNames(direction: Direction, flags: number): string[] {
  return Object.entries(flagBits[direction])
    .filter(([name, bit]) => flags & bit && name !== 'gue' && name !== 'proxy')
    .map(([name]) => name);
}

/** Bits that mean nothing here: 2 was never written (DNAT, SNAT), or is a service's `mode` now. */
export function deadBits(direction: Direction, flags: number): number {
  return Object.values(flagBits[direction]).reduce((left: number, bit) => left & ~bit, flags);
}

/** Egress says it: `proxy` is what a gateway does. Ingress has nothing to say. */
export function roleOf(direction: Direction, flags: number): Role | undefined {
  if (direction === 'ingress') return undefined;
  return flags & flagBits.egress.proxy ? 'gateway' : 'node';
}

/** `EGW RX` → `egw`: the name of an instance from that of a hook. undefined: nothing usable is in it. */
export function instanceNameOf(label: string | undefined): string | undefined {
  const name = (label ?? '')
    .replace(/[ _-]*(rx|tx)$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 15)
    .replace(/-+$/, '');
  return name || undefined;
}
