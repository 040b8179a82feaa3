// What is done by hand beside a daemon, on the real kernel: told with the daemon's pid, put back by its next run, which says whose it was;
// what `status` says meanwhile; and what stays behind after `remove`.
import { readdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openPrivatePlace, type PrivatePlace, run, whyNoKernel } from '../../support/netns.ts';
import { CommandLine } from './command.ts';
import { until, Watching } from './watch.ts';

const text = (remote: string): string => `apiVersion: trueingress/v1
name: by-hand
role: gateway
interfaces: [eth0]
tunnels:
  - {id: 100, local: '172.1.0.4:6080', remote: '${remote}:6080'}
services:
  - {name: web, group: 2, id: 1, protocol: tcp, proxy: '5.5.5.5:3100', tunnel: 100, key: Pa55w0rd}
`;

describe.skipIf(whyNoKernel() !== undefined)('by hand, beside a daemon', () => {
  let place: PrivatePlace;
  let cli: CommandLine;
  let daemon: Watching | undefined;
  let file = '';
  beforeAll(() => {
    place = openPrivatePlace();
    place.addInterface('eth0');
    run('ip', 'address', 'add', '172.1.0.4/24', 'dev', 'eth0');
    cli = new CommandLine(place);
  });
  afterEach(async () => {
    await daemon?.end();
    await cli.runHere(['remove', '-i', 'by-hand', '--yes']);
  });
  afterAll(() => {
    cli?.close();
    place?.close();
  });

  async function start(interval = '24h'): Promise<Watching> {
    file = cli.write('by-hand.yaml', text('172.1.0.3'));
    daemon = new Watching(cli, ['-f', file, '--interval', interval]);
    await daemon.tells(['reconciled']);
    return daemon;
  }
  const top = async (): Promise<string | undefined> => (await cli.runHere(['status'])).stdout.split('\n')[1];

  test('apply of another file warns, and the next run puts back what the files say and names the command', async () => {
    const watching = await start('3s');
    const other = cli.write('other.yaml', text('172.1.0.9'));
    const { code, stderr } = await cli.runHere(['apply', '-f', other]);
    expect(code).toBe(0);
    expect(stderr).toContain(
      `the daemon (pid ${watching.pid}) keeps "by-hand" as ${file} says: its next run, within 3 s, undoes this`,
    );
    await watching.tells(['drift']);
    const last = watching.told.filter(({ event }) => event === 'drift').at(-1);
    expect(last?.msg).toMatch(
      /^generation 3: put back what the files say: generation 2 was live, by apply of .* at \d\d:\d\d:\d\d: 1 row$/,
    );
    expect(await top()).toMatch(/^converged/);
  });

  test('a broken file is told on top, with its line', async () => {
    const watching = await start();
    writeFileSync(file, text('172.1.0.3').replace('tunnel: 100', 'tunnel: 17'));
    await watching.tells(['held']);
    expect(await top()).toMatch(
      /^degraded since \d\d:\d\d:\d\d: generation 1 goes on; .*by-hand\.yaml:8:\d+: error\[tunnel-not-found\]/,
    );
  });

  test('remove waits for --yes while it runs, and leaves nothing of the instance once it has ended', async () => {
    const watching = await start();
    const refused = await cli.runHere(['detach', '--yes']);
    expect(refused.stderr).toContain('warning[daemon-undoes]');
    expect((await cli.runHere(['remove'])).code).toBe(5);
    await watching.end();
    expect((await cli.runHere(['remove', '--yes'])).code).toBe(0);
    await until('nothing of it is there', () => readdirSync(place.runDirectory).join() === '_host.lock');
  });
});
