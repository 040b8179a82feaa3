// The schema that editors use, the validator generated from it, and the reader say the same.
import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { fieldNames } from '../../../src/topology/generated/validator.js';
import { gatewayText, head, nodeText, problemsOf, vary } from './texts.ts';

const root = new URL('../../../', import.meta.url);
const schema = JSON.parse(readFileSync(new URL('schemas/topology.schema.json', root), 'utf8'));
const inEditor = new Ajv2020.default({ strictTypes: false, strictRequired: false }).compile(schema);

/** Every place where a schema describes a field of a mapping, by its path. */
function fields(part: unknown, path: string): [path: string, field: Record<string, unknown>][] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, inner]) => [
    ...(path.endsWith('/properties') ? ([[`${path}/${name}`, inner]] as [string, Record<string, unknown>][]) : []),
    ...fields(inner, `${path}/${name}`),
  ]);
}

describe('the schema', () => {
  it('describes every field, so that editors show it', () => {
    const isBranch = (path: string) => /allOf|gatewayTunnel|nodeTunnel|gatewayService/.test(path);
    const described = ({ description, $ref }: Record<string, unknown>) =>
      description ?? schema.$defs[String($ref).replace('#/$defs/', '')]?.description;
    const bare = fields(schema, '').filter(([path, field]) => !isBranch(path) && !described(field));
    expect(bare.map(([path]) => path)).toEqual([]);
    expect(fields(schema, '').length).toBeGreaterThan(30);
  });

  it('is what the generated validator was made from (npm run generate)', async () => {
    const { validatorSource, validatorFile } = await import(new URL('scripts/build-validator.mjs', root).href);
    expect(readFileSync(validatorFile, 'utf8')).toBe(await validatorSource());
  });

  it('names the fields that the reader suggests', () => {
    expect(fieldNames.service).toEqual(Object.keys(schema.$defs.service.properties));
    expect(fieldNames.tunnel).toEqual(Object.keys(schema.$defs.tunnel.properties));
  });

  it.each([
    ['a gateway', gatewayText],
    ['a node', nodeText],
    ['flags as numbers', `${head}flags: {ingress: 1, egress: 17}\n`],
    ['interfaces of both kinds', `${head}interfaces: [eth0, {name: eth1, flags: {egress: [fib]}}]\n`],
    ['a part of a topology', 'apiVersion: trueingress/v1\nservices: []\n'],
    ['x-', `${head}x-any: 5\n`],
  ])('accepts %s', (_, text) => {
    expect(inEditor(load(text)), JSON.stringify(inEditor.errors)).toBe(true);
  });

  it.each([
    ['an unknown field', `${head}servces: []\n`],
    ['no apiVersion', 'name: a\nrole: node\n'],
    ['a misspelled role', vary(gatewayText, ['gateway', 'gatway'])],
    ['a node that learns', vary(nodeText, ['172.1.0.4:6080', 'learned'])],
    ['a node without remote', vary(nodeText, ['    remote: 172.1.0.4:6080\n', ''])],
    ['remoteId on a gateway', vary(gatewayText, ['    remote:', '    remoteId: 5\n    remote:'])],
    ['two tunnels of a service on a gateway', vary(gatewayText, ['tunnel: 100', 'tunnel: [100, 200]'])],
    ['a flag of a later version', `${head}flags: {egress: [dump]}\n`],
    ['an address without port', vary(gatewayText, ['172.1.0.4:6080', '172.1.0.4'])],
    ['a key that is a number', vary(gatewayText, ['Pa55w0rd1234567', '1234567'])],
    ['a key from two places', vary(gatewayText, ['Pa55w0rd1234567', '{file: a, env: B}'])],
    ['a time without unit', vary(nodeText, ['    remote:', '    ping: {interval: 10}\n    remote:'])],
    ['via', vary(gatewayText, ['    key:', '    via: eth1\n    key:'])],
  ])('refuses %s, as the reader does', async (_, text) => {
    expect(inEditor(load(text))).toBe(false);
    expect(await problemsOf(text)).not.toEqual([]);
  });
});
