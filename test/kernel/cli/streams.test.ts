// What goes over stdout and stderr of the built command: whole documents through slow pipes, readers that go away, nothing
// loaded that is not needed.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openPrivatePlace, type PrivatePlace, whyNoKernel } from '../../support/netns.ts';
import { bundle, CommandLine, runProcess } from './command.ts';

const head = `apiVersion: trueingress/v1
name: cli-test
role: gateway
interfaces: [eth0]
tunnels: [{id: 100, local: '172.1.0.4:6080', remote: learned}]
services:
`;
/** Each service and its proxy address, the tunnel, its local endpoint, the interface. */
const changes = 2 * 12_000 + 3;
const service = (id: number): string =>
  `- {name: s${id}, group: 1, id: ${id}, protocol: tcp, proxy: '5.5.${id >> 8}.${id & 255}:80', tunnel: 100, key: k${id}}\n`;

describe.skipIf(whyNoKernel() !== undefined)('the streams of the built command', () => {
  let place: PrivatePlace;
  let cli: CommandLine;
  let small: string;
  let big: string;

  beforeAll(() => {
    place = openPrivatePlace();
    place.addInterface('eth0');
    cli = new CommandLine(place);
    small = cli.write('small.yaml', head + service(1));
    big = cli.write('big.yaml', head + Array.from({ length: 12_000 }, (_, id) => service(id)).join(''));
  });
  afterEach(async () => {
    await cli.runHere(['remove', '--yes', '-i', 'cli-test']);
  });
  afterAll(() => {
    cli?.close();
    place?.close();
  });

  test('5 MB of JSON arrive whole through a pipe whose reader is slow', async () => {
    const script = '"$@" | { sleep 0.5; cat; }';
    const command = [process.execPath, bundle, 'plan', '-f', big, '--json', ...cli.place];
    const { stdout } = await runProcess('sh', ['-c', script, 'sh', ...command]);
    expect(stdout.length).toBeGreaterThan(5_000_000);
    expect(JSON.parse(stdout).changes).toHaveLength(changes);
  });

  test('5 MB of JSON arrive whole through a pipe that somebody made non-blocking', async () => {
    // perl is on every Debian, python is not.
    const script = 'perl -MFcntl -e "fcntl(STDOUT, F_SETFL, O_NONBLOCK | fcntl(STDOUT, F_GETFL, 0)) or die" && "$@"';
    const command = [process.execPath, bundle, 'plan', '-f', big, '--json', ...cli.place];
    const { stdout, stderr } = await runProcess('sh', ['-c', `{ ${script}; } | { sleep 0.5; cat; }`, 'sh', ...command]);
    expect([JSON.parse(stdout).changes.length, stderr]).toEqual([changes, expect.not.stringContaining('EAGAIN')]);
  });

  test('a reader that goes away is no error', async () => {
    const script = '{ "$@"; echo "exit $?" >&2; } | head -c 10 >/dev/null';
    const command = [process.execPath, bundle, 'plan', '-f', big, '--all', ...cli.place];
    const { stderr } = await runProcess('sh', ['-c', script, 'sh', ...command]);
    expect(stderr).toMatch(/exit 0\n$/);
    expect(stderr).not.toContain('EPIPE');
  });

  test('a full disk is told in one problem, and does not stop what the command is doing', async () => {
    const command = [process.execPath, bundle, 'apply', '-f', small, ...cli.place];
    const { code, stderr } = await runProcess('sh', ['-c', 'exec "$@" >/dev/full', 'sh', ...command]);
    expect([code, stderr]).toEqual([69, expect.stringMatching(/error\[kernel-refused\]: the output .+ ENOSPC/)]);
    expect(stderr).not.toContain('    at ');
    expect((await cli.runHere(['plan', '-f', small])).stdout).toBe('No changes.\n');
  });

  test.each([[['validate', '-f']], [['--help']], [['version']]])('%j works without koffi', async (words) => {
    const preload = cli.write(
      'no-koffi.cjs',
      "const load = require('module')._load; require('module')._load = (name, ...rest) => { if (/koffi/.test(name)) throw new Error('koffi was loaded'); return load(name, ...rest); };\n",
    );
    const env = { NODE_OPTIONS: `--require ${preload}` };
    const { code, stderr } = await cli.run(words[0] === 'validate' ? [...words, small] : words, { env });
    expect([code, stderr]).toEqual([0, '']);
  });

  test('warnings are on stderr, so that stdout stays the product', async () => {
    await cli.runHere(['apply', '-f', small]);
    const { stdout } = await cli.runHere(['export']);
    const exported = cli.write('exported.yaml', stdout);
    expect((await cli.runHere(['plan', '-f', exported])).stdout).toBe('No changes.\n');
  });
});
