// A host in memory on which whole commands are run: files, variables, a clock, a fake kernel that outlives each command.
import type { Environment, KernelOptions, UdpSocket } from '../../../src/cli/environment.ts';
import type { Machine } from '../../../src/cli/machine.ts';
import { runCommandLine } from '../../../src/cli/run.ts';
import { openSchemas } from '../../../src/cli/schema-shelf.ts';
import { type MemoryDatapath, type MemoryOptions, openMemoryDatapath } from '../../../src/datapath/memory/datapath.ts';
import { createMemoryHost, type HostSpec } from '../../../src/datapath/memory/host.ts';
import { createMemoryWorld, type MemoryWorld } from '../../../src/datapath/memory/world.ts';
import type { Commit } from '../../../src/history/entry.ts';
import { timerFile } from '../../../src/history/pending.ts';
import { schemaDirectory } from '../../../src/paths.ts';
import type { FileReader } from '../../../src/topology/sources.ts';
import { createMemoryFiles } from '../../support/private-files.ts';

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Datagram {
  readonly from: string;
  readonly to: string;
  readonly payload: Uint8Array;
}

export interface TestHostOptions {
  readonly terminal?: boolean;
  readonly answer?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly memory?: MemoryOptions;
  readonly host?: HostSpec;
  readonly environment?: Partial<Environment>;
}

/** A host about whose addresses, routes and forwarding nobody complains. */
const quietHost: HostSpec = {
  routes: [
    { prefix: '0.0.0.0/0', ifindex: 2, mtuBytes: 1500 },
    // Where the texts below have their tunnels.
    { prefix: '172.1.0.3/32', ifindex: 2, local: true },
    { prefix: '172.1.0.4/32', ifindex: 2, local: true },
  ],
};

export class TestHost {
  readonly world: MemoryWorld;
  readonly files = new Map<string, string>();
  readonly datagrams: Datagram[] = [];
  /** What the service manager was told. */
  readonly notified: string[] = [];
  /** By path, what commands wrote through sinks; `-` is standard output. */
  readonly written = new Map<string, Buffer>();
  /** What the last command asked of the kernel. */
  datapath: MemoryDatapath | undefined;
  opened: KernelOptions | undefined;
  question: string | undefined;
  readonly state = createMemoryFiles('/var/lib/trueingress');
  readonly runtime = createMemoryFiles('/run/trueingress');
  /** CLOCK_BOOTTIME, which a test moves. */
  boottimeNs = 5_000_000_000_000n;
  bootId = 'this-boot';
  hostName = 'host-1';
  commit: Commit | undefined;
  readonly unwritable = new Set<string>();
  /** Words of the timers that were started; whether they live. */
  readonly timers: (readonly string[])[] = [];
  timersLive = true;
  /** Where sockets of daemons are; no command finds those of the machine that tests run on. */
  runDirectory = '/run/trueingress/of-no-test';
  /** Called with what each command opens. */
  onOpen: (datapath: MemoryDatapath) => void = () => {};
  /** What a probe's command does. */
  shell: Machine['runShell'] = async () => ({ succeeded: false, said: 'no' });
  #ids = 0;

  constructor(interfaces: readonly string[] = ['eth0']) {
    const listed = interfaces.map((name, at) => ({ name, ifindex: at + 2 }));
    this.world = createMemoryWorld({ interfaces: listed, tcx: true });
  }

  async run(words: readonly string[], options: TestHostOptions = {}): Promise<Finished> {
    let stdout = '';
    let stderr = '';
    const isTerminal = options.terminal ?? false;
    const out = {
      isTerminal,
      write: (text: string) => {
        stdout += text;
      },
    };
    const err = {
      isTerminal,
      write: (text: string) => {
        stderr += text;
      },
    };
    const code = await runCommandLine(words, {
      ...this.#environment(options),
      stdout: out,
      stderr: err,
      ...options.environment,
    });
    return { code, stdout, stderr };
  }

  /** Of a command that answers in JSON: the one document on stdout. */
  async json(
    words: readonly string[],
    options: TestHostOptions = {},
  ): Promise<Record<string, unknown> & { exitCode: number }> {
    const { stdout, code } = await this.run([...words, '--json'], options);
    const document = JSON.parse(stdout);
    if (document.exitCode !== code) throw new Error(`exit code ${code}, document says ${document.exitCode}`);
    return document;
  }

  /** For what goes on beside commands. */
  environment(options: TestHostOptions = {}): Environment {
    return { ...this.#environment(options), ...options.environment };
  }

  #environment(options: TestHostOptions): Environment {
    let now = 1_000_000_000n;
    return {
      stdout: { isTerminal: false, write: () => {} },
      stderr: { isTerminal: false, write: () => {} },
      canAsk: options.terminal ?? false,
      ask: async (question) => {
        this.question = question;
        return options.answer;
      },
      variables: { TRUEINGRESS_RUN_DIR: this.runDirectory, ...options.variables },
      files: this.#reader(),
      monotonicNs: () => {
        now += 1_000_000n;
        return now;
      },
      realtimeNs: () => 1_700_000_000_000_000_000n,
      openDatapath: async (opened) => {
        this.opened = opened;
        this.datapath = openMemoryDatapath(this.world, options.memory);
        this.onOpen(this.datapath);
        return this.datapath;
      },
      openHost: async () => createMemoryHost(this.world, options.host ?? quietHost),
      machine: async () => this.#machine(),
      buildDigest: async () => new Uint8Array(32).fill(7),
      versions: async () => ({
        version: '1.2.3',
        node: '20.0.0',
        kernel: '6.12',
        oldestKernel: '6.1',
        object: { path: 'x.o', digest: 'abcdef0123456789' },
      }),
      schemas: async () => openSchemas(schemaDirectory()),
      ownSession: async () => undefined,
      machineFacts: async (path) => ({
        node: '20.19.0',
        kernel: '6.12.1',
        oldestKernel: '6.1',
        libbpf: '1.1',
        object: { path: 'x.o', found: true },
        missingCapabilities: [],
        bpffs: { path, isMounted: true },
        settings: { 'net.core.bpf_jit_enable': '1', 'kernel.unprivileged_bpf_disabled': '2' },
        memoryMaxBytes: undefined,
        builtNs: 1_600_000_000_000_000_000n,
        isClockKept: true,
      }),
      networkFacts: async () => ({ offloads: {}, veths: [], neighbours: [], udpPorts: [], filters: [], programs: [] }),
      openLinkEvents: async () => ({ changed: () => new Set(), close: () => {} }),
      openNotifier: async (socket) => ({
        send: (lines) => this.notified.push(`${socket} ${lines.join(' ')}`),
        close: () => this.notified.push(`${socket} closed`),
      }),
      openUdp: async (ip, port) => this.#socket(`${ip}:${port}`),
      openSink: async (path) => ({
        isTerminal: path === '-' && (options.terminal ?? false),
        write: (bytes) => {
          const before = this.written.get(path) ?? Buffer.alloc(0);
          this.written.set(path, Buffer.concat([before, bytes]));
        },
        flush: () => 'empty',
        close: () => {},
      }),
      terminalSize: async () => ({ rows: 24, columns: 80 }),
      catchStop: () => ({ pause: async () => 'stopped', release: () => {} }),
      onHangup: () => () => {},
      random: () => 0.5,
    };
  }

  #machine(): Machine {
    return {
      state: () => this.state,
      runtime: () => this.runtime,
      hostName: () => this.hostName,
      bootId: () => this.bootId,
      boottimeNs: () => this.boottimeNs,
      randomId: () => String(++this.#ids).padStart(32, '0'),
      who: () => ({ user: 'root', sudoUser: 'anna', sshClient: '192.0.2.7', parent: 'bash' }),
      createFile: (path, text) => {
        if (this.files.has(path)) throw Object.assign(new Error('EEXIST'), { code: 'EEXIST' });
        if (this.unwritable.has(path)) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
        this.files.set(path, text);
      },
      commitOf: async () => this.commit,
      startTimer: async (words, id) => {
        this.timers.push(words);
        this.runtime.write(timerFile(String(words[words.indexOf('-i') + 1])), `${id} 4711 1\n`);
        return 'process 4711';
      },
      isRunning: () => this.timersLive,
      self: () => ({ pid: 4711, startedAt: '1' }),
      runShell: (command, timeoutMs, goesOn) => this.shell(command, timeoutMs, goesOn),
      writePrivately: (path, text) => {
        if (this.unwritable.has(path)) throw Object.assign(new Error('EACCES: on purpose'), { code: 'EACCES' });
        this.files.set(path, text);
      },
      rewrite: (path, text) => {
        if (this.unwritable.has(path)) throw Object.assign(new Error('EACCES: on purpose'), { code: 'EACCES' });
        this.files.set(path, text);
      },
      ignoreHangup: () => {},
    };
  }

  #socket(from: string): UdpSocket {
    return {
      send: async (payload, ip, port) => {
        this.datagrams.push({ from, to: `${ip}:${port}`, payload });
      },
      close: () => {},
    };
  }

  #reader(): FileReader {
    const missing = { fault: 'missing', detail: 'does not exist' } as const;
    return {
      kindOf: (path) => (this.files.has(path) ? 'file' : missing),
      namesIn: () => [...this.files.keys()],
      read: (path) => {
        const text = this.files.get(path);
        return text === undefined ? missing : { bytes: Buffer.from(text), isWorldReadable: false };
      },
      readInput: () => Buffer.from(this.files.get('-') ?? ''),
    };
  }
}

export const gatewayText = `apiVersion: trueingress/v1
name: epic-1
role: gateway
interfaces: [eth0]
tunnels:
  - id: 100
    local: 172.1.0.4:6080
    remote: 172.1.0.3:6080
  - id: 101
    local: 172.1.0.4:6080
    remote: learned
services:
  - name: web
    group: 2
    id: 1
    protocol: tcp
    proxy: 5.5.5.5:3100
    tunnel: 100
    key: Pa55w0rd1234567
  - name: dns
    group: 2
    id: 2
    protocol: udp
    proxy: 5.5.5.5:53
    tunnel: 101
    key: other-key
`;

export const nodeText = `apiVersion: trueingress/v1
name: node-1
role: node
interfaces: [eth0]
tunnels:
  - id: 100
    local: 172.1.0.3:6080
    remote: 172.1.0.4:6080
    remoteId: 7
  - id: 200
    local: 172.1.0.3:6080
    remote: 172.1.0.5:6080
services:
  - name: web
    group: 2
    id: 1
    protocol: tcp
    proxy: 5.5.5.5:3100
    endpoint: 1.1.1.1:4000
    tunnel: [100, 200]
    key: Pa55w0rd1234567
`;

/** A host on which the gateway's file was applied. */
export async function appliedGateway(): Promise<TestHost> {
  const host = new TestHost();
  host.files.set('gateway.yaml', gatewayText);
  const { code, stderr } = await host.run(['apply', '-f', 'gateway.yaml']);
  if (code !== 0) throw new Error(stderr);
  return host;
}

export async function appliedNode(): Promise<TestHost> {
  const host = new TestHost();
  host.files.set('node.yaml', nodeText);
  const { code, stderr } = await host.run(['apply', '-f', 'node.yaml']);
  if (code !== 0) throw new Error(stderr);
  return host;
}
