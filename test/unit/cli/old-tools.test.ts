// config, tunnel and service: the words of the old tools, live and in a file; and the answers of cli_cfg, cli_tunnel and cli_service.
import { describe, expect, test } from 'vitest';
import { wordsOf } from '../../../src/cli/called-as.ts';
import { hear, heard } from '../../support/learn.ts';
import { appliedGateway, type Finished, gatewayText, TestHost } from './harness.ts';

const key = 'Pa55w0rd1234567';
const web = ['tcp', '5.5.5.5', '3100', '1.1.1.1', '4000', '100', key];

/** As a script calls it. */
async function called(host: TestHost, line: string): Promise<Finished> {
  const [name = '', ...words] = line.split(' ');
  return await host.run(wordsOf(`/usr/local/bin/${name}`, words));
}

/** Whether what is live is what this text says, keys and all. */
async function isLive(host: TestHost, text: string): Promise<boolean> {
  host.files.set('expected.yaml', text);
  const { code, stderr } = await host.run(['plan', '-f', 'expected.yaml', '--detailed-exitcode']);
  if (code !== 0 && code !== 2) throw new Error(stderr);
  return code === 0;
}

const generation = async (host: TestHost) => (await host.json(['status'])).generation;

describe('without -f', () => {
  test('a tunnel is set in what is live, and the rest stays', async () => {
    const host = await appliedGateway();
    const { code, stderr } = await host.run(['tunnel', 'set', '300', '172.1.0.4', '6080', '172.1.0.9', '6080']);
    expect([code, stderr]).toEqual([0, '']);
    const more = '  - {id: 300, local: "172.1.0.4:6080", remote: "172.1.0.9:6080"}\nservices:';
    expect(await isLive(host, gatewayText.replace('services:', more))).toBe(true);
  });

  test.each([
    ['service-group', ['service', 'set', '1', '2', ...web]],
    ['group-service', ['service', 'set', '2', '1', ...web, '--order', 'group-service']],
    ['later releases', ['service', 'set-gw', '2', '1', key, '100', 'tcp', '5.5.5.5', '3100', '0']],
    ['a tunnel', ['tunnel', 'set', '100', '172.1.0.4', '6080', '172.1.0.3', '6080']],
    ['a learned tunnel', ['tunnel', 'set', '101', '172.1.0.4', '6080', '0', '0']],
    ['flags', ['config', 'set', 'eth0', '1', '1']],
  ])('what is set already stages nothing (%s)', async (_, words) => {
    const host = await appliedGateway();
    const before = await generation(host);
    const { code, stderr } = await host.run([...words, '--detailed-exitcode']);
    expect([code, stderr]).toEqual([0, '']);
    expect(await generation(host)).toEqual(before);
  });

  test('a service gets another key, which nobody sees', async () => {
    const host = await appliedGateway();
    const words = ['service', 'set', '1', '2', ...web.slice(0, -1), 'n3w-secret'];
    const { code, stdout, stderr } = await host.run(words);
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain('n3w-secret');
    expect(await isLive(host, gatewayText.replace(key, 'n3w-secret'))).toBe(true);
  });

  test.each(['keep', 'hex:00', 'base64:AAAA', '0x0123456789abcd', 'true', '12345'])(
    'the key %s is text, whatever a file would read in it',
    async (word) => {
      const host = await appliedGateway();
      const { code, stderr } = await host.run(['service', 'set', '1', '2', ...web.slice(0, -1), word]);
      expect([code, stderr]).toEqual([0, '']);
      const hex = Buffer.from(word).toString('hex');
      expect(await isLive(host, gatewayText.replace(key, `"hex:${hex}"`))).toBe(true);
    },
  );

  test('flags that do nothing are told and left out', async () => {
    const host = await appliedGateway();
    const { code, stderr } = await host.run(['config', 'set', 'eth0', '1', '5', '27', 'EGW TX']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning\[old-words\]: 2 in the egress flags 27/);
    const flags = 'interfaces: [{name: eth0, flags: {egress: [dump, fib]}}]';
    expect(await isLive(host, gatewayText.replace('interfaces: [eth0]', `id: 5\n${flags}`))).toBe(true);
  });

  test('services and tunnels are deleted, the last ones too', async () => {
    const host = await appliedGateway();
    expect((await host.run(['service', 'del', 'all'])).code).toBe(0);
    expect((await host.run(['tunnel', 'del', 'all'])).code).toBe(0);
    expect(await isLive(host, `${gatewayText.split('tunnels:')[0]}tunnels: []\nservices: []\n`)).toBe(true);
  });

  test('a tunnel that a service uses is not deleted', async () => {
    const host = await appliedGateway();
    const { code, stderr } = await host.run(['tunnel', 'del', '100']);
    expect([code, stderr]).toEqual([65, expect.stringContaining('error[tunnel-not-found]')]);
    expect(await isLive(host, gatewayText)).toBe(true);
  });

  test('--dry-run shows the plan and changes nothing', async () => {
    const host = await appliedGateway();
    const { code, stdout } = await host.run(['service', 'del', '1', '2', '--dry-run', '--detailed-exitcode']);
    expect([code, stdout]).toEqual([2, expect.stringContaining('service 2/1')]);
    expect(await isLive(host, gatewayText)).toBe(true);
  });

  test.each([
    [64, ['tunnel', 'set', '1', '2']],
    [64, ['tunnel', 'set', 'x', '172.1.0.4', '6080', '0', '0']],
    [64, ['tunnel']],
    [64, ['service', 'put']],
    [64, ['tunnel', 'get', 'all', '-f', 'gateway.yaml']],
    [65, ['tunnel', 'set', '1', '172.1.0.400', '6080', '0', '0']],
    [65, ['service', 'set', '9', '9', 'sctp', ...web.slice(1)]],
    [65, ['service', 'set', '1', '2', ...web.slice(0, -1), 'longer than sixteen bytes']],
    [66, ['tunnel', 'del', '999']],
    [66, ['tunnel', 'get', '999']],
    [66, ['service', 'get', '9', '9']],
    [66, ['config', 'del', 'eth9']],
  ])('exit %i: %j', async (code, words) => {
    const host = await appliedGateway();
    const finished = await host.run(words);
    expect([finished.code, finished.stdout]).toEqual([code, '']);
    expect(finished.stderr).not.toContain(key);
    expect(await isLive(host, gatewayText)).toBe(true);
  });

  test('where nothing runs, del is refused and set begins an instance', async () => {
    const host = new TestHost();
    expect((await host.run(['tunnel', 'del', '1'])).code).toBe(66);
    expect((await host.run(['tunnel', 'set', '1', '172.1.0.4', '6080', '0', '0', '-i', 'epic-1'])).code).toBe(0);
    expect((await host.json(['status'])).instance).toBe('epic-1');
  });
});

describe('with -f', () => {
  const commented = gatewayText
    .replace('tunnels:', '# where the nodes are\ntunnels:')
    .replace('172.1.0.3:6080', '172.1.0.3:6080 # the blue one')
    .replace('5.5.5.5:3100', '5.5.5.5:3100 # the public one');

  async function withFile(): Promise<TestHost> {
    const host = await appliedGateway();
    host.files.set('gateway.yaml', commented);
    return host;
  }

  test('the file is changed where it must be, shown, and applied', async () => {
    const host = await withFile();
    const words = ['service', 'set', '1', '2', ...web.slice(0, 2), '3200', ...web.slice(3), '-f', 'gateway.yaml'];
    const { code, stdout } = await host.run(words);
    expect(code).toBe(0);
    const after = commented
      .replace('5.5.5.5:3100', '5.5.5.5:3200')
      .replace(`key: ${key}`, `key: ${key}\n    endpoint: 1.1.1.1:4000`);
    expect(host.files.get('gateway.yaml')).toBe(after);
    expect(stdout).toContain('-    proxy: 5.5.5.5:3100 # the public one\n+    proxy: 5.5.5.5:3200 # the public one\n');
    expect(stdout).not.toContain(key);
    expect(await isLive(host, after)).toBe(true);
  });

  test('--dry-run writes nothing; the document has the edit', async () => {
    const host = await withFile();
    const document = await host.json(['service', 'del', '1', '2', '-f', 'gateway.yaml', '--dry-run']);
    expect(document).toMatchObject({
      kind: 'Plan',
      file: 'gateway.yaml',
      edit: expect.stringContaining('-  - name: web'),
    });
    expect(JSON.stringify(document)).not.toContain(key);
    expect(host.files.get('gateway.yaml')).toBe(commented);
  });

  test('a file whose change is refused stays as it was', async () => {
    const host = await withFile();
    const { code } = await host.run(['tunnel', 'del', '100', '-f', 'gateway.yaml']);
    expect([code, host.files.get('gateway.yaml')]).toEqual([65, commented]);
  });

  test('a file that cannot be written is told, and the change runs', async () => {
    const host = await withFile();
    host.unwritable.add('gateway.yaml');
    const finished = await host.run(['tunnel', 'set', '102', '172.1.0.4', '6080', '0', '0', '-f', 'gateway.yaml']);
    expect([finished.code, finished.stderr]).toEqual([
      69,
      expect.stringContaining('gateway.yaml could not be written'),
    ]);
  });
});

describe('called as an old tool', () => {
  const script = [
    ['cli_cfg set eth0 0 0 9', 'CFG.SET {2[0]} (eth0[RX])\t\tCREATED\n'],
    ['cli_cfg set eth0 1 0 9', 'CFG.SET {2[1]} (eth0[TX])\t\tCREATED\n'],
    ['cli_tunnel set 100 172.1.0.4 6080 172.1.0.3 6080', 'TUNNEL.SET (100)\t\tOK\n'],
    ['cli_tunnel set 101 172.1.0.4 6080 0 0', 'TUNNEL.SET (101)\t\tOK\n'],
    [
      `cli_service set 1 2 tcp 5.5.5.5 3100 1.1.1.1 4000 100 ${key}`,
      'ENCAP.SET (tcp 5.5.5.5:3100) 0\t\tOK\nVERIFY.SET (1, 2)\t\tOK\n',
    ],
    [
      'cli_service set-gw 2 2 other-key 101 udp 5.5.5.5 53 0',
      'ENCAP.SET (udp 5.5.5.5:53) 0\t\tOK\nVERIFY.SET (2, 2)\t\tOK\n',
    ],
  ] as const;

  async function scripted(): Promise<TestHost> {
    const host = new TestHost();
    for (const [line, stdout] of script) expect(await called(host, line)).toEqual({ code: 0, stdout, stderr: '' });
    return host;
  }

  test('a script brings up what the file says', async () => {
    const host = await scripted();
    const text = gatewayText
      .replace('name: epic-1', 'name: main')
      .replace('[eth0]', '[{name: eth0, flags: {ingress: [dump], egress: [dump]}}]');
    expect(await isLive(host, text)).toBe(true);
  });

  test.each([
    [
      'cli_tunnel get all',
      'TUN\t     100\t       172.1.0.4:6080 -> 172.1.0.3:6080\nTUN\t     101\t       172.1.0.4:6080 -> 0.0.0.0:0\n',
    ],
    ['cli_tunnel get 101', 'TUN\t     101\t       172.1.0.4:6080 -> 0.0.0.0:0\n'],
    ['cli_service get all', 'ENCAP (tcp 5.5.5.5:3100)  0 -> 100\nENCAP (udp 5.5.5.5:53)  0 -> 101\n'],
    ['cli_service get 1 2', 'ENCAP (tcp 5.5.5.5:3100)  0 -> 100\n'],
    [
      'cli_cfg get all',
      'CFG  eth0               2        Ingress     GUE-DECAP(1) DUMP(8)\nCFG  eth0               2        Egress      PROXY(1) DUMP(8)\n',
    ],
    ['cli_cfg get 1', 'CFG  eth0               2        Egress      PROXY(1) DUMP(8)\n'],
  ])('%s', async (line, rows) => {
    const host = await scripted();
    const { code, stdout, stderr } = await called(host, line);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`${'-'.repeat(74)}\n${rows}${'-'.repeat(74)}\n`);
    const entries =
      line === 'cli_tunnel get all' ? 2 : line === 'cli_service get all' ? 2 : line.startsWith('cli_cfg') ? 1 : 0;
    expect(stdout.endsWith(entries ? `Entries:  ${entries}\n\n` : `${'-'.repeat(74)}\n\n`)).toBe(true);
  });

  test('what was learned is printed, and stays when the tunnel is set again', async () => {
    const host = await scripted();
    hear(host.world, 'main', 101);
    expect((await called(host, 'cli_tunnel get 101')).stdout).toContain('172.1.0.4:6080 -> 198.51.100.9:6080\n');
    expect((await called(host, 'cli_tunnel set 101 172.1.0.4 6080 0 0')).code).toBe(0);
    expect((await called(host, 'cli_tunnel set 102 172.1.0.4 6080 0 0')).code).toBe(0);
    expect(heard(host.world, 'main')).toEqual([101]);
    expect((await called(host, 'cli_tunnel get 101')).stdout).toContain('198.51.100.9:6080');
  });

  test('what is not there is an error line on stderr, and an exit code: `get || set` works', async () => {
    const host = await scripted();
    const { code, stdout, stderr } = await called(host, 'cli_tunnel get 7');
    expect([code, stdout]).toEqual([66, '']);
    expect(stderr).toMatch(/^TUNNEL\.GET \(7\)\t\tERR \(2\) 'No such file or directory'\n/);
  });

  test('what the rules of a file refuse is an error line, and changes nothing', async () => {
    const host = await scripted();
    const { code, stdout, stderr } = await called(host, 'cli_tunnel set 7 172.1.0.4 99999 0 0');
    expect([code, stdout]).toEqual([65, '']);
    expect(stderr).toMatch(/^TUNNEL\.SET \(7\)\t\tERR \(22\) 'Invalid argument'\n/);
    expect(stderr).toContain('error[bad-port]');
    expect((await called(host, 'cli_tunnel get 7')).code).toBe(66);
  });

  test('a key beyond 16 bytes is cut as it was, and told', async () => {
    const host = await scripted();
    const { code, stderr } = await called(host, 'cli_service set 3 2 tcp 5.5.5.5 80 1.1.1.1 80 100 0123456789abcdefgh');
    expect([code, stderr]).toEqual([0, expect.stringContaining('the first 16 are taken')]);
    expect(stderr).not.toContain('0123456789');
  });

  test('a node', async () => {
    const host = new TestHost();
    const lines = [
      'cli_cfg set eth0 0 0 1 node-1-RX',
      'cli_cfg set eth0 1 0 0 node-1-TX',
      'cli_tunnel set 200 172.1.0.3 6080 172.1.0.4 6080',
      `cli_service set 1 2 tcp 5.5.5.5 3100 1.1.1.1 4000 200 ${key}`,
    ];
    for (const line of lines) expect(await called(host, line)).toMatchObject({ code: 0, stderr: '' });
    const document = await host.json(['export']);
    expect(document.topology).toMatch(/name: node-1\nrole: node\n[\s\S]*endpoint: 1\.1\.1\.1:4000/);
  });
});

test('reattach puts back what is missing, and leaves what runs', async () => {
  const host = await appliedGateway();
  expect((await host.run(['reattach'])).stdout).toBe('Every hook runs the live generation already.\n');
  await host.run(['detach', 'eth0', 'egress', '--yes']);
  expect((await host.run(['reattach', 'egress'])).stdout).toBe('Attached eth0 egress (tcx).\n');
  const moved = await host.run(['reattach', 'eth0', '--hook', 'clsact']);
  expect(moved.stdout).toContain(
    'Attached eth0 ingress (clsact).\nAttached eth0 egress (clsact).\nDetached eth0 egress (tcx).',
  );
  expect((await host.run(['reattach', 'eth9'])).code).toBe(65);
  expect((await host.run(['status', '--check'])).code).toBe(0);
});
