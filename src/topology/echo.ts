// Echo requests have no port: services behind one proxy address cannot want different things of them.
import { canonicalEndpoint } from '../net/endpoint.ts';
import { complain } from './complaints.ts';
import { type Part, titleOf, whereIs } from './shape.ts';
import type { Role } from './topology.ts';

interface Seen {
  readonly first: Part;
  carrier: Part | undefined;
}

export function checkEcho(services: readonly Part[], role: Role | undefined): void {
  if (!services.some(({ value }) => value.echo !== undefined)) return;
  const seen = new Map<string, Seen>();
  for (const part of services) {
    const { proxy } = part.value;
    if (typeof proxy !== 'string' || part.complaints.isFull()) continue;
    const address = addressOf(proxy);
    const other = seen.get(address);
    if (!other) seen.set(address, { first: part, carrier: carries(part) ? part : undefined });
    else if (answers(part, role) !== answers(other.first, role)) {
      const [own, others] = [part, other.first].map(({ value }) => value.echo ?? 'pass (the default)');
      const message = `${titleOf(part)} has echo: ${own} for ${address}, ${titleOf(other.first)} has echo: ${others}`;
      complain(part, 'echo-conflict', message, {
        path: ['echo'],
        hint: `the first is at ${whereIs(other.first)}; all services of one address answer echo, or none`,
      });
    } else if (carries(part) && other.carrier)
      complain(
        part,
        'echo-conflict',
        `${titleOf(part)} carries echo of ${address}, as ${titleOf(other.carrier)} does`,
        {
          path: ['echo'],
          hint: `the first is at ${whereIs(other.carrier)}; one service of an address carries it, the others leave echo out`,
        },
      );
    else if (carries(part)) other.carrier = part;
  }
}

/** What a gateway answers never comes to a node. */
function answers({ value }: Part, role: Role | undefined): boolean {
  return value.echo === 'answer' && role !== 'node';
}

function carries({ value }: Part): boolean {
  return value.echo === 'carry';
}

function addressOf(endpoint: string): string {
  const canonical = canonicalEndpoint(endpoint);
  return canonical.slice(0, canonical.lastIndexOf(':'));
}
