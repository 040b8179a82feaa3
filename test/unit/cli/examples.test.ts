// Each example goes the whole way over the fake kernel: planned, staged, probed and applied, and then there is nothing to do.
import { describe, expect, it } from 'vitest';
import { exampleNames, exampleText } from '../../support/examples.ts';
import { mustRead } from '../topology/texts.ts';
import { TestHost } from './harness.ts';

/** A signed ping is taken by the clock of the fake kernel, which is this host's. */
const options = { environment: { realtimeNs: () => BigInt(Date.now()) * 1_000_000n } };

describe('the example', () => {
  it.each(exampleNames)('%s is planned, probed and applied, and comes back from an export', async (name) => {
    const { services } = await mustRead(exampleText(name));
    const host = new TestHost(['eth0', 'eth1', 'eth2']);
    host.files.set('example.yaml', exampleText(name));
    const plan = await host.json(['plan', '-f', 'example.yaml']);
    expect(errorsOf(plan)).toEqual([]);
    expect(plan.exitCode).toBe(0);
    const applied = await host.json(['apply', '-f', 'example.yaml'], options);
    expect(errorsOf(applied)).toEqual([]);
    expect(applied).toMatchObject({ exitCode: 0, result: 'applied', probes: { services: services.length } });
    expect((await host.run(['plan', '-f', 'example.yaml'])).stdout).toBe('No changes.\n');

    host.files.set('export.yaml', (await host.run(['export'])).stdout);
    expect((await host.run(['plan', '-f', 'export.yaml'])).stdout).toBe('No changes.\n');
  });
});

function errorsOf({ problems }: Record<string, unknown>): unknown[] {
  return Array.isArray(problems) ? problems.filter(({ severity }) => severity === 'error') : [];
}
