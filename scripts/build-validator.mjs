// schemas/topology.schema.json → src/topology/generated/validator.js, so that a start pays no schema compiler (65 ms).
// Run by `npm run generate`; a unit test compares the file with what this would write.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Ajv2020 from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';

const root = new URL('../', import.meta.url);
const schemaFile = new URL('schemas/topology.schema.json', root);
export const validatorFile = new URL('src/topology/generated/validator.js', root);

const header = `// Generated from schemas/topology.schema.json by scripts/build-validator.mjs. Do not edit.
// biome-ignore-all lint: generated
// biome-ignore-all format: generated
// biome-ignore-all assist: generated
`;

/**
 * What the program itself asks of the schema. Left to code, which explains it better: values with a grammar of their own
 * (marked "read by code": only their type is kept) and the branches by role, which are for editors.
 */
function lean(part) {
  if (Array.isArray(part)) return part.map(lean);
  if (typeof part !== 'object' || part === null) return part;
  if (part.$comment === 'read by code') return part.type === 'string' ? { type: 'string' } : {};
  return Object.fromEntries(
    Object.entries(part)
      .filter(([name, value]) => name !== 'allOf' && !(name === 'examples' && Array.isArray(value)) && !(name === 'description' && typeof value === 'string'))
      .map(([name, value]) => [name, lean(value)]),
  );
}

/** The module's text: one check for the head of a file and one for each kind of list item, and the names that each knows. */
export async function validatorSource() {
  const { $defs: defs, $id: id, title: _, ...head } = lean(JSON.parse(readFileSync(schemaFile, 'utf8')));
  for (const list of ['interfaces', 'tunnels', 'services', 'expect']) head.properties[list] = { type: 'array' };
  const ajv = new Ajv2020.default({
    allErrors: true,
    strict: true,
    strictTypes: false,
    messages: false,
    code: { source: true, esm: true, lines: true },
  });
  ajv.addSchema({ $id: id, $defs: { ...defs, head } });
  const checks = standaloneCode.default(ajv, {
    checkHead: `${id}#/$defs/head`,
    checkInterface: `${id}#/$defs/interface`,
    checkTunnel: `${id}#/$defs/tunnel`,
    checkService: `${id}#/$defs/service`,
    checkExpectation: `${id}#/$defs/expectation`,
  });
  const names = (properties) => Object.keys(properties).filter((name) => name !== '$schema');
  const fieldNames = {
    '': names(head.properties),
    flags: names(defs.flags.properties),
    interface: names(defs.interface.else.properties),
    tunnel: names(defs.tunnel.properties),
    ping: names(defs.tunnel.properties.ping.properties),
    sign: names(defs.tunnel.properties.sign.properties),
    service: names(defs.service.properties),
    expectation: names(defs.expectation.properties),
  };
  const { outputFiles } = await build({
    stdin: {
      contents: `${checks}\nexport const fieldNames = ${JSON.stringify(fieldNames)};`,
      resolveDir: fileURLToPath(root),
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    legalComments: 'none',
  });
  return header + outputFiles[0].text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(validatorFile, await validatorSource());
