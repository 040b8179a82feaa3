// What a daemon shows and takes: HTTP on a loopback address and on a unix socket, and commands through its own socket.
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { parseListen } from '../../../src/cli/surface/listen-address.ts';
import { metricFamilies } from '../../../src/cli/surface/metric-families.ts';
import { problem, Refusal } from '../../../src/problem.ts';
import { get, samplesIn } from '../../support/http.ts';
import { hear } from '../../support/learn.ts';
import { faults } from '../../support/schemas.ts';
import { type Running, startWatch, until, type WatchOptions } from './daemon-harness.ts';
import { appliedGateway, gatewayText, TestHost } from './harness.ts';

const running: Running[] = [];

async function watch(options: WatchOptions = {}): Promise<Running> {
  const daemon = await startWatch(options);
  running.push(daemon);
  return daemon;
}

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

const changed = gatewayText.replace('172.1.0.3:6080', '172.1.0.9:6080');
const broken = gatewayText.replace('tunnel: 100', 'tunnel: 17');
const unixSocket = ['--listen', 'unix:@/http.sock'];

describe('--listen', () => {
  test.each([
    ['127.0.0.1:9464', { kind: 'tcp', host: '127.0.0.1', port: 9464 }],
    ['127.9.9.9:1', { kind: 'tcp', host: '127.9.9.9', port: 1 }],
    ['[::1]:9464', { kind: 'tcp', host: '::1', port: 9464 }],
    ['unix:/run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
  ])('takes %s', (text, address) => expect(parseListen(text)).toEqual(address));

  test.each([
    '0.0.0.0:9464',
    '[::]:9464',
    ':9464',
    '9464',
    '192.0.2.7:9464',
    'localhost:9464',
    'example.org:80',
    '127.0.0.1',
    '127.0.0.1:65536',
    'unix:relative',
    'unix:/a/',
    `unix:/${'x'.repeat(107)}`,
    '127.0.0.1:1:2',
    '::1:9464',
    '',
  ])('refuses %j as usage, with a hint, before anything is done', async (text) => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    const { code, stderr } = await host.run(['watch', '-f', 'gateway.yaml', '--listen', text]);
    expect(code).toBe(64);
    expect(stderr).toContain('say 127.0.0.1:9464');
    expect(host.datapath).toBeUndefined();
  });

  test('is off unless asked for', async () => {
    const daemon = await watch();
    expect(daemon.log()).not.toContain('"event":"listening"');
  });

  test('ends with exit code 69 where somebody else has the port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const daemon = await watch({ words: ['--listen', `127.0.0.1:${port}`] });
    const { code, stderr } = await daemon.stop();
    running.pop();
    other.close();
    expect(code).toBe(69);
    expect(stderr).toContain('listen-refused');
    // Nothing was reconciled, and nobody holds the instance any more.
    expect(stderr).not.toContain('"event":"reconciled"');
    expect(daemon.host.world.locks.size).toBe(0);
  });

  test('takes no socket from a living server, and no place from a file', async () => {
    const first = await watch({ words: unixSocket });
    const socket = join(first.directory, 'http.sock');
    const host = new TestHost();
    host.runDirectory = first.directory;
    writeFileSync(join(first.directory, 'file'), '');
    for (const path of [socket, join(first.directory, 'file')]) {
      const second = await startWatch({
        host,
        text: gatewayText.replace('epic-1', 'epic-2'),
        words: ['--listen', `unix:${path}`],
      });
      expect((await second.stop()).code).toBe(69);
    }
    expect((await get(socket, '/healthz')).status).toBe(200);
  });
});

describe('HTTP', () => {
  test('answers on a unix socket that owner and group may use, and takes it away at the end', async () => {
    const daemon = await watch({ words: unixSocket });
    const socket = join(daemon.directory, 'http.sock');
    expect(statSync(socket).mode & 0o777).toBe(0o660);
    expect(await get(socket, '/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await get(socket, '/readyz')).toMatchObject({ status: 200, body: 'ready\n' });
    expect(await get(socket, '/metrics')).toMatchObject({
      status: 200,
      type: expect.stringContaining('version=0.0.4'),
    });
    running.pop();
    await daemon.stop();
    expect(existsSync(socket)).toBe(false);
  });

  test('answers on a loopback port that the log names', async () => {
    const daemon = await watch({ words: ['--listen', '127.0.0.1:0'] });
    const port = Number(/answering at 127\.0\.0\.1:(\d+)/.exec(daemon.log())?.[1]);
    expect(await get(port, '/metrics?x=1')).toMatchObject({ status: 200 });
    expect(await get(port, '/metrics', 'HEAD')).toMatchObject({ status: 200, body: '' });
    expect(await get(port, '/')).toMatchObject({ status: 404, body: expect.stringContaining('/metrics') });
    expect(await get(port, '/constructor')).toMatchObject({ status: 404 });
    expect(await get(port, '/metrics', 'POST')).toMatchObject({ status: 405, allow: 'GET, HEAD' });
    expect(await get(port, '/metrics', 'DELETE')).toMatchObject({ status: 405 });
  });

  test('cuts off whoever sends headers without end', async () => {
    const daemon = await watch({ words: unixSocket });
    const answer = await talk(
      join(daemon.directory, 'http.sock'),
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
  });

  test('cuts off whoever does not end a request', async () => {
    const daemon = await watch({ words: unixSocket });
    const answer = await talk(join(daemon.directory, 'http.sock'), 'GET /metrics HTTP/1.1\r\nHost: x\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 408 |^$/);
  }, 30_000);

  test('does not wait for a body', async () => {
    const daemon = await watch({ words: unixSocket });
    const head = 'POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n';
    expect(await talk(join(daemon.directory, 'http.sock'), head)).toMatch(/^HTTP\/1.1 405 /);
  });

  test('takes a bounded number of connections, and goes on', async () => {
    const daemon = await watch({ words: unixSocket });
    const path = join(daemon.directory, 'http.sock');
    const sockets = Array.from({ length: 60 }, () => connect(path).on('error', () => {}));
    let closed = 0;
    for (const socket of sockets) socket.on('close', () => closed++);
    await until(
      () => closed >= 28,
      () => `${closed} were closed`,
    );
    for (const socket of sockets) socket.destroy();
    await until(
      async () => (await get(path, '/healthz').catch(() => ({ status: 0 }))).status === 200,
      () => 'no answer',
    );
  });

  test('says at its end what it has done, as its schema has it', async () => {
    const { stdout } = await (await watch({ words: ['--json'] })).stop();
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ kind: 'Watch', exitCode: 0, instance: 'epic-1', counts: { converged: 1 } });
    expect(faults(document)).toEqual([]);
  });

  test('shows at /status what `status --json` says', async () => {
    const daemon = await watch({ words: unixSocket });
    const page = JSON.parse((await get(join(daemon.directory, 'http.sock'), '/status')).body);
    const { stdout } = await daemon.run(['status', '--json']);
    expect(page).toEqual(JSON.parse(stdout));
    expect(faults(page)).toEqual([]);
    expect(page.daemon).toMatchObject({
      ready: true,
      suspended: false,
      runs: { converged: 1 },
      lastRun: { reason: 'start' },
    });
  });

  test('is ready with the last good generation when the file breaks, and tells the fault', async () => {
    const daemon = await watch({ words: unixSocket });
    const path = join(daemon.directory, 'http.sock');
    writeFileSync(daemon.file, broken);
    await daemon.said('"event":"held"');
    expect((await get(path, '/readyz')).status).toBe(200);
    expect(samplesIn((await get(path, '/metrics')).body).get('trueingress_faults{code="tunnel-not-found"}')).toBe(1);
    const { daemon: seen } = JSON.parse((await get(path, '/status')).body);
    expect(seen.faults).toMatchObject([{ code: 'tunnel-not-found', place: { line: 18 } }]);
  });

  test('is ready with the last good generation when a readable file is refused', async () => {
    const daemon = await watch({ words: unixSocket });
    const path = join(daemon.directory, 'http.sock');
    writeFileSync(daemon.file, gatewayText.replace(/services:[\s\S]*/, ''));
    await daemon.said('"event":"held"');
    expect((await get(path, '/readyz')).status).toBe(200);
    expect(samplesIn((await get(path, '/metrics')).body).get('trueingress_faults{code="would-empty"}')).toBe(1);
  });

  test('counts warnings of the last run by code', async () => {
    const daemon = await watch({ text: gatewayText.replace('172.1.0.4:6080', '172.1.0.44:6080'), words: unixSocket });
    const { body } = await get(join(daemon.directory, 'http.sock'), '/metrics');
    expect(samplesIn(body).get('trueingress_warnings{code="local-missing"}')).toBe(1);
  });

  test.each<[string, WatchOptions, (daemon: Running) => Promise<unknown>, reason: string]>([
    ['no file could be read', { text: broken }, async () => {}, 'nothing could be reconciled: service "web"'],
    [
      'nothing is on the host any more',
      {},
      (one) => one.run(['remove', '--yes']),
      'nothing of the instance is on this host',
    ],
    ['no hook runs it', {}, (one) => one.run(['detach', '--yes']), 'no hook runs the generation'],
    [
      'another run made what is live',
      {},
      async (one) => {
        const other = join(one.directory, 'other.yaml');
        writeFileSync(other, changed, { mode: 0o600 });
        await one.run(['apply', '-f', other]);
      },
      'generation 2 is live, which another run made; the files asked for 1',
    ],
  ])('is not ready when %s, and says why', async (_, options, happen, reason) => {
    const daemon = await watch({ ...options, words: unixSocket });
    await happen(daemon);
    const { status, body } = await get(join(daemon.directory, 'http.sock'), '/readyz');
    expect(body).toContain(reason);
    expect(status).toBe(503);
    expect(samplesIn((await get(join(daemon.directory, 'http.sock'), '/metrics')).body).get('trueingress_ready')).toBe(
      0,
    );
  });
});

describe('/metrics', () => {
  test('has every metric with its help and type, and the figures of the other commands', async () => {
    const daemon = await watch({ words: unixSocket });
    const { body } = await get(join(daemon.directory, 'http.sock'), '/metrics');
    for (const [name, { type, help }] of Object.entries(metricFamilies)) {
      expect(body).toContain(`# HELP ${name} ${help}\n`);
      expect(body).toContain(`# TYPE ${name} ${type}\n`);
    }
    const samples = samplesIn(body);
    const status = JSON.parse((await daemon.run(['status', '--json'])).stdout);
    for (const [table, { rows, capacity }] of Object.entries<{ rows: number; capacity: number }>(status.tables)) {
      expect(samples.get(`trueingress_table_rows{table="${table}"}`)).toBe(rows);
      expect(samples.get(`trueingress_table_capacity_rows{table="${table}"}`)).toBe(capacity);
    }
    expect(Object.fromEntries(samples)).toMatchObject({
      trueingress_generation: 1,
      trueingress_ready: 1,
      trueingress_hooks: 2,
      trueingress_hooks_missing: 0,
      'trueingress_runs_total{reason="start",result="converged"}': 1,
      trueingress_run_duration_seconds_count: 1,
      'trueingress_phase_duration_seconds_count{phase="stage"}': 1,
      trueingress_remotes_unheard: 1,
      trueingress_suspended: 0,
      trueingress_kernel_readable: 1,
      'trueingress_instance_info{name="epic-1",role="gateway"}': 1,
    });
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(1e7);
  });

  test.each([
    ['whose pings are overdue', 'ping: {interval: 100ms}', 1],
    ['whose pings are not due yet', 'ping: {interval: 1h}', 0],
    ['of which nobody says how often it pings', '', 0],
  ])('counts a learned remote %s as stale as `status` does', async (_, ping, stale) => {
    const text = gatewayText.replace('remote: learned\n', `remote: learned\n    ${ping}\n`);
    const daemon = await watch({ text, words: unixSocket });
    hear(daemon.host.world, 'epic-1', 101);
    const samples = samplesIn((await get(join(daemon.directory, 'http.sock'), '/metrics')).body);
    expect([samples.get('trueingress_remotes_learned'), samples.get('trueingress_remotes_stale')]).toEqual([1, stale]);
    const { tunnels } = JSON.parse((await daemon.run(['status', '--json'])).stdout);
    expect(tunnels[1].learned.stale === true).toBe(stale === 1);
  });

  test('reads each map of the datapath once, and configured maps once for each generation', async () => {
    const daemon = await watch({ words: unixSocket });
    const path = join(daemon.directory, 'http.sock');
    await get(path, '/metrics');
    const reads: string[] = [];
    const open = daemon.host.onOpen;
    daemon.host.onOpen = (datapath) => {
      for (const name of ['readRows', 'readLearned', 'readCounters'] as const) {
        const read = datapath[name].bind(datapath) as (...words: unknown[]) => unknown;
        Object.assign(datapath, {
          [name]: (...words: unknown[]) => {
            reads.push([name, ...words.slice(1)].join(' ').trim());
            return read(...words);
          },
        });
      }
    };
    await get(path, '/metrics');
    daemon.host.onOpen = open;
    expect(reads.sort()).toEqual(['readCounters', 'readLearned peer']);
  });

  test('tells what it knows of itself when the kernel cannot be read', async () => {
    const daemon = await watch({ words: unixSocket });
    daemon.host.onOpen = () => {
      throw new Refusal(problem('no-libbpf', 'no kernel today'));
    };
    const { status, body } = await get(join(daemon.directory, 'http.sock'), '/metrics');
    expect(status).toBe(200);
    expect(Object.fromEntries(samplesIn(body))).toMatchObject({ trueingress_kernel_readable: 0, trueingress_ready: 0 });
    expect(samplesIn(body).has('trueingress_generation')).toBe(false);
    daemon.host.onOpen = () => {};
  });
});

describe('the socket of a daemon', () => {
  test('is for its owner alone, and goes with the daemon', async () => {
    const daemon = await watch();
    const socket = join(daemon.directory, 'epic-1.sock');
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    running.pop();
    await daemon.stop();
    expect(existsSync(socket)).toBe(false);
  });

  test('is taken over when a dead daemon left it', async () => {
    const first = await watch();
    const socket = join(first.directory, 'epic-1.sock');
    const left = createServer();
    await new Promise<void>((resolve) => left.listen(join(first.directory, 'left.sock'), resolve));
    // A server that ends takes its own name away, and this is not the one it had.
    const { renameSync } = await import('node:fs');
    renameSync(join(first.directory, 'left.sock'), socket);
    await new Promise((resolve) => left.close(resolve));
    expect((await first.run(['events'])).code).toBe(66);
    first.host.world.locks.clear();
    const second = await startWatch({ host: first.host });
    expect((await first.run(['events'])).code).toBe(0);
    await second.stop();
  });

  test('refuses a second daemon of the instance, naming the first', async () => {
    const first = await watch();
    const second = await startWatch({ host: first.host });
    const { code, stderr } = await second.stop();
    expect(code).toBe(75);
    expect(stderr).toContain('is watched already, by');
    expect((await first.run(['events'])).code).toBe(0);
  });

  test('is there once a file that was broken at the start names the instance', async () => {
    const daemon = await watch({ text: broken });
    expect((await daemon.run(['events'])).code).toBe(66);
    writeFileSync(daemon.file, gatewayText);
    await daemon.said('"event":"reconciled"');
    await until(
      async () => (await daemon.run(['events'])).code === 0,
      () => 'no socket',
    );
  });

  test('leaves the socket to another daemon of the instance that a file which was broken at the start names', async () => {
    const first = await watch();
    const second = await startWatch({ host: first.host, text: broken });
    writeFileSync(second.file, gatewayText);
    await second.said('is watched already, by');
    expect((await first.run(['events'])).code).toBe(0);
    await second.stop();
  });

  test('ends connections that say nothing that it understands', async () => {
    const daemon = await watch();
    const socket = join(daemon.directory, 'epic-1.sock');
    expect(await talk(socket, `${'x'.repeat(5000)}`)).toBe('');
    expect(await talk(socket, 'null\n')).toContain('of another version');
    expect(await talk(socket, '{"ask":"more"}\n')).toContain('of another version');
    expect((await daemon.run(['events'])).code).toBe(0);
  });
});

describe('commands that talk to the daemon', () => {
  test.each([['events'], ['suspend'], ['resume'], ['reconcile', '--now'], ['events', '-f']])(
    '%s ends with exit code 66 and says what to do where none runs',
    async (...words) => {
      const host = await appliedGateway();
      for (const named of [[], ['-i', 'epic-1']]) {
        const { code, stderr } = await host.run([...words, ...named]);
        expect(code).toBe(66);
        expect(stderr).toContain('error[no-daemon]: no daemon keeps');
        expect(stderr).toContain('trueingress watch -f FILE');
      }
    },
  );

  test('want to know which of several is meant', async () => {
    const first = await watch();
    const second = await startWatch({
      host: first.host,
      text: gatewayText
        .replaceAll('epic-1', 'epic-2')
        .replaceAll('172.1.0.4', '172.1.0.5')
        .replaceAll('5.5.5.5', '5.5.5.6'),
    });
    const asked = await first.run(['events']);
    expect(asked.code).toBe(64);
    expect(asked.stderr).toContain('epic-1, epic-2');
    expect((await first.run(['events', '-i', 'epic-2'])).code).toBe(0);
    await second.stop();
  });

  test('events: the last of them, as text and as documents', async () => {
    const daemon = await watch();
    const { code, stdout } = await daemon.run(['events', '-n', '1']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^22:13:20 reconciled +generation 1: 5 added, 0 changed, 0 deleted, 2 hooks: interface eth0 added, tunnel 100 added, tunnel 101 added, 2 more\n/,
    );
    const lines = (await daemon.run(['events', '--json'])).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ kind, event }) => event ?? kind)).toEqual(['started', 'reconciled', 'Events']);
    expect(lines.flatMap(faults)).toEqual([]);
    expect((await daemon.run(['events', '-n', '0'])).stdout).toBe('nothing has happened yet\n');
  });

  test('events -f: each that happens, until the daemon ends', async () => {
    const daemon = await watch();
    const following = daemon.run(['events', '-n', '0', '-f'], never);
    writeFileSync(daemon.file, broken);
    await daemon.said('"event":"held"');
    // Whoever asks later is answered later: the one who follows is listening by then.
    expect((await daemon.run(['events', '-n', '1'])).code).toBe(0);
    running.pop();
    await daemon.stop();
    const { code, stdout } = await following;
    expect(code).toBe(0);
    expect(stdout).toContain('held');
    expect(stdout).toContain('topology.yaml:18:');
    expect(stdout.trimEnd().split('\n').at(-1)).toContain('stopping');
  });

  test('events -f: until it is stopped', async () => {
    const daemon = await watch();
    expect(await daemon.run(['events', '-f'])).toMatchObject({ code: 0 });
  });

  test('reconcile --now: the end of a run that began after it was asked for', async () => {
    const daemon = await watch();
    const { code, stdout } = await daemon.run(['reconcile', '--now']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^converged in .* \(asked\): the host is as the files say\n$/);
    writeFileSync(daemon.file, changed);
    const document = JSON.parse((await daemon.run(['reconcile', '--now', '--json'])).stdout);
    expect(document).toMatchObject({
      exitCode: 0,
      run: { result: 'converged', generation: 2, changes: { change: 1 } },
    });
    expect(faults(document)).toEqual([]);
  });

  test('reconcile --now: the exit code and the problems of its run', async () => {
    const daemon = await watch();
    writeFileSync(daemon.file, broken);
    const { code, stderr, stdout } = await daemon.run(['reconcile', '--now']);
    expect(code).toBe(65);
    expect(stderr).toContain('error[tunnel-not-found]');
    expect(stdout).toContain('held');
    daemon.host.onOpen = () => {
      throw new Refusal(problem('no-libbpf', 'no kernel today'));
    };
    writeFileSync(daemon.file, changed);
    expect((await daemon.run(['reconcile', '--now'])).code).toBe(69);
    daemon.host.onOpen = () => {};
  });

  test('suspend: the host is left alone until resume, which reconciles at once', async () => {
    const daemon = await watch({ words: unixSocket });
    expect((await daemon.run(['suspend'])).stdout).toBe('epic-1: suspended; no run is going on\n');
    expect((await daemon.run(['suspend'])).stdout).toBe('epic-1: was suspended already\n');
    const refused = await daemon.run(['reconcile', '--now']);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('error[suspended]');
    writeFileSync(daemon.file, changed);
    await daemon.said('"event":"file-changed"');
    const metrics = samplesIn((await get(join(daemon.directory, 'http.sock'), '/metrics')).body);
    expect(metrics.get('trueingress_suspended')).toBe(1);
    expect(metrics.get('trueingress_generation')).toBe(1);
    expect((await daemon.run(['status'])).stdout).toContain(
      'suspended: nothing is reconciled until `trueingress resume`',
    );
    expect((await daemon.run(['resume'])).stdout).toBe('epic-1: resumed; reconciling\n');
    await daemon.said('generation 2: 0 added, 1 changed, 0 deleted');
    const document = JSON.parse((await daemon.run(['resume', '--json'])).stdout);
    expect(document).toMatchObject({ suspended: false, changed: false });
    expect(faults(document)).toEqual([]);
  });

  test('status: that a daemon runs and how its last run ended, or that none runs', async () => {
    const daemon = await watch();
    const { stdout } = await daemon.run(['status']);
    expect(stdout).toContain(`daemon: pid 4711, since 22:13:20 (just now), following ${daemon.file}\n`);
    expect(stdout).toMatch(/last run just now \(start\): converged in /);
    running.pop();
    await daemon.stop();
    expect((await daemon.run(['status'])).stdout).toContain('no daemon keeps it so\n');
    expect(JSON.parse((await daemon.run(['status', '--json'])).stdout).daemon).toBeNull();
  });
});

/** For commands that nobody stops. */
const never = { catchStop: () => ({ pause: () => new Promise<'stopped'>(() => {}), release: () => {} }) };

/** Everything that comes back until the other end closes. */
async function talk(path: string, text: string): Promise<string> {
  return await new Promise((resolve) => {
    let heard = '';
    const socket = connect(path);
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(heard));
    socket.write(text);
  });
}
