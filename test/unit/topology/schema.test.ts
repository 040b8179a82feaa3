// The schema that editors use, the validator generated from it, and the reader say the same.
import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { fieldNames } from '../../../src/topology/generated/validator.js';
import { exampleNames, exampleText } from '../../support/examples.ts';
import { gatewayText, head, nodeText, problemsOf, serviceFields, tunnelFields, vary } from './texts.ts';

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

const fixedText = vary(gatewayText, ['learned', '172.1.0.3:6080']);

describe('the schema', () => {
  it('describes every field, so that editors show it', () => {
    const isBranch = (path: string) => /allOf|gatewayTunnel|nodeTunnel|shortTunnel/.test(path);
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

  it.each(exampleNames)('accepts the example %s', (name) => {
    expect(inEditor(load(exampleText(name), { schema: CORE_SCHEMA.withTags(mergeTag) }))).toBe(true);
  });

  it.each([
    ['a gateway', gatewayText],
    ['a node', nodeText],
    ['flags as numbers', `${head}flags: {ingress: 1, egress: 17}\n`],
    ['interfaces of both kinds', `${head}interfaces: [eth0, {name: eth1, flags: {egress: [fib]}}]\n`],
    ['a part of a topology', 'apiVersion: trueingress/v1\nservices: []\n'],
    ['x-', `${head}x-any: 5\n`],
    ['every flag', `${head}flags: {ingress: [gue, fwd, dump], egress: [proxy, fwd, dump, fib]}\n`],
    ['every number of flags', `${head}flags: {ingress: 13, egress: 29}\n`],
    ['a gateway of IPv6', vary(gatewayText, ['172.1.0.4:6080', '"[2001:db8::4]:6080"'], ['learned', '"[::]:0"'])],
    [
      'everything that a learned tunnel can have',
      tunnelFields(
        gatewayText,
        'source: strict',
        'sourcePort: flow-hash',
        'sign: {key: abc, required: true}',
        'allowFrom: [203.0.113.0/24, 2001:db8::/32]',
        'movesPerMinute: 10',
      ),
    ],
    ['the short header and the number at the far end', tunnelFields(fixedText, 'header: short', 'remoteId: 5')],
    ['what a service can have', serviceFields(gatewayText, 'via: eth1', 'previousKey: {file: a}', 'echo: carry')],
    [
      'what a service of a node can have',
      serviceFields(nodeText, 'fallback: pass', 'previousKey: keep', 'echo: carry'),
    ],
  ])('accepts %s, as the reader does', async (_, text) => {
    expect(inEditor(load(text)), JSON.stringify(inEditor.errors)).toBe(true);
    expect((await problemsOf(text)).filter((one) => !one.startsWith('missing-field 1:1'))).toEqual([]);
  });

  it.each([
    ['an unknown field', `${head}servces: []\n`],
    ['no apiVersion', 'name: a\nrole: node\n'],
    ['a misspelled role', vary(gatewayText, ['gateway', 'gatway'])],
    ['a node that learns', vary(nodeText, ['172.1.0.4:6080', 'learned'])],
    ['a node without remote', vary(nodeText, ['    remote: 172.1.0.4:6080\n', ''])],
    ['remoteId on a gateway', vary(gatewayText, ['    remote:', '    remoteId: 5\n    remote:'])],
    ['a flag of the other direction', `${head}flags: {ingress: [fib]}\n`],
    ['an address without port', vary(gatewayText, ['172.1.0.4:6080', '172.1.0.4'])],
    ['a key that is a number', vary(gatewayText, ['Pa55w0rd1234567', '1234567'])],
    ['a key from two places', vary(gatewayText, ['Pa55w0rd1234567', '{file: a, env: B}'])],
    ['a time without unit', vary(nodeText, ['    remote:', '    ping: {interval: 10}\n    remote:'])],
    ['expect', serviceFields(gatewayText, 'expect: {}')],
    ['via that is no name', serviceFields(gatewayText, 'via: a/b')],
    ['a previous key that is a number', serviceFields(gatewayText, 'previousKey: 5')],
    ['an unknown echo', serviceFields(gatewayText, 'echo: reply')],
    ['an unknown fallback', serviceFields(nodeText, 'fallback: drop')],
    ['remoteId on a gateway', tunnelFields(gatewayText, 'remoteId: 5')],
    ['ping on a gateway whose remote is fixed', tunnelFields(fixedText, 'ping: {interval: 1s}')],
    ['allowFrom with a fixed remote', tunnelFields(fixedText, 'allowFrom: [10.0.0.0/8]')],
    ['movesPerMinute on a node', tunnelFields(nodeText, 'movesPerMinute: 5')],
    ['sign.required on a node', tunnelFields(nodeText, 'sign: {key: abc, required: true}')],
    ['sign without a key', tunnelFields(gatewayText, 'sign: {required: true}')],
    ['nine prefixes', tunnelFields(gatewayText, `allowFrom: [${Array(9).fill('10.0.0.0/8').join(', ')}]`)],
    ['the short header and a learned remote', tunnelFields(gatewayText, 'header: short')],
    ['the short header and sign', tunnelFields(fixedText, 'header: short', 'sign: {key: abc}')],
    ['the short header and source', tunnelFields(nodeText, 'header: short', 'source: strict')],
    ['the short header and ports of flows', tunnelFields(nodeText, 'header: short', 'sourcePort: flow-hash')],
    ['an IPv6 address without brackets', vary(gatewayText, ['172.1.0.4:6080', '2001:db8::4'])],
  ])('refuses %s, as the reader does', async (_, text) => {
    expect(inEditor(load(text))).toBe(false);
    expect(await problemsOf(text)).not.toEqual([]);
  });
});
