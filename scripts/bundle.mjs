// Bundles src/main.ts into dist/trueingress.cjs and puts beside it what src/paths.ts looks for: the object file, the schemas.
// koffi stays outside (native addon). `import()` of a bundled package stays lazy: esbuild wraps the module in a function that
// runs at the first import, so cold start pays only for what a command uses.
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const outfile = 'dist/trueingress.cjs';
// Built beside and renamed: a command that runs during a build sees the old bundle or the new one.
const draft = 'dist/.trueingress.draft.cjs';

mkdirSync('dist', { recursive: true });
const options = {
  entryPoints: ['src/main.ts'],
  outfile: draft,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['koffi'],
  banner: { js: '#!/usr/bin/env node' },
  // src/paths.ts asks for __filename first, which the bundle has.
  logOverride: { 'empty-import-meta': 'silent' },
  legalComments: 'none',
  logLevel: 'warning',
};
try {
  await build(options);
} catch {
  // esbuild has said why.
  process.exit(1);
}
chmodSync(draft, 0o755);
renameSync(draft, outfile);

for (const [from, to] of [
  ['build/bpf/trueingress.bpf.o', 'dist/trueingress.bpf.o'],
  ['schemas', 'dist/schemas'],
]) {
  if (!existsSync(from)) {
    console.error(`bundle.mjs: ${from} is missing`);
    process.exit(1);
  }
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
}
console.log(`  ${outfile}`);
