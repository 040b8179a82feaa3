// Cold start: what the bundle evaluates before it knows which command is meant. esbuild runs a module at start exactly when
// static imports reach it from src/main.ts, so the module graph tells.
import { build } from 'esbuild';
import { expect, test } from 'vitest';

/** Packages whose code runs in every command, `--help` included. */
const paidAlways = ['commander'];

test('the bundle evaluates no package at start but the reader of command lines', async () => {
  const { metafile } = await build({
    entryPoints: ['src/main.ts'],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['koffi'],
    logLevel: 'silent',
  });
  const reached = new Set(['src/main.ts']);
  for (const path of reached) {
    for (const one of metafile.inputs[path]?.imports ?? []) {
      if (one.kind !== 'dynamic-import') reached.add(one.path);
    }
  }
  const packages = [...reached].flatMap((path) =>
    path === 'koffi' ? ['koffi'] : (/^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
  );
  expect([...new Set(packages)].sort()).toEqual(paidAlways);
});
