// A lab: hosts as network namespaces, joined as lab-network.ts says, with servers, traffic, captures and the command under
// test. Raised in about a second, used by one file of tests, destroyed with everything in it.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Capture } from './lab-capture.ts';
import {
  cableOf,
  endpointOf,
  type HostName,
  hosts,
  inIpv6,
  masquerade,
  natPorts,
  networkCommands,
  sysctlsOf,
} from './lab-network.ts';
import { type Finished, must, Running, type RunOptions, run, sleep } from './lab-process.ts';
import { clear, directoryOf, instanceOf, namespaceOf, sweep } from './lab-sweep.ts';

export type HookKind = 'tcx' | 'clsact';

export interface LabOptions {
  /** Forces the kind of hook for every command; without it the product chooses. */
  readonly hook?: HookKind;
  /** BPF object to use instead of the built one. */
  readonly object?: string;
  /** MTU of the underlay; room for our header when not given. */
  readonly underlayMtu?: number;
}

/** One end of a cable. */
export interface Plug {
  readonly host: HostName;
  readonly device: string;
  readonly mtu?: number;
  readonly cidrs: readonly string[];
}

const tool = (name: string): string => join(process.cwd(), 'test/support/tools', name);
const command = join(process.cwd(), 'dist/trueingress.cjs');

/** Why labs cannot be raised here; undefined: they can. REQUIRE_KERNEL=1 turns a reason into an error. */
export function whyNoLab(): string | undefined {
  const unbuilt = [command, 'build/tools/udp-send', 'build/tools/udp-sink'].find((path) => !existsSync(path));
  const reason = process.getuid?.() !== 0 ? 'not root' : unbuilt && `no ${unbuilt}: run make test`;
  if (reason === undefined) return undefined;
  if (process.env.REQUIRE_KERNEL === '1') throw new Error(`lab tests may not be skipped: ${reason}`);
  console.warn(`lab tests skipped: ${reason}`);
  return reason;
}

export async function raiseLab(options: LabOptions = {}): Promise<Lab> {
  const reason = whyNoLab();
  if (reason !== undefined) throw new Error(`a lab cannot be raised: ${reason}`);
  await sweep(hosts);
  const lab = new Lab(process.pid, options);
  try {
    await lab.raise();
    return lab;
  } catch (error) {
    await lab.destroy();
    throw error;
  }
}

export class Lab {
  readonly directory: string;
  readonly bpffs: string;
  readonly #pid: number;
  readonly #options: LabOptions;
  readonly #running = new Set<Running>();
  #captures = 0;
  #natMoves = 0;

  constructor(pid: number, options: LabOptions) {
    this.#pid = pid;
    this.#options = options;
    this.directory = directoryOf(pid);
    this.bpffs = join(this.directory, 'bpf');
  }

  async raise(): Promise<void> {
    mkdirSync(this.bpffs, { recursive: true });
    await must(['mount', '-t', 'bpf', 'bpf', this.bpffs]);
    for (const host of hosts) await must(['ip', 'netns', 'add', namespaceOf(this.#pid, host)]);
    await Promise.all(
      hosts.map(async (host) => {
        const lines = sysctlsOf(host).map(([name, value]) => `echo ${value} >/proc/sys/net/${name}`);
        await this.exec(host, ['sh', '-c', lines.join(';')]);
      }),
    );
    const batches = networkCommands((name) => namespaceOf(this.#pid, name), this.#options.underlayMtu);
    for (const { host, lines, family } of batches) {
      const ip = ['ip', ...(family === 'IPv6' ? ['-6'] : []), '-n', namespaceOf(this.#pid, host), '-batch', '-'];
      await must(ip, { input: `${lines.join('\n')}\n` });
    }
    await this.exec('router', masquerade('-A', natPorts[0]));
    await Promise.all([
      this.serve('node1', ['1.1.1.1', '1.1.1.2'], [4000, 4001]),
      this.serve('node2', ['1.1.1.1'], [4000]),
    ]);
  }

  /** Instance name that the host's topology must carry. */
  instance(host: HostName): string {
    return instanceOf(this.#pid, host);
  }

  enter(host: HostName): string[] {
    // Not `ip netns exec`, which mounts a new /sys and hides bpffs.
    return ['nsenter', `--net=/run/netns/${namespaceOf(this.#pid, host)}`];
  }

  /** Runs on a host to the end and wants exit code 0. */
  async exec(host: HostName, argv: readonly string[]): Promise<string> {
    return await must([...this.enter(host), ...argv]);
  }

  /** Starts on a host; ended by `destroy` at the latest. */
  spawn(host: HostName, argv: readonly string[], options: RunOptions = {}): Running {
    const running = new Running([...this.enter(host), ...argv], options);
    this.#running.add(running);
    void running.done.catch(() => undefined).finally(() => this.#running.delete(running));
    return running;
  }

  /** The command under test, on a host. Never throws: the exit code is part of what is tested. */
  async trueingress(host: HostName, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return await run([...this.enter(host), ...this.commandLine(args)], {
      ...options,
      env: { ...this.environment, ...options.env },
    });
  }

  commandLine(args: readonly string[]): string[] {
    return [process.execPath, command, ...args, '--bpffs', this.bpffs];
  }

  get environment(): Record<string, string> {
    return {
      NO_COLOR: '1',
      TRUEINGRESS_RUN_DIR: join(this.directory, 'run'),
      TRUEINGRESS_STATE_DIR: join(this.directory, 'state'),
      ...(this.#options.hook !== undefined && { TRUEINGRESS_HOOK: this.#options.hook }),
      ...(this.#options.object !== undefined && { TRUEINGRESS_OBJECT: this.#options.object }),
    };
  }

  /** Writes a file into the lab's directory and returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.directory, name);
    writeFileSync(path, content);
    return path;
  }

  async capture(host: HostName, device: string, filter = ''): Promise<Capture> {
    this.#captures++;
    return await Capture.start(
      this.enter(host),
      device,
      join(this.directory, `capture-${this.#captures}.pcap`),
      filter,
    );
  }

  /** Pages at each address, and at the IPv6 one beside it. */
  private async serve(host: HostName, own: readonly string[], ports: readonly number[]): Promise<void> {
    const endpoints = own
      .flatMap((address) => [address, inIpv6(address)])
      .flatMap((address) => ports.map((port) => endpointOf(address, port)));
    const server = this.spawn(host, [process.execPath, tool('server.mjs'), host, ...endpoints]);
    for (const endpoint of endpoints) await server.says(`listening on ${endpoint}`);
  }

  /**
   * The NAT in front of node2 forgets its mappings and makes new ones elsewhere: in the other of two ranges of ports, by turns. Taking the outer address away and giving it
   * back is what makes the kernel drop masqueraded connections; there is no other door without the conntrack tool.
   */
  async moveNat(): Promise<void> {
    const [from, to] = this.#natMoves++ % 2 === 0 ? natPorts : ([natPorts[1], natPorts[0]] as const);
    await this.exec('router', masquerade('-D', from));
    await this.exec('router', masquerade('-A', to));
    await this.exec('router', ['ip', 'address', 'delete', '172.1.0.1/24', 'dev', 'eth0']);
    await this.exec('router', ['ip', 'address', 'add', '172.1.0.1/24', 'dev', 'eth0']);
    // The kernel drops them in a work queue.
    await sleep(50);
  }

  /** A cable between two hosts, up at both ends. */
  async connect(left: Plug, right: Plug): Promise<void> {
    const peer = ['peer', 'name', right.device, 'mtu', String(right.mtu ?? 1500)];
    await this.ip(
      left.host,
      ['link', 'add', left.device, 'mtu', String(left.mtu ?? 1500), 'type', 'veth', ...peer].concat(
        'netns',
        namespaceOf(this.#pid, right.host),
      ),
    );
    for (const { host, device, cidrs } of [left, right]) {
      for (const cidr of cidrs)
        await this.ip(host, ['address', 'add', cidr, 'dev', device, ...(cidr.includes(':') ? ['nodad'] : [])]);
      await this.ip(host, ['link', 'set', device, 'up']);
    }
  }

  /** A host's cable is taken away with its device, and another one put in: the same name, port, addresses and routes. */
  async replug(host: HostName, device: string): Promise<void> {
    await this.ip(host, ['link', 'delete', device]);
    const { port, bridge, mtu, owned, routes } = cableOf(host, device, this.#options.underlayMtu);
    await this.ip(
      host,
      ['link', 'add', device, 'mtu', mtu, 'type', 'veth', 'peer', 'name', port, 'mtu', mtu].concat(
        'netns',
        namespaceOf(this.#pid, 'wire'),
      ),
    );
    await this.ip('wire', ['link', 'set', port, 'master', bridge, 'up']);
    const lines = [...owned, `link set ${device} up`, ...routes];
    await must(['ip', '-n', namespaceOf(this.#pid, host), '-batch', '-'], { input: `${lines.join('\n')}\n` });
  }

  async ip(host: HostName, words: readonly string[]): Promise<string> {
    return await this.exec(host, ['ip', ...words]);
  }

  /** One datagram with these bytes, from whatever address and port the host chooses. */
  async datagram(host: HostName, address: string, port: number, bytes: Uint8Array): Promise<void> {
    const file = this.write('datagram', bytes);
    await this.exec(host, ['bash', '-c', `cat ${file} >/dev/udp/${address}/${port}`]);
  }

  /** node1's own link to the client's segment, which dso replies take. */
  async openDirectLink(): Promise<void> {
    await this.exec('node1', ['ip', 'link', 'set', 'eth1', 'up']);
  }

  async closeDirectLink(): Promise<void> {
    await this.exec('node1', ['ip', 'link', 'set', 'eth1', 'down']);
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.end('SIGTERM', 500)));
    await clear(this.#pid, hosts);
  }
}
