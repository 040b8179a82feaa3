// The lab's network as data, and the `ip` commands that build it. Runs nothing itself.
//
//   client ──┐ street 10.0.0.0/24, MTU 1500      underlay 172.1.0.0/24, MTU 1600
//    .2 .3   ├── .4 gateway1 .4 ──┐
//            ├── .5 gateway2 .5 ──┼── .3 node1        1.1.1.1, 1.1.1.2 on lo
//            └── .9 node1         └── .1 router (masquerade) 192.168.7.1 ── .2 node2   1.1.1.1 on lo
//                 (down, for dso)
//
// Every host speaks IPv6 as well, at addresses of the same last number: street 2001:db8:10::/64, underlay 2001:db8:172::/64,
// node2's net 2001:db8:7::/64 (not masqueraded), endpoints 2001:db8:1::1 and ::2, proxies in 2001:db8:5::/64.
//
// Both segments are bridges in a namespace of their own, `wire`: a capture on its port u-gateway1 sees what really left
// gateway1's eth0. The underlay's MTU has room for our headers, so that TCP with segmentation offload is the same with and
// without a tunnel; paths without that room are another test's matter.

export const hosts = ['client', 'gateway1', 'gateway2', 'node1', 'router', 'node2', 'wire'] as const;
export type HostName = (typeof hosts)[number];

export type Family = 'IPv4' | 'IPv6';
export const families: readonly Family[] = ['IPv4', 'IPv6'];

const ipv4 = {
  client: '10.0.0.2',
  /** The client's other address: its route to proxies is gateway2. */
  clientByGateway2: '10.0.0.3',
  gateway1: '172.1.0.4',
  gateway2: '172.1.0.5',
  node1: '172.1.0.3',
  router: '172.1.0.1',
  node2: '192.168.7.2',
} as const;

const ipv6: Readonly<Record<keyof typeof ipv4, string>> = {
  client: '2001:db8:10::2',
  clientByGateway2: '2001:db8:10::3',
  gateway1: '2001:db8:172::4',
  gateway2: '2001:db8:172::5',
  node1: '2001:db8:172::3',
  router: '2001:db8:172::1',
  node2: '2001:db8:7::2',
};

export const addresses = ipv4;
export const addressesOf: Readonly<Record<Family, Readonly<Record<keyof typeof ipv4, string>>>> = {
  IPv4: ipv4,
  IPv6: ipv6,
};

/** An address and a port as files, tools and URLs have them. */
export function endpointOf(address: string, port: number | string): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The address of an endpoint so written. */
export function addressOf(endpoint: string): string {
  return endpoint.replace(/^\[|\]?:\d+$/g, '');
}

const ipv6Nets = { '10.0.0': '2001:db8:10:', '172.1.0': '2001:db8:172:', '192.168.7': '2001:db8:7:' } as const;
const serviceNets = { '1.1.1': '2001:db8:1:', '5.5.5': '2001:db8:5:' } as const;

/** What stands beside an IPv4 address of the lab. */
export function inIpv6(address: string): string {
  const nets: Readonly<Record<string, string>> = { ...ipv6Nets, ...serviceNets };
  const at = address.lastIndexOf('.');
  const net = nets[address.slice(0, at)];
  if (net === undefined) throw new Error(`${address} is in none of the lab's nets`);
  return `${net}:${address.slice(at + 1)}`;
}

/** Where the router's masquerading puts node2's source port; `moveNat` switches between the two. */
export const natPorts = ['20000-20099', '30000-30099'] as const;

const street = 1500;
const wideUnderlay = 1600;

interface Link {
  readonly host: HostName;
  readonly device: string;
  readonly port: string;
  readonly bridge: 'street' | 'underlay';
  readonly addresses: readonly string[];
  readonly up: boolean;
}

const links: readonly Link[] = [
  link('client', 'eth0', 'street', ['10.0.0.2', '10.0.0.3']),
  link('gateway1', 'eth1', 'street', ['10.0.0.4']),
  link('gateway2', 'eth1', 'street', ['10.0.0.5']),
  link('node1', 'eth1', 'street', ['10.0.0.9'], false),
  link('gateway1', 'eth0', 'underlay', ['172.1.0.4']),
  link('gateway2', 'eth0', 'underlay', ['172.1.0.5']),
  link('node1', 'eth0', 'underlay', ['172.1.0.3']),
  link('router', 'eth0', 'underlay', ['172.1.0.1']),
];

/** The device in `wire` that a host hangs on. */
export function portOf(bridge: Link['bridge'], host: HostName): string {
  return `${bridge[0]}-${host}`;
}

function link(host: HostName, device: string, bridge: Link['bridge'], own: readonly string[], up = true): Link {
  return { host, device, port: portOf(bridge, host), bridge, addresses: own, up };
}

export interface Cable {
  readonly port: string;
  readonly bridge: Link['bridge'];
  readonly mtu: string;
  /** Lines for `ip -batch`. */
  readonly owned: readonly string[];
  readonly routes: readonly string[];
}

/** What a gateway's device hangs on, and what the host has with it. */
export function cableOf(host: HostName, device: string, underlay = wideUnderlay): Cable {
  const found = links.find((one) => one.host === host && one.device === device);
  if (!found) throw new Error(`${host} has no ${device}`);
  const { port, bridge } = found;
  return {
    port,
    bridge,
    mtu: String(bridge === 'street' ? street : underlay),
    owned: found.addresses.flatMap((address) => owns(address, device)),
    routes: bridge === 'underlay' ? routes('5.5.5', '172.1.0.1') : [],
  };
}

/** Lines for an address in its net, and for the IPv6 one beside it. Nobody waits for duplicates to show. */
export function owns(address: string, device: string): string[] {
  return [`addr add ${address}/24 dev ${device}`, `addr add ${inIpv6(address)}/64 dev ${device} nodad`];
}

function hosted(address: string): string[] {
  return [`addr add ${address}/32 dev lo`, `addr add ${inIpv6(address)}/128 dev lo nodad`];
}

/** @param net its first three numbers, or `default` */
export function routes(net: string, via: string, more = ''): string[] {
  const [to4, to6] = net === 'default' ? ['default', 'default'] : [`${net}.0/24`, `${inIpv6(`${net}.0`)}/64`];
  return [`route add ${to4} via ${via}${more}`, `route add ${to6} via ${inIpv6(via)}${more}`];
}

export interface Batch {
  readonly host: HostName;
  readonly lines: readonly string[];
  /** `ip rule` takes the family from the command line alone. */
  readonly family?: Family;
}

/** Lines for `ip -batch`, by namespace, in order. `nameOf` gives a host's namespace, `underlay` is an MTU. */
export function networkCommands(nameOf: (host: HostName) => string, underlay = wideUnderlay): Batch[] {
  const wire = ['link set lo up'];
  for (const [bridge, mtu] of [['street', street] as const, ['underlay', underlay] as const]) {
    // No snooping: a bridge that asks for multicast members would be traffic that is neither GUE nor ARP.
    wire.push(`link add ${bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`);
    for (const one of links.filter((candidate) => candidate.bridge === bridge)) {
      wire.push(
        `link add ${one.port} mtu ${mtu} type veth peer name ${one.device} mtu ${mtu} netns ${nameOf(one.host)}`,
      );
      wire.push(`link set ${one.port} master ${bridge}`, `link set ${one.port} up`);
    }
    wire.push(`link set ${bridge} mtu ${mtu} up`);
  }
  const lan = `link add eth1 mtu ${underlay} type veth peer name eth0 mtu ${underlay} netns ${nameOf('node2')}`;
  const perHost: [HostName, string[]][] = [
    [
      'client',
      [...routes('5.5.5', '10.0.0.4'), 'rule add from 10.0.0.3 table 5', ...routes('5.5.5', '10.0.0.5', ' table 5')],
    ],
    // Without a program of ours, packets for a proxy go to the router in the clear, where a capture sees them.
    ['gateway1', routes('5.5.5', '172.1.0.1')],
    ['gateway2', routes('5.5.5', '172.1.0.1')],
    ['node1', [...hosted('1.1.1.1'), ...hosted('1.1.1.2'), ...routes('default', '172.1.0.1')]],
    ['router', [...owns('192.168.7.1', 'eth1'), 'link set eth1 up']],
    [
      'node2',
      [...hosted('1.1.1.1'), ...owns('192.168.7.2', 'eth0'), 'link set eth0 up', ...routes('default', '192.168.7.1')],
    ],
  ];
  return [
    { host: 'wire', lines: wire },
    { host: 'router', lines: [lan] },
    ...perHost.map(
      ([host, after]): Batch => ({
        host,
        lines: [
          'link set lo up',
          ...links
            .filter((one) => one.host === host)
            .flatMap((one) => [
              ...one.addresses.flatMap((address) => owns(address, one.device)),
              ...(one.up ? [`link set ${one.device} up`] : []),
            ]),
          ...after,
        ],
      }),
    ),
    { host: 'client', lines: ['rule add from 2001:db8:10::3 table 5'], family: 'IPv6' },
    // Of two addresses IPv6 would choose the later one.
    { host: 'client', lines: ['addr change 2001:db8:10::3/64 dev eth0 preferred_lft 0'] },
  ];
}

/** Written under /proc/sys/net of a host's namespace before it has interfaces. */
export function sysctlsOf(host: HostName): readonly (readonly [string, string])[] {
  // What only connects shall say nothing itself.
  return host === 'wire'
    ? [
        ['ipv6/conf/all/disable_ipv6', '1'],
        ['ipv6/conf/default/disable_ipv6', '1'],
      ]
    : sysctls;
}

const sysctls: readonly (readonly [string, string])[] = [
  ['ipv4/ip_forward', '1'],
  // Who forwards solicits no router.
  ['ipv6/conf/all/forwarding', '1'],
  ['ipv6/conf/default/accept_dad', '0'],
  // Loose: strict drops what dso sends straight to the client.
  ['ipv4/conf/all/rp_filter', '2'],
  ['ipv4/conf/default/rp_filter', '2'],
  // Replies leave with the endpoint's address; asked in its name (`tell 1.1.1.1`) no router would answer for the next hop.
  ['ipv4/conf/all/arp_announce', '2'],
  ['ipv4/conf/all/send_redirects', '0'],
  ['ipv4/conf/default/send_redirects', '0'],
];

/** The router's one rule, for the given range of source ports. */
export function masquerade(action: '-A' | '-D', ports: string): string[] {
  return [
    'iptables',
    '-w',
    '-t',
    'nat',
    action,
    'POSTROUTING',
    '-s',
    '192.168.7.0/24',
    '-o',
    'eth0',
    '-p',
    'udp',
    '-j',
    'MASQUERADE',
    '--to-ports',
    ports,
  ];
}
