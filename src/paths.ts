// Where the program finds what is shipped beside it, whether it runs from the source tree, as the bundle
// dist/trueingress.cjs, from an npm tarball or from a Debian package. Knows places, reads nothing but directory entries.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This file, or the bundle that holds it. The bundle is CommonJS and has no import.meta.url; the sources have no __filename. */
export function ownFile(): string {
  return typeof __filename === 'string' ? __filename : fileURLToPath(import.meta.url);
}

/** The project's root: the nearest directory above `ownFile()` that has a package.json, else the directory above the file's. */
export function ownRoot(): string {
  const start = dirname(ownFile());
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'package.json'))) return directory;
    if (directory === dirname(directory)) return dirname(start);
  }
}

/** Where the JSON Schemas are: a place that stays the same from version to version, since files name it for editors. */
export function schemaDirectory(): string {
  const packaged = '/usr/share/trueingress/schemas';
  const places = [join(ownRoot(), 'schemas'), join(dirname(ownFile()), 'schemas'), packaged];
  return places.find((place) => existsSync(place)) ?? packaged;
}

/**
 * The object file with the BPF programs. TRUEINGRESS_OBJECT names another one (tests use it for a broken object).
 * Otherwise the first that exists of: beside the bundle (npm tarball, package), build/bpf of the source tree, the place
 * where a Debian package puts it. When none exists the first place is returned, so that the error can name it.
 */
export function objectPath(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const named = environment.TRUEINGRESS_OBJECT;
  if (named) return named;
  const name = 'trueingress.bpf.o';
  const places = [
    join(ownRoot(), 'build', 'bpf', name),
    join(dirname(ownFile()), name),
    join(ownRoot(), 'dist', name),
    join('/usr/lib/trueingress', name),
  ];
  return places.find((place) => existsSync(place)) ?? (places[0] as string);
}
