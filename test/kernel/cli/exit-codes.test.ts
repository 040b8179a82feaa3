// P15: the exit codes of the built command, seen from outside, on the real kernel. 4 (stuck) and what needs a terminal are in
// test/unit/cli, over the fake kernel.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openPrivatePlace, type PrivatePlace, run, whyNoKernel } from '../../support/netns.ts';
import { bundle, CommandLine, runProcess } from './command.ts';

const text = (remote: string, more = ''): string => `apiVersion: trueingress/v1
name: cli-test
role: gateway
interfaces: [eth0]
tunnels:
  - {id: 100, local: '172.1.0.4:6080', remote: ${remote}}
services:
  - {name: web, group: 2, id: 1, protocol: tcp, proxy: '5.5.5.5:3100', tunnel: 100, key: Pa55w0rd}
${more}`;

describe.skipIf(whyNoKernel() !== undefined)('the built command', () => {
  let place: PrivatePlace;
  let cli: CommandLine;
  let first: string;
  let second: string;

  beforeAll(() => {
    if (!existsSync(bundle)) throw new Error(`${bundle} is missing: run make build`);
    place = openPrivatePlace();
    place.addInterface('eth0');
    cli = new CommandLine(place);
    first = cli.write('first.yaml', text('learned'));
    second = cli.write('second.yaml', text("'172.1.0.9:6080'"));
  });
  afterEach(async () => {
    await cli.runHere(['remove', '--yes', '-i', 'cli-test']);
  });
  afterAll(() => {
    cli?.close();
    place?.close();
  });

  const applied = async () => expect((await cli.runHere(['apply', '-f', first])).code).toBe(0);

  test('P15: exits 0 when done and when there is nothing to do', async () => {
    await applied();
    const again = await cli.runHere(['apply', '-f', first, '--detailed-exitcode']);
    expect([again.code, again.stdout]).toEqual([0, 'No changes.\n']);
    expect((await cli.runHere(['status', '--check'])).code).toBe(0);
  });

  test('P15: exits 1 for differences and for a host that is not converged, and for nothing else', async () => {
    await applied();
    expect((await cli.runHere(['diff', '-f', second])).code).toBe(1);
    expect((await cli.runHere(['diff', '-f', first])).code).toBe(0);
    await cli.runHere(['detach', 'egress', '--yes']);
    expect((await cli.runHere(['status', '--check'])).code).toBe(1);
    expect((await cli.runHere(['status'])).code).toBe(0);
  });

  test('P15: exits 2 with --detailed-exitcode when changes are pending or made', async () => {
    expect((await cli.runHere(['plan', '-f', first, '--detailed-exitcode'])).code).toBe(2);
    expect((await cli.runHere(['apply', '-f', first, '--detailed-exitcode'])).code).toBe(2);
  });

  test('P15: exits 3 when probes refuse a broken program, and the host runs what it ran', async () => {
    await applied();
    const env = { TRUEINGRESS_OBJECT: join(process.cwd(), 'build/bpf/broken.bpf.o') };
    const { code, stderr } = await cli.runHere(['apply', '-f', second], { env });
    expect([code, stderr.includes('error[probe-failed]')]).toEqual([3, true]);
    expect((await cli.runHere(['plan', '-f', first])).stdout).toBe('No changes.\n');
  });

  test('P15: exits 5 when a guard refuses', async () => {
    await applied();
    expect((await cli.runHere(['detach'])).code).toBe(5);
    expect((await cli.runHere(['apply', '-f', second, '--ask'])).code).toBe(5);
  });

  test.each<[why: string, words: string[], code: number]>([
    ['an unknown option', ['plan', '--nonsense'], 64],
    ['an unknown command', ['aply'], 64],
    ['no command', [], 64],
    ['a missing file', ['validate', '-f', 'no-such-file.yaml'], 66],
  ])('P15: exits as it should for %s', async (_, words, code) => {
    const finished = await cli.run(words);
    expect([finished.code, finished.stdout]).toEqual([code, '']);
    const document = JSON.parse((await cli.run([...words, '--json'])).stdout);
    expect(document.exitCode).toBe(code);
  });

  test('P15: exits 64 for a network namespace that does not exist', async () => {
    for (const name of ['no-such-namespace', '/etc/passwd', ''])
      expect([name, (await cli.runHere(['status', '--netns', name])).code]).toEqual([name, 64]);
  });

  test('P15: exits 65 for a file that is not right, and for an interface that is not there', async () => {
    expect((await cli.run(['validate', '-f', cli.write('bad.yaml', text('nonsense'))])).code).toBe(65);
    const elsewhere = cli.write('eth7.yaml', text('learned').replace('eth0', 'eth7'));
    expect((await cli.run(['validate', '-f', elsewhere])).code).toBe(0);
    expect((await cli.runHere(['plan', '-f', elsewhere])).code).toBe(65);
  });

  test('P15: exits 66 when there is no such instance', async () => {
    expect((await cli.runHere(['status', '-i', 'nobody'])).code).toBe(66);
  });

  test('P15: exits 69 when the programs are missing', async () => {
    const env = { TRUEINGRESS_OBJECT: '/no/such/object.o' };
    expect((await cli.runHere(['plan', '-f', first], { env })).code).toBe(69);
  });

  test('P15: exits 69 when there is no bpffs and none can be mounted, with the command', async () => {
    // `trueingress` below it cannot be looked up, or it can and nothing may be mounted over what is there.
    for (const directory of ['/proc/1', cli.write('a-file', '')]) {
      const words = ['apply', '-f', first, '--bpffs', directory, '--run-dir', place.runDirectory];
      const { code, stderr } = await cli.run(words);
      expect([code, stderr]).toEqual([69, expect.stringContaining(`as root: mount -t bpf bpf ${directory}`)]);
    }
  });

  test('P15: exits 5 when something that is not ours stands where our pins would be', async () => {
    const [bpffs, words] = [place.bpffs, ['apply', '-f', first]];
    mkdirSync(join(bpffs, 'trueingress', 'cli-test', 'notes'), { recursive: true });
    try {
      const { code, stderr } = await cli.runHere(words);
      expect([code, stderr]).toEqual([5, expect.stringContaining('cli-test/notes is not ours')]);
    } finally {
      rmdirSync(join(bpffs, 'trueingress', 'cli-test', 'notes'));
      rmdirSync(join(bpffs, 'trueingress', 'cli-test'));
      rmdirSync(join(bpffs, 'trueingress'));
    }
    // A pin in the place of the whole directory.
    const pin = join(bpffs, 'trueingress');
    run('bpftool', 'map', 'create', pin, 'type', 'array', 'key', '4', 'value', '4', 'entries', '1', 'name', 'notes');
    try {
      for (const command of [words, ['plan', '-f', first]]) {
        const { code, stderr } = await cli.runHere(command);
        expect([code, stderr]).toEqual([5, expect.stringContaining(`${pin} is not ours`)]);
      }
      expect((await cli.runHere(['status'])).code).toBe(66);
    } finally {
      unlinkSync(pin);
    }
  });

  test('P15: exits 69 on a kernel that is too old', async () => {
    const preload = cli.write('old.cjs', "require('node:os').release = () => '5.15.0-91-generic';\n");
    const env = { NODE_OPTIONS: `--require ${preload}` };
    const { code, stderr } = await cli.runHere(['status'], { env });
    expect([code, stderr.includes('error[kernel-too-old]')]).toEqual([69, true]);
  });

  test('P15: exits 70 for a bug, with one JSON document and no stack', async () => {
    const preload = cli.write(
      'bug.cjs',
      "process.hrtime.bigint = () => { throw new TypeError('broken on purpose') };\n",
    );
    const env = { NODE_OPTIONS: `--require ${preload}` };
    await applied();
    const { code, stdout, stderr } = await cli.runHere(['status', '--json'], { env });
    expect([code, stderr]).toEqual([70, '']);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'Problems', exitCode: 70, problems: [{ code: 'bug' }] });
    expect((await cli.runHere(['status'], { env })).stderr).toMatch(/^error\[bug\]: .*broken on purpose\n {2}hint: /);
  });

  test('P15: exits 75 when another process holds the lock', async () => {
    await applied();
    const release = await holdLock();
    try {
      expect((await cli.runHere(['apply', '-f', second, '--lock-timeout', '50ms'])).code).toBe(75);
      // Reading needs no lock.
      expect((await cli.runHere(['plan', '-f', second])).code).toBe(0);
    } finally {
      release();
    }
  });

  test('P15: exits 77 for a user who may not, naming what is needed', async () => {
    const { code, stderr } = await runProcess(process.execPath, ['-', 'status', ...cli.place], {
      uid: 65534,
      stdin: `require(${JSON.stringify(bundle)})`,
    });
    expect([code, /CAP_BPF/.test(stderr)]).toEqual([77, true]);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('P15: a shell sees %s as exit code %i', async (signal, expected) => {
    await applied();
    const release = await holdLock();
    try {
      // A background job of a non-interactive shell ignores SIGINT, so it is given its default back.
      const script = `env --default-signal "$@" & p=$!; sleep 0.5; kill -${signal.slice(3)} $p; wait $p; echo "exit $?"`;
      const command = [process.execPath, bundle, 'apply', '-f', second, '--lock-timeout', '1m', ...cli.place];
      const { stdout } = await runProcess('sh', ['-c', script, 'sh', ...command]);
      expect(stdout).toBe(`exit ${expected}\n`);
    } finally {
      release();
    }
  });

  /** As another run would, by flock(1). */
  async function holdLock(): Promise<() => void> {
    mkdirSync(place.runDirectory, { recursive: true });
    const words = ['-F', join(place.runDirectory, 'cli-test.lock'), 'sh', '-c', 'echo held; exec sleep 60'];
    const holder = spawn('flock', words, { stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    return () => holder.kill();
  }
});
