// The examples are tests: each says in its first line what it shows, is good, and prints to what it means.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { printTopology } from '../../../src/topology/write.ts';
import { mustRead, problemsOf } from './texts.ts';

const directory = fileURLToPath(new URL('../../../examples/', import.meta.url));
const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.ya?ml$/.test(name))
  .sort();
const textOf = (name: string) => readFileSync(`${directory}${name}`, 'utf8');

describe('the example', () => {
  it('list is the one that the documentation names', () => {
    expect(names).toEqual([
      'gateway.yaml',
      'many-services.yaml',
      'minimal.yaml',
      'node.yaml',
      'two-gateways/gateway-1.yaml',
      'two-gateways/gateway-2.yaml',
      'two-gateways/node.yaml',
    ]);
  });

  it.each(names)('%s opens with a line saying what it shows, then the schema', (name) => {
    const [first = '', second = ''] = textOf(name).split('\n');
    expect(first).toMatch(/^# \S.{20,}\.$/);
    const up = '../'.repeat(name.split('/').length);
    expect(second).toBe(`# yaml-language-server: $schema=${up}schemas/topology.schema.json`);
  });

  it.each(names)('%s has no problems', async (name) => {
    expect(await problemsOf(textOf(name))).toEqual([]);
  });

  it.each(names)('%s means the same when it is printed and read again', async (name) => {
    const topology = await mustRead(textOf(name));
    const again = await mustRead(await printTopology(topology, { keys: 'show' }));
    expect(withoutPlaces(again)).toEqual(withoutPlaces(topology));
  });

  it('gateway and node share the services that both have', async () => {
    const identity = ({ services }: Awaited<ReturnType<typeof mustRead>>) =>
      services.map(({ group, id, proxy, key }) => ({ group, id, proxy, key }));
    const gateway = await mustRead(textOf('gateway.yaml'));
    const node = await mustRead(textOf('node.yaml'));
    expect(identity(gateway)).toEqual(expect.arrayContaining(identity(node)));
  });
});

function withoutPlaces(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner) => (key === 'place' || key === 'sourceDigest' ? undefined : inner)),
  );
}
