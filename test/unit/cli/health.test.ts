// The line on top of `status`: what runs is not all, where a daemon's files ask for something else.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { faults } from '../../support/schemas.ts';
import { type Running, startWatch, until } from './daemon-harness.ts';
import { gatewayText } from './harness.ts';

const running: Running[] = [];

async function watch(): Promise<Running> {
  const daemon = await startWatch();
  running.push(daemon);
  return daemon;
}

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

const changed = gatewayText.replace('172.1.0.3:6080', '172.1.0.9:6080');

/** The line on top, the exit code of --check, and what the document says. */
async function seen(daemon: Running) {
  const { stdout } = await daemon.run(['status']);
  const document = JSON.parse((await daemon.run(['status', '--json'])).stdout);
  expect(faults(document)).toEqual([]);
  const { health, healthReason, converged } = document;
  return {
    top: stdout.split('\n')[1],
    check: (await daemon.run(['status', '--check'])).code,
    document: { health, converged, healthReason },
  };
}

test('a broken file: since when, what goes on, and file:line of the fault', async () => {
  const daemon = await watch();
  writeFileSync(daemon.file, gatewayText.replace('tunnel: 100', 'tunnel: 17'));
  await daemon.said('"event":"held"');
  const why = `generation 1 goes on; ${daemon.file}:18:13: error[tunnel-not-found]: service "web" uses tunnel 17, which is not defined`;
  expect(await seen(daemon)).toEqual({
    top: `degraded since 22:13:20: ${why}`,
    check: 1,
    document: { health: 'degraded', converged: true, healthReason: why },
  });
  writeFileSync(daemon.file, gatewayText);
  expect((await daemon.run(['reconcile', '--now'])).code).toBe(0);
  expect(await seen(daemon)).toEqual({
    top: 'converged',
    check: 0,
    document: { health: 'converged', converged: true, healthReason: null },
  });
});

test('what a guard holds back keeps the host degraded as well', async () => {
  const daemon = await watch();
  writeFileSync(daemon.file, gatewayText.replace(/tunnels:[\s\S]*/, ''));
  await daemon.said('"event":"held"');
  expect(await seen(daemon)).toMatchObject({ top: expect.stringContaining('error[would-empty]'), check: 1 });
});

test('suspended with nothing to do is converged; with a change of files that waits it says so', async () => {
  const daemon = await watch();
  await daemon.run(['suspend']);
  expect(await seen(daemon)).toMatchObject({ top: 'converged', check: 0 });
  writeFileSync(daemon.file, changed);
  await daemon.said('"event":"file-changed"');
  const why = 'generation 1 goes on until `trueingress resume`; its files have changed';
  expect(await seen(daemon)).toEqual({
    top: `suspended: ${why}`,
    check: 1,
    document: { health: 'suspended', converged: true, healthReason: why },
  });
  await daemon.run(['resume']);
  await until(
    async () => (await seen(daemon)).top === 'converged',
    () => 'never converged',
  );
});

test('what was applied by hand over the daemon’s generation is not what it asked for', async () => {
  const daemon = await watch();
  await daemon.run(['suspend']);
  const other = join(daemon.directory, 'other.yaml');
  writeFileSync(other, changed, { mode: 0o600 });
  await daemon.run(['apply', '-f', other]);
  expect(await seen(daemon)).toMatchObject({
    top: expect.stringMatching(
      /^suspended: generation 2 goes on until .*; generation 2 is live, which another run made/,
    ),
    check: 1,
  });
});

test('the kernel’s word comes first', async () => {
  const daemon = await watch();
  await daemon.run(['detach', 'egress', '--yes']);
  expect(await seen(daemon)).toMatchObject({
    top: 'not converged',
    check: 1,
    document: { health: 'not-converged', converged: false, healthReason: null },
  });
});

test('warnings of the last run are counted on top and told below', async () => {
  const daemon = await watch();
  writeFileSync(daemon.file, gatewayText.replace('172.1.0.4:6080', '172.1.0.44:6080'));
  await daemon.said('172.1.0.44');
  expect(await seen(daemon)).toMatchObject({ top: expect.stringMatching(/^converged, with \d warnings?$/), check: 0 });
  expect((await daemon.run(['status'])).stdout).toMatch(/:\d+:\d+: warning\[local-missing\]: local 172.1.0.44:6080/);
});
