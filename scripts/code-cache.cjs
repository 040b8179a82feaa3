// Writes PACK.cache for every pack of scripts/launcher.cjs: the program is run once in this process, so that what most commands
// use is compiled by then; V8's form of it all is written at the end. Usage: node code-cache.cjs LAUNCHER COMMAND [WORD…] -- PACK…
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { resolve } = require('node:path');
const vm = require('node:vm');

const end = process.argv.indexOf('--');
const [launcher, ...words] = process.argv.slice(2, end);
const packs = process.argv.slice(end + 1).map((pack) => resolve(pack));

/** As the launcher compiled them, by pack. */
const compiled = new Map();
vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options);
    compiled.set(options.filename, this);
  }
};
process.argv = [process.argv[0], resolve(launcher), ...words];
process.on('exit', () => {
  for (const pack of packs) {
    // A pack that the command did without: where its functions end is known then, which is most of the reading.
    const script = compiled.get(pack) ?? new vm.Script(readFileSync(pack, 'latin1'), { filename: pack });
    writeFileSync(`${pack}.cache`, script.createCachedData());
  }
  // What the command thought of its files is no matter of the build.
  process.exitCode = 0;
});
require(resolve(launcher));
