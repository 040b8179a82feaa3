// Everything that a command may touch beside its arguments: streams, clock, files, kernel. Given from outside, so that
// tests run whole commands against the memory datapath. process.ts has the real one.
import type { Datapath, Host } from '../datapath/port.ts';
import type { Session } from '../reconcile/own-session.ts';
import type { ScreenSize } from '../report/screen.ts';
import type { Versions } from '../report/version.ts';
import type { FileReader } from '../topology/sources.ts';
import type { GatheredMachine, GatheredNetwork, NetworkQuestion } from './host-facts.ts';
import type { Machine } from './machine.ts';
import type { SchemaShelf } from './schema-shelf.ts';

/** A stream that text is written to. */
export interface Output {
  readonly isTerminal: boolean;
  /** Whether it goes to systemd's journal, which takes a line's priority from `<N>` before it (sd-daemon(3)). */
  readonly isJournal?: boolean;
  /** Why the text could not be written to its end (a full disk); undefined: it was, or its reader went away. */
  readonly fault?: string | undefined;
  /** Whether its reader went away: who goes on for ever may stop then. */
  readonly isGone?: boolean;
  /** Never throws; a reader that went away is not an error. */
  write(text: string): void;
}

/** Bytes that go out as fast as their reader takes them. */
export interface Sink {
  readonly isTerminal: boolean;
  /** Why it takes no more (a full disk); undefined: it does, or its reader went away. */
  readonly fault?: string | undefined;
  /** Keeps them until `flush`. What comes after its reader went away is forgotten. */
  write(bytes: Uint8Array): void;
  /** Sends what goes out without waiting. `waiting`: some is left; `gone`: nobody reads it any more. */
  flush(): 'empty' | 'waiting' | 'gone';
  close(): void;
}

export interface KernelOptions {
  /** Mount point of bpffs; undefined: the usual one. */
  readonly bpffs: string | undefined;
  /** Where locks are; undefined: the usual place. */
  readonly runDirectory: string | undefined;
  /** Name or path of the network namespace to work in; undefined: the caller's. */
  readonly netns: string | undefined;
}

/** A UDP socket bound to a local endpoint. */
export interface UdpSocket {
  send(payload: Uint8Array, ip: string, port: number): Promise<void>;
  close(): void;
}

export interface LinkHints {
  /** Indexes about which there were messages since the last call; `unknown`: some were lost. */
  changed(): ReadonlySet<number> | 'unknown';
  close(): void;
}

export interface Stop {
  /** Resolves after `ms`, or at once when the user has asked to stop. */
  pause(ms: number): Promise<'elapsed' | 'stopped'>;
  /** Signals end the process again. */
  release(): void;
}

export interface Environment {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether somebody sits there who could answer. */
  readonly canAsk: boolean;
  /** The answer's first line; undefined: no answer came. */
  ask(question: string): Promise<string | undefined>;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly files: FileReader;
  /** CLOCK_MONOTONIC in nanoseconds, as the datapath stamps. */
  monotonicNs(): bigint;
  /** CLOCK_REALTIME in nanoseconds. */
  realtimeNs(): bigint;
  /** Throws Refusal (no-libbpf, no-bpffs, not-permitted). Enters the namespace, so it comes before `openHost`. */
  openDatapath(options: KernelOptions): Promise<Datapath>;
  openHost(): Promise<Host>;
  /** Private files, processes, the clock that nobody sets. */
  machine(): Promise<Machine>;
  /** SHA-256 of the BPF object that a new generation would load. Throws Refusal. */
  buildDigest(): Promise<Uint8Array>;
  versions(): Promise<Versions>;
  /** The JSON Schemas that are shipped with this command. */
  schemas(): Promise<SchemaShelf>;
  /** The ssh connection that the caller sits behind, also through sudo; undefined: none. */
  ownSession(): Promise<Session | undefined>;
  /** Of the machine, for `doctor`. */
  machineFacts(bpffs: string): Promise<GatheredMachine>;
  /** Of the network namespace that the datapath entered. */
  networkFacts(question: NetworkQuestion): Promise<GatheredNetwork>;
  openUdp(ip: string, port: number): Promise<UdpSocket>;
  /** Hints that interfaces or addresses changed, in the namespace that the datapath entered. */
  openLinkEvents(): Promise<LinkHints>;
  /** Words to the service manager whose socket this is. Throws KernelError, RangeError. */
  openNotifier(socket: string): Promise<{ send(lines: readonly string[]): void; close(): void }>;
  /** `-`: stdout. Throws Refusal `usage` where the path cannot be written. */
  openSink(path: string): Promise<Sink>;
  /** From now on a request to stop (SIGINT, SIGTERM, and the key, if somebody sits at a terminal) ends pauses instead of the process. */
  catchStop(also?: { readonly key: string }): Stop;
  /** SIGHUP calls `act` instead of ending the process; the returned function takes that back. */
  onHangup(act: () => void): () => void;
  /** Of stdout. */
  terminalSize(): Promise<ScreenSize>;
  /** Between 0 and 1. */
  random(): number;
}
