// Addresses that fuzzed rows and frames are made of: few, so that they meet often. What the kernel knows of them is in place.ts.
import type { Endpoint, Port } from '../../src/net/endpoint.ts';
import type { Family, Ip } from '../../src/net/ip.ts';

type Some = readonly [Ip, ...Ip[]];
const some = (...texts: [string, ...string[]]): Some => texts as [string, ...string[]] as unknown as Some;

interface Pool {
  readonly local: Some;
  readonly remote: Some;
  readonly proxy: Some;
  readonly endpoint: Some;
  readonly client: Some;
  /** Somewhere on the way. */
  readonly router: Some;
}

export const addresses: Readonly<Record<Family, Pool>> = {
  4: {
    local: some('172.16.0.1', '172.16.0.2'),
    remote: some('172.16.1.1', '172.16.1.2', '172.16.1.3', '172.16.1.4'),
    proxy: some('5.5.5.1', '5.5.5.2'),
    endpoint: some('10.0.0.1', '10.0.0.2', '10.0.0.3'),
    client: some('198.51.100.7', '198.51.100.8'),
    router: some('203.0.113.1'),
  },
  6: {
    local: some('2001:db8:1::1', '2001:db8:1::2'),
    remote: some('2001:db8:2::1', '2001:db8:2::2', '2001:db8:2::3', '2001:db8:2::4'),
    proxy: some('2001:db8:5::1', '2001:db8:5::2'),
    endpoint: some('2001:db8:a::1', '2001:db8:a::2', '2001:db8:a::3'),
    client: some('2001:db8:c::7', '2001:db8:c::8'),
    router: some('2001:db8:f::1'),
  },
};

export function at(ip: Ip, port: number): Endpoint {
  return { ip, port: port as Port };
}
