// The host as netlink tells it, in a network namespace of the test's own.
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKernelHost } from '../../../src/datapath/kernel/host.ts';
import { openKernelDatapath } from '../../../src/datapath/kernel/open.ts';
import { netnsInode } from '../../../src/native/namespace.ts';
import { openPrivatePlace, type PrivatePlace, run, whyNoKernel } from '../../support/netns.ts';

describe.skipIf(whyNoKernel())('host', () => {
  let place: PrivatePlace;
  const host = openKernelHost();
  const name = `ti-test-${process.pid}`;
  beforeAll(() => {
    place = openPrivatePlace();
    place.addInterface('eth0');
    run('ip', 'link', 'add', 'eth0.100', 'mtu', '1400', 'type', 'veth', 'peer', 'name', 'far');
    run('ip', 'addr', 'add', '10.0.0.1/24', 'dev', 'eth0');
    run('ip', 'addr', 'add', '10.0.0.2/24', 'dev', 'eth0');
    run('ip', 'addr', 'add', '2001:db8::1/64', 'dev', 'eth0', 'nodad');
  });
  afterAll(() => place.close());

  it('interfaces › has names, MTU, state, MAC and addresses of both families, link-local ones left out', () => {
    const found = host.interfaces();
    expect(found.map((one) => one.name).sort()).toEqual(['eth0', 'eth0-far', 'eth0.100', 'far', 'lo']);
    const eth0 = found.find((one) => one.name === 'eth0');
    const mac = run('ip', '-o', 'link', 'show', 'eth0').match(/link\/ether (\S+)/)?.[1];
    expect(eth0).toMatchObject({ mtuBytes: 1500, up: true, addresses: ['10.0.0.1', '10.0.0.2', '2001:db8::1'] });
    expect(Buffer.from(eth0?.mac ?? []).toString('hex')).toBe(mac?.replaceAll(':', ''));
    expect(found.find((one) => one.name === 'eth0.100')).toMatchObject({ mtuBytes: 1400, up: false, addresses: [] });
    const lo = { mac: new Uint8Array(6), addresses: ['127.0.0.1', '::1'] };
    expect(found.find((one) => one.name === 'lo')).toMatchObject(lo);
  });

  it('defaultRouteInterface › is the one of the lowest metric', () => {
    expect(host.defaultRouteInterface()).toBeUndefined();
    run('ip', 'link', 'set', 'eth0.100', 'up');
    run('ip', 'link', 'set', 'far', 'up');
    run('ip', 'addr', 'add', '10.0.1.1/24', 'dev', 'eth0.100');
    run('ip', 'route', 'add', 'default', 'via', '10.0.1.9', 'metric', '200');
    expect(host.defaultRouteInterface()).toBe('eth0.100');
    run('ip', 'route', 'add', 'default', 'via', '10.0.0.9', 'metric', '100');
    expect(host.defaultRouteInterface()).toBe('eth0');
    run('ip', 'route', 'add', 'default', 'metric', '50', 'nexthop', 'via', '10.0.1.9', 'nexthop', 'via', '10.0.0.9');
    expect(host.defaultRouteInterface()).toBe('eth0.100');
  });

  it('route › is the kernel’s own answer', () => {
    const ifindex = (of: string) => host.interfaces().find((one) => one.name === of)?.ifindex;
    run('ip', 'route', 'add', '10.7.0.0/16', 'via', '10.0.0.9', 'mtu', '1448');
    run('ip', 'route', 'add', 'unreachable', '10.8.0.0/16');
    run('ip', 'route', 'add', 'blackhole', '10.9.0.0/16');
    run('ip', 'route', 'add', 'prohibit', '10.10.0.0/16');
    expect(host.route('10.0.0.7')).toEqual({ ifindex: ifindex('eth0'), local: false, mtuBytes: 1500 });
    expect(host.route('10.0.0.1')).toEqual({ ifindex: 1, local: true, mtuBytes: 65536 });
    expect(host.route('10.7.1.1')).toEqual({ ifindex: ifindex('eth0'), local: false, mtuBytes: 1448 });
    for (const destination of ['10.8.0.1', '10.9.0.1', '10.10.0.1', 'nonsense'])
      expect(host.route(destination)).toBeUndefined();
  });

  it('route › is the kernel’s own answer for IPv6 as well', () => {
    const ifindex = (of: string) => host.interfaces().find((one) => one.name === of)?.ifindex;
    expect(host.route('2001:db8:7::1')).toBeUndefined();
    run('ip', 'route', 'add', '2001:db8:7::/48', 'via', '2001:db8::9', 'mtu', '1400');
    run('ip', 'route', 'add', 'unreachable', '2001:db8:8::/48');
    run('ip', 'route', 'add', 'blackhole', '2001:db8:9::/48');
    run('ip', 'route', 'add', 'prohibit', '2001:db8:10::/48');
    expect(host.route('2001:db8::7')).toEqual({ ifindex: ifindex('eth0'), local: false, mtuBytes: 1500 });
    expect(host.route('2001:db8::1')).toMatchObject({ local: true });
    expect(host.route('2001:db8:7::1')).toEqual({ ifindex: ifindex('eth0'), local: false, mtuBytes: 1400 });
    for (const destination of ['2001:db8:8::1', '2001:db8:9::1', '2001:db8:10::1'])
      expect(host.route(destination)).toBeUndefined();
  });

  it('sysctl › reads this namespace’s, with dots in an interface’s name', () => {
    // Not by sysctl(8): a bare Debian has no procps.
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
    writeFileSync('/proc/sys/net/ipv4/conf/eth0.100/rp_filter', '2');
    expect(host.sysctl('net.ipv4.ip_forward')).toBe('1');
    expect(host.sysctl('net.ipv4.conf.eth0/100.rp_filter')).toBe('2');
    expect(host.sysctl('net.ipv4.conf.nothing.rp_filter')).toBeUndefined();
  });

  it('openKernelDatapath › enters the network namespace that it is given, and says so when there is none', () => {
    expect(() => openKernelDatapath({ netns: 'no-such-namespace' })).toThrow(
      expect.objectContaining({ problem: expect.objectContaining({ code: 'usage' }) }),
    );
    run('ip', 'netns', 'add', name);
    try {
      const before = netnsInode();
      const datapath = openKernelDatapath({ netns: name, bpffs: place.bpffs, runDirectory: place.runDirectory });
      expect(datapath.observe('one').netnsInode).toBe(netnsInode());
      expect(netnsInode()).not.toBe(before);
      expect(host.interfaces().map((one) => one.name)).toEqual(['lo']);
      datapath.close();
    } finally {
      run('ip', 'netns', 'del', name);
    }
  });
});
