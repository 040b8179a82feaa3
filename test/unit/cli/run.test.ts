// What holds for every command: help, usage errors, bugs, JSON, colours, exit codes of refusals.
import { describe, expect, test } from 'vitest';
import { commands } from '../../../src/cli/commands.ts';
import { exitCodeOf, exitCodes } from '../../../src/cli/exit.ts';
import { parseCommandLine } from '../../../src/cli/parse.ts';
import { KernelError, problem, problemCodes, Refusal } from '../../../src/problem.ts';
import { appliedGateway, gatewayText, TestHost } from './harness.ts';

/** Those that people use. */
const shown = commands.filter(({ hidden }) => !hidden);

const refusing = (error: unknown) => ({
  environment: {
    openDatapath: async () => {
      throw error;
    },
  },
});

describe('help', () => {
  test.each(shown.map(({ name }) => name))('of %s is on stdout with its options, exit 0', async (name) => {
    const { code, stdout, stderr } = await new TestHost().run([name, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`Usage: trueingress ${name}`);
    expect(stdout).toContain('--json');
    expect(stdout).toContain('\nExamples:\n  ');
    expect((await new TestHost().run(['help', name])).stdout).toBe(stdout);
  });

  test('tells every exit code', async () => {
    const { stdout } = await new TestHost().run(['--help']);
    for (const code of Object.values(exitCodes)) expect(stdout).toMatch(new RegExp(`Exit codes:[^]*\\b${code}\\b`));
  });

  test('lists every command', async () => {
    const { code, stdout } = await new TestHost().run(['--help']);
    expect(code).toBe(0);
    for (const { name, summary } of shown) expect(stdout).toMatch(new RegExp(`\\n  ${name} .*${summary.slice(0, 20)}`));
  });
});

describe('a command line that says nothing that can be done', () => {
  test.each([
    [[], 'no command was given'],
    [['--json'], 'no command was given'],
    [['aply'], 'there is no command "aply"'],
    [['plan', '--jsn'], 'plan has no option "--jsn"'],
    [['apply', '--lock-timeout', 'soon', '-f', 'x'], '"soon" is not a time like 500ms, 10s, 5m or 1h'],
    [['apply', '--probe', 'some', '-f', 'x'], '"some" is not a number'],
    [['plan', '--hook', 'xdp', '-f', 'x'], '"xdp" is not one of auto, tcx, clsact'],
    [['status', '-i', '..'], '".." is not the name of an instance'],
    [['status', '-i', ''], '"" is not the name of an instance'],
    [['ping', '--every', '0s'], '"0s" is not a time from 1ms to 24h'],
    [['ping', '--every', '600h'], '"600h" is not a time from 1ms to 24h'],
    [['status', 'now'], 'status takes fewer words than were given'],
  ])('%j exits 64 with a sentence and a hint', async (words, message) => {
    const { code, stdout, stderr } = await new TestHost().run(words);
    expect(code).toBe(64);
    expect(words.includes('--json') ? JSON.parse(stdout).problems[0].code : /^error\[(\w+)/.exec(stderr)?.[1]).toBe(
      'usage',
    );
    expect(stdout + stderr).toContain(message);
  });

  test.each([
    [['aply'], 'did you mean `trueingress apply`?'],
    [['xyzzy'], '`trueingress --help` lists the commands'],
    [['plan', '--jsn'], 'did you mean `trueingress plan --json`?'],
    [['plan', '--nonsense'], '`trueingress plan --help` tells what can be said'],
    [['plan', '-f'], 'like this: --file <PATH>; `trueingress plan --help` tells what can be said'],
    [['completion', 'bsh'], 'did you mean `trueingress completion bash`?'],
    [['status', 'now'], '`trueingress status --help` tells what can be said'],
    [['validate', 'gateway.yaml'], 'files are named with -f: trueingress validate -f FILE'],
    [
      ['config', 'set'],
      'say `trueingress config set <0|1> <id> <flags> <name>`, or `trueingress config set <interface>',
    ],
    [['tunnel', 'stt'], 'did you mean `trueingress tunnel set <id> <ip-local>'],
  ])('%j is told what to type instead', async (words, hint) => {
    const { code, stderr } = await new TestHost().run(words);
    expect(code).toBe(64);
    expect(stderr).toContain(`\n  hint: ${hint}`);
    expect(stderr).not.toMatch(/unknown|invalid|Did you|argument missing/);
  });
});

describe('a command line', () => {
  test.each(commands.map(({ name }) => name))('of %s may have every global option, in front too', (name) => {
    const globals = ['-i', 'one', '--netns', 'blue', '--bpffs', '/b', '--hook', 'tcx', '--run-dir', '/r', '--json'];
    for (const words of [
      [name, ...globals],
      [...globals, name],
    ]) {
      const parsed = parseCommandLine(words, {});
      expect(parsed).toMatchObject({
        kind: 'command',
        spec: { name },
        options: { instance: 'one', netns: 'blue', bpffs: '/b', hook: 'tcx', runDir: '/r', json: true },
      });
    }
  });

  test('with a name of a command as the value of an option means the command', () => {
    expect(parseCommandLine(['-i', 'remove', 'status'], {})).toMatchObject({
      spec: { name: 'status' },
      options: { instance: 'remove' },
    });
  });

  test('may repeat -f, in order', () => {
    const parsed = parseCommandLine(['plan', '-f', 'a', '-f', 'b', '--file=c'], {});
    expect(parsed).toMatchObject({ options: { file: ['a', 'b', 'c'] } });
  });

  test('that forgets -f is told so', async () => {
    const { stderr } = await new TestHost().run(['apply', 'gateway.yaml']);
    expect(stderr).toContain('hint: files are named with -f: trueingress apply -f gateway.yaml');
  });
});

describe('what the kernel refuses', () => {
  test.each([
    ['not root', new Refusal(problem('not-permitted', 'this needs CAP_BPF')), 77],
    ['no capability in the middle', new KernelError('bpf_prog_load', 1, 'EPERM', 'ingress'), 77],
    ['no bpffs', new Refusal(problem('no-bpffs', 'no bpffs')), 69],
    ['no libbpf', new Refusal(problem('no-libbpf', 'no libbpf')), 69],
    ['an old kernel', new KernelError('bpf_prog_attach', 22, 'EINVAL', 'eth0'), 69],
    ['a bug', new TypeError('undefined is not a function'), 70],
  ])('%s gives its exit code and a problem, no stack', async (_, error, code) => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    const finished = await host.run(['plan', '-f', 'gateway.yaml'], refusing(error));
    expect([finished.code, finished.stdout]).toEqual([code, '']);
    expect(finished.stderr).toMatch(/^error\[/);
    expect(finished.stderr).not.toMatch(/\n\s+at /);
  });

  test('a bug is one JSON document with --json, and has a stack with --debug', async () => {
    const host = new TestHost();
    const finished = await host.run(['status', '--json', '--debug'], refusing(new TypeError('oh')));
    expect(JSON.parse(finished.stdout)).toMatchObject({ kind: 'Problems', exitCode: 70, problems: [{ code: 'bug' }] });
    expect(finished.stderr).toMatch(/\n\s+at /);
  });

  test('every problem code that is an error has an exit code of the contract', () => {
    const codes = new Set(problemCodes.map((code) => exitCodeOf([problem(code, '')])));
    expect([...codes].sort((a, b) => a - b)).toEqual([3, 5, 6, 7, 64, 65, 66, 69, 70, 75, 77, 130]);
  });
});

describe('colours', () => {
  const sequence = '\u001b[';
  test.each([
    ['a terminal', [], { terminal: true }, true],
    ['a pipe', [], {}, false],
    ['NO_COLOR', [], { terminal: true, variables: { NO_COLOR: '1' } }, false],
    ['an empty NO_COLOR', [], { terminal: true, variables: { NO_COLOR: '' } }, true],
    ['FORCE_COLOR on a pipe', [], { variables: { FORCE_COLOR: '1' } }, true],
    ['--color always on a pipe', ['--color', 'always'], {}, true],
    ['--color never on a terminal', ['--color', 'never'], { terminal: true }, false],
  ])('%s', async (_, words, options, expected) => {
    const host = await appliedGateway();
    expect((await host.run(['status', ...words], options)).stdout.includes(sequence)).toBe(expected);
  });
});

describe('options from the environment', () => {
  test('TRUEINGRESS_HOOK and TRUEINGRESS_RUN_DIR stand in for their options', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    const variables = { TRUEINGRESS_HOOK: 'clsact', TRUEINGRESS_RUN_DIR: '/tmp/locks' };
    const { stdout } = await host.run(
      ['apply', '--dry-run', '-f', 'gateway.yaml', '--netns', 'blue', '--bpffs', '/b'],
      {
        variables,
      },
    );
    expect(stdout).toContain('attach eth0 ingress (clsact)');
    expect(host.opened).toEqual({ bpffs: '/b', runDirectory: '/tmp/locks', netns: 'blue' });
  });

  test('the command line says more than the variable', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    const variables = { TRUEINGRESS_HOOK: 'clsact' };
    const { stdout } = await host.run(['plan', '-f', 'gateway.yaml', '--hook', 'tcx'], { variables });
    expect(stdout).toContain('attach eth0 ingress (tcx)');
  });
});
