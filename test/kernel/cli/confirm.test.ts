// Confirmation on the real kernel, with real processes: the timer outlives whoever started it, and exactly one settles.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parsePending, type Waiting } from '../../../src/history/pending.ts';
import { openPrivatePlace, type PrivatePlace, whyNoKernel } from '../../support/netns.ts';
import { patience } from '../../support/patience.ts';
import { asSession, kill, processesIn, sessionOf } from '../../support/sessions.ts';
import { bundle, CommandLine } from './command.ts';

const text = (remote: string): string => `apiVersion: trueingress/v1
name: confirm-test
role: gateway
interfaces: [eth0]
tunnels:
  - {id: 100, local: '172.1.0.4:6080', remote: ${remote}}
services:
  - {name: web, group: 2, id: 1, protocol: tcp, proxy: '5.5.5.5:3100', tunnel: 100, key: Pa55w0rd}
`;

describe.skipIf(whyNoKernel() !== undefined)('apply --confirm-within', () => {
  let place: PrivatePlace;
  let cli: CommandLine;
  let first: string;
  let second: string;

  beforeAll(() => {
    place = openPrivatePlace();
    place.addInterface('eth0');
    cli = new CommandLine(place);
    first = cli.write('first.yaml', text('learned'));
    second = cli.write('second.yaml', text("'172.1.0.9:6080'"));
  });
  afterEach(async () => {
    const timer = pidOfTimer();
    await cli.runHere(['remove', '--yes', '-i', 'confirm-test']);
    // Without its file it goes by itself.
    if (timer !== undefined) await until(() => !existsSync(`/proc/${timer}`));
  });
  afterAll(() => {
    cli?.close();
    place?.close();
  });

  const runtimeFile = (name: string): string => join(place.runDirectory, name);
  const pidOfTimer = (): number | undefined => {
    const path = runtimeFile('confirm-test.timer');
    return existsSync(path) ? Number(readFileSync(path, 'utf8').split(' ')[1]) : undefined;
  };
  const waiting = (): Waiting => {
    const pending = parsePending(readFileSync(runtimeFile('confirm-test.confirm'), 'utf8'));
    if (pending?.state !== 'waiting') throw new Error('nothing waits');
    return pending;
  };
  const status = async () => JSON.parse((await cli.runHere(['status', '--json'])).stdout);
  const runs = async (): Promise<number | undefined> => (await status()).live?.generation;

  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 30_000 * patience;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error('it never came to be so');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  test('is kept by confirm, and its timer ends', async () => {
    await cli.runHere(['apply', '-f', first]);
    const { code, stdout } = await cli.runHere(['apply', '-f', second, '--confirm-within', '10m']);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('Not confirmed yet: generation 2 goes back to generation 1'),
    ]);
    const timer = pidOfTimer();
    expect(waiting().timer).toBe(`process ${timer}`);
    expect((await status()).confirmation).toMatchObject({ generation: 2, overdue: false, timerRuns: true });
    expect(statSync(runtimeFile('confirm-test.confirm')).mode & 0o777).toBe(0o600);
    expect((await cli.runHere(['confirm'])).stdout).toContain('Confirmed generation 2');
    await until(() => !existsSync(`/proc/${timer}`));
    expect(await runs()).toBe(2);
  });

  test('P15: goes back by itself, and exit 7 says so to who comes too late', async () => {
    await cli.runHere(['apply', '-f', first]);
    expect((await cli.runHere(['apply', '-f', second, '--confirm-within', '1s'])).code).toBe(0);
    await until(async () => (await runs()) === 1);
    expect((await cli.runHere(['plan', '-f', first])).stdout).toBe('No changes.\n');
    expect((await cli.runHere(['confirm'])).code).toBe(7);
  });

  test('goes back when everything that had to do with it was killed: shell, group, session', async () => {
    await cli.runHere(['apply', '-f', first]);
    const words = [process.execPath, bundle, 'apply', '-f', second, '--confirm-within', '3s', '--wait', ...cli.place];
    const [program = '', ...rest] = asSession(words);
    const { pid: leader = 0 } = spawn(program, rest, { stdio: 'ignore' });
    await until(() => existsSync(runtimeFile('confirm-test.confirm')));
    await until(async () => (await runs()) === 2);
    const timer = pidOfTimer() ?? 0;
    expect(sessionOf(timer)).toBe(timer);
    const killed = processesIn(leader);
    expect([killed.includes(timer), killed.length]).toEqual([false, 3]);
    for (const pid of killed) kill(pid);
    await until(() => processesIn(leader).length === 0);
    expect(existsSync(`/proc/${timer}`)).toBe(true);
    await until(async () => (await runs()) === 1);
    expect((await cli.runHere(['confirm'])).code).toBe(7);
  });

  test('goes back with the next command that changes anything when the timer was killed too', async () => {
    await cli.runHere(['apply', '-f', first]);
    await cli.runHere(['apply', '-f', second, '--confirm-within', '500ms']);
    kill(pidOfTimer() ?? 0);
    await until(async () => (await status()).confirmation?.overdue === true);
    expect((await status()).confirmation).toMatchObject({ timerRuns: false });
    expect(await runs()).toBe(2);
    const { code, stderr } = await cli.runHere(['apply', '-f', second]);
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('warning[taken-back]: generation 2 was not confirmed until'),
    ]);
    expect(await runs()).toBe(3);
  });

  test('is confirmed by the command of --confirm-probe, run again until it succeeds', async () => {
    await cli.runHere(['apply', '-f', first]);
    const flag = join(cli.directory, 'flag');
    const tries = join(cli.directory, 'tries');
    const probe = `echo again >>${tries}; test -e ${flag}`;
    await cli.runHere(['apply', '-f', second, '--confirm-within', '10m', '--confirm-probe', probe]);
    await until(() => existsSync(tries) && readFileSync(tries, 'utf8').split('\n').length > 2);
    expect((await status()).confirmation).toMatchObject({ probe });
    cli.write('flag', '');
    await until(async () => (await status()).confirmation === undefined);
    expect((await cli.runHere(['confirm'])).stdout).toContain('is confirmed already');
    expect(await runs()).toBe(2);
  });

  test('takes a first apply off again, whole', async () => {
    await cli.runHere(['apply', '-f', first, '--confirm-within', '1s']);
    await until(() => !existsSync(join(place.bpffs, 'trueingress', 'confirm-test')));
    expect((await cli.runHere(['confirm'])).code).toBe(7);
    expect((await cli.runHere(['status'])).code).toBe(66);
  });

  test(
    'confirm and timer at the same instant: exactly one wins',
    async () => {
      await cli.runHere(['apply', '-f', first]);
      const endings: string[] = [];
      const startMs = performance.now();
      await cli.runHere(['confirm']);
      const tookMs = performance.now() - startMs;
      for (let round = 0; round < 4; round++) {
        const file = round % 2 === 0 ? second : first;
        const before = await runs();
        await cli.runHere(['apply', '-f', file, '--confirm-within', '4s']);
        const { generation, deadlineNs } = waiting();
        const leftMs = Number(deadlineNs) / 1e6 - Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * 1000;
        // So early that it gets as far as the lock at about the deadline.
        const early = tookMs * (0.4 + round * 0.3);
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, leftMs - early)));
        const { code } = await cli.runHere(['confirm']);
        await until(async () => (await status()).confirmation === undefined);
        expect([code, await runs()]).toEqual(code === 0 ? [0, generation] : [7, before]);
        const { entries } = JSON.parse((await cli.runHere(['history', '--json'])).stdout);
        const taken = entries.filter(
          ({ kind, of }: { kind: string; of: number }) => kind === 'unconfirmed' && of === generation,
        );
        expect(taken).toHaveLength(code === 0 ? 0 : 1);
        endings.push(code === 0 ? 'confirmed' : 'taken back');
        if (code !== 0) await cli.runHere(['apply', '-f', file]);
      }
      console.info(`confirm against timer: ${endings.join(', ')}`);
    },
    240_000 * patience,
  );
});
