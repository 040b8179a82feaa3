// The daemon over the fake kernel and real files: what a bad file, drift, interfaces, other runs and other daemons do to it.
import { mkdirSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Invocation, Talk } from '../../../src/cli/command.ts';
import { type Daemon, startDaemon } from '../../../src/cli/daemon.ts';
import { nodeFiles } from '../../../src/cli/files.ts';
import { optionDefaults } from '../../../src/cli/options.ts';
import { openMemoryDatapath } from '../../../src/datapath/memory/datapath.ts';
import { plain } from '../../../src/report/style.ts';
import { localOf, tunnel } from '../../../src/tables/tunnel.ts';
import type { Reason } from '../../../src/watch/loop.ts';
import type { RunRecord } from '../../../src/watch/state.ts';
import { liveContents } from '../../support/memory.ts';
import { soon } from '../../support/patience.ts';
import { gatewayText, TestHost, type TestHostOptions } from './harness.ts';

const silent: Talk = { style: plain, print() {}, tell() {}, progress() {}, remark() {}, record() {} };
const moved = gatewayText.replace('172.1.0.3:6080', '172.1.0.9:6080');

describe('the daemon', () => {
  let directory: string;
  let file: string;
  let host: TestHost;
  const daemons: Daemon[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trueingress-daemon-'));
    file = join(directory, 'gateway.yaml');
    writeFileSync(file, gatewayText);
    host = new TestHost();
  });
  afterEach(async () => {
    for (const daemon of daemons.splice(0)) await daemon.stop();
    rmSync(directory, { recursive: true });
  });

  interface Followed {
    readonly daemon: Daemon;
    readonly runs: RunRecord[];
    /** Triggers, and waits for the run that this is. */
    run(reason: Reason): Promise<RunRecord>;
    /** Kinds of events, `unchanged` left out. */
    told(): string[];
  }

  async function follow(options: TestHostOptions = {}, changed = () => new Set<number>()): Promise<Followed> {
    const environment = host.environment({
      ...options,
      environment: {
        files: nodeFiles,
        openLinkEvents: async () => ({ changed, close: () => {} }),
        ...options.environment,
      },
    });
    const invocation: Invocation = {
      options: { ...optionDefaults, file: [file], interval: 3_600_000, lockTimeout: 250 },
      commands: [],
      arguments: [],
      environment,
      talk: silent,
    };
    const daemon = await startDaemon(invocation);
    daemons.push(daemon);
    const runs: RunRecord[] = [];
    daemon.afterRun((run) => runs.push(run));
    const run = async (reason: Reason): Promise<RunRecord> => {
      const before = runs.length;
      daemon.loop.trigger(reason);
      await expect.poll(() => runs.length, soon).toBeGreaterThan(before);
      const last = runs.at(-1);
      if (!last) throw new Error('no run');
      return last;
    };
    const told = () =>
      daemon.log
        .events(1000)
        .map(({ kind }) => kind)
        .filter((kind) => kind !== 'unchanged');
    return { daemon, runs, run, told };
  }

  const liveText = (): string => JSON.stringify(liveContents(host.world, 'epic-1').map(({ content }) => content));
  /** Rows of TUNNEL that the hooks run. */
  const tunnels = () => {
    const datapath = openMemoryDatapath(host.world);
    const [hook] = datapath.observe('epic-1').hooks;
    if (!hook?.slot) return [];
    const rows = datapath.readRows('epic-1', hook.slot, 'tunnel');
    return Array.from({ length: rows.count }, (_, at) => tunnel.value.decode(rows.values, at * rows.valueSize));
  };
  const remoteIs = (ip: string): boolean => tunnels().some(({ remoteIp }) => remoteIp === ip);

  /** Somebody else's hand: the programs of an interface taken off. */
  const detachAll = (): void => {
    host.world.attachments.splice(0);
  };

  test('applies at start, and says so', async () => {
    const { run, told, daemon } = await follow();
    expect(await run('start')).toMatchObject({
      result: 'converged',
      changes: { hooks: 2 },
      generation: 1,
      driftRows: 0,
    });
    expect(told()).toEqual(['started', 'reconciled']);
    expect(daemon.log.state.instance).toBe('epic-1');
  });

  test.each([
    ['empty', (path: string) => writeFileSync(path, '')],
    ['half', (path: string) => writeFileSync(path, gatewayText.slice(0, gatewayText.length / 2))],
    ['missing', (path: string) => unlinkSync(path)],
    [
      'a directory',
      (path: string) => {
        unlinkSync(path);
        mkdirSync(path);
      },
    ],
    ['of another instance', (path: string) => writeFileSync(path, gatewayText.replace('epic-1', 'epic-2'))],
  ])(
    'keeps what is live, repairs drift with the last good content and shows the fault while the file is %s',
    async (_, spoil) => {
      const { run, daemon, told } = await follow();
      await run('start');
      const before = liveText();
      spoil(file);
      const held = await run('signal');
      expect([held.result, liveText()]).toEqual(['held', before]);
      expect(daemon.log.state.faults.length).toBeGreaterThan(0);
      detachAll();
      expect(await run('interval')).toMatchObject({ result: 'held', changes: { hooks: 2 } });
      expect(host.world.attachments).toHaveLength(2);
      expect(told()).toContain('drift');
      rmSync(file, { recursive: true, force: true });
      writeFileSync(file, moved);
      expect(await run('signal')).toMatchObject({ result: 'converged' });
      expect([daemon.log.state.faults, remoteIs('172.1.0.9')]).toEqual([[], true]);
    },
  );

  test('removes nothing at a start with a bad file, and goes on when it is mended', async () => {
    writeFileSync(join(directory, 'first.yaml'), gatewayText);
    await host.run(['apply', '-f', join(directory, 'first.yaml')], { environment: { files: nodeFiles } });
    const before = liveText();
    writeFileSync(file, 'role: [');
    const { run, daemon } = await follow();
    expect(await run('start')).toMatchObject({ result: 'held', changes: undefined });
    expect([liveText(), host.world.attachments.length]).toEqual([before, 2]);
    writeFileSync(file, moved);
    await expect.poll(() => remoteIs('172.1.0.9'), soon).toBe(true);
    expect(daemon.log.state.faults).toEqual([]);
  });

  test('keeps the instance that it made live, and takes another one as long as it made none', async () => {
    const other = gatewayText.replace('epic-1', 'epic-2');
    writeFileSync(file, other.replaceAll('eth0', 'eth7'));
    const { run, daemon } = await follow();
    expect(await run('start')).toMatchObject({ result: 'held', problems: [{ code: 'interface-missing' }] });
    expect(daemon.log.state.instance).toBe('epic-2');
    writeFileSync(file, gatewayText);
    expect(await run('signal')).toMatchObject({ result: 'converged' });
    expect([daemon.log.state.instance, [...host.world.locks.keys()]]).toEqual(['epic-1', ['epic-1_watch']]);
    writeFileSync(file, other);
    const { result, problems } = await run('signal');
    expect([result, problems[0]?.message]).toEqual([
      'held',
      'the file is about instance "epic-2" now, and this daemon keeps "epic-1"',
    ]);
    expect(openMemoryDatapath(host.world).instances()).toEqual(['epic-1']);
  });

  test('follows the file by itself', async () => {
    const { run, told } = await follow();
    await run('start');
    writeFileSync(`${file}.new`, moved);
    renameSync(`${file}.new`, file);
    await expect.poll(() => remoteIs('172.1.0.9'), soon).toBe(true);
    expect(told().filter((kind) => kind !== 'rescue')).toEqual(['started', 'reconciled', 'file-changed', 'reconciled']);
  });

  test('tells the same fault and the same warnings once, and that it is over', async () => {
    const options = { host: { routes: [] } };
    const { run, daemon } = await follow(options);
    await run('start');
    await run('signal');
    const warned = daemon.log.events(1000).flatMap(({ problems }) => problems.map(({ code }) => code));
    expect(warned.filter((code) => code === 'local-missing')).toHaveLength(1);
    writeFileSync(file, '');
    for (let round = 0; round < 3; round++) await run('signal');
    writeFileSync(file, gatewayText);
    await run('signal');
    const kinds = daemon.log.events(1000).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'held')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'reconciled')).toHaveLength(2);
  });

  test('names the command and who gave it, where what it puts back was our own', async () => {
    const { run, daemon } = await follow();
    const last = () => daemon.log.events(1)[0]?.message;
    await run('start');
    host.files.set('other.yaml', gatewayText.replace('172.1.0.3:6080', '172.1.0.9:6080'));
    await host.run(['apply', '-f', 'other.yaml']);
    await run('interval');
    expect(last()).toBe(
      'generation 3: put back what the files say: generation 2 was live, by apply of anna as root from 192.0.2.7 at 22:13:20: 1 row',
    );
    await host.run(['revert']);
    await run('interval');
    expect(last()).toContain('generation 2 was live, by revert of anna as root from 192.0.2.7 at 22:13:20');
    host.state.remove('epic-1');
    await host.run(['revert']);
    host.state.remove('epic-1');
    await run('interval');
    expect(last()).toContain('repaired what somebody else had changed: 1 row');
    detachAll();
    await run('interval');
    expect(last()).toContain('repaired what somebody else had changed: 2 hooks');
  });

  test('repairs hooks, rows and pins that somebody else changed, and counts each as drift', async () => {
    const { run, daemon } = await follow();
    await run('start');
    await run('interval');
    detachAll();
    expect(await run('interval')).toMatchObject({ result: 'converged', driftRows: 0, changes: { hooks: 2 } });
    for (const name of ['a/tunnel', 'b/tunnel']) {
      const map = host.world.pins.get(`epic-1/${name}`);
      if (map?.kind === 'map') map.entries.clear();
    }
    expect(await run('interval')).toMatchObject({ result: 'converged', driftRows: 2 });
    host.world.pins.delete('epic-1/b/tunnel');
    expect(await run('interval')).toMatchObject({ result: 'converged' });
    expect(host.world.pins.has('epic-1/b/tunnel')).toBe(true);
    expect(daemon.log.state.counts).toMatchObject({ drifts: 3, held: 0, failed: 0 });
  });

  test('looks at rows without planning while nothing has moved', async () => {
    const steps: string[] = [];
    const { run } = await follow({ memory: { before: ({ method }) => steps.push(method) } });
    for (const reason of ['start', 'interval'] as const) await run(reason);
    steps.splice(0);
    expect(await run('interval')).toMatchObject({ result: 'converged', generation: 1 });
    expect(steps).not.toContain('lock');
    await run('asked');
    expect(steps).toContain('lock');
  });

  test('tries again by itself while another run holds the lock', async () => {
    const { run, daemon } = await follow();
    const other = openMemoryDatapath(host.world);
    const lock = await other.lock('epic-1', 0, true);
    expect(await run('start')).toMatchObject({ result: 'failed', problems: [{ code: 'locked' }] });
    expect(daemon.log.state.backOffMs).toBeGreaterThan(0);
    lock.release();
    await expect.poll(() => host.world.attachments.length, soon).toBe(2);
    expect(daemon.log.state).toMatchObject({ backOffMs: 0, faults: [] });
  });

  test('is refused where another one keeps the instance, and named', async () => {
    await follow();
    await expect(follow()).rejects.toMatchObject({
      problem: { code: 'locked', message: expect.stringContaining('instance epic-1 is watched already, by process') },
    });
    expect(daemons).toHaveLength(1);
    await daemons[0]?.stop();
    await follow();
  });

  test('goes on when something throws that nobody expected', async () => {
    let isBroken = true;
    const { run, daemon } = await follow({
      environment: {
        buildDigest: async () => {
          if (isBroken) throw new TypeError('on purpose');
          return new Uint8Array(32).fill(7);
        },
      },
    });
    expect(await run('start')).toMatchObject({ result: 'failed', problems: [{ code: 'bug' }] });
    isBroken = false;
    await expect.poll(() => daemon.log.state.lastSuccess?.generation, soon).toBe(1);
  });

  test('holds while something waits for a confirmation, and goes on when it is settled', async () => {
    const { run, daemon } = await follow();
    await run('start');
    const other = join(directory, 'other.yaml');
    writeFileSync(other, moved);
    const environment = { files: nodeFiles };
    await host.run(['apply', '-f', other, '--confirm-within', '120s'], { environment });
    expect(await run('interval')).toMatchObject({ result: 'held', problems: [{ code: 'unconfirmed' }] });
    expect(remoteIs('172.1.0.9')).toBe(true);
    expect((await host.run(['confirm', '-i', 'epic-1'])).code).toBe(0);
    // Meanwhile /run cannot be read: that ends no daemon, which looks again. Unhandled, it would end this test run.
    host.runtime.fault = { path: '', code: 'EIO' };
    await sleep(2500);
    expect(remoteIs('172.1.0.9')).toBe(true);
    host.runtime.fault = undefined;
    await expect.poll(() => remoteIs('172.1.0.3'), soon).toBe(true);
    expect(daemon.log.state.faults).toEqual([]);
  });

  describe('with local: eth0:6080', () => {
    const at = (addresses: readonly string[]): void => {
      const [eth0] = host.world.interfaces;
      if (eth0) host.world.interfaces.splice(0, 1, { ...eth0, addresses });
    };
    const locals = (): string[] => tunnels().map((row) => localOf(row).ip);
    beforeEach(() => writeFileSync(file, gatewayText.replaceAll('172.1.0.4:6080', 'eth0:6080')));

    test('waits for an address, takes it, and follows it when the kernel says that it changed', async () => {
      let news = new Set<number>();
      const { run, told } = await follow({}, () => {
        const heard = news;
        news = new Set();
        return heard;
      });
      expect(await run('start')).toMatchObject({ result: 'held', problems: [{ code: 'local-without-address' }] });
      at(['172.1.0.4']);
      news = new Set([2]);
      await expect.poll(() => host.world.attachments.length, soon).toBe(2);
      expect(locals()).toEqual(['172.1.0.4', '172.1.0.4']);
      at(['172.1.0.77']);
      news = new Set([2]);
      await expect.poll(locals, soon).toEqual(['172.1.0.77', '172.1.0.77']);
      expect(told()).not.toContain('drift');
    });

    test('is not woken by interfaces that no file names', async () => {
      at(['172.1.0.4']);
      let asked = 0;
      const { run, told } = await follow({}, () => {
        asked++;
        return new Set([77]);
      });
      await run('start');
      await expect.poll(() => asked, soon).toBeGreaterThan(8);
      expect(told()).not.toContain('interface');
    });
  });
});
