// What the model asks of its tables: rows and what was learned, in the words of PROTOCOL.md section 3. How they are stored, and
// what becomes of a packet, is not known here.
import type { Endpoint, Port } from '../net/endpoint.ts';
import type { Ip } from '../net/ip.ts';
import type { Ipv4 } from './rewrite.ts';

export interface ModelTunnel {
  readonly id: number;
  readonly epoch: bigint;
  readonly local: Endpoint;
  readonly remote: Endpoint | 'learned';
  /** Of the longest outer packet. */
  readonly mtuBytes: number;
}

/** What a key belongs to. */
export interface ModelIdentity {
  readonly group: number;
  readonly service: number;
  readonly key: Uint8Array;
}

export interface ModelService extends ModelIdentity {
  readonly protocol: number;
  readonly proxy: Endpoint;
  /** The first is the fallback. */
  readonly tunnels: readonly number[];
  readonly dso: boolean;
  /** Replies go back through the tunnel that carried the request. */
  readonly remembersFlow: boolean;
}

export interface FlowTuple {
  readonly protocol: number;
  readonly endpoint: Endpoint;
  readonly client: Endpoint;
}

export type FragmentTuple = Pick<Ipv4, 'source' | 'destination' | 'id' | 'protocol'>;

export interface ModelPorts {
  readonly source: Port;
  readonly destination: Port;
}

/** The rows of one slot and the learned rows beside them, as questions. */
export interface ModelTables {
  readonly role: 'gateway' | 'node';
  usesFib(ifindex: number): boolean;
  tunnel(id: number): ModelTunnel | undefined;
  acceptsGue(local: Endpoint): boolean;
  service(group: number, service: number): ModelService | undefined;
  encap(protocol: number, proxy: Endpoint): (ModelIdentity & { readonly tunnel: number }) | undefined;
  natIn(protocol: number, proxy: Endpoint): Endpoint | undefined;
  natOut(protocol: number, endpoint: Endpoint): Omit<ModelIdentity, 'key'> | undefined;
  peer(tunnel: number): { readonly epoch: bigint; readonly remote: Endpoint } | undefined;
  learnPeer(tunnel: number, epoch: bigint, remote: Endpoint): void;
  /** Only when it was written for this service. */
  flow(tuple: FlowTuple, service: ModelService): number | undefined;
  learnFlow(tuple: FlowTuple, service: ModelService, tunnel: number): void;
  /** Whether any service has a proxy there. */
  hasProxyAt(protocol: number, ip: Ip): boolean;
  /** Ports of the first fragment that was learned. */
  fragmentPorts(tuple: FragmentTuple): ModelPorts | undefined;
  learnFragment(tuple: FragmentTuple): void;
}
