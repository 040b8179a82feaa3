// The daemon as a process on the real kernel: what others do to hooks, rows, pins, interfaces and locks, and how it ends.
import { spawn } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openKernelDatapath } from '../../../src/datapath/kernel/open.ts';
import type { Datapath } from '../../../src/datapath/port.ts';
import { findLive } from '../../../src/reconcile/live.ts';
import { tunnel } from '../../../src/tables/tunnel.ts';
import { openPrivatePlace, type PrivatePlace, run, whyNoKernel } from '../../support/netns.ts';
import { CommandLine } from './command.ts';
import { until, Watching } from './watch.ts';

const text = (remote = '172.1.0.3', local = '172.1.0.4:6080'): string => `apiVersion: trueingress/v1
name: watched
role: gateway
interfaces: [eth0, eth1]
tunnels:
  - {id: 100, local: '${local}', remote: '${remote}:6080'}
services:
  - {name: web, group: 2, id: 1, protocol: tcp, proxy: '5.5.5.5:3100', tunnel: 100, key: Pa55w0rd}
`;

describe.skipIf(whyNoKernel() !== undefined)('trueingress watch', () => {
  let place: PrivatePlace;
  let cli: CommandLine;
  let datapath: Datapath;
  let file: string;
  const daemons: Watching[] = [];
  beforeAll(() => {
    place = openPrivatePlace();
    for (const name of ['eth0', 'eth1']) place.addInterface(name);
    run('ip', 'address', 'add', '172.1.0.4/24', 'dev', 'eth0');
    cli = new CommandLine(place);
    datapath = openKernelDatapath({ bpffs: place.bpffs, runDirectory: place.runDirectory });
  });
  afterEach(async () => {
    for (const daemon of daemons.splice(0)) await daemon.end('SIGKILL');
    await cli.runHere(['remove', '-i', 'watched', '--yes']);
  });
  afterAll(() => {
    datapath?.close();
    cli?.close();
    place?.close();
  });

  const hooks = () => datapath.observe('watched').hooks;
  const liveTunnel = () => {
    const { slot } = findLive(datapath.observe('watched'));
    const rows = slot && datapath.readRows('watched', slot.name, 'tunnel');
    return rows?.count === 1 ? tunnel.value.decode(rows.values) : undefined;
  };
  const pinsOf = (slot: string): string => join(place.bpffs, 'trueingress', 'watched', slot);
  const liveSlot = (): string => findLive(datapath.observe('watched')).slot?.name ?? 'none';

  /** Nothing but what the kernel and files tell wakes it, unless an interval is given. */
  async function start(interval = '24h', content = text()): Promise<Watching> {
    file = cli.write('watched.yaml', content);
    const daemon = new Watching(cli, ['-f', file, '--interval', interval]);
    daemons.push(daemon);
    await daemon.tells(['reconciled', 'held', 'failed']);
    return daemon;
  }

  test.each<[string, () => Promise<void> | void, () => boolean]>([
    [
      'hooks that were taken off',
      async () => void (await cli.runHere(['detach', '--yes', '-i', 'watched'])),
      () => hooks().length === 4,
    ],
    [
      'a row that was written with bpftool',
      () => {
        const map = join(pinsOf(liveSlot()), 'tunnel');
        const [row] = JSON.parse(run('bpftool', '-j', 'map', 'dump', 'pinned', map));
        // The last byte of the remote's address: u64 epoch, 16 bytes local, 16 bytes remote.
        const value = row.value.map((byte: string, at: number) => (at === 8 + 31 ? '0x63' : byte));
        run('bpftool', 'map', 'update', 'pinned', map, 'key', ...row.key, 'value', ...value);
        expect(liveTunnel()?.remoteIp).toBe('172.1.0.99');
      },
      () => liveTunnel()?.remoteIp === '172.1.0.3',
    ],
    [
      'pins that were removed',
      () => rmSync(join(pinsOf(liveSlot()), 'tunnel')),
      () => readdirSync(pinsOf(liveSlot())).includes('tunnel'),
    ],
  ])('repairs %s within its interval, and counts it as drift', async (_, disturb, isRepaired) => {
    const daemon = await start('1s');
    // It has seen that all is well, and looks cheaply from now on.
    await daemon.tells(['unchanged'], 1);
    const before = daemon.count('drift');
    await disturb();
    await daemon.tells(['drift'], before);
    expect([isRepaired(), daemon.count('held', 'failed')]).toEqual([true, 0]);
  });

  test.each<[string, () => Promise<void> | void]>([
    [
      'vanishes and comes back with another index',
      async () => {
        run('ip', 'link', 'delete', 'eth1');
        await until('the daemon says that it is gone', () => daemons[0]?.count('held') === 1);
        run('ip', 'link', 'add', 'dummy0', 'type', 'veth', 'peer', 'name', 'dummy1');
        place.addInterface('eth1');
      },
    ],
    [
      'is made anew at once',
      () => {
        run('ip', 'link', 'delete', 'eth1');
        place.addInterface('eth1');
      },
    ],
    [
      'is renamed and named back',
      async () => {
        run('ip', 'link', 'set', 'eth1', 'name', 'other0');
        await until('the daemon says that it is gone', () => daemons[0]?.count('held') === 1);
        run('ip', 'link', 'set', 'other0', 'name', 'eth1');
      },
    ],
    [
      'moves to another network namespace and back',
      async () => {
        const holder = spawn('unshare', ['--net', 'sleep', '60'], { stdio: 'ignore' });
        const netns = String(holder.pid);
        const inode = run('readlink', '/proc/self/ns/net');
        await until('the namespace is there', () => run('readlink', `/proc/${netns}/ns/net`) !== inode);
        run('ip', 'link', 'set', 'eth1', 'netns', netns);
        await until('the daemon says that it is gone', () => daemons[0]?.count('held') === 1);
        run('nsenter', `--net=/proc/${netns}/ns/net`, 'ip', 'link', 'set', 'eth1', 'netns', String(process.pid));
        run('ip', 'link', 'set', 'eth1', 'up');
        holder.kill();
      },
    ],
  ])('attaches again when an interface %s', async (_, disturb) => {
    const daemon = await start();
    const events = daemon.count('interface');
    await disturb();
    await daemon.tells(['interface'], events);
    await until('all hooks run what is live', () => {
      const all = hooks();
      return (
        all.length === 4 &&
        all.every(({ slot }) => slot !== undefined) &&
        indexesOf().every((index) => all.some(({ ifindex }) => ifindex === index))
      );
    });
  });

  /** Of eth0 and eth1 now. */
  const indexesOf = (): number[] =>
    ['eth0', 'eth1'].map((name) => Number(JSON.parse(run('ip', '-j', 'link', 'show', name))[0].ifindex));

  test('follows the address of local: eth0:6080', async () => {
    await start('24h', text('172.1.0.3', 'eth0:6080'));
    expect(liveTunnel()?.localIp).toBe('172.1.0.4');
    run('ip', 'address', 'add', '172.1.0.40/24', 'dev', 'eth0');
    run('ip', 'address', 'delete', '172.1.0.4/24', 'dev', 'eth0');
    run('ip', 'address', 'replace', '172.1.0.40/24', 'dev', 'eth0');
    const tookMs = await until('the row has the new address', () => liveTunnel()?.localIp === '172.1.0.40');
    console.info(`the new address is in TUNNEL ${tookMs.toFixed(0)} ms after it came`);
    run('ip', 'address', 'replace', '172.1.0.4/24', 'dev', 'eth0');
    run('ip', 'address', 'delete', '172.1.0.40/24', 'dev', 'eth0');
  });

  test('P15: refuses a second daemon for the same instance with exit 75, and names the first', async () => {
    const first = await start();
    const second = await cli.runHere(['watch', '-f', file]);
    expect([second.code, second.stderr]).toEqual([
      75,
      expect.stringContaining(`is watched already, by pid ${first.pid}, `),
    ]);
    expect(await first.end()).toBe(0);
    await start();
  });

  test('reads its file again at SIGHUP, and ends at SIGTERM and SIGINT with exit 0', async () => {
    const daemon = await start();
    writeFileSync(file, text('172.1.0.9'));
    process.kill(daemon.pid, 'SIGHUP');
    await until('the new remote is live', () => liveTunnel()?.remoteIp === '172.1.0.9');
    expect(await daemon.end('SIGINT')).toBe(0);
    expect((await start()).pid).toBeGreaterThan(0);
    expect(await daemons.at(-1)?.end('SIGTERM')).toBe(0);
    expect(hooks()).toHaveLength(4);
  });

  test('waits for a lock that somebody holds, can be ended meanwhile, and goes on when it is free', async () => {
    await cli.runHere(['apply', '-f', cli.write('first.yaml', text())]);
    const holder = spawn('flock', ['--no-fork', join(place.runDirectory, 'watched.lock'), 'sleep', '60'], {
      stdio: 'ignore',
    });
    file = cli.write('watched.yaml', text('172.1.0.9'));
    const words = ['-f', file, '--interval', '24h', '--lock-timeout'];
    onTestFinished(() => {
      holder.kill();
    });
    const patient = new Watching(cli, [...words, '30s']);
    await patient.tells(['started']);
    expect(await patient.end()).toBe(0);
    const hasty = new Watching(cli, [...words, '100ms']);
    daemons.push(hasty);
    await hasty.tells(['failed']);
    holder.kill();
    await until('it goes on', () => liveTunnel()?.remoteIp === '172.1.0.9');
  });

  test('killed at once after its start leaves everything as it was', async () => {
    const daemon = await start();
    const before = hooks();
    await daemon.end('SIGKILL');
    expect(hooks()).toEqual(before);
    const again = await start();
    expect(again.count('failed', 'held')).toBe(0);
  });
});
