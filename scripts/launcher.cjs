#!/usr/bin/env node
// dist/trueingress.cjs: runs the bundle beside it with the code that V8 compiled while it was built, since parsing and
// compiling are a sixth of a cold command. Another version of Node refuses that code and compiles as it always does.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

// bundle.mjs puts the name here, which has the bundle's hash: V8 compares nothing but lengths.
const bundle = join(__dirname, '@BUNDLE@');

function compiledCode() {
  try {
    return readFileSync(`${bundle}.cache`);
  } catch {
    return undefined;
  }
}

// The bundle is ASCII.
const script = new Script(readFileSync(bundle, 'latin1'), { filename: bundle, cachedData: compiledCode() });
script.runInThisContext()(exports, require, module, __filename, __dirname);
