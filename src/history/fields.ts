// Fields of a JSON object, taken one by one: what is missing or of another type is noted and a harmless value given, so that
// whoever reads says at the end whether all of it was as it must be.

export interface Fields {
  text(name: string): string;
  /** A whole number from 0 on that a double can hold. */
  count(name: string): number;
  /** A decimal number of any size, written as text. */
  big(name: string): bigint;
  flag(name: string): boolean;
  oneOf<Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): Choice;
  object(name: string): Fields;
  list(name: string): readonly Fields[];
  texts(name: string): readonly string[];
  counts(name: string): readonly number[];
  /** Every field of the object has this type. */
  textsByName(): Readonly<Record<string, string>>;
  countsByName(): Readonly<Record<string, number>>;
  /** An object as it is. */
  plain(name: string): Readonly<Record<string, unknown>>;
  has(name: string): boolean;
  /** Paths of what is not as it must be: `sources.0.text`. */
  readonly faults: readonly string[];
}

export function fieldsOf(value: unknown): Fields {
  return fieldsAt(value, '', []);
}

function fieldsAt(value: unknown, path: string, faults: string[]): Fields {
  const isObject = isPlainObject(value);
  if (!isObject) faults.push(path || 'the whole');
  const held = isObject ? value : {};
  const below = (name: string | number): string => (path ? `${path}.${name}` : String(name));
  const take = (name: string): unknown => (Object.hasOwn(held, name) ? held[name] : undefined);
  const note = <T>(name: string, instead: T): T => {
    faults.push(below(name));
    return instead;
  };
  const listed = (name: string): readonly unknown[] => {
    const list = take(name);
    return Array.isArray(list) ? list : note(name, []);
  };
  const named = <T>(isRight: (one: unknown) => one is T): Record<string, T> => {
    const right: Record<string, T> = {};
    for (const [name, one] of Object.entries(held)) {
      if (isRight(one)) right[name] = one;
      else faults.push(below(name));
    }
    return right;
  };
  const all = <T>(name: string, isRight: (one: unknown) => one is T): readonly T[] => {
    const list = listed(name);
    return list.every(isRight) ? list : note(name, []);
  };
  return {
    faults,
    has: (name) => take(name) !== undefined && take(name) !== null,
    text: (name) => {
      const text = take(name);
      return isText(text) ? text : note(name, '');
    },
    count: (name) => {
      const number = take(name);
      return isCount(number) ? number : note(name, 0);
    },
    big: (name) => {
      const text = take(name);
      return isText(text) && /^\d{1,30}$/.test(text) ? BigInt(text) : note(name, 0n);
    },
    flag: (name) => {
      const flag = take(name);
      return typeof flag === 'boolean' ? flag : note(name, false);
    },
    oneOf: (name, choices) => {
      const text = take(name);
      return choices.find((choice) => choice === text) ?? note(name, choices[0]);
    },
    object: (name) => fieldsAt(take(name), below(name), faults),
    list: (name) => listed(name).map((one, at) => fieldsAt(one, below(`${name}.${at}`), faults)),
    texts: (name) => all(name, isText),
    counts: (name) => all(name, isCount),
    plain: (name) => {
      const value = take(name);
      return isPlainObject(value) ? value : note(name, {});
    },
    textsByName: () => named(isText),
    countsByName: () => named(isCount),
  };
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
