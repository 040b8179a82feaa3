// Two files that fit, and each way in which they may not.
import { describe, expect, test } from 'vitest';
import { TestHost } from '../cli/harness.ts';
import { gatewayText, vary } from '../topology/texts.ts';

const gateway = gatewayText;
/** The node that this gateway waits for: another number of its own, and pings. */
const node = vary(
  gatewayText,
  ['name: epic-1', 'name: node-1'],
  ['role: gateway', 'role: node'],
  ['id: 100', 'id: 7'],
  ['local: 172.1.0.4:6080', 'local: 192.168.7.2:6080'],
  ['remote: learned', 'remote: 172.1.0.4:6080\n    remoteId: 100\n    ping: {interval: 10s}'],
  ['tunnel: 100', 'tunnel: 7'],
);

type Swap = readonly [from: string, to: string];

async function lint(onGateway: readonly Swap[], onNode: readonly Swap[], first: 'gateway' | 'node' = 'gateway') {
  const host = new TestHost();
  host.files.set('gateway.yaml', vary(gateway, ...onGateway));
  host.files.set('node.yaml', vary(node, ...onNode));
  const second = first === 'gateway' ? 'node' : 'gateway';
  return await host.run(['lint', '-f', `${first}.yaml`, '--peer', `${second}.yaml`]);
}

const codes = (stderr: string): string[] =>
  [...stderr.matchAll(/^(\S+?):\d+: (\w+\[[a-z-]+\])/gm)].map(([, at, what]) => `${what} ${at}`);

describe('lint', () => {
  test.each(['gateway', 'node'] as const)('finds nothing between two files that fit, from the %s', async (first) => {
    expect(await lint([], [], first)).toMatchObject({ code: 0, stderr: '' });
  });

  test.each<[string, Swap[], Swap[], number, string[]]>([
    [
      'another key',
      [],
      [['Pa55w0rd1234567', 'other']],
      1,
      ['error[ends-key] gateway.yaml:9', 'error[ends-key] gateway.yaml:9'],
    ],
    [
      'a previous key that fits one way',
      [],
      [['key: Pa55w0rd1234567', 'key: other\n    previousKey: Pa55w0rd1234567']],
      1,
      ['error[ends-key] gateway.yaml:9'],
    ],
    [
      'keys in the middle of a change',
      [['key: Pa55w0rd1234567', 'key: other\n    previousKey: Pa55w0rd1234567']],
      [['key: Pa55w0rd1234567', 'key: Pa55w0rd1234567\n    previousKey: other']],
      0,
      [],
    ],
    ['a key that is kept', [['key: Pa55w0rd1234567', 'key: keep']], [], 0, ['warning[ends-key] gateway.yaml:9']],
    ['another proxy', [], [['proxy: 5.5.5.5:3100', 'proxy: 5.5.5.5:3101']], 1, ['error[ends-service] gateway.yaml:9']],
    [
      'another endpoint',
      [],
      [['endpoint: 1.1.1.1:4000', 'endpoint: 1.1.1.1:4001']],
      0,
      ['warning[ends-service] gateway.yaml:9'],
    ],
    [
      'another mode',
      [['    key:', '    mode: standard\n    key:']],
      [['    key:', '    mode: dso\n    key:']],
      0,
      ['warning[ends-service] gateway.yaml:9'],
    ],
    [
      'echo carried by the gateway alone',
      [['    key:', '    echo: carry\n    key:']],
      [],
      1,
      ['error[ends-service] gateway.yaml:9'],
    ],
    [
      'a service that the node lacks',
      [],
      [['id: 1\n', 'id: 2\n']],
      1,
      ['error[ends-service] gateway.yaml:9', 'warning[ends-service] node.yaml:11'],
    ],
    [
      "ends that are an interface's address",
      [
        ['172.1.0.4:6080', 'eth0:6080'],
        ['remote: learned', 'remote: 203.0.113.9:6080'],
      ],
      [['192.168.7.2:6080', 'wlan0:6080']],
      0,
      [],
    ],
    [
      "ends that are an interface's address, and another port",
      [['172.1.0.4:6080', 'eth0:6081']],
      [],
      1,
      ['error[ends-tunnel] node.yaml:5'],
    ],
    [
      'a remote that nobody listens on',
      [],
      [['172.1.0.4:6080', '172.1.0.4:6081']],
      1,
      ['error[ends-tunnel] node.yaml:5'],
    ],
    ['another number in pings', [], [['remoteId: 100', 'remoteId: 101']], 1, ['error[ends-tunnel] node.yaml:5']],
    [
      'another gateway',
      [],
      [
        ['172.1.0.4:6080', '172.1.0.9:6080'],
        ['remoteId: 100', 'remoteId: 9'],
      ],
      1,
      ['error[ends-tunnel] node.yaml:11'],
    ],
    [
      'no pings where the gateway waits for them',
      [],
      [['    ping: {interval: 10s}\n', '']],
      0,
      ['warning[ends-ping] node.yaml:5'],
    ],
    [
      'fewer pings than the gateway waits for',
      [['remote: learned', 'remote: learned\n    ping: {interval: 5s}']],
      [],
      0,
      ['warning[ends-ping] gateway.yaml:5'],
    ],
    [
      'signed pings that nobody can check',
      [],
      [['    ping:', '    sign: {key: secret}\n    ping:']],
      1,
      ['error[ends-ping] node.yaml:5'],
    ],
    [
      'unsigned pings that are refused',
      [['remote: learned', 'remote: learned\n    sign: {key: secret, required: true}']],
      [],
      1,
      ['error[ends-ping] node.yaml:5'],
    ],
    [
      'pings signed with another key',
      [['remote: learned', 'remote: learned\n    sign: {key: secret}']],
      [['    ping:', '    sign: {key: secreT}\n    ping:']],
      1,
      ['error[ends-ping] node.yaml:5'],
    ],
    [
      'a prefix that leaves the node out',
      [['remote: learned', 'remote: learned\n    allowFrom: [203.0.113.0/24]']],
      [],
      0,
      ['warning[ends-ping] gateway.yaml:5'],
    ],
    [
      'a fixed remote elsewhere',
      [['remote: learned', 'remote: 172.1.0.3:6080']],
      [],
      0,
      ['warning[ends-tunnel] gateway.yaml:5'],
    ],
    [
      'the short header on one end',
      [['remote: learned', 'remote: 192.168.7.2:6080\n    header: short\n    remoteId: 7']],
      [],
      1,
      ['error[ends-tunnel] node.yaml:5'],
    ],
    [
      'ports by hash to an end that is strict',
      [['remote: learned', 'remote: 192.168.7.2:6080\n    source: strict']],
      [['    ping: {interval: 10s}\n', '    sourcePort: flow-hash\n']],
      1,
      ['error[ends-tunnel] node.yaml:5'],
    ],
    [
      'two mtus',
      [['remote: learned', 'remote: learned\n    mtu: 1400']],
      [['    ping:', '    mtu: 1450\n    ping:']],
      0,
      ['warning[ends-tunnel] node.yaml:5'],
    ],
  ])('tells %s', async (_, onGateway, onNode, code, found) => {
    const finished = await lint(onGateway, onNode);
    expect([finished.code, codes(finished.stderr)]).toEqual([code, found]);
    expect(finished.stdout + finished.stderr).not.toMatch(/Pa55|secre/);
  });

  test.each<[string, string[], number]>([
    ['no --peer', ['lint', '-f', 'gateway.yaml'], 64],
    ['no -f', ['lint', '--peer', 'node.yaml'], 64],
    ['two gateways', ['lint', '-f', 'gateway.yaml', '--peer', 'other.yaml'], 64],
    ['one instance twice', ['lint', '-f', 'gateway.yaml', '--peer', 'gateway.yaml'], 64],
    ['a file that is not there', ['lint', '-f', 'gateway.yaml', '--peer', 'nope.yaml'], 66],
    ['a file that is wrong', ['lint', '-f', 'gateway.yaml', '--peer', 'bad.yaml'], 65],
  ])('exits as it should with %s', async (_, words, code) => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gateway);
    host.files.set('other.yaml', vary(gateway, ['epic-1', 'epic-2']));
    host.files.set('node.yaml', node);
    host.files.set('bad.yaml', vary(node, ['role: node', 'role: nod']));
    expect((await host.run(words)).code).toBe(code);
  });
});

describe('rotate', () => {
  const rotated = async (words: readonly string[], onGateway: readonly Swap[] = [], onNode: readonly Swap[] = []) => {
    const host = new TestHost();
    host.files.set('gateway.yaml', vary(gateway, ...onGateway));
    host.files.set('node.yaml', vary(node, ...onNode));
    const finished = await host.run(['rotate', '-f', 'gateway.yaml', '--peer', 'node.yaml', ...words]);
    const written = new Map([...host.written].map(([path, bytes]) => [path, bytes.toString()]));
    return { ...finished, written };
  };
  const keyWords = ['--service', '2/1', '--key', 'file:next.key'];
  const portWords = ['--tunnel', '100', '--port', '6081'];

  test('orders a change of key so that each end learns before the other sends', async () => {
    const { code, stdout, written } = await rotated(
      [...keyWords, '--write-steps'],
      [['    key: Pa55', '    # the key of web\n    key: Pa55']],
    );
    expect(code).toBe(0);
    expect([...stdout.matchAll(/^ \d\. (.*)$/gm)].map(([, line]) => line)).toEqual([
      'node node-1 takes the new key as well',
      'gateway epic-1 sends the new key, and takes the old one still',
      'node node-1 sends the new key, and forgets the old one',
      'gateway epic-1 forgets the old key',
    ]);
    expect([...written.keys()]).toEqual([
      'node.step-1.yaml',
      'gateway.step-2.yaml',
      'node.step-3.yaml',
      'gateway.step-4.yaml',
    ]);
    expect(written.get('gateway.step-2.yaml')).toBe(
      vary(gateway, [
        '    key: Pa55w0rd1234567',
        '    # the key of web\n    key: {file: next.key}\n    previousKey: Pa55w0rd1234567',
      ]),
    );
    expect(stdout).not.toMatch(/Pa55/);
  });

  test('exchanges a tunnel for another to move its port, and asks for a ping where the gateway learns', async () => {
    const { code, stdout, written } = await rotated([...portWords, '--write-steps']);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'node-1# trueingress ping --once -i node-1, until `status` of epic-1 shows the remote of tunnel 101',
    );
    expect(written.get('gateway.step-3.yaml')).toContain('    tunnel: [101, 100]\n');
    expect(written.get('gateway.step-5.yaml')).toBe(
      vary(gateway, ['id: 100', 'id: 101'], ['172.1.0.4:6080', '172.1.0.4:6081'], ['tunnel: 100', 'tunnel: 101']),
    );
    expect(written.get('node.step-4.yaml')).toBe(
      vary(
        node,
        ['id: 7', 'id: 8'],
        ['172.1.0.4:6080', '172.1.0.4:6081'],
        ['remoteId: 100', 'remoteId: 101'],
        ['tunnel: 7', 'tunnel: 8'],
      ),
    );
  });

  test('says that a file of a step is not whole where the disk is full', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gateway);
    host.files.set('node.yaml', node);
    const full = { isTerminal: false, fault: 'ENOSPC', write: () => {}, flush: () => 'gone' as const, close: () => {} };
    const words = ['rotate', '-f', 'gateway.yaml', '--peer', 'node.yaml', ...keyWords, '--write-steps'];
    const { code, stderr } = await host.run(words, { environment: { openSink: async () => full } });
    expect(code).toBe(69);
    expect(stderr).toContain('node.step-1.yaml could not be written to its end: ENOSPC');
  });

  test.each<[string, string[], Swap[], Swap[], number]>([
    ['files that do not agree', keyWords, [], [['Pa55w0rd1234567', 'other']], 5],
    [
      'a change that is under way',
      keyWords,
      [['    key: Pa55w0rd1234567', '    key: Pa55w0rd1234567\n    previousKey: old']],
      [],
      5,
    ],
    ['a service that nobody has', ['--service', '9/9', '--key', 'env:NEXT'], [], [], 5],
    ['the port that it has', ['--tunnel', '100', '--port', '6080'], [], [], 5],
    [
      'a service that is an alias',
      portWords,
      [
        ['services:\n  - name', 'x-web:\n  - &web\n    name'],
        ['    key: Pa55w0rd1234567\n', '    key: Pa55w0rd1234567\nservices:\n  - *web\n'],
      ],
      [],
      5,
    ],
    ['nothing to change', [], [], [], 64],
    ['a key on the command line', ['--service', '2/1', '--key', 'Pa55w0rd1234567'], [], [], 64],
    ['both at once', [...keyWords, ...portWords], [], [], 64],
  ])('refuses %s and writes nothing', async (_, words, onGateway, onNode, code) => {
    const finished = await rotated([...words, '--write-steps'], onGateway, onNode);
    expect([finished.code, finished.written.size]).toEqual([code, 0]);
    expect(finished.stdout + finished.stderr).not.toMatch(/Pa55/);
  });
});
