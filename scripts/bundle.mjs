// Bundles src/main.ts into dist/ and puts beside it what src/paths.ts looks for: the object file, the schemas.
//   trueingress.cjs                        scripts/launcher.cjs, which names the packs
//   trueingress-HASH.js, -HASH-others.js   the packs: chunks of the program (docs/adr/0004); .cache: what V8 compiled of them
// koffi stays outside (native addon). `import()` stays lazy: what it names is in a chunk that is run at the first import, and
// what no common command imports is not even read.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { build, transform } from 'esbuild';

const launcher = 'dist/trueingress.cjs';
// Built beside and renamed: a command that runs during a build sees the old program or the new one.
const draft = 'dist/.trueingress.draft.cjs';
/** Run once while building; what it uses is compiled from then on. It needs no root, kernel or network. */
const warmUp = ['validate', '-f', 'examples/gateway.yaml'];
const common = ['validate', 'plan', 'apply', 'status'].map((name) => `src/cli/commands/${name}.ts`);
/** What a common command imports only when something is wrong, or to show differences. */
const seldom = /^node_modules\/|^src\/topology\/yaml\.ts$/;
const isCommand = /^src\/cli\/(commands|old-tools)\//;

const form = {
  minifyWhitespace: true,
  minifySyntax: true,
  // A line of a stack still says about where: names stay, and lines are not all one.
  lineLimit: 160,
  charset: 'ascii',
  legalComments: 'none',
  logLevel: 'warning',
  platform: 'node',
  target: 'node20',
};

/**
 * commander asks for node:child_process, and with it for Node's sockets and streams, to start programs of its own, which nothing
 * here does; it costs every command some milliseconds.
 */
const withoutPrograms = {
  name: 'without-programs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/node_modules/commander/') ? { path: 'none', namespace: 'without-programs' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'without-programs' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** The program as ES modules, cut where `import()` is: their names and texts, and esbuild's account of who imports whom. */
async function chunksOf(entry) {
  const { outputFiles, metafile } = await build({
    ...form,
    entryPoints: [entry],
    outdir: '.',
    bundle: true,
    splitting: true,
    format: 'esm',
    external: ['koffi'],
    plugins: [withoutPrograms],
    write: false,
    metafile: true,
  });
  const files = outputFiles.map(({ path, text }) => ({ id: `./${path.split('/').at(-1)}`, text }));
  return { files, outputs: metafile.outputs };
}

/** Names of the chunks that main and the common commands import, at once or later, but for what they seldom do. */
function commonOf(outputs, main) {
  const entryOf = (path) => outputs[path].entryPoint ?? '';
  const found = new Set(Object.keys(outputs).filter((path) => [main, ...common].includes(entryOf(path))));
  if (found.size !== common.length + 1) throw new Error('bundle.mjs: a common command is no entry point of a chunk');
  for (const path of found) {
    for (const { path: next, kind } of outputs[path].imports) {
      if (!(next in outputs)) continue;
      const isLater = kind !== 'import-statement' && (isCommand.test(entryOf(next)) || seldom.test(entryOf(next)));
      if (!isLater) found.add(next);
    }
  }
  return new Set([...found].map((path) => `./${path}`));
}

/**
 * What esbuild puts before each module that it makes of another kind, here once for a pack. `__toESM` is for Node's modules
 * alone: what has been bundled brings its own.
 */
const prelude = `
const __toCommonJS=(exports)=>exports;
const __export=(to,all)=>{for(const name in all)Object.defineProperty(to,name,{get:all[name],enumerable:true})};
const seen=new Map();
const __toESM=(module)=>{
  if(!seen.has(module))seen.set(module,Object.assign(Object.create(module),{default:module}));
  return seen.get(module);
};
`;

/** A chunk as a function of (require, module, module.exports), which esbuild calls stdin_exports. */
async function packed({ id, text }) {
  const { code } = await transform(text, {
    ...form,
    format: 'cjs',
    // What stays outside (Node's own modules) is required: code that vm.Script runs has no loader for import().
    supported: { 'dynamic-import': false },
    // src/paths.ts asks for __filename first, which packs have.
    logOverride: { 'empty-import-meta': 'silent' },
  });
  const [head, body, ...more] = code.split(/var\s+stdin_exports\s*=\s*\{\s*\};/);
  // The entry exports nothing and keeps esbuild's own words.
  if (body === undefined) return `${JSON.stringify(id)}:function(require){${head}}`;
  if (more.length > 0) throw new Error(`bundle.mjs: esbuild writes ${id} in another form`);
  return `${JSON.stringify(id)}:function(require,module,stdin_exports){${body}}`;
}

async function packOf(files) {
  const chunks = await Promise.all(files.map(packed));
  return `(function(__filename,__dirname){${prelude}return{\n${chunks.join(',\n')}\n}})`;
}

mkdirSync('dist', { recursive: true });
const { files, outputs } = await chunksOf('src/main.ts').catch(() => {
  // esbuild has said why.
  process.exit(1);
});
const isCommon = commonOf(outputs, 'src/main.ts');
const packs = [
  await packOf(files.filter(({ id }) => isCommon.has(id))),
  await packOf(files.filter(({ id }) => !isCommon.has(id))),
];
const hash = createHash('sha256').update(packs.join()).digest('hex').slice(0, 12);
const names = [`trueingress-${hash}.js`, `trueingress-${hash}-others.js`];
for (const [index, name] of names.entries()) writeFileSync(`dist/${name}`, packs[index]);
writeFileSync(
  draft,
  readFileSync('scripts/launcher.cjs', 'utf8').replace('@COMMON@', names[0]).replace('@OTHERS@', names[1]),
);
chmodSync(draft, 0o755);
execFileSync(
  process.execPath,
  ['scripts/code-cache.cjs', draft, ...warmUp, '--', ...names.map((name) => `dist/${name}`)],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
renameSync(draft, launcher);
for (const old of readdirSync('dist'))
  if (/^trueingress-.*\.js(\.cache)?$/.test(old) && !old.startsWith(`trueingress-${hash}`)) rmSync(`dist/${old}`);

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
