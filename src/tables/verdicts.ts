// The closed list of verdicts: what can become of a packet. Names and numbers are those of enum verdict in
// bpf/include/verdict.h (a test compares); `look` tells the operator of a rising counter what to look at.
import { directionNumbers } from './config.ts';
import { counterLayout } from './learned.ts';

/** In the order of their numbers. A drop has a number from 16 on; a number is never given twice. */
export const verdicts = [
  { name: 'pass-not-ours', number: 0, look: 'nothing: traffic that no tunnel and no service is concerned with' },
  { name: 'encapsulated', number: 1, look: 'nothing: sent into a tunnel' },
  { name: 'decapsulated', number: 2, look: 'nothing: came out of a tunnel and went on into the stack' },
  {
    name: 'returned-direct',
    number: 3,
    look: 'nothing: a reply of a service in mode dso, sent straight to its client',
  },
  { name: 'ping-accepted', number: 4, look: 'nothing: a ping with the right key; its sender is (still) the remote' },
  { name: 'ping-moved', number: 5, look: 'how often: each is a node whose address or NAT mapping has changed' },
  {
    name: 'path-mtu-lowered',
    number: 6,
    look: 'the underlay: which router is it, and can its MTU be raised? `status` names the tunnels',
  },
  {
    name: 'echo-answered',
    number: 7,
    look: 'nothing: somebody pings a proxy of a service with `echo: answer`',
  },
  {
    name: 'bad-header',
    number: 16,
    look: 'the sender: not a GUE header with group and key, or lengths that do not agree; `header: short` peers, scanners',
  },
  { name: 'bad-version', number: 17, look: 'the sender: it speaks a GUE version other than 0' },
  {
    name: 'unknown-service',
    number: 18,
    look: "group and service id: the two ends' files differ, or a service was removed here and not there",
  },
  { name: 'bad-key', number: 19, look: "the service's key: it differs between the two ends" },
  {
    name: 'wrong-tunnel',
    number: 20,
    look: "the service's `tunnel` and the tunnel's `local`: the packet came to an endpoint, or names a tunnel, that the service may not use",
  },
  {
    name: 'wrong-endpoint',
    number: 21,
    look: "the service's `proxy` and `protocol` on both ends: the key opens this endpoint only; otherwise somebody misuses a key",
  },
  {
    name: 'bad-inner',
    number: 22,
    look: 'the inner packet: neither TCP, UDP nor ICMP of IPv4 or IPv6, or its length is not what the header around it says',
  },
  { name: 'no-nat', number: 23, look: 'a bug or rows edited by hand: a service without its NAT row' },
  {
    name: 'no-remote',
    number: 24,
    look: 'the node: no ping of it has arrived since the tunnel was made (`show peers`); firewalls on the way to the local endpoint',
  },
  { name: 'no-tunnel', number: 25, look: 'a bug or rows edited by hand: a service whose tunnel has no row' },
  {
    name: 'too-big',
    number: 26,
    look: "the sender's MTU: packets without DF that are longer than the tunnel takes; the tunnel's `mtu` and its path",
  },
  {
    name: 'fragment',
    number: 27,
    look: 'the way to here: a later fragment came before its first or without it, or the underlay itself fragments (its MTU)',
  },
  {
    name: 'options',
    number: 28,
    look: 'the sender: source-routed packets are not carried; the underlay: routers that put options on GUE',
  },
  {
    name: 'fib-failed',
    number: 29,
    look: "flag `fib`: no route to the tunnel's remote through this interface, or forwarding is off on it",
  },
  {
    name: 'room-failed',
    number: 30,
    look: 'kernel memory, or a packet that is in a tunnel already: no room for the outer header',
  },
  {
    name: 'ping-refused',
    number: 31,
    look: 'the role: a node takes no pings; on a gateway: `allowFrom` and `sign` of the tunnel, the table PEER (full)',
  },
  {
    name: 'too-big-answered',
    number: 32,
    look: 'how often: each told a sender to send shorter packets; a sender told again and again does not hear it (a firewall that drops ICMP)',
  },
  {
    name: 'congested',
    number: 33,
    look: 'routers of the underlay that mark congestion (ECN) on packets whose sender knows nothing of it: there they should drop',
  },
  {
    name: 'wrong-source',
    number: 34,
    look: "the node's address: has its NAT mapping moved (its next ping tells), or does somebody else have the key",
  },
  {
    name: 'bad-signature',
    number: 35,
    look: 'the `sign` key of the tunnel: it differs between the two ends',
  },
  {
    name: 'ping-replayed',
    number: 36,
    look: 'the clocks of both hosts (they must agree within a minute); otherwise somebody sends recorded pings again',
  },
  {
    name: 'ping-limited',
    number: 37,
    look: 'two nodes with the same tunnel and key, or an attacker with the key: the remote jumps between them',
  },
] as const satisfies readonly Verdict[];

interface Verdict {
  /** Kebab-case, as counters, JSON and docs call it. */
  readonly name: string;
  readonly number: number;
  readonly look: string;
}

export type VerdictName = (typeof verdicts)[number]['name'];

const firstDrop = 16;

export function isDrop(verdict: { readonly number: number }): boolean {
  return verdict.number >= firstDrop;
}

/** Index in COUNTER of a hook's verdict. */
export function verdictCounter(hook: keyof typeof directionNumbers, verdict: { readonly number: number }): number {
  return directionNumbers[hook] * counterLayout.perHook + verdict.number;
}
