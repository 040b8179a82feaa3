// The interfaces that records name, with addresses and neighbours, in this process's network namespace: a private one.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { ifindexes, nodeMac, wireMac } from './fib.ts';

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

function macText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').replace(/..\B/g, '$&:');
}
