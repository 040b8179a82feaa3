// The schemas of --json documents, and what is wrong with a document by the schema of its kind.
import { readdirSync, readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';

const directory = new URL('../../schemas/', import.meta.url);
export const schemas = readdirSync(directory)
  .filter((name) => name !== 'topology.schema.json')
  .map((name) => JSON.parse(readFileSync(new URL(name, directory), 'utf8')));

/** Consumers must take unknown fields; this test must not. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed);
  if (typeof part !== 'object' || part === null) return part;
  const inner = Object.fromEntries(Object.entries(part).map(([name, value]) => [name, closed(value)]));
  return inner.type === 'object' && inner.properties && inner.additionalProperties === undefined
    ? { ...inner, additionalProperties: false }
    : inner;
}

const ajv = new Ajv2020.default({ allErrors: true, strictTypes: false, validateFormats: false });
for (const schema of schemas) ajv.addSchema(closed(schema) as object);

/** What is wrong with a document by the schema of its kind. */
export function faults(document: Record<string, unknown>): unknown {
  const kind = String(document.kind).toLowerCase();
  const check = ajv.getSchema(`urn:trueingress:${kind}:v1`);
  if (!check) return `no schema for ${kind}`;
  return check(document) ? [] : check.errors;
}
