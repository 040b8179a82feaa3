// Guards and policies as commands: what is refused, by which exit code, and by which option that is meant.
import { beforeEach, describe, expect, test } from 'vitest';
import type { Environment } from '../../../src/cli/environment.ts';
import { parseEndpoint } from '../../../src/net/endpoint.ts';
import { flow } from '../../../src/tables/learned.ts';
import { appliedGateway, appliedNode, gatewayText, nodeText, TestHost } from './harness.ts';

const empty = `${gatewayText.slice(0, gatewayText.indexOf('tunnels:'))}tunnels: []\nservices: []\n`;
const withServices = (count: number): string =>
  gatewayText +
  Array.from(
    { length: count },
    (_, at) =>
      `  - {name: extra-${at}, group: 3, id: ${at + 1}, protocol: tcp, proxy: '5.5.6.${at + 1}:80', tunnel: 100, key: k-${at}}\n`,
  ).join('');

describe('apply', () => {
  let host: TestHost;
  const apply = async (text: string, ...words: string[]) => {
    host.files.set('new.yaml', text);
    return await host.run(['apply', '-f', 'new.yaml', ...words]);
  };
  const services = async () => (await host.run(['show', 'services'])).stdout;
  beforeEach(async () => {
    host = await appliedGateway();
  });

  test('refuses a file that has nothing, and names the option', async () => {
    const refused = await apply(empty);
    expect([refused.code, refused.stderr]).toEqual([
      5,
      expect.stringMatching(/error\[would-empty\].*\n.*--allow-empty/),
    ]);
    expect(await services()).toContain('5.5.5.5:3100');
    expect((await apply(empty, '--allow-empty')).code).toBe(0);
    expect((await apply(empty)).code).toBe(0);
  });

  test('refuses a file that was cut off before its services, and takes one that says that there are none', async () => {
    const cut = gatewayText.replace(/services:[\s\S]*/, '');
    const refused = await apply(cut);
    expect([refused.code, refused.stderr]).toEqual([
      5,
      expect.stringMatching(/error\[would-empty\]: the file has no services and does not say so.*\n.*services: \[\]/),
    ]);
    expect(await services()).toContain('5.5.5.5:3100');
    expect((await apply(`${cut}services: []\n`)).code).toBe(0);
    expect((await apply(cut)).code).toBe(0);
  });

  test('refuses to take programs off all interfaces while services go on, and lets one of several go', async () => {
    host = new TestHost(['eth0', 'eth1']);
    expect((await apply(gatewayText)).code).toBe(0);
    const moved = gatewayText.replace('[eth0]', '[eth1]');
    const refused = await apply(moved);
    expect([refused.code, refused.stderr]).toEqual([
      5,
      expect.stringMatching(/error\[interface-bared\]: the programs would come off eth0: .*\n.*--max-deletions 1 /),
    ]);
    expect((await host.run(['status'])).stdout).toMatch(/eth0 +egress/);
    expect((await apply(moved, '--max-deletions', '1')).code).toBe(0);
    expect((await apply(gatewayText.replace('[eth0]', '[eth0, eth1]'), '--max-deletions', '0')).code).toBe(0);
    expect((await apply(gatewayText)).code).toBe(0);
  });

  test('refuses to delete more than 30 % of ten and more, and names the option and the number', async () => {
    expect((await apply(withServices(10))).code).toBe(0);
    expect((await apply(withServices(7))).code).toBe(0);
    const refused = await apply(gatewayText);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain(
      'error[too-many-deletions]: 7 of 12 interfaces, tunnels and services would be deleted, and 3 (30 %) may be',
    );
    expect(refused.stderr).toContain('say --max-deletions 7 if that is meant');
    expect(refused.stdout).toContain('7 to delete');
    expect((await apply(gatewayText, '--max-deletions', '50%')).code).toBe(5);
    expect((await apply(gatewayText, '--max-deletions', '7')).code).toBe(0);
  });

  test('says in a plan what an apply would refuse, and exits 0', async () => {
    host.files.set('new.yaml', empty);
    const planned = await host.run(['plan', '-f', 'new.yaml']);
    expect([planned.code, planned.stderr]).toEqual([0, expect.stringContaining('warning[would-empty]')]);
    expect((await host.run(['plan', '-f', 'new.yaml', '--allow-empty'])).stderr).toBe('');
  });

  test.each(['--max-deletions 101%', '--max-deletions many', '--policy prune'])('%s is no option', async (words) => {
    expect((await apply(empty, ...words.split(' '))).code).toBe(64);
  });

  test('keeps what the file has not under upsert-only, and shows it', async () => {
    const changed = gatewayText.replace('remote: 172.1.0.3:6080', 'remote: 172.1.0.9:6080');
    const text = changed.slice(0, changed.indexOf('  - name: dns'));
    const { code, stdout } = await apply(text, '--policy', 'upsert-only');
    expect(code).toBe(0);
    expect(stdout).toContain('= service 2/2  is not in the file, kept by --policy upsert-only');
    expect(stdout).toContain('Plan: 0 to add, 1 to change, 0 to delete.');
    expect(await services()).toContain('5.5.5.5:53');
    const again = await apply(text, '--policy', 'upsert-only');
    expect(again.stdout).toMatch(/= service 2\/2 .*\n\nNo changes\.\n/);
    expect((await host.run(['diff', '-f', 'new.yaml', '--policy', 'upsert-only'])).code).toBe(0);
    expect((await host.run(['diff', '-f', 'new.yaml'])).code).toBe(1);
  });

  test('adds and does nothing else under create-only', async () => {
    const changed = gatewayText.replace('remote: 172.1.0.3:6080', 'remote: 172.1.0.9:6080');
    const { code, stdout } = await apply(
      changed.replace('name: dns\n    group: 2\n    id: 2', 'name: new\n    group: 2\n    id: 3').replace(':53', ':54'),
      '--policy',
      'create-only',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('Plan: 1 to add, 0 to change, 0 to delete.');
    expect(stdout).toContain('= tunnel 100  differs from the file (remote), kept by --policy create-only');
    expect((await host.run(['show', 'tunnels'])).stdout).toContain('172.1.0.3:6080');
  });

  test('refuses what cannot stand beside what a policy keeps', async () => {
    const other = gatewayText.replace('group: 2\n    id: 1', 'group: 2\n    id: 9');
    const { code, stderr } = await apply(other, '--policy', 'upsert-only');
    expect([code, stderr]).toEqual([5, expect.stringContaining('error[kept-conflict]: with what upsert-only keeps')]);
    expect(stderr).toContain('has the proxy tcp 5.5.5.5:3100');
    expect((await apply(nodeText.replace('node-1', 'epic-1'), '--policy', 'create-only')).code).toBe(5);
  });

  test('shows rows that were added by hand as not from a file, and takes them out', async () => {
    const [pinned] = [...host.world.pins].filter(([path]) => path === 'epic-1/a/decap').map(([, map]) => map);
    if (pinned?.kind !== 'map') throw new Error('no table decap');
    const [entry] = [...pinned.entries.values()];
    if (!entry) throw new Error('no row');
    const key = entry.key.with(15, 99);
    pinned.entries.set(Buffer.from(key).toString('latin1'), { key, value: entry.value });
    const status = await host.run(['status']);
    expect(status.stdout).toMatch(
      /not from a file: decap row \(.*172\.1\.0\.99.*\) was added by hand; the next apply takes it back/,
    );
    const applied = await apply(gatewayText);
    expect([applied.code, applied.stdout]).toEqual([0, expect.stringMatching(/! not from a file: decap row/)]);
    expect((await host.run(['status', '--check'])).code).toBe(0);
  });
});

describe('an ssh connection of the caller', () => {
  /** A change that has nothing to do with the service. */
  const withTunnel = (text: string, local: string): string =>
    text.replace('services:', `  - {id: 300, local: '${local}', remote: '172.1.0.7:6080'}\nservices:`);
  const endpoint = (text: string) => {
    const parsed = parseEndpoint(text);
    if (typeof parsed === 'string') throw new Error(parsed);
    return parsed;
  };
  const from = (peerText: string, localText: string) => {
    const session = { peer: endpoint(peerText), local: endpoint(localText) };
    const environment: Partial<Environment> = { ownSession: async () => session };
    return { environment, ...session };
  };
  /** sshd of the node listens on its own address. */
  const direct = from('203.0.113.9:50022', '172.1.0.3:22');
  const onSshd = nodeText.replace('endpoint: 1.1.1.1:4000', 'endpoint: 172.1.0.3:22');

  test.each(['standard', 'dso'])('is not cut by a service (%s) whose endpoint is where sshd listens', async (mode) => {
    const host = await appliedNode();
    host.files.set('new.yaml', onSshd.replace('    key:', `    mode: ${mode}\n    key:`));
    const { code, stderr } = await host.run(['apply', '-f', 'new.yaml'], direct);
    expect(code).toBe(5);
    expect(stderr).toContain(
      'error[cuts-ssh]: this would cut your own ssh connection (203.0.113.9:50022 to 172.1.0.3:22): packets from it on eth0 egress would be',
    );
    expect(stderr).toContain('--allow-cut-ssh');
    expect((await host.run(['show', 'services'])).stdout).toContain('1.1.1.1:4000');
    expect((await host.run(['apply', '-f', 'new.yaml', '--allow-cut-ssh'], direct)).code).toBe(0);
  });

  test.each([
    ['a change elsewhere', nodeText.replace('1.1.1.1:4000', '1.1.1.1:4001'), direct],
    [
      'a tunnel whose local endpoint has the port of sshd, which is another protocol',
      withTunnel(nodeText, '172.1.0.3:22'),
      direct,
    ],
    ['a connection to another host', onSshd, from('203.0.113.9:50022', '192.0.2.200:22')],
    ['nobody’s connection', onSshd, {}],
  ])('is no reason to refuse %s', async (_, text, options) => {
    const host = await appliedNode();
    host.files.set('new.yaml', text);
    const done = await host.run(['apply', '-f', 'new.yaml'], options);
    expect(done.code).toBe(0);
    expect(done.stderr).not.toMatch(/ssh/);
  });

  test('is not cut where FLOW says through which tunnel it came, and that would lead there no more', async () => {
    const host = await appliedNode();
    // With fallback: pass, a reply whose request was not seen is left alone: only FLOW knows of the session.
    const passing = onSshd.replace('    key:', '    fallback: pass\n    key:');
    host.files.set('ssh.yaml', passing);
    expect((await host.run(['apply', '-f', 'ssh.yaml'])).code).toBe(0);
    const learned = host.world.pins.get('node-1/learned/flow');
    if (learned?.kind !== 'map') throw new Error('no table flow');
    const ends = {
      endpointIp: direct.local.ip,
      endpointPort: 22,
      clientIp: direct.peer.ip,
      clientPort: 50022,
      protocol: 6,
    };
    const key = flow.key.encode(ends);
    learned.entries.set('session', { key, value: flow.value.encode({ tunnel: 200, group: 2, service: 1 }) });
    host.files.set('same.yaml', withTunnel(passing, '172.1.0.3:6090'));
    expect((await host.run(['apply', '-f', 'same.yaml'], direct)).code).toBe(0);
    host.files.set('other.yaml', passing.replace('tunnel: [100, 200]', 'tunnel: [100]'));
    const { code, stderr } = await host.run(['apply', '-f', 'other.yaml'], direct);
    expect([code, stderr]).toEqual([5, expect.stringContaining('it comes through service 2/1 and tunnel 200')]);
  });

  test('is not cut where it comes through the service that would go', async () => {
    const host = await appliedNode();
    host.files.set('ssh.yaml', onSshd);
    expect((await host.run(['apply', '-f', 'ssh.yaml'])).code).toBe(0);
    // The same service again is no cut, since the connection lives by it.
    host.files.set('again.yaml', withTunnel(onSshd, '172.1.0.3:6090'));
    expect((await host.run(['apply', '-f', 'again.yaml'], direct)).code).toBe(0);
    host.files.set('gone.yaml', nodeText);
    const { code, stderr } = await host.run(['apply', '-f', 'gone.yaml'], direct);
    expect([code, stderr]).toEqual([5, expect.stringContaining('would be pass-not-ours, and are encapsulated')]);
  });
});
