// What is known of a host when it is examined. Everything may be unknown: a program is not installed, a file may not be read.
import type { Problem } from '../problem.ts';
import type { Direction } from '../topology/topology.ts';

export interface MachineFacts {
  readonly node: string;
  readonly kernel: string;
  readonly oldestKernel: string;
  /** Of libbpf; undefined: it cannot be loaded. */
  readonly libbpf: string | undefined;
  readonly object: { readonly path: string; readonly found: boolean };
  /** Names of those that are missing; undefined: not known. */
  readonly missingCapabilities: readonly string[] | undefined;
  readonly bpffs: { readonly path: string; readonly isMounted: boolean };
  readonly hasTcx: boolean | undefined;
  /** By sysctl's name. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  /** Bytes, of the cgroup of this process; undefined: none is set, or not known. */
  readonly memoryMaxBytes: number | undefined;
  /** Why the datapath cannot be looked at. */
  readonly refused: Problem | undefined;
  /** CLOCK_REALTIME. */
  readonly nowNs: bigint;
  /** Of the installed BPF object: the clock was right when it was made. */
  readonly builtNs: bigint | undefined;
  /** Whether the clock is kept by somebody; undefined: nobody knows. */
  readonly isClockKept: boolean | undefined;
}

export interface HookProgram {
  readonly ifindex: number;
  readonly direction: Direction;
  readonly kind: 'tcx' | 'clsact';
  readonly id: number;
  readonly name: string;
  /** Of the instance that is looked at. */
  readonly isOwn: boolean;
}

/** A way to one remote. */
export interface Neighbour {
  readonly remote: string;
  readonly nextHop: string;
  readonly device: string;
  /** As ip-neighbour(8) has it; undefined: there is no entry. */
  readonly state: string | undefined;
}

export interface UdpPort {
  /** `0.0.0.0` and `::`: any. */
  readonly ip: string;
  readonly port: number;
}

export interface NetworkFacts {
  /** By interface name: feature → on. undefined: ethtool is not there. */
  readonly offloads: Readonly<Record<string, Readonly<Record<string, boolean>>>> | undefined;
  /** Interfaces that are one end of a veth pair. */
  readonly veths: readonly string[];
  /** undefined: ip is not there. */
  readonly neighbours: readonly Neighbour[] | undefined;
  readonly udpPorts: readonly UdpPort[];
  /** Rules of nft that could meet tunnels, in words; undefined: nft is not there, or says nothing. */
  readonly filters: readonly string[] | undefined;
  /** In running order. */
  readonly programs: readonly HookProgram[];
}
