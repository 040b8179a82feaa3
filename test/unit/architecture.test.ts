// Reads the imports of src/** and holds them to the direction of DESIGN.md section 3, and files to their size and shape.
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../../src');

interface Source {
  /** Relative to src/, e.g. `tables/encap.ts`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const sources: readonly Source[] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .sort()
  .map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const specifiers = text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s*['"]([^'"]+)['"]/g,
    );
    return { path, text, imports: [...specifiers].map(([, a, b, c]) => a ?? b ?? c ?? '') };
  });

/** Which rooms a room may import, beside itself. The port is the contract that reconcile asks for, in terms of tables. */
const may: Readonly<Record<string, readonly string[]>> = {
  net: ['problem'],
  problem: [],
  layout: ['net', 'problem'],
  topology: ['net', 'problem', 'packet'],
  packet: ['net', 'problem', 'layout'],
  tables: ['net', 'problem', 'layout', 'topology', 'packet', 'port'],
  port: ['problem', 'topology', 'tables'],
  native: ['net', 'problem', 'paths'],
  'datapath/memory': ['net', 'problem', 'layout', 'topology', 'packet', 'tables', 'port'],
  'datapath/kernel': ['net', 'problem', 'layout', 'topology', 'packet', 'tables', 'port', 'native', 'paths'],
  reconcile: ['net', 'problem', 'layout', 'topology', 'packet', 'tables', 'port'],
  paths: [],
  doctor: ['net', 'problem', 'topology', 'tables', 'port'],
  ends: ['net', 'problem', 'topology'],
  legacy: ['net', 'problem', 'topology'],
  history: ['net', 'problem', 'topology', 'tables', 'port', 'reconcile', 'native'],
  report: [
    'net',
    'problem',
    'layout',
    'topology',
    'packet',
    'tables',
    'port',
    'reconcile',
    'doctor',
    'ends',
    'history',
    'watch',
  ],
  watch: ['net', 'problem', 'topology', 'tables', 'port', 'reconcile'],
  cli: ['*'],
  main: ['*'],
};

/** `tables/encap.ts` → tables, `datapath/port.ts` → port, `problem.ts` → problem. */
function roomOf(path: string): string {
  if (path === 'datapath/port.ts') return 'port';
  const [first = '', second = ''] = path.split('/');
  if (first === 'problem-hints.ts') return 'problem';
  if (first === 'datapath') return `datapath/${second}`;
  return first.replace(/\.ts$/, '');
}

function packageOf(specifier: string): string {
  return specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : (specifier.split('/')[0] ?? '');
}

const inside = (specifier: string): boolean => specifier.startsWith('.');
const builtin = (specifier: string): boolean => specifier.startsWith('node:') || builtinModules.includes(specifier);

describe('the tree', () => {
  test('has sources', () => {
    expect(sources.length).toBeGreaterThan(10);
  });

  test('imports point one way', () => {
    const wrong = sources.flatMap(({ path, imports }) =>
      imports.filter(inside).flatMap((specifier) => {
        const room = roomOf(path);
        const target = relative(root, resolve(root, dirname(path), specifier));
        if (target.startsWith('..'))
          return /\.(json|cjs|mjs)$/.test(target) ? [] : [`${path} leaves src: ${specifier}`];
        const other = roomOf(target);
        const allowed = may[room];
        if (!allowed) return [`${path} is in a room that this test does not know`];
        return other === room || allowed.includes('*') || allowed.includes(other) ? [] : [`${path} imports ${target}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test('every relative import names its file with an extension', () => {
    const bare = sources.flatMap(({ path, imports }) =>
      imports
        .filter((one) => inside(one) && !/\.(ts|js|json|cjs|mjs)$/.test(one))
        .map((one) => `${path} imports ${one}`),
    );
    expect(bare).toEqual([]);
  });

  test('a third-party package is imported by one file', () => {
    const importers = new Map<string, Set<string>>();
    for (const { path, imports } of sources)
      for (const specifier of imports)
        if (!inside(specifier) && !builtin(specifier)) {
          const name = packageOf(specifier);
          importers.set(name, (importers.get(name) ?? new Set()).add(path));
        }
    const shared = [...importers].filter(([, paths]) => paths.size > 1).map(([name, paths]) => [name, ...paths]);
    expect(shared).toEqual([]);
  });

  test('node modules are imported by their node: names', () => {
    const plain = sources.flatMap(({ path, imports }) =>
      imports.filter((one) => builtinModules.includes(one)).map((one) => `${path} imports ${one}`),
    );
    expect(plain).toEqual([]);
  });

  test('nothing is exported as default', () => {
    expect(sources.filter(({ text }) => /^export default\b/m.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test('no file is longer than 300 lines', () => {
    const long = sources
      .filter(({ text }) => !/^\/\/ Generated\b/i.test(text))
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });

  test('every file opens by saying which room it is', () => {
    expect(sources.filter(({ text }) => !/^(#!.*\n)?(\/\/|\/\*)/.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test('the pure stages do no I/O of their own', () => {
    const pure = new Set([
      'net',
      'problem',
      'layout',
      'tables',
      'port',
      'packet',
      'legacy',
      'reconcile',
      'report',
      'datapath/memory',
    ]);
    const io = /^(node:)?(fs|fs\/promises|child_process|net|http|https|dgram|os|worker_threads)$/;
    const impure = sources
      .filter(({ path }) => pure.has(roomOf(path)))
      .flatMap(({ path, imports }) => imports.filter((one) => io.test(one)).map((one) => `${path} imports ${one}`));
    expect(impure).toEqual([]);
  });
});
