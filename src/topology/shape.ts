// What the JSON Schema refuses, in our own words: fields unknown, missing, of the wrong kind or out of range.
// It knows field names and what each holds, not what the fields mean together (rules.ts).
import { formatPlace } from '../problem.ts';
import { type Complaint, complain, type Subject } from './complaints.ts';
import { type Path, placeOf } from './document.ts';
import { fieldNames, type ShapeCheck, type ShapeError } from './generated/validator.js';
import { unclearText } from './parse.ts';
import { isSecretName, mayHoldKey } from './secrets.ts';
import { listed, nearest, quote, show } from './wording.ts';

/** A mapping that is read against the schema, and what messages call it: `service "web"`. */
export interface Part extends Subject {
  readonly kind: keyof typeof fieldNames;
  readonly value: Readonly<Record<string, unknown>>;
}

/** What the pipeline is to get (DESIGN.md section 6); the format does not have them yet. */
export const laterFields: ReadonlySet<string> = new Set(['bridge', 'firewall', 'masquerade', 'xdp']);

/** What each field holds, for "… is 70000, not a number from 0 to 65535". A list item has its list's words. */
const holds: Readonly<Record<string, string>> = {
  '/$schema': 'text',
  '/apiVersion': 'trueingress/v1',
  '/name': '1 to 15 characters of a-z, 0-9 and -',
  '/id': 'a number from 0 to 4294967295',
  '/role': 'gateway or node',
  '/interfaces': 'a list',
  '/flags': 'a mapping of ingress and egress to lists of flags',
  '/tunnels': 'a list',
  '/services': 'a list',
  '/expect': 'a list',
  interface: 'the name of an interface, or a mapping',
  'interface/name': 'the name of an interface (1 to 15 characters without spaces, slashes and colons)',
  'interface/flags': 'a mapping of ingress and egress to lists of flags',
  tunnel: 'a mapping',
  'tunnel/id': 'a number from 1 to 4294967295',
  'tunnel/local': 'an address and a port, such as 172.1.0.4:6080 or "[2001:db8::4]:6080"',
  'tunnel/remote': 'learned, or an address and a port, such as 172.1.0.3:6080 or "[2001:db8::3]:6080"',
  'tunnel/remoteId': 'a number from 1 to 4294967295',
  'tunnel/ping': 'a mapping, such as {interval: 10s}',
  'tunnel/mtu': 'a number from 576 to 65535',
  'tunnel/ping/interval': 'a time with its unit, such as 500ms, 10s or 1m',
  'tunnel/header': 'keyed or short',
  'tunnel/source': 'strict or by-key',
  'tunnel/sourcePort': 'local or flow-hash',
  'tunnel/sign': 'a mapping, such as {key: …, required: true}',
  'tunnel/sign/required': 'true or false',
  'tunnel/allowFrom': 'a list of 1 to 8 prefixes, such as [203.0.113.0/24]',
  'tunnel/movesPerMinute': 'a number from 0 (no limit) to 65535',
  service: 'a mapping',
  'service/name': 'a label of 1 to 63 characters',
  'service/group': 'a number from 0 to 65535',
  'service/id': 'a number from 0 to 65535',
  'service/protocol': 'tcp or udp',
  'service/proxy': 'an address and a port, such as 5.5.5.5:3100 or "[2001:db8::5]:3100"',
  'service/endpoint': 'an address and a port, such as 1.1.1.1:4000 or "[2001:db8::1]:4000"',
  'service/tunnel': 'the number of a tunnel, or a list of 1 to 4 of them',
  'service/mode': 'standard or dso',
  'service/via': 'the name of an interface, local or any',
  'service/fallback': 'first or pass',
  'service/echo': 'pass, answer or carry',
  expectation: 'a mapping',
  'expectation/name': 'a label of 1 to 63 characters',
  'expectation/packet': 'a packet, such as tcp 198.51.100.7:40000 > 5.5.5.5:3100',
  'expectation/at': 'a place, such as eth0 egress',
  'expectation/verdict': 'a verdict, such as encapsulated or bad-key',
  'expectation/tunnel': 'a number from 1 to 4294967295',
  'expectation/service': 'the name of a service, or group and id in quotes, such as "2/1"',
  'expectation/out': 'a packet, such as tcp 198.51.100.7:40000 > 1.1.1.1:4000',
};

/** Says what the check refuses about a part. True when it refuses nothing. */
export function fits(check: ShapeCheck, part: Part): boolean {
  if (check(part.value)) return true;
  // The list belongs to the check and is replaced by the next call; a value refused twice is said once.
  const said = misnamed(part, check.errors ?? []);
  for (const error of check.errors ?? []) {
    if (error.keyword === 'if') continue;
    const key = keyOf(error);
    if (said.has(key) || part.complaints.isFull()) continue;
    said.add(key);
    explain(part, error);
  }
  return false;
}

function keyOf({ instancePath, params }: ShapeError): string {
  return `${instancePath}/${params.additionalProperty ?? params.missingProperty ?? ''}`;
}

/** Fields that were written under nearly their names: the name is the fault, and not that they are missing. */
function misnamed(part: Part, errors: readonly ShapeError[]): Set<string> {
  const meant = errors.flatMap(({ instancePath, params: { additionalProperty } }) => {
    if (typeof additionalProperty !== 'string') return [];
    const name = nearest(additionalProperty, fieldsAt(part, pathOf(instancePath)));
    return name === undefined ? [] : [`${instancePath}/${name}`];
  });
  return new Set(meant);
}

function fieldsAt(part: Part, path: Path): readonly string[] {
  const inner = path.at(-1);
  return fieldNames[inner === 'ping' || inner === 'flags' || inner === 'sign' ? inner : part.kind];
}

function explain(part: Part, error: ShapeError): void {
  const path = pathOf(error.instancePath);
  const { additionalProperty, missingProperty } = error.params;
  // A number that readers do not agree on is a mapping to the check, without any field.
  const isUnclear = unclearText(valueAt(part.value, path)) !== undefined;
  if (isUnclear) explainValue(part, path, { ...error, keyword: 'type' });
  else if (typeof additionalProperty === 'string') explainUnknown(part, path, additionalProperty);
  else if (typeof missingProperty === 'string') explainMissing(part, path, missingProperty);
  else explainValue(part, path, error);
}

/** What a message calls a part. */
export function titleOf(part: Part): string {
  const { kind, value } = part;
  if (kind === 'service' && typeof value.name === 'string') return `service ${quote(value.name)}`;
  if (kind === 'service' && isShort(value.group) && isShort(value.id)) return `service ${value.group}/${value.id}`;
  if (kind === 'tunnel' && isShort(value.id)) return `tunnel ${value.id}`;
  if (kind === 'expectation' && typeof value.name === 'string') return `expectation ${quote(value.name)}`;
  if (kind === 'interface' && typeof value.name === 'string') return `interface ${quote(value.name)}`;
  return kind === '' ? 'the file' : `this ${kind}`;
}

/** Where it stands, for hints: `gateway.yaml:12`. */
export function whereIs(part: Part): string {
  return formatPlace(placeOf(part.document, part.node));
}

/** A field of a part: `proxy of service "web"`, at the top level just `role`. */
export function fieldTitle(part: Part, path: Path): string {
  const name = path.filter((step) => typeof step === 'string').join('.');
  if (name === '') return titleOf(part);
  return part.kind === '' ? name : `${name} of ${titleOf(part)}`;
}

function explainUnknown(part: Part, path: Path, name: string): undefined {
  const at: Complaint = { path: [...path, name], atName: true, hideSource: mayHoldKey(name) };
  if (laterFields.has(name))
    return complain(part, 'not-in-this-version', `${name} (${titleOf(part)}) is not in this version`, {
      ...at,
      hint: 'a later version has it; leave it out until then',
    });
  const known = fieldsAt(part, path);
  const meant = nearest(name, known);
  const where = path.length > 0 ? `${path.join('.')} of ${titleOf(part)}` : titleOf(part);
  // {key=Pa55w0rd} makes a name of what was meant as name and value, and so does {Pa55w0rd}.
  const mayBeValue = isBelowSecret(path) || (isSecretName(name) && !/^[A-Za-z]+$/.test(name));
  complain(part, 'unknown-field', `${where} has no field ${mayBeValue ? 'by that name' : quote(name)}`, {
    ...at,
    hint: meant ? `did you mean ${meant}?` : `its fields are ${listed(known)}`,
  });
}

function explainMissing(part: Part, path: Path, name: string): void {
  const wanted = holds[[part.kind, ...path, name].join('/')];
  const field = [...path, name].join('.');
  const hint = name === 'key' ? 'give up to 16 bytes of text, {file: …}, {env: …} or keep' : `it is ${wanted}`;
  complain(part, 'missing-field', `${titleOf(part)} has no ${field}`, { path, hint });
}

function explainValue(part: Part, path: Path, error: ShapeError): undefined {
  const value = valueAt(part.value, path);
  const wanted = holds[[part.kind, ...path.filter((step) => typeof step === 'string')].join('/')] ?? 'something else';
  const title = fieldTitle(part, path);
  const code = error.keyword === 'type' ? 'wrong-type' : 'wrong-value';
  // What stands where a secret belongs may be one, in whatever form.
  if (isBelowSecret(path))
    return complain(part, code, `${title} is ${kindOf(value)}, not ${wanted}`, {
      path,
      hint: explainHint(part, path),
      hideSource: true,
    });
  const digits = unclearText(value);
  if (digits !== undefined) {
    const decimal = digits.replace(/^([-+]?)0o?0*(?=\d)/, '$1');
    return complain(part, 'yaml-ambiguous-number', `${title} is ${digits}: some readers of YAML take that for octal`, {
      path,
      hint: /^[-+]?0+$|o/.test(digits)
        ? 'write it in decimal'
        : `write ${decimal}, or put it in quotes when it is text`,
    });
  }
  return complain(part, code, `${title} is ${show(value)}, not ${wanted}`, {
    path,
    hint: hintFor(part, path, value, error),
  });
}

function isBelowSecret(path: Path): boolean {
  return path.some((step) => typeof step === 'string' && isSecretName(step));
}

/** What a value is, without it. */
export function kindOf(value: unknown): string {
  if (unclearText(value) !== undefined || typeof value === 'number') return 'a number';
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? 'true or false' : show(value);
}

function hintFor(part: Part, path: Path, value: unknown, { keyword, params }: ShapeError): string {
  if (keyword === 'type' && params.type === 'string' && (typeof value === 'number' || typeof value === 'boolean'))
    return `put it in quotes: "${value}"`;
  if (keyword === 'type' && params.type === 'array' && show(value) === 'a mapping')
    return 'begin each item with a dash: "- " before its first field';
  if (keyword === 'type' && typeof value === 'string' && /^\d+$/.test(value)) return 'take it out of the quotes';
  const allowed = Array.isArray(params.allowedValues) ? params.allowedValues.map(String) : undefined;
  const meant = typeof value === 'string' && allowed ? nearest(value, allowed) : undefined;
  return meant ? `did you mean ${meant}?` : explainHint(part, path);
}

const lists: Readonly<Partial<Record<Part['kind'], string>>> = {
  interface: 'interfaces',
  tunnel: 'tunnels',
  service: 'services',
  expectation: 'expect',
};

/** The command that tells about a field. */
export function explainHint(part: Part, path: Path): string {
  const list = lists[part.kind];
  const steps = [...(list === undefined ? [] : [list]), ...path.filter((step) => typeof step === 'string')];
  return `\`trueingress explain${steps.length > 0 ? ` ${steps.join('.')}` : ''}\` tells what it may be`;
}

function isShort(value: unknown): value is number {
  return typeof value === 'number';
}

export function valueAt(value: unknown, path: Path): unknown {
  let at: unknown = value;
  for (const step of path)
    at = typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[step] : undefined;
  return at;
}

/** A JSON pointer as steps; digits are list indexes, since no field is named by digits. */
function pathOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~')));
}
