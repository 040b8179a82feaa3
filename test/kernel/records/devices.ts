// The interfaces that records name, with addresses and neighbours, in this process's network namespace: a private one.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { clientMac, farMac, ifindexes, nodeMac, wireMac } from './fib.ts';
import type { DeviceName, PacketRecord } from './record.ts';

const addresses: readonly (readonly [device: DeviceName, ...addresses: string[]])[] = [
  ['wire', '172.1.0.4/24', '2001:db8:1::4/64'],
  ['far', '172.3.0.4/24', '2001:db8:3::4/64'],
  ['quiet', '172.2.0.4/24', '2001:db8:2::4/64'],
];

const routes: readonly (readonly string[])[] = [
  ['10.0.0.0/24', 'dev', 'far'],
  ['1.1.1.0/24', 'dev', 'far'],
  ['blackhole', '10.0.1.0/24'],
  ['unreachable', '10.0.2.0/24'],
  ['prohibit', '10.0.3.0/24'],
  ['2001:db8:9::/64', 'dev', 'far'],
  ['2001:db8:8::/64', 'dev', 'far'],
  ['blackhole', '2001:db8:a1::/64'],
  ['unreachable', '2001:db8:a2::/64'],
  ['prohibit', '2001:db8:a3::/64'],
];

const neighbours: readonly (readonly [device: DeviceName, mac: Uint8Array, ...addresses: string[]])[] = [
  ['wire', nodeMac, '172.1.0.3', '2001:db8:1::3'],
  ['far', clientMac, '10.0.0.9', '1.1.1.1', '2001:db8:9::9', '2001:db8:8::8'],
];

/**
 * wire, far   the two ends of a cable, both forwarding. Behind wire is the underlay, where the node is; behind far the client and the
 *             server, a neighbour each, and in the same networks others that nobody has asked for yet
 * quiet       does not forward
 */
export function layDevices(): void {
  const ip = (...words: string[]): void => void execFileSync('ip', words);
  ip(
    'link',
    'add',
    'wire',
    'index',
    `${ifindexes.wire}`,
    'address',
    macText(wireMac),
    'type',
    'veth',
    'peer',
    'name',
    'far',
    'index',
    `${ifindexes.far}`,
    'address',
    macText(farMac),
  );
  ip('link', 'add', 'quiet', 'index', `${ifindexes.quiet}`, 'type', 'veth', 'peer', 'name', 'away');
  for (const device of ['lo', 'wire', 'far', 'quiet', 'away']) ip('link', 'set', device, 'up');
  for (const [device, ...own] of addresses)
    for (const address of own)
      ip('address', 'add', address, 'dev', device, ...(address.includes(':') ? ['nodad'] : []));
  for (const route of routes) ip('route', 'add', ...route);
  for (const [device, mac, ...known] of neighbours)
    for (const address of known) ip('neigh', 'add', address, 'lladdr', macText(mac), 'dev', device, 'nud', 'permanent');
  for (const family of ['ipv4', 'ipv6'])
    for (const device of ['wire', 'far']) writeFileSync(`/proc/sys/net/${family}/conf/${device}/forwarding`, '1');
}

/** The interface that a record's packets are on, and the one through which they entered the host; 0: they are its own. */
export function placeOf({ device = 'lo', local, entry }: PacketRecord): { ifindex: number; entry: number } {
  const ifindex = ifindexes[device];
  return { ifindex, entry: local ? 0 : (entry ?? ifindex) };
}

function macText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').replace(/..\B/g, '$&:');
}
