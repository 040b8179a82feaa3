// What the model asks of its tables: rows and what was learned, in the words of PROTOCOL.md section 3. How they are stored, and
// what becomes of a packet, is not known here.
import type { Endpoint, Port } from '../../net/endpoint.ts';
import type { Ip } from '../../net/ip.ts';
import type { Prefix } from '../../net/prefix.ts';

/** What the object was loaded with (DATAPATH.md section 1). */
export interface ModelFeatures {
  readonly ipv6: boolean;
  readonly via: boolean;
  readonly short: boolean;
  readonly echo: boolean;
}

export interface ModelTunnel {
  readonly id: number;
  /** Wall time, ns. */
  readonly epoch: bigint;
  readonly local: Endpoint;
  readonly remote: Endpoint | 'learned';
  /** The far end's number for it. */
  readonly remoteId: number;
  /** Of the longest outer packet. */
  readonly mtuBytes: number;
  /** Header without service and key. */
  readonly short: boolean;
  /** Data only from the remote itself. */
  readonly strict: boolean;
  /** Outer source port by chance, as far as the model knows. */
  readonly hashPort: boolean;
  /** 16 bytes; undefined: signed pings are refused. */
  readonly signKey: Uint8Array | undefined;
  readonly signRequired: boolean;
  /** Where pings may come from; undefined: from anywhere. */
  readonly allow: readonly Prefix[] | undefined;
  /** 0: any number. */
  readonly movesPerMinute: number;
}

export interface ModelIdentity {
  readonly group: number;
  readonly service: number;
}

/** What a key belongs to. */
export interface ModelKeyed extends ModelIdentity {
  /** 16 bytes. */
  readonly key: Uint8Array;
}

export interface ModelService extends ModelKeyed {
  /** Accepted as well, never sent. */
  readonly previousKey: Uint8Array | undefined;
  readonly protocol: number;
  readonly proxy: Endpoint;
  /** On a node: where the server is; undefined: nobody said. */
  readonly endpoint: Endpoint | undefined;
  /** The first is the fallback. */
  readonly tunnels: readonly number[];
  readonly dso: boolean;
  /** Replies go back through the tunnel that carried the request. */
  readonly remembersFlow: boolean;
  /** What the endpoint sends without a FLOW row is not ours. */
  readonly passesUnknown: boolean;
  /** Echo to the proxy's address is carried. */
  readonly echo: boolean;
}

export interface FlowTuple {
  readonly protocol: number;
  readonly endpoint: Endpoint;
  readonly client: Endpoint;
}

export interface ModelFlow extends ModelIdentity {
  readonly tunnel: number;
}

export interface FragmentTuple {
  readonly source: Ip;
  readonly destination: Ip;
  readonly id: number;
  readonly protocol: number;
}

export interface ModelPorts {
  readonly source: Port;
  readonly destination: Port;
}

export interface ModelPeer {
  readonly epoch: bigint;
  readonly remote: Endpoint;
  /** Monotonic, ns. */
  readonly lastSeenNs: bigint;
  /** Of the last signed ping; 0: none yet. */
  readonly sequence: bigint;
  readonly moves: number;
  /** Monotonic, ns: when the minute began in which moves are counted. */
  readonly minuteNs: bigint;
  readonly movesInMinute: number;
}

export interface ModelPath {
  readonly mtuBytes: number;
  /** Monotonic, ns. */
  readonly untilNs: bigint;
}

export interface FibQuestion {
  readonly source: Ip;
  readonly destination: Ip;
  readonly ifindex: number;
  /** Of the packet as it is when asked: before it is encapsulated, after it was decapsulated. */
  readonly bytes: number;
  /** As for the host's own packet through that interface; otherwise as for one that entered through it. */
  readonly output: boolean;
}

export type FibAnswer =
  | {
      readonly kind: 'success';
      /** Through which the way goes. */
      readonly ifindex: number;
      readonly sourceMac: Uint8Array;
      readonly destinationMac: Uint8Array;
    }
  | { readonly kind: 'no-neighbour'; readonly ifindex: number }
  /** The host's own address, no route at all, or longer than what the device there takes. */
  | { readonly kind: 'not-forwarded' }
  /** Blackhole, unreachable, prohibited, forwarding off. */
  | { readonly kind: 'refused' };

/** `encap`: where the packet entered the host; ifindex otherwise. */
export const viaAny = 0;
export const viaLocal = 0xffffffff;

/** The rows of one slot, the learned rows beside them, the clocks and the kernel's routes, as questions. */
export interface ModelTables {
  readonly role: 'gateway' | 'node';
  readonly features: ModelFeatures;
  /** Flags of an interface. */
  flags(ifindex: number, direction: 'ingress' | 'egress'): { readonly fib: boolean; readonly fwd: boolean };
  /** CLOCK_MONOTONIC. */
  nowNs(): bigint;
  /** CLOCK_TAI. */
  taiNs(): bigint;
  fib(question: FibQuestion): FibAnswer;

  tunnel(id: number): ModelTunnel | undefined;
  acceptsGue(local: Endpoint): boolean;
  /** Whether a tunnel from there sends by ports of chance. */
  hashesPortsOf(local: Ip): boolean;
  shortTunnel(local: Endpoint, remote: Endpoint): number | undefined;
  service(group: number, service: number): ModelService | undefined;
  /** One row, of that very interface. */
  encap(protocol: number, proxy: Endpoint, via: number): (ModelKeyed & { readonly tunnel: number }) | undefined;
  /** Whether any service of the protocol has a proxy there. */
  hasProxyAt(protocol: number, ip: Ip): boolean;
  /** What becomes of echo requests: the tunnel that carries them, 0: answered here. */
  echoAt(protocol: number, ip: Ip): (ModelKeyed & { readonly tunnel: number }) | undefined;
  /** Of services behind the short header alone. */
  natIn(protocol: number, proxy: Endpoint): ModelIdentity | undefined;
  /** `shared`: FLOW tells whose it is. */
  natOut(protocol: number, endpoint: Endpoint): ModelIdentity | 'shared' | undefined;

  peer(tunnel: number): ModelPeer | undefined;
  learnPeer(tunnel: number, peer: ModelPeer): void;
  flow(tuple: FlowTuple): ModelFlow | undefined;
  learnFlow(tuple: FlowTuple, flow: ModelFlow): void;
  /** Ports of the first fragment that was learned. */
  fragmentPorts(tuple: FragmentTuple): ModelPorts | undefined;
  learnFragment(tuple: FragmentTuple, ports: ModelPorts): void;
  path(local: Ip, remote: Ip): ModelPath | undefined;
  learnPath(local: Ip, remote: Ip, path: ModelPath): void;
}
