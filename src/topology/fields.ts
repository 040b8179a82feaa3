// The fields of a topology file as its JSON Schema has them: a tree flattened into paths (`services.key`), with what a person
// wants to know of each. Pure: the schema is given.

/** A part of a JSON Schema, as far as the topology's uses it. */
export interface SchemaPart {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly examples?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaPart | boolean>>;
  readonly items?: SchemaPart;
  readonly if?: SchemaPart;
  readonly then?: SchemaPart;
  readonly else?: SchemaPart;
  readonly allOf?: readonly SchemaPart[];
  readonly $defs?: Readonly<Record<string, SchemaPart>>;
}

export interface Field {
  /** Names from the top, joined by dots; the items of a list have its path. */
  readonly path: string;
  /** The same with lists marked: `services[].key`. */
  readonly place: string;
  readonly type: string;
  readonly isRequired: boolean;
  /** Without the sentence that tells the default. */
  readonly description: string;
  readonly default: string | undefined;
  readonly range: string | undefined;
  readonly allowed: readonly string[];
  /** As a file would have them. */
  readonly examples: readonly string[];
  /** Names of what is in it. */
  readonly holds: readonly string[];
}

/** The file itself first, with an empty path; then each field before those in it. */
export function fieldsOf(schema: SchemaPart): readonly Field[] {
  const resolve = (part: SchemaPart): SchemaPart => {
    const name = part.$ref?.replace('#/$defs/', '');
    const target = name === undefined ? undefined : schema.$defs?.[name];
    return target ? { ...resolve(target), ...part } : part;
  };
  const always = requiredByEveryRole(schema, resolve);
  const walk = (part: SchemaPart, path: string, place: string, isRequired: boolean): Field[] => {
    const shape = shapeOf(resolve(part), resolve);
    const inside = shape.isList ? `${place}[]` : place;
    return [
      { path, place, isRequired, ...shape.facts, holds: [...shape.properties.keys()] },
      ...[...shape.properties].flatMap(([name, property]) => {
        const below = path === '' ? name : `${path}.${name}`;
        const needed = shape.required.has(name) || always.has(below);
        return walk(property, below, inside === '' ? name : `${inside}.${name}`, needed);
      }),
    ];
  };
  return walk(schema, '', '', true);
}

interface Shape {
  readonly facts: Omit<Field, 'path' | 'place' | 'isRequired' | 'holds'>;
  readonly isList: boolean;
  readonly properties: ReadonlyMap<string, SchemaPart>;
  readonly required: ReadonlySet<string>;
}

type Resolve = (part: SchemaPart) => SchemaPart;

function shapeOf(part: SchemaPart, resolve: Resolve): Shape {
  const forms = formsOf(part, resolve);
  const holders = forms.flatMap((one) => (one.items ? formsOf(resolve(one.items), resolve) : [one]));
  const properties = holders.flatMap((one) => Object.entries(one.properties ?? {}));
  const { text, fallback } = withoutDefault(part.description ?? '');
  return {
    facts: {
      type: forms.map((one) => typeOf(one, resolve)).join(' or '),
      description: text,
      default: fallback,
      range: listOfWords([...forms, ...holders.filter((one) => !one.properties)].map(rangeOf)),
      allowed: [...new Set([...forms, ...holders].flatMap(allowedBy))],
      examples: (part.examples ?? []).map(asWritten),
    },
    isList: forms.some(({ items }) => items !== undefined),
    properties: new Map(properties.filter((one): one is [string, SchemaPart] => typeof one[1] === 'object')),
    required: new Set(holders.flatMap(({ required }) => required ?? [])),
  };
}

/** `if it is text, then …, else …` is two forms; anything else is one. */
function formsOf(part: SchemaPart, resolve: Resolve): SchemaPart[] {
  // A number or a list of them: what stands at its side belongs to the one that it can mean.
  if (Array.isArray(part.type)) {
    const { minimum, maximum, minItems, maxItems, items, ...rest } = part;
    return part.type.map(
      (type: string): SchemaPart =>
        type === 'array'
          ? { ...rest, type, ...(items && { items }), ...bounds({ minItems, maxItems }) }
          : { ...rest, type, ...bounds({ minimum, maximum }) },
    );
  }
  if (!part.if?.type) return [part];
  return [{ ...part.if, ...resolve(part.then ?? {}) }, ...formsOf(resolve(part.else ?? {}), resolve)];
}

function bounds(of: Readonly<Record<string, number | undefined>>): SchemaPart {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined));
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'number',
  boolean: 'true or false',
  object: 'mapping',
};

function typeOf(part: SchemaPart, resolve: Resolve): string {
  if (part.items) {
    const forms = formsOf(resolve(part.items), resolve);
    return `list of ${forms.map((one) => `${typeOf(one, resolve)}s`.replace('texts', 'text')).join(' or ')}`;
  }
  return typeWords[String(part.type ?? '')] ?? 'text';
}

function rangeOf({ minimum, maximum, minLength, maxLength, minItems, maxItems }: SchemaPart): string {
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  if (maxLength !== undefined) return `${minLength ?? 0} to ${maxLength} characters`;
  if (maxItems !== undefined) return `${minItems ?? 0} to ${maxItems} items`;
  return '';
}

function listOfWords(words: readonly string[]): string | undefined {
  const said = [...new Set(words.filter((word) => word !== ''))];
  return said.length === 0 ? undefined : said.join('; ');
}

function allowedBy(part: SchemaPart): string[] {
  if (part.const !== undefined) return [String(part.const)];
  return (part.enum ?? []).map(String);
}

function asWritten(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** "Default: 0." is a sentence of the description; "Default: 0, any number." goes to its full stop. */
function withoutDefault(description: string): { text: string; fallback: string | undefined } {
  const found = / ?Default: (.+?)\.(?= [A-Z]|$)/s.exec(description);
  if (!found) return { text: description, fallback: undefined };
  return { text: description.replace(found[0], '').trim(), fallback: found[1] };
}

/** What every branch by role requires, such as `tunnels.remote`. */
function requiredByEveryRole(schema: SchemaPart, resolve: Resolve): ReadonlySet<string> {
  const within = (part: SchemaPart, path: string): string[] => {
    const whole = resolve(part);
    const below = (name: string): string => (path === '' ? name : `${path}.${name}`);
    return [
      ...(whole.required ?? []).map(below),
      ...Object.entries(whole.properties ?? {}).flatMap(([name, one]) =>
        typeof one === 'object' ? within(one, below(name)) : [],
      ),
      ...(whole.items ? within(whole.items, path) : []),
    ];
  };
  const [first = [], ...others] = (schema.allOf ?? []).map((branch) => within(branch.then ?? {}, ''));
  return new Set(first.filter((path) => others.every((one) => one.includes(path))));
}
