// P13 from outside: many commands at once on one instance, two instances on one interface, readers beside a run that holds the lock.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPrivatePlace, type PrivatePlace, run, whyNoKernel } from '../../support/netns.ts';
import { race, racerText } from '../../support/race.ts';
import { bundle, CommandLine, runProcess } from './command.ts';

describe.skipIf(whyNoKernel() !== undefined)('commands at once', () => {
  let place: PrivatePlace;
  let cli: CommandLine;
  let files: string[];
  beforeAll(() => {
    place = openPrivatePlace();
    place.addInterface('eth0');
    cli = new CommandLine(place);
    files = Array.from({ length: 8 }, (_, at) => cli.write(`file-${at}.yaml`, racerText(at)));
  });
  afterAll(() => {
    cli?.close();
    place?.close();
  });
  const lockFile = () => join(place.runDirectory, 'racers.lock');

  test('P13: eight applies of eight files: one of them is live in the end, and no generation is given twice', async () => {
    let last = 0;
    for (const round of [0, 1]) {
      const { codes, generations, winners, converged } = await race(cli, files, round);
      expect([...new Set(codes)].filter((code) => code !== 0 && code !== 75)).toEqual([]);
      expect(generations.length).toBeGreaterThan(0);
      // One after the other, each by one more than the one before it.
      expect(generations).toEqual(generations.map((_, at) => last + at + 1));
      expect([winners, converged]).toEqual([1, true]);
      last += generations.length;
    }
  }, 120_000);

  test('who is kept waiting is told who has the lock: pid, command, since when', async () => {
    const [file = ''] = files;
    expect((await cli.runHere(['apply', '-f', file])).code).toBe(0);
    expect(readFileSync(lockFile(), 'utf8')).toMatch(
      /^pid \d+, since \d{4}-\d\d-\d\dT[\d:.]+Z: .*trueingress\.cjs apply -f .*file-0\.yaml/,
    );
    const release = await holdLock();
    try {
      const { code, stderr } = await cli.runHere(['apply', '-f', file, '--lock-timeout', '0ms']);
      expect([code, stderr]).toEqual([75, expect.stringMatching(/locked by pid \d+, since .*: .*apply -f/)]);
    } finally {
      release();
    }
  });

  test('readers wait for nobody', async () => {
    const [file = '', other = ''] = files;
    const release = await holdLock();
    try {
      for (const words of [
        ['plan', '-f', other],
        ['apply', '-f', other, '--dry-run'],
        ['diff', '-f', file],
        ['export'],
        ['show'],
        ['status'],
        ['stats'],
        ['doctor'],
        ['revert', '--dry-run'],
        ['dump', '--for', '1ms'],
      ])
        expect([words, (await cli.runHere([...words, '-i', 'racers'])).code]).toEqual([words, 0]);
    } finally {
      release();
    }
  });

  test('two instances share an interface, and neither is changed by the other', async () => {
    const beside = racerText(20).replace('racers', 'beside').replace('5.5.5.5', '5.5.5.6');
    const file = cli.write('beside.yaml', beside);
    expect((await cli.runHere(['apply', '-f', file])).code).toBe(0);
    for (const name of ['racers', 'beside'])
      expect([name, (await cli.runHere(['status', '--check', '-i', name])).code]).toEqual([name, 0]);
    const [first = ''] = files;
    expect((await cli.runHere(['plan', '-f', first])).stdout).toBe('No changes.\n');
    const overlapping = cli.write('overlapping.yaml', racerText(0).replace('racers', 'beside'));
    const refused = await cli.runHere(['apply', '-f', overlapping]);
    expect([refused.code, refused.stderr]).toEqual([
      5,
      expect.stringMatching(/tunnel 100 listens on 172\.1\.0\.4:6080, which instance "racers" has/),
    ]);
    expect(refused.stderr).toMatch(/service "web" has proxy tcp 5\.5\.5\.5:3100, which instance "racers" has/);
    expect((await cli.runHere(['remove', '--yes', '-i', 'beside'])).code).toBe(0);
    expect((await cli.runHere(['plan', '-f', first])).stdout).toBe('No changes.\n');
  });

  test('an instance is refused in another network namespace, naming both', async () => {
    const [file = ''] = files;
    const script = 'ip link add eth0 type veth peer name far && ip link set eth0 up && exec "$@"';
    const words = [process.execPath, bundle, 'apply', '-f', file, ...cli.place];
    const { code, stderr } = await runProcess('unshare', ['-n', 'sh', '-c', script, 'sh', ...words]);
    const here = /\d+/.exec(run('readlink', '/proc/self/ns/net'))?.[0];
    expect([code, stderr]).toEqual([
      5,
      expect.stringMatching(new RegExp(`instance racers belongs to network namespace ${here}, and this is \\d+`)),
    ]);
    expect((await cli.runHere(['status', '--check', '-i', 'racers'])).code).toBe(0);
  });

  /** As another run would, by flock(1), which leaves the name in the file. */
  async function holdLock(): Promise<() => void> {
    mkdirSync(place.runDirectory, { recursive: true });
    const words = ['-F', lockFile(), 'sh', '-c', 'echo held; exec sleep 60'];
    const holder = spawn('flock', words, { stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    return () => holder.kill();
  }
});
