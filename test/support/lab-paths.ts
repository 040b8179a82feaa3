// What a path does to packets: offloads of its devices, what stacks have learned of its width, how wide it is.
import type { Lab } from './lab.ts';
import type { HostName } from './lab-network.ts';

export const devices: readonly (readonly [HostName, string])[] = [
  ['client', 'eth0'],
  ['gateway1', 'eth0'],
  ['gateway1', 'eth1'],
  ['node1', 'eth0'],
  ['node1', 'eth1'],
];

const everything = { tso: 'on', gso: 'on', gro: 'on', tx: 'on' };

/** What `ethtool -K` is told. Client checksums stay unfinished with `tx off`: the gateway's device must finish them. */
const offloads = {
  'with segmentation offload': { features: everything, spares: undefined },
  'without segmentation offload': {
    features: { ...everything, tso: 'off', gso: 'off', gro: 'off' },
    spares: undefined,
  },
  'without checksum offload behind the client': { features: { ...everything, tx: 'off' }, spares: 'client' },
} as const;
export type Offload = keyof typeof offloads;
export const offloadCases = Object.keys(offloads) as Offload[];
export const segmentation = ['with segmentation offload', 'without segmentation offload'] as const;

export async function setOffload(lab: Lab, offload: Offload): Promise<void> {
  const { features, spares } = offloads[offload];
  const words = (host: HostName): string[] => Object.entries(host === spares ? everything : features).flat();
  await Promise.all(devices.map(([host, device]) => lab.exec(host, ['ethtool', '-K', device, ...words(host)])));
}

/** What the stacks have learned of paths. */
export async function forgetPaths(lab: Lab): Promise<void> {
  for (const host of ['client', 'gateway1', 'node1'] as const)
    for (const family of ['-4', '-6']) await lab.exec(host, ['ip', family, 'route', 'flush', 'cache']);
}

/** Reverse path filters of IPv4: 1 strict, 2 loose. */
export async function setFilter(lab: Lab, value: 1 | 2): Promise<void> {
  for (const [host, device] of devices)
    await lab.exec(host, [
      'sh',
      '-c',
      `cd /proc/sys/net/ipv4/conf; echo ${value} | tee all/rp_filter ${device}/rp_filter`,
    ]);
}

/** What a host believes of the way to an address, the width that it learned included. */
export async function routeTo(lab: Lab, host: HostName, address: string): Promise<string> {
  return await lab.exec(host, ['ip', 'route', 'get', address]);
}
