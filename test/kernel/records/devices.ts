// The interfaces that records name, with addresses and neighbours, in this process's network namespace: a private one.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { ifindexes, nodeMac, wireMac } from './fib.ts';
import type { PacketRecord } from './record.ts';

export function layDevices(): void {
  const ip = (...words: string[]): void => void execFileSync('ip', words);
  const veth = (name: string, index: number, far: string, ...words: string[]): void =>
    ip('link', 'add', name, 'index', `${index}`, ...words, 'type', 'veth', 'peer', 'name', far);
  veth('wire', ifindexes.wire, 'far', 'address', macText(wireMac));
  veth('quiet', ifindexes.quiet, 'away');
  for (const device of ['lo', 'wire', 'far', 'quiet', 'away']) ip('link', 'set', device, 'up');
  ip('address', 'add', '172.1.0.4/24', 'dev', 'wire');
  ip('address', 'add', '172.2.0.4/24', 'dev', 'quiet');
  ip('neigh', 'add', '172.1.0.3', 'lladdr', macText(nodeMac), 'dev', 'wire', 'nud', 'permanent');
  writeFileSync('/proc/sys/net/ipv4/conf/wire/forwarding', '1');
}

/** The interface that a record's packets are on, and the one through which they entered the host; 0: they are its own. */
export function placeOf({ device = 'lo', local, entry }: PacketRecord): { ifindex: number; entry: number } {
  const ifindex = ifindexes[device];
  return { ifindex, entry: local ? 0 : (entry ?? ifindex) };
}

function macText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').replace(/..\B/g, '$&:');
}
