// Golden cases: each directory holds desired.yaml, observed.yaml (none: nothing is there yet) and plan.txt, what `plan` says when
// the one is wanted where the other was applied. UPDATE_CASES=1 rewrites plan.txt; read the difference before you commit it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openMemoryDatapath } from '../../src/datapath/memory/datapath.ts';
import { isEmptyPlan } from '../../src/reconcile/plan.ts';
import { planText } from '../../src/report/plan.ts';
import { plain } from '../../src/report/style.ts';
import { readTopology } from '../../src/topology/read.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { applyOn, makeWorld, prepareOn } from '../support/memory.ts';

const root = import.meta.dirname;
const cases = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

async function read(name: string, file: string): Promise<Topology> {
  const path = join(root, name, file);
  const { topology, problems } = await readTopology([
    { file, text: readFileSync(path, 'utf8'), directory: join(root, name) },
  ]);
  if (!topology) throw new Error(`${path}: ${problems.map(({ message }) => message).join('; ')}`);
  return topology;
}

describe('the plan of', () => {
  test('at least a dozen cases is written down', () => {
    expect(cases.length).toBeGreaterThanOrEqual(12);
  });

  test.each(cases)('%s', async (name) => {
    const desired = await read(name, 'desired.yaml');
    const world = makeWorld();
    if (existsSync(join(root, name, 'observed.yaml')))
      expect(applyOn(world, await read(name, 'observed.yaml')).outcome.problems).toEqual([]);
    const { plan, datapath } = prepareOn(world, desired);
    expect(plan.problems).toEqual([]);
    expect(datapath.log.filter(({ writes }) => writes)).toEqual([]);

    const text = planText(plan, false, plain);
    const golden = join(root, name, 'plan.txt');
    if (process.env.UPDATE_CASES === '1') writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));

    for (const { key } of desired.services)
      if (key.kind === 'bytes') expect(text).not.toContain(Buffer.from(key.bytes).toString('utf8').replace(/\0+$/, ''));
    const { outcome } = applyOn(world, desired);
    expect(outcome.result).toBe(isEmptyPlan(plan) ? 'unchanged' : 'applied');
    expect(isEmptyPlan(prepareOn(world, desired, { datapath: openMemoryDatapath(world) }).plan)).toBe(true);
  });
});
