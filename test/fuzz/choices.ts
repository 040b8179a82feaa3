// What chance decides: bytes that a builder spends one by one. Zero is always the ordinary choice, and so is what comes when all
// are spent; so fast-check shrinks whatever was made of them by turning bytes to zero.
import fc from 'fast-check';

export interface Choices {
  /** One of these, the first being the ordinary one. */
  of<Value>(options: readonly [Value, ...Value[]]): Value;
  /** One of these by weight, the first being the ordinary one. */
  weighted<Value>(...options: readonly (readonly [weight: number, value: Value])[]): Value;
  /** True once in about `times`. */
  rarely(times: number): boolean;
  /** 0 to `most`, at most 65535. */
  upTo(most: number): number;
  bytes(length: number): Uint8Array;
}

export function choicesFrom(bytes: Uint8Array): Choices {
  let at = 0;
  const next = (): number => bytes[at++] ?? 0;
  const upTo = (most: number): number => (most > 255 ? next() * 256 + next() : next()) % (most + 1);
  return {
    of: (options) => options[upTo(options.length - 1)] ?? options[0],
    weighted(...options) {
      const total = options.reduce((sum, [weight]) => sum + weight, 0);
      let left = (next() / 256) * total;
      for (const [weight, value] of options) {
        if (left < weight) return value;
        left -= weight;
      }
      throw new RangeError('nothing to choose from');
    },
    rarely: (times) => next() >= 256 - 256 / times,
    upTo,
    bytes: (length) => Uint8Array.from({ length }, next),
  };
}

/**
 * So many bytes by chance; a class, since fast-check wants one. Its own byte arrays take 30 µs each, more than the programs and the
 * model together; and they shrink by cutting, which would move every later choice.
 */
class Chance extends fc.Arbitrary<Uint8Array> {
  readonly #length: number;

  constructor(length: number) {
    super();
    this.#length = length;
  }

  override generate(random: fc.Random): fc.Value<Uint8Array> {
    const words = Int32Array.from({ length: Math.ceil(this.#length / 4) }, () => random.nextInt());
    return new fc.Value(new Uint8Array(words.buffer, 0, this.#length), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Uint8Array {
    return value instanceof Uint8Array;
  }

  /** Everything zero, the latter half, one byte after the other; then smaller bytes. */
  override shrink(value: Uint8Array): fc.Stream<fc.Value<Uint8Array>> {
    return new fc.Stream(simpler(value));
  }
}

function* simpler(value: Uint8Array): IterableIterator<fc.Value<Uint8Array>> {
  const changed = (change: (copy: Uint8Array) => void): fc.Value<Uint8Array> => {
    const copy = value.slice();
    change(copy);
    return new fc.Value(copy, undefined);
  };
  const used = [...value.keys()].filter((at) => value[at] !== 0);
  if (used.length > 1) {
    yield changed((copy) => copy.fill(0));
    yield changed((copy) => copy.fill(0, used[Math.floor(used.length / 2)]));
  }
  for (const at of used.reverse()) yield changed((copy) => copy.fill(0, at, at + 1));
  for (const at of used)
    if ((value[at] ?? 0) > 1) yield changed((copy) => copy.fill((value[at] ?? 0) >> 1, at, at + 1));
}

export function chance(length: number): fc.Arbitrary<Uint8Array> {
  return new Chance(length);
}
