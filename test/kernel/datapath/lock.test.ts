// Locks between processes: one holder, named; given back when it dies; the host-wide one only on request.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutKeys } from '../../../src/datapath/kernel/lock.ts';
import { whyNoKernel } from '../../support/netns.ts';
import { type Fixture, openDescriptors, openFixture } from './fixtures.ts';

describe.skipIf(whyNoKernel())('lock', () => {
  let fixture: Fixture;
  const children: ChildProcess[] = [];
  const file = (name: string): string => join(fixture.place.runDirectory, `${name}.lock`);
  const locked = expect.objectContaining({ problem: expect.objectContaining({ code: 'locked' }) });
  beforeAll(() => {
    fixture = openFixture();
  });
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    fixture.close();
  });

  /** flock(1) holds it until it is killed. */
  async function holdElsewhere(name: string): Promise<ChildProcess> {
    const child = spawn('flock', ['-F', file(name), 'sh', '-c', 'echo held; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    children.push(child);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    return child;
  }

  it('lock › is taken by one run at a time and says who has it', async () => {
    const first = await fixture.datapath.lock('one', 0);
    await expect(fixture.reopen().lock('one', 0)).rejects.toThrow(locked);
    await expect(fixture.reopen().lock('one', 60)).rejects.toThrow(`pid ${process.pid}`);
    const other = await fixture.reopen().lock('two', 0);
    other.release();
    first.release();
    first.release();
    const second = await fixture.reopen().lock('one', 0);
    second.release();
    expect(existsSync(file('one'))).toBe(true);
  });

  it('lock › is forgotten with its instance, and with it what a daemon or reader that was killed left', async () => {
    for (const left of ['one_watch', 'one_events', 'two_watch']) writeFileSync(file(left), '');
    const lock = await fixture.datapath.lock('one', 0, true);
    lock.forget();
    lock.release();
    expect(['one', 'one_watch', 'one_events', 'two_watch', '_host'].filter((name) => existsSync(file(name)))).toEqual([
      'two_watch',
      '_host',
    ]);
  });

  it('lock › of a daemon stays while it is held, and goes with it', async () => {
    const other = fixture.reopen();
    const watching = other.lockWatch('one');
    (await fixture.datapath.lock('one', 0)).forget();
    expect(() => fixture.datapath.lockWatch('one')).toThrow(`pid ${process.pid}`);
    watching.release();
    watching.release();
    expect(existsSync(file('one_watch'))).toBe(false);
  });

  it.each([
    ['/usr/bin/trueingress service set 1 2 tcp 1.2.3.4 80 secret', '/usr/bin/trueingress service …'],
    ['/usr/bin/cli_service set 1 2 tcp 1.2.3.4 80 secret', '/usr/bin/cli_service …'],
    [
      '/usr/bin/trueingress apply -f a.yaml --lock-timeout 2m',
      '/usr/bin/trueingress apply -f a.yaml --lock-timeout 2m',
    ],
  ])('a holder › is named without keys: %s', (words, shown) =>
    expect(withoutKeys(words.split(' ')).join(' ')).toBe(shown),
  );

  it('lock › waits for a run that ends in time', async () => {
    const first = await fixture.datapath.lock('one', 0);
    setTimeout(() => first.release(), 80);
    const second = await fixture.reopen().lock('one', 2000);
    second.release();
  });

  it('lock › is given back by a process that is killed', async () => {
    const child = await holdElsewhere('one');
    await expect(fixture.datapath.lock('one', 0)).rejects.toThrow(locked);
    const died = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await died;
    (await fixture.datapath.lock('one', 2000)).release();
  });

  it('lock › takes the host-wide lock besides when attachment is meant, and gives both back when it cannot', async () => {
    const plain = await fixture.datapath.lock('one', 0);
    const attaching = await fixture.reopen().lock('two', 0, true);
    await expect(fixture.reopen().lock('three', 0, true)).rejects.toThrow(/attachment on this host/);
    (await fixture.reopen().lock('three', 0)).release();
    attaching.release();
    plain.release();
    (await fixture.reopen().lock('three', 0, true)).release();
  });

  it('close › gives locks back, and no descriptor is left', async () => {
    const before = openDescriptors();
    const datapath = fixture.reopen();
    await datapath.lock('one', 0, true);
    expect(openDescriptors().length).toBe(before.length + 2);
    datapath.close();
    expect(openDescriptors()).toEqual(before);
  });
});
