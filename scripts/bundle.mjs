// Bundles src/main.ts into dist/ and puts beside it what src/paths.ts looks for: the object file, the schemas.
//   trueingress.cjs               scripts/launcher.cjs, which names the two below
//   trueingress-HASH.js, .cache   the bundle, and what V8 compiled of it (docs/adr/0004)
// koffi stays outside (native addon). `import()` of a bundled package stays lazy: esbuild wraps the module in a function that
// runs at the first import, so cold start pays only for what a command uses.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const launcher = 'dist/trueingress.cjs';
// Built beside and renamed: a command that runs during a build sees the old bundle or the new one.
const draft = 'dist/.trueingress.draft.cjs';
/** Run once while building; what it uses is compiled from then on. It needs no root, kernel or network. */
const warmUp = ['validate', '-f', 'examples/gateway.yaml'];

mkdirSync('dist', { recursive: true });
const options = {
  entryPoints: ['src/main.ts'],
  outfile: draft,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['koffi'],
  // As Node wraps a CommonJS module; the launcher calls it.
  banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
  footer: { js: '})' },
  // What stays outside (Node's own modules) is required: code that vm.Script runs has no loader for import().
  supported: { 'dynamic-import': false },
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
const hash = createHash('sha256').update(readFileSync(draft)).digest('hex').slice(0, 12);
const name = `trueingress-${hash}.js`;
renameSync(draft, `dist/${name}`);
execFileSync(process.execPath, ['scripts/code-cache.cjs', `dist/${name}`, ...warmUp], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
writeFileSync(draft, readFileSync('scripts/launcher.cjs', 'utf8').replace('@BUNDLE@', name));
chmodSync(draft, 0o755);
renameSync(draft, launcher);
for (const old of readdirSync('dist'))
  if (/^trueingress-.*\.js(\.cache)?$/.test(old) && !old.startsWith(name)) rmSync(`dist/${old}`);

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
console.log(`  ${launcher}`);
