// The host beside the datapath, in the network namespace that the process is in. Reads only.
import { readFileSync } from 'node:fs';
import { linkAddresses, linkMtu, links } from '../../native/links.ts';
import { defaultRouteDevice, routeTo } from '../../native/routes.ts';
import { tcxPrograms } from '../../native/tcx.ts';
import { ipOctets, parseIp } from '../../net/ip.ts';
import type { Host, HostInterface } from '../port.ts';

const loopback = 1;

/** To be opened after the datapath, when that enters a network namespace. */
export function openKernelHost(): Host {
  return {
    interfaces(): HostInterface[] {
      const addresses = linkAddresses();
      return links().map((link) => ({ ...link, addresses: addresses.get(link.ifindex) ?? [] }));
    },
    defaultRouteInterface() {
      const ifindex = defaultRouteDevice();
      return links().find((link) => link.ifindex === ifindex)?.name;
    },
    route(destination) {
      const ip = parseIp(destination);
      const answer = ip && routeTo(ipOctets(ip));
      if (!answer) return undefined;
      const { ifindex, local, mtuBytes } = answer;
      return { ifindex, local, mtuBytes: mtuBytes ?? linkMtu(ifindex) ?? 0 };
    },
    sysctl(name) {
      // As sysctl(8): dots separate, and a dot in an interface's name is written `/`.
      const path = name.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
      try {
        return readFileSync(`/proc/sys/${path}`, 'latin1').trim();
      } catch {
        return undefined;
      }
    },
    hasTcx: () => tcxPrograms(loopback, 'ingress') !== undefined,
  };
}
