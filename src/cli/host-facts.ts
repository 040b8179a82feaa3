// Facts for `doctor`, gathered from procfs, sysfs and the usual programs; nothing is changed. Whatever cannot be asked is unknown.
// Programs are started in the network namespace that this process is in.
import { execFile } from 'node:child_process';
import { readFileSync, statfsSync, statSync } from 'node:fs';
import type { HookProgram, MachineFacts, Neighbour, NetworkFacts, UdpPort } from '../doctor/facts.ts';
import { ipFromOctets, mappedIpv4 } from '../net/ip.ts';
import type { Versions } from '../report/version.ts';

export type GatheredMachine = Omit<MachineFacts, 'hasTcx' | 'refused' | 'nowNs'>;

const bpffsMagic = 0xcafe4a11;
const settings = ['net.core.bpf_jit_enable', 'kernel.unprivileged_bpf_disabled'] as const;

export async function gatherMachine(versions: Versions, bpffs: string): Promise<GatheredMachine> {
  const { node, kernel, oldestKernel, object } = versions;
  return {
    node,
    kernel,
    oldestKernel,
    object: { path: object.path, found: object.digest !== undefined },
    libbpf: await known(async () => (await import('../native/libbpf.ts')).libbpf.versionString().replace(/^v/, '')),
    missingCapabilities: await known(async () => (await import('../native/process.ts')).missingCapabilities()),
    bpffs: { path: bpffs, isMounted: (await known(async () => statfsSync(bpffs).type === bpffsMagic)) ?? false },
    settings: Object.fromEntries(settings.map((name) => [name, read(`/proc/sys/${name.replaceAll('.', '/')}`)])),
    memoryMaxBytes: memoryMax(),
    builtNs: await known(async () => BigInt(Math.floor(statSync(object.path).mtimeMs)) * 1_000_000n),
    isClockKept: clockKept(await output('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'])),
  };
}

/** The most that any of the cgroups around this process allows. */
function memoryMax(): number | undefined {
  const path = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1];
  if (path === undefined) return undefined;
  const parts = path.split('/').filter((part) => part !== '');
  const limits = parts.flatMap((_, at) => {
    const text = read(`/sys/fs/cgroup/${parts.slice(0, at + 1).join('/')}/memory.max`);
    return text !== undefined && /^\d+$/.test(text) ? [Number(text)] : [];
  });
  return limits.length ? Math.min(...limits) : undefined;
}

function clockKept(said: string | undefined): boolean | undefined {
  const word = said?.trim();
  return word === 'yes' ? true : word === 'no' ? false : undefined;
}

export interface NetworkQuestion {
  /** Names. */
  readonly interfaces: readonly string[];
  /** IP addresses. */
  readonly remotes: readonly string[];
}

export type GatheredNetwork = Omit<NetworkFacts, 'programs'> & {
  readonly programs: readonly Omit<HookProgram, 'isOwn'>[];
};

export async function gatherNetwork({ interfaces, remotes }: NetworkQuestion): Promise<GatheredNetwork> {
  return {
    offloads: await offloadsOf(interfaces),
    veths: await vethsOf(interfaces),
    neighbours: await neighboursOf(remotes),
    udpPorts: [...udpPorts('udp'), ...udpPorts('udp6')],
    filters: filtersIn(await output('nft', ['list', 'ruleset'])),
    programs: (await known(attachedByAll)) ?? [],
  };
}

const offloadNames: Readonly<Record<string, string>> = {
  'tcp-segmentation-offload': 'tso',
  'generic-segmentation-offload': 'gso',
  'generic-receive-offload': 'gro',
  'large-receive-offload': 'lro',
  'tx-udp-segmentation': 'uso',
};

async function offloadsOf(interfaces: readonly string[]): Promise<NetworkFacts['offloads']> {
  const found: Record<string, Record<string, boolean>> = {};
  for (const name of interfaces) {
    const text = await output('ethtool', ['-k', name]);
    if (text === undefined) continue;
    const features = [...text.matchAll(/^([a-z-]+): (on|off)/gm)];
    found[name] = Object.fromEntries(
      features.flatMap(([, feature = '', state]) => {
        const short = offloadNames[feature];
        return short === undefined ? [] : [[short, state === 'on']];
      }),
    );
  }
  return Object.keys(found).length ? found : undefined;
}

async function vethsOf(interfaces: readonly string[]): Promise<string[]> {
  const drivers = await Promise.all(interfaces.map((name) => output('ethtool', ['-i', name])));
  return interfaces.filter((_, at) => drivers[at]?.startsWith('driver: veth\n'));
}

/** Hosts with many remotes would be asked for long. */
const remotesAsked = 32;

async function neighboursOf(remotes: readonly string[]): Promise<Neighbour[] | undefined> {
  if (remotes.length === 0) return [];
  const table = await output('ip', ['-j', 'neighbour', 'show']);
  if (table === undefined) return undefined;
  const entries = listIn(table).map(({ dst, dev, state }) => ({
    dst,
    dev,
    state: Array.isArray(state) ? String(state[0]) : undefined,
  }));
  const found: Neighbour[] = [];
  for (const remote of [...new Set(remotes)].slice(0, remotesAsked)) {
    const [route] = listIn((await output('ip', ['-j', 'route', 'get', remote])) ?? '[]');
    if (typeof route?.dev !== 'string' || route.type === 'local') continue;
    const nextHop = typeof route.gateway === 'string' ? route.gateway : remote;
    const entry = entries.find(({ dst, dev }) => dst === nextHop && dev === route.dev);
    found.push({ remote, nextHop, device: route.dev, state: entry?.state });
  }
  return found;
}

function listIn(text: string): Readonly<Record<string, unknown>>[] {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

/** `00000000:17C0`: 32-bit words in the machine's order, the port as a number. */
function udpPorts(table: 'udp' | 'udp6'): UdpPort[] {
  return (read(`/proc/self/net/${table}`) ?? '')
    .split('\n')
    .slice(1)
    .flatMap((line): UdpPort[] => {
      const [address = '', port = ''] = line.trim().split(/\s+/)[1]?.split(':') ?? [];
      const words = address.match(/.{8}/g);
      if (!words) return [];
      const ip = ipFromOctets(Buffer.concat(words.map((word) => Buffer.from(word, 'hex').reverse())));
      return [{ ip: mappedIpv4(ip) ?? ip, port: Number.parseInt(port, 16) }];
    });
}

/** Only what is usually in the way: chains that drop what nobody let through, and rules that drop what conntrack calls invalid. */
function filtersIn(ruleset: string | undefined): string[] | undefined {
  if (ruleset === undefined) return undefined;
  const found: string[] = [];
  let chain = '';
  for (const line of ruleset.split('\n')) {
    chain = /^\s*chain (\S+)/.exec(line)?.[1] ?? chain;
    const hook = /hook (input|forward|output) .*policy drop/.exec(line)?.[1];
    if (hook) found.push(`chain ${chain} (${hook}) drops what no rule accepts: packets out of tunnels need one`);
    if (/ct state [^;]*\binvalid\b.*\bdrop\b/.test(line))
      found.push(`chain ${chain} drops what conntrack calls invalid: of dso services it sees one direction only`);
  }
  return found;
}

async function attachedByAll(): Promise<Omit<HookProgram, 'isOwn'>[]> {
  const { attachedPrograms } = await import('../datapath/kernel/hooks.ts');
  const { openProgramById, programInfo, withDescriptor } = await import('../native/descriptors.ts');
  return attachedPrograms().map(({ ifindex, direction, kind, programId: id }) => {
    const fd = openProgramById(id);
    return { ifindex, direction, kind, id, name: fd === undefined ? '' : withDescriptor(fd, programInfo).name };
  });
}

/** undefined: it cannot be asked. */
async function known<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch {
    return undefined;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

const patienceMs = 3000;

/** undefined: there is no such program, or it failed. */
async function output(program: string, words: readonly string[]): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const options = { encoding: 'utf8', timeout: patienceMs, maxBuffer: 16 * 2 ** 20 } as const;
    execFile(program, [...words], options, (error, stdout) => resolve(error ? undefined : stdout));
  });
}
