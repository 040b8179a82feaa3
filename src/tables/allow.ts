// ALLOW (gateway): prefixes from which a tunnel's pings may come, numbered from 0 without a gap.
import { layout, rawIp, u32 } from '../layout/layout.ts';
import { formatPrefix, type Prefix, readPrefix, writePrefix } from '../net/prefix.ts';
import { refer, tunnelIds } from './key-words.ts';
import type { Table } from './table.ts';
import { tunnel } from './tunnel.ts';

export const allowedPerTunnel = 8;

const key = layout('allow_key', { tunnel: u32, number: u32 });
const value = layout('allow_value', {
  ip: rawIp,
  /** Of the 128: an IPv4 /24 is 120. */
  bits: u32,
});

export type AllowKey = ReturnType<typeof key.decode>;
export type AllowValue = ReturnType<typeof value.decode>;

export const allow: Table<AllowKey, AllowValue> = {
  name: 'allow',
  title: "where a tunnel's pings may come from",
  key,
  value,
  want({ topology }, emit) {
    topology.tunnels.forEach(({ id, allowFrom }, origin) => {
      for (const [number, prefix] of allowFrom.entries()) {
        const ip = new Uint8Array(16);
        const bits = writePrefix(prefix, ip, 0);
        emit({ tunnel: id, number }, { ip, bits }, origin);
      }
    });
  },
  keyExample: '100 0',
  keyText: ({ tunnel: id, number }) => `${id} ${number}`,
  readKey: (scanner) => ({
    tunnel: scanner.number(tunnelIds),
    number: scanner.number([0, allowedPerTunnel - 1, 'which of its prefixes']),
  }),
  refers: (k) => [refer(tunnel, { id: k.tunnel })],
  owner: ({ tunnel: id }) => ({ kind: 'tunnel', id }),
  describe: (_key, v) => ({ allowFrom: [formatPrefix(prefixOf(v))] }),
  isList: true,
  show: (k, v) => ({ tunnel: k.tunnel, number: k.number, prefix: formatPrefix(prefixOf(v)) }),
};

export function prefixOf({ ip, bits }: AllowValue): Prefix {
  return readPrefix(ip, 0, bits);
}
