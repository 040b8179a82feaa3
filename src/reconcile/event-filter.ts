// Which events somebody wants to see. Alternatives of one kind are in a list, of which one must hold; an empty list asks for nothing.
// What no packet has to be looked into for is asked first.
import { familyOf, type Ip, ipOctets } from '../net/ip.ts';
import type { Prefix } from '../net/prefix.ts';
import { type SeenPacket, seenFrame } from '../packet/seen.ts';
import { isDrop, verdicts } from '../tables/verdicts.ts';
import type { Event, HookId, ServiceId } from './events.ts';

export interface EventFilter {
  /** Names. */
  readonly verdicts: ReadonlySet<string>;
  readonly services: readonly ServiceId[];
  readonly tunnels: readonly number[];
  /** Of any address in the packet, in what it carries and in what it quotes. */
  readonly addresses: readonly Prefix[];
  readonly hooks: readonly HookId[] | 'all';
}

/** Words for several verdicts at once. */
export const verdictGroups = ['drops', 'passes', 'all'] as const;

/** What passes by and is no tunnel's and no service's is most of a host's traffic, this very command's own not least. */
const unasked = 'pass-not-ours';

/** The verdicts that these words mean; without a word, all but what is not ours. The first word that means nothing, otherwise. */
export function chosenVerdicts(words: readonly string[]): ReadonlySet<string> | { readonly unknown: string } {
  if (words.length === 0) return namesOf(({ name }) => name !== unasked);
  const chosen = new Set<string>();
  for (const word of words) {
    const meant = verdictsOf(word);
    if (meant.size === 0) return { unknown: word };
    for (const name of meant) chosen.add(name);
  }
  return chosen;
}

function verdictsOf(word: string): ReadonlySet<string> {
  switch (word) {
    case 'all':
      return namesOf(() => true);
    case 'drops':
      return namesOf(isDrop);
    case 'passes':
      return namesOf((verdict) => !isDrop(verdict));
    default:
      return namesOf(({ name }) => name === word);
  }
}

function namesOf(choose: (verdict: (typeof verdicts)[number]) => boolean): ReadonlySet<string> {
  return new Set(verdicts.filter(choose).map(({ name }) => name));
}

/** As CAPTURE says it to programs: bit n for the verdict with number n. */
export function verdictBits({ verdicts: chosen }: EventFilter): bigint {
  return verdicts.reduce((bits, { name, number }) => (chosen.has(name) ? bits | (1n << BigInt(number)) : bits), 0n);
}

export function matches(filter: EventFilter, event: Event): boolean {
  const { service, tunnel, ifindex, direction } = event;
  return (
    filter.verdicts.has(event.verdict) &&
    any(filter.services, ({ group, id }) => service?.group === group && service.id === id) &&
    any(filter.tunnels, (id) => tunnel === id) &&
    (filter.hooks === 'all' || filter.hooks.some((hook) => hook.ifindex === ifindex && hook.direction === direction)) &&
    any(filter.addresses, (prefix) => addressesOf(event).some((ip) => isWithin(prefix, ip)))
  );
}

function any<T>(alternatives: readonly T[], holds: (one: T) => boolean): boolean {
  return alternatives.length === 0 || alternatives.some(holds);
}

function addressesOf(event: Event): Ip[] {
  const inPacket = addressesIn(seenFrame(event.frame).packet);
  return event.kind === 'packet' ? inPacket : [event.remote.ip, ...inPacket];
}

function addressesIn(packet: SeenPacket | undefined): Ip[] {
  if (!packet) return [];
  const { source, destination, gue, icmp } = packet;
  return [source, destination, ...addressesIn(gue?.packet), ...addressesIn(icmp?.quoted)];
}

function isWithin({ ip: start, bits }: Prefix, ip: Ip): boolean {
  if (familyOf(start) !== familyOf(ip)) return false;
  const octets = ipOctets(ip);
  return ipOctets(start).every((octet, at) => {
    const mask = ~(0xff >> Math.max(0, Math.min(8, bits - 8 * at))) & 0xff;
    return octet === ((octets[at] ?? 0) & mask);
  });
}
