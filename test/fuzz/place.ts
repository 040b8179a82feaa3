// Where fuzzed packets run: a network namespace with two devices, and what its FIB answers about the addresses of the scenes.
//   wire    forwards; the way to the first three of each kind of address
//   quiet   does not forward; the way to the fourth remote
// The second of a kind has no neighbour entry. Of the third, remotes are unreachable and endpoints prohibited. The second client has
// no route at all, and the second endpoint is the host's own.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { unshareNetns } from '../../src/native/namespace.ts';
import { familyOf, type Ip } from '../../src/net/ip.ts';
import type { FibAnswer, FibQuestion } from '../../src/packet/model/tables.ts';
import { vlanBytes } from '../../src/packet/vlan.ts';
import { addresses } from './addresses.ts';

export const devices = { lo: 1, wire: 10, quiet: 12 } as const;
const macs = {
  wire: Uint8Array.of(2, 0, 0, 0, 0, 0x10),
  quiet: Uint8Array.of(2, 0, 0, 0, 0, 0x12),
  neighbour: Uint8Array.of(2, 0, 0, 0, 0, 0x33),
} as const;

/** Of both devices; the kernel leaves room for a tag. */
const mtuBytes = 1500;

type Way =
  | { readonly device: 'wire' | 'quiet'; readonly isResolved: boolean }
  | 'unreachable'
  | 'prohibit'
  | 'local'
  | 'none';

const resolved = { device: 'wire', isResolved: true } as const;
const unresolved = { device: 'wire', isResolved: false } as const;

const ways: ReadonlyMap<Ip, Way> = new Map(
  ([4, 6] as const).flatMap((family): (readonly [Ip, Way])[] => {
    const { remote, endpoint, client } = addresses[family];
    const among = (list: readonly Ip[], ...found: Way[]): (readonly [Ip, Way])[] =>
      list.map((ip, number) => [ip, found[number] ?? 'none'] as const);
    return [
      ...among(remote, resolved, unresolved, 'unreachable', { device: 'quiet', isResolved: true }),
      ...among(endpoint, resolved, 'local', 'prohibit'),
      ...among(client, resolved, 'none'),
    ];
  }),
);

/** Moves this process into such a namespace, for good. */
export function openPlace(): void {
  unshareNetns();
  for (const [name, far] of [
    ['wire', 'far'],
    ['quiet', 'away'],
  ] as const) {
    const index = String(devices[name]);
    ip('link', 'add', name, 'index', index, 'address', text(macs[name]), 'type', 'veth', 'peer', 'name', far);
    // Without a lower layer that speaks, no duplicate address detection and no router solicitation comes between.
    writeFileSync(`/proc/sys/net/ipv6/conf/${name}/accept_dad`, '0');
  }
  for (const device of ['lo', 'wire', 'far', 'quiet', 'away']) ip('link', 'set', device, 'up');
  for (const family of ['ipv4', 'ipv6']) writeFileSync(`/proc/sys/net/${family}/conf/wire/forwarding`, '1');
  for (const [address, way] of ways) {
    const host = `${address}/${address.includes(':') ? 128 : 32}`;
    if (way === 'none') continue;
    if (way === 'local') ip('address', 'add', host, 'dev', 'wire');
    else if (typeof way === 'string') ip('route', 'add', way, host);
    else {
      ip('route', 'add', host, 'dev', way.device);
      if (way.isResolved)
        ip('neigh', 'add', address, 'lladdr', text(macs.neighbour), 'dev', way.device, 'nud', 'permanent');
    }
  }
}

function ip(...words: string[]): void {
  execFileSync('ip', words);
}

function text(mac: Uint8Array): string {
  return Buffer.from(mac).toString('hex').replace(/..\B/g, '$&:');
}

/** What bpf_fib_lookup answers there. */
export function fibAnswer({ destination, ifindex, bytes, output }: FibQuestion): FibAnswer {
  const way = ways.get(destination) ?? 'none';
  if (ifindex !== devices.wire) return { kind: 'refused' };
  if (way === 'local' || way === 'none') return { kind: 'not-forwarded' };
  if (typeof way === 'string') return { kind: 'refused' };
  // IPv4 looks for ways through that device alone; IPv6 takes it for a wish.
  if (output && way.device !== 'wire' && familyOf(destination) === 4) return { kind: 'not-forwarded' };
  const through = devices[way.device];
  if (!way.isResolved) return { kind: 'no-neighbour', ifindex: through };
  if (bytes > mtuBytes + vlanBytes) return { kind: 'not-forwarded' };
  return { kind: 'success', ifindex: through, sourceMac: macs[way.device], destinationMac: macs.neighbour };
}
