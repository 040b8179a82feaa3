// A TypeScript file as a process of its own: bundled into the tree, where koffi is found, and removed after.
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';
import { ownRoot } from '../../../src/paths.ts';

export interface Child {
  /** For `node`. */
  readonly path: string;
  remove(): void;
}

export function bundleChild(source: string): Child {
  const directory = join(ownRoot(), 'build', `child-${process.pid}`);
  const path = join(directory, `${basename(source, '.ts')}.mjs`);
  mkdirSync(directory, { recursive: true });
  buildSync({ entryPoints: [source], outfile: path, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
  return { path, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
