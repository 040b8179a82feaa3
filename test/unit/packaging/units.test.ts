// The systemd units: one sandbox for both, as tight as was promised, and nothing in it that cannot be.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const directory = resolve(import.meta.dirname, '../../../packaging/systemd');
const names = ['trueingress@.service', 'trueingress-apply@.service'] as const;
const read = (name: string): string => readFileSync(`${directory}/${name}`, 'utf8');
const analyze = '/usr/bin/systemd-analyze';

/** Settings of the sandbox: all from the capabilities to the end of the section. */
function sandboxOf(text: string): string[] {
  const [, sandbox = ''] = /\n(CapabilityBoundingSet=[\s\S]*?)\n\n\[Install\]/.exec(text) ?? [];
  return sandbox.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('the units', () => {
  test('have one sandbox', () => {
    const [daemon = [], oneshot] = names.map((name) => sandboxOf(read(name)));
    expect(daemon.length).toBeGreaterThan(20);
    expect(oneshot).toEqual(daemon);
  });

  test.each(names)('%s limits no memory, and does not forbid what V8 needs', (name) => {
    const settings = read(name).replace(/^#.*$/gm, '');
    expect(settings).not.toMatch(/Memory(Max|High|DenyWriteExecute)=/);
  });

  test.skipIf(!existsSync(analyze)).each(names)('%s is exposed at 2.5 at most, as systemd-analyze has it', (name) => {
    const words = ['security', '--offline=true', '--no-pager', `${directory}/${name}`];
    const said = execFileSync(analyze, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    const exposure = Number(/Overall exposure level for .*: (\d+\.\d+)/.exec(said)?.[1]);
    expect(exposure).toBeLessThanOrEqual(2.5);
  });
});
