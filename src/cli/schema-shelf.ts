// The JSON Schemas that are shipped: by kind, as text. Knows one directory, and not what is in the schemas.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SchemaShelf {
  readonly directory: string;
  /** In alphabetical order: `plan`, `topology`. */
  readonly kinds: readonly string[];
  /** Of one of `kinds`. Throws the fs error. */
  text(kind: string): string;
}

const ending = '.schema.json';

/** A directory that is not there holds none. */
export function openSchemas(directory: string): SchemaShelf {
  return {
    directory,
    kinds: namesIn(directory)
      .filter((name) => name.endsWith(ending))
      .map((name) => name.slice(0, -ending.length))
      .sort(),
    text: (kind) => readFileSync(join(directory, kind + ending), 'utf8'),
  };
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
