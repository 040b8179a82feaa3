// Runs a TypeScript program of this tree (demo, evidence, bench) on Node 20, which cannot read types: bundles it into
// build/run with packages left outside, then imports it. Usage: node scripts/run.mjs FILE [ARGUMENT…]
import { rmSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [entry, ...rest] = process.argv.slice(2);
if (entry === undefined) {
  console.error('usage: run.mjs FILE [ARGUMENT…]');
  process.exit(64);
}
const outfile = resolve('build/run', `${basename(entry, '.ts')}.${process.pid}.mjs`);
await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: 'inline',
  logLevel: 'warning',
});
process.on('exit', () => rmSync(outfile, { force: true }));
process.setSourceMapsEnabled(true);
process.argv = [process.argv[0] ?? 'node', outfile, ...rest];
await import(pathToFileURL(outfile).href);
