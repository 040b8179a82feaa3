// Writes BUNDLE.cache for scripts/launcher.cjs: the bundle is run once in this process, so that what most commands use is
// compiled by then; V8's form of it all is written at the end. Usage: node code-cache.cjs BUNDLE COMMAND [WORD…]
const { readFileSync, writeFileSync } = require('node:fs');
const { dirname, join, resolve } = require('node:path');
const { Script } = require('node:vm');

const [name = '', ...words] = process.argv.slice(2);
const bundle = resolve(name);
const main = join(dirname(bundle), 'trueingress.cjs');
const script = new Script(readFileSync(bundle, 'latin1'), { filename: bundle });
process.argv = [process.argv[0], main, ...words];
process.on('exit', () => {
  writeFileSync(`${bundle}.cache`, script.createCachedData());
  // What the command thought of its files is no matter of the build.
  process.exitCode = 0;
});
script.runInThisContext()(exports, require, module, main, dirname(main));
