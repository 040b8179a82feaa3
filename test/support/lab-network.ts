// The lab's network as data, and the `ip` commands that build it. Runs nothing itself.
//
//   client ──┐ street 10.0.0.0/24, MTU 1500      underlay 172.1.0.0/24, MTU 1600
//    .2 .3   ├── .4 gateway1 .4 ──┐
//            ├── .5 gateway2 .5 ──┼── .3 node1        1.1.1.1, 1.1.1.2 on lo
//            └── .9 node1         └── .1 router (masquerade) 192.168.7.1 ── .2 node2   1.1.1.1 on lo
//                 (down, for dso)
//
// Both segments are bridges in a namespace of their own, `wire`: a capture on its port u-gateway1 sees what really left
// gateway1's eth0. The underlay's MTU has room for our 52 bytes, so that TCP with segmentation offload is the same with and
// without a tunnel; paths without that room are another test's matter.

export const hosts = ['client', 'gateway1', 'gateway2', 'node1', 'router', 'node2', 'wire'] as const;
export type HostName = (typeof hosts)[number];

export const addresses = {
  client: '10.0.0.2',
  /** The client's other address: its route to proxies is gateway2. */
  clientByGateway2: '10.0.0.3',
  gateway1: '172.1.0.4',
  gateway2: '172.1.0.5',
  node1: '172.1.0.3',
  router: '172.1.0.1',
  node2: '192.168.7.2',
} as const;

/** Where the router's masquerading puts node2's source port; `moveNat` switches from the first to the second. */
export const natPorts = ['20000-20099', '30000-30099'] as const;

const street = 1500;
const wideUnderlay = 1600;

interface Link {
  readonly host: HostName;
  readonly device: string;
  readonly port: string;
  readonly bridge: 'street' | 'underlay';
  readonly cidrs: readonly string[];
  readonly up: boolean;
}

const links: readonly Link[] = [
  link('client', 'eth0', 'street', ['10.0.0.2/24', '10.0.0.3/24']),
  link('gateway1', 'eth1', 'street', ['10.0.0.4/24']),
  link('gateway2', 'eth1', 'street', ['10.0.0.5/24']),
  link('node1', 'eth1', 'street', ['10.0.0.9/24'], false),
  link('gateway1', 'eth0', 'underlay', ['172.1.0.4/24']),
  link('gateway2', 'eth0', 'underlay', ['172.1.0.5/24']),
  link('node1', 'eth0', 'underlay', ['172.1.0.3/24']),
  link('router', 'eth0', 'underlay', ['172.1.0.1/24']),
];

/** The device in `wire` that a host hangs on. */
export function portOf(bridge: Link['bridge'], host: HostName): string {
  return `${bridge[0]}-${host}`;
}

function link(host: HostName, device: string, bridge: Link['bridge'], cidrs: readonly string[], up = true): Link {
  return { host, device, port: portOf(bridge, host), bridge, cidrs, up };
}

/** Lines for `ip -batch`, by namespace, in order. `nameOf` gives a host's namespace, `underlay` is an MTU. */
export function networkCommands(nameOf: (host: HostName) => string, underlay = wideUnderlay): [HostName, string[]][] {
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
      [
        'route add 5.5.5.0/24 via 10.0.0.4',
        'rule add from 10.0.0.3 table 5',
        'route add 5.5.5.0/24 via 10.0.0.5 table 5',
      ],
    ],
    // Without a program of ours, packets for a proxy go to the router in the clear, where a capture sees them.
    ['gateway1', ['route add 5.5.5.0/24 via 172.1.0.1']],
    ['gateway2', ['route add 5.5.5.0/24 via 172.1.0.1']],
    ['node1', ['addr add 1.1.1.1/32 dev lo', 'addr add 1.1.1.2/32 dev lo', 'route add default via 172.1.0.1']],
    ['router', ['addr add 192.168.7.1/24 dev eth1', 'link set eth1 up']],
    [
      'node2',
      [
        'addr add 1.1.1.1/32 dev lo',
        'addr add 192.168.7.2/24 dev eth0',
        'link set eth0 up',
        'route add default via 192.168.7.1',
      ],
    ],
  ];
  return [
    ['wire', wire],
    ['router', [lan]],
    ...perHost.map(([host, after]): [HostName, string[]] => [
      host,
      [
        'link set lo up',
        ...links
          .filter((one) => one.host === host)
          .flatMap((one) => [
            ...one.cidrs.map((cidr) => `addr add ${cidr} dev ${one.device}`),
            ...(one.up ? [`link set ${one.device} up`] : []),
          ]),
        ...after,
      ],
    ]),
  ];
}

/** Written under /proc/sys/net of every namespace before it has interfaces. */
export const sysctls: readonly (readonly [string, string])[] = [
  // Router solicitations would be noise in the captures.
  ['ipv6/conf/all/disable_ipv6', '1'],
  ['ipv6/conf/default/disable_ipv6', '1'],
  ['ipv4/ip_forward', '1'],
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
