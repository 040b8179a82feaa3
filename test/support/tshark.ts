// tshark, asked for fields of a capture file with the dissector of this tree. Debian package tshark; scripts/install-deps.sh.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const dissector = join(process.cwd(), 'share/wireshark/trueingress-gue.lua');

export function whyNoTshark(): string | undefined {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    const reason = 'no tshark on this machine: make deps';
    if (process.env.CI === 'true') throw new Error(`tests with tshark may not be skipped: ${reason}`);
    console.warn(`tests with tshark skipped: ${reason}`);
    return reason;
  }
}

export interface TsharkOptions {
  /** `-o name:value` each. */
  readonly preferences?: readonly string[];
}

/** For each packet, each field's values in the order of the packet. Fields that a packet has not are missing. */
export function tsharkFields<Name extends string>(
  file: string,
  names: readonly Name[],
  { preferences = [] }: TsharkOptions = {},
): Partial<Record<Name, readonly string[]>>[] {
  const lines = tshark(file, [
    // Every fragment by itself.
    ...['ip.defragment:FALSE', 'ipv6.defragment:FALSE', ...preferences].flatMap((one) => ['-o', one]),
    ...['-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=a', '-E', 'aggregator=|'],
    ...names.flatMap((name) => ['-e', name]),
  ]).split('\n');
  return lines.slice(0, -1).map((line) => {
    const values = line.split('\t');
    const fields: Partial<Record<Name, readonly string[]>> = {};
    names.forEach((name, at) => {
      if (values[at]) fields[name] = values[at].split('|');
    });
    return fields;
  });
}

export function tshark(file: string, options: readonly string[]): string {
  return execFileSync('tshark', ['-X', `lua_script:${dissector}`, '-n', '-r', file, ...options], {
    encoding: 'utf8',
    // It warns of being root.
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 28,
  });
}
