// VLANs: whether this kernel has devices for them, and two hosts of the lab with one on the underlay.
import { spawnSync } from 'node:child_process';
import type { Lab } from './lab.ts';

export const vlan = 7;
const device = `eth0.${vlan}`;
/** The tagged net's addresses end like those of the underlay. */
export const taggedAddresses = {
  IPv4: { gateway1: '172.1.7.4', node1: '172.1.7.3' },
  IPv6: { gateway1: '2001:db8:177::4', node1: '2001:db8:177::3' },
} as const;

/** Why there are no VLAN devices here; undefined: there are. REQUIRE_VLAN=1 turns a reason into an error. */
export function whyNoVlan(): string | undefined {
  // In a namespace of its own, so that nothing stays behind; the kernel loads the module where it has one.
  const argv = ['--net', 'ip', 'link', 'add', 'link', 'lo', 'name', 'tagged', 'type', 'vlan', 'id', String(vlan)];
  const { status, stderr, error } = spawnSync('unshare', argv, { encoding: 'utf8' });
  // Linux makes none on lo, and says so only where it knows the kind.
  if (status === 0 || stderr.includes('VLAN')) return undefined;
  const reason = `no VLAN devices in this kernel: ${error?.message ?? stderr.trim()}`;
  if (process.env.REQUIRE_VLAN === '1') throw new Error(`VLAN tests may not be skipped: ${reason}`);
  console.warn(`VLAN tests skipped: ${reason}`);
  return reason;
}

/** gateway1 and node1 get a tagged device each, and send to proxies and clients through it. */
export async function tagUnderlay(lab: Lab): Promise<void> {
  const ways = { gateway1: ['5.5.5.0/24', '2001:db8:5::/64'], node1: ['10.0.0.0/24', '2001:db8:10::/64'] } as const;
  for (const [host, far] of [['gateway1', 'node1'] as const, ['node1', 'gateway1'] as const]) {
    await lab.ip(host, ['link', 'add', 'link', 'eth0', 'name', device, 'type', 'vlan', 'id', String(vlan)]);
    await lab.ip(host, ['address', 'add', `${taggedAddresses.IPv4[host]}/24`, 'dev', device]);
    await lab.ip(host, ['address', 'add', `${taggedAddresses.IPv6[host]}/64`, 'dev', device, 'nodad']);
    await lab.ip(host, ['link', 'set', device, 'up']);
    await lab.ip(host, ['route', 'replace', ways[host][0], 'via', taggedAddresses.IPv4[far]]);
    await lab.ip(host, ['-6', 'route', 'replace', ways[host][1], 'via', taggedAddresses.IPv6[far]]);
  }
}

export const taggedDevice = device;
