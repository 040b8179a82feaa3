// Expectations, as written, become values; or their problems. Packets and places are words of packet/words; what they refer to must
// be in the files. It does not know which verdicts there are: the schema does.
import { formatPacket } from '../packet/words/format.ts';
import { type HookWords, parseHook } from '../packet/words/hook.ts';
import { parsePacket } from '../packet/words/parse.ts';
import { faultText, isFault, type PacketWords, type WordsFault } from '../packet/words/words.ts';
import { complain } from './complaints.ts';
import { placeOf } from './document.ts';
import { checkExpectation } from './generated/validator.js';
import { definedHint } from './rules.ts';
import { fieldTitle, fits, type Part } from './shape.ts';
import type { Expectation } from './topology.ts';
import { listed, nearest, quote } from './wording.ts';

/** What the files define, as written: an item with a mistake is still there to be referred to. */
export interface Defined {
  readonly interfaces: readonly Part[];
  readonly tunnels: readonly Part[];
  readonly services: readonly Part[];
}

export function readExpectation(part: Part, defined: Defined): Expectation | undefined {
  const isFit = fits(checkExpectation, part);
  const packet = readWords(part, 'packet', parsePacket);
  const at = readWords(part, 'at', parseHook);
  const out = readWords(part, 'out', parsePacket);
  const { name, verdict, tunnel, service } = part.value;
  const tunnels = [
    tunnel,
    ...[packet, out].map((one) => (isPacket(one) && one.kind !== 'plain' ? one.tunnel.id : undefined)),
  ];
  const fields = ['tunnel', 'packet', 'out'];
  for (const [index, id] of tunnels.entries()) checkTunnel(part, [fields[index] ?? 'tunnel'], id, defined.tunnels);
  if (isPlace(at)) checkInterface(part, at, defined.interfaces);
  if (isPacket(out) && out.kind !== 'plain')
    complain(part, 'wrong-value', `${fieldTitle(part, ['out'])} is in a tunnel`, {
      path: ['out'],
      hint: 'say here what is inside, and which tunnel it goes into with `tunnel`',
    });
  const meant = service === undefined ? 'any' : findService(part, service, defined.services);
  if (!isFit || !isPacket(packet) || at === 'bad' || out === 'bad' || !meant || typeof verdict !== 'string')
    return undefined;
  return {
    name: typeof name === 'string' ? name : formatPacket(packet),
    packet,
    at: at ?? 'usual',
    verdict,
    tunnel: typeof tunnel === 'number' ? tunnel : 'any',
    service: meant,
    out: out ?? 'any',
    place: placeOf(part.document, part.node),
  };
}

type Words = PacketWords | HookWords;

function isPacket(words: Words | 'bad' | undefined): words is PacketWords {
  return typeof words === 'object' && 'kind' in words;
}

function isPlace(words: Words | 'bad' | undefined): words is HookWords {
  return typeof words === 'object' && 'direction' in words;
}

/** undefined: nothing is said. What is of the wrong type was refused already. */
function readWords<T extends Words>(
  part: Part,
  field: string,
  parse: (text: string) => T | WordsFault,
): T | 'bad' | undefined {
  const text = part.value[field];
  if (typeof text !== 'string') return undefined;
  const parsed = parse(text);
  if (!isFault(parsed)) return parsed;
  const message = `${fieldTitle(part, [field])}, column ${parsed.column} of ${quote(text)}: ${faultText(parsed)}`;
  complain(part, 'bad-packet', message, {
    path: [field],
    hint: '`trueingress trace --help` has examples of packets and places',
  });
  return 'bad';
}

function checkTunnel(part: Part, path: readonly string[], id: unknown, tunnels: readonly Part[]): void {
  const defined = new Set(tunnels.map(({ value }) => value.id));
  if (typeof id !== 'number' || defined.has(id)) return;
  const message = `${fieldTitle(part, path)} names tunnel ${id}, which is not defined`;
  complain(part, 'tunnel-not-found', message, { path, hint: definedHint(defined) });
}

/** Where the files name none, the interface of the default route is meant, whatever it is called. */
function checkInterface(part: Part, at: HookWords, interfaces: readonly Part[]): void {
  const names = interfaces.flatMap(({ value: { name } }) => (typeof name === 'string' ? [name] : []));
  if (at.interface === undefined || names.length === 0 || names.includes(at.interface)) return;
  const meant = nearest(at.interface, names);
  complain(
    part,
    'wrong-value',
    `${fieldTitle(part, ['at'])} names interface ${quote(at.interface)}, which is not listed`,
    {
      path: ['at'],
      hint: meant ? `did you mean ${meant}?` : `the interfaces listed are ${listed(names)}`,
    },
  );
}

/** By its name, or by group and id. */
function findService(part: Part, text: unknown, services: readonly Part[]): Expectation['service'] | undefined {
  if (typeof text !== 'string') return undefined;
  const named = services.flatMap(({ value: { name, group, id } }) =>
    typeof group === 'number' && typeof id === 'number' ? [{ name, group, id }] : [],
  );
  const numbered = named.filter(({ group, id }) => `${group}/${id}` === text);
  const found = numbered.length ? numbered : named.filter(({ name }) => name === text);
  const [only, ...others] = found;
  if (only && others.length === 0) return { group: only.group, id: only.id };
  const title = fieldTitle(part, ['service']);
  const names = named.flatMap(({ name, group, id }) => (typeof name === 'string' ? [name] : [`${group}/${id}`]));
  const meant = nearest(text, names);
  const known = names.length ? `services are ${listed(names)}` : 'no service is defined';
  return only
    ? complain(part, 'service-not-found', `${title} is ${quote(text)}, which ${found.length} services are called`, {
        path: ['service'],
        hint: `say which by group and id: ${listed(
          found.map(({ group, id }) => `"${group}/${id}"`),
          'or',
        )}`,
      })
    : complain(part, 'service-not-found', `${title} is ${quote(text)}, which is not defined`, {
        path: ['service'],
        hint: meant ? `did you mean ${meant}?` : known,
      });
}
