#!/usr/bin/env node
// dist/trueingress.cjs: runs the program from the packs beside it, each with the code that V8 compiled while it was built, since
// parsing and compiling are a sixth of a cold command. Another version of Node refuses that code and compiles as it always does.
// A pack is a file of chunks; the first has what common commands run, the second is read when a chunk of it is asked for.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

// bundle.mjs puts the names here, which have the program's hash: V8 compares nothing but lengths.
const unread = ['@COMMON@', '@OTHERS@'];
const chunks = new Map();
const modules = new Map();

function compiledCode(pack) {
  try {
    return readFileSync(`${pack}.cache`);
  } catch {
    return undefined;
  }
}

function readPack(name) {
  const pack = join(__dirname, name);
  // Packs are ASCII.
  const script = new Script(readFileSync(pack, 'latin1'), { filename: pack, cachedData: compiledCode(pack) });
  for (const [id, chunk] of Object.entries(script.runInThisContext()(__filename, __dirname))) chunks.set(id, chunk);
}

/** A chunk by its name, everything else as Node finds it. */
function requireChunk(id) {
  if (!id.startsWith('./')) return require(id);
  const known = modules.get(id);
  if (known) return known.exports;
  while (!chunks.has(id)) readPack(unread.shift());
  const made = { exports: {} };
  modules.set(id, made);
  chunks.get(id)(requireChunk, made, made.exports);
  return made.exports;
}

requireChunk('./main.js');
