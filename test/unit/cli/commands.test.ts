// The commands beside plan and apply, over the fake kernel.
import { describe, expect, test } from 'vitest';
import { readGue } from '../../../src/packet/gue.ts';
import { appliedGateway, appliedNode, gatewayText, nodeText, TestHost } from './harness.ts';

const moved = gatewayText.replace('172.1.0.3:6080', '172.1.0.9:6080').replace('Pa55w0rd1234567', 'n3w-secret');

describe('validate', () => {
  test('says what the file holds, without opening the kernel', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    const { code, stdout } = await host.run(['validate', '-f', 'gateway.yaml']);
    expect([code, stdout]).toEqual([0, 'Valid: gateway epic-1 with 2 tunnels, 2 services.\n']);
    expect(host.opened).toBeUndefined();
  });

  test('does not ask for keys', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText.replace('other-key', '{ file: no-such-file }'));
    expect((await host.run(['validate', '-f', 'gateway.yaml'])).code).toBe(0);
    expect((await host.run(['plan', '-f', 'gateway.yaml'])).code).toBe(65);
  });

  test('tells every problem with its line', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText.replace('tunnel: 101', 'tunnel: 17').replace('udp', 'sctp'));
    const { code, stderr } = await host.run(['validate', '-f', 'gateway.yaml']);
    expect(code).toBe(65);
    expect(stderr).toMatch(/gateway\.yaml:23:15: error/);
    expect(stderr).toMatch(/gateway\.yaml:25:13: error\[tunnel-not-found\]/);
  });

  test.each([
    ['no file', ['validate', '-f', 'nope.yaml'], 66],
    ['no -f', ['validate'], 64],
  ])('exits as it should with %s', async (_, words, code) => {
    expect((await new TestHost().run(words)).code).toBe(code);
  });
});

describe('diff', () => {
  test('is empty and exits 0 when nothing would change', async () => {
    const host = await appliedGateway();
    const { code, stdout } = await host.run(['diff', '-f', 'gateway.yaml']);
    expect([code, stdout]).toEqual([0, '']);
  });

  test('shows fields as unified YAML and that a key is another one, never the key', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved);
    const { code, stdout } = await host.run(['diff', '-f', 'new.yaml']);
    expect(code).toBe(1);
    expect(stdout).toContain('--- live\n+++ new.yaml\n@@ ');
    expect(stdout).toContain('\n-    remote: 172.1.0.3:6080\n+    remote: 172.1.0.9:6080\n');
    expect(stdout).toContain('\n-    key: "(sensitive)"\n+    key: "(another-key)"\n');
    expect(stdout).not.toMatch(/n3w-secret|Pa55/);
  });

  test('has both sides whole in its document, without keys', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved);
    const { stdout } = await host.run(['diff', '-f', 'new.yaml', '--json']);
    const { live, desired } = JSON.parse(stdout);
    expect(live).toContain('\n    remote: 172.1.0.3:6080\n');
    expect(desired).toContain('\n    remote: 172.1.0.9:6080\n');
    expect([live.includes('(sensitive)'), desired.includes('(another-key)')]).toEqual([true, true]);
    expect(stdout).not.toMatch(/n3w-secret|Pa55/);
  });

  test('shows a hook that is missing', async () => {
    const host = await appliedGateway();
    await host.run(['detach', 'egress', '--yes']);
    const { code, stdout } = await host.run(['diff', '-f', 'gateway.yaml']);
    expect([code, stdout.includes('+# attached: eth0 egress (tcx)')]).toEqual([1, true]);
  });

  test('shows what an apply would mend although no field differs', async () => {
    const host = await appliedGateway();
    for (const path of [...host.world.pins.keys()]) if (path.endsWith('/nat')) host.world.pins.delete(path);
    const { code, stdout } = await host.run(['diff', '-f', 'gateway.yaml']);
    expect([code, stdout.includes('\n-# pins are missing\n')]).toEqual([1, true]);
  });

  test('shows everything as new where nothing is live', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    const { code, stdout } = await host.run(['diff', '-f', 'gateway.yaml']);
    expect([code, stdout.includes('\n+name: epic-1\n')]).toEqual([1, true]);
  });
});

describe('export', () => {
  test.each([
    ['gateway', appliedGateway],
    ['node', appliedNode],
  ])('of a %s gives a file whose plan is empty', async (_, applied) => {
    const host = await applied();
    const { code, stdout } = await host.run(['export']);
    expect([code, stdout.includes('key: keep')]).toEqual([0, true]);
    host.files.set('live.yaml', stdout);
    expect((await host.run(['plan', '-f', 'live.yaml'])).stdout).toBe('No changes.\n');
  });

  test('has the names of the applied file as long as the history knows them', async () => {
    const host = await appliedGateway();
    expect((await host.run(['export'])).stdout).toMatch(/name: web\n(.*\n)*.*name: dns\n/);
    host.state.content.clear();
    const { stdout } = await host.run(['export']);
    expect(stdout).toContain('name: service-2-1\n');
    host.files.set('live.yaml', stdout);
    expect((await host.run(['plan', '-f', 'live.yaml'])).stdout).toBe('No changes.\n');
  });

  test('prints keys only with --show-secrets, and then restores another host', async () => {
    const host = await appliedGateway();
    expect((await host.run(['export'])).stdout).not.toContain('Pa55w0rd');
    const { stdout } = await host.run(['export', '--show-secrets']);
    expect(stdout).toContain('key: Pa55w0rd1234567');
    const other = new TestHost();
    other.files.set('backup.yaml', stdout);
    expect((await other.run(['apply', '-f', 'backup.yaml'])).code).toBe(0);
  });
});

describe('revert', () => {
  test('goes back without a file, and forth again', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved);
    await host.run(['apply', '-f', 'new.yaml']);
    const back = await host.run(['revert']);
    expect(back.code).toBe(0);
    expect(back.stdout).toContain('Plan: from generation 2 back to 1: 0 to add, 2 to change, 0 to delete.');
    expect(back.stdout).toMatch(/Reverted to generation 1 in .*: 2 hooks switched\.\n$/);
    expect((await host.run(['plan', '-f', 'gateway.yaml'])).stdout).toBe('No changes.\n');
    expect((await host.run(['revert', '--detailed-exitcode'])).code).toBe(2);
    expect((await host.run(['plan', '-f', 'new.yaml'])).stdout).toBe('No changes.\n');
  });

  test('exits 3 when there is nothing to go back to', async () => {
    const host = await appliedGateway();
    const { code, stderr } = await host.run(['revert']);
    expect([code, stderr.includes('error[nothing-to-revert]')]).toEqual([3, true]);
  });

  test('changes nothing with --dry-run', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved);
    await host.run(['apply', '-f', 'new.yaml']);
    expect((await host.run(['revert', '--dry-run'])).stdout).toContain('back to 1');
    expect(host.datapath?.log.filter(({ writes }) => writes)).toEqual([]);
  });
});

describe('status', () => {
  test('shows generation, slots, hooks, tunnels and tables', async () => {
    const host = await appliedGateway();
    const { code, stdout } = await host.run(['status']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^epic-1 \(gateway\): generation 1 in slot a, staged /);
    expect(stdout).toContain('\nconverged\n');
    expect(stdout).toMatch(/\neth0 +ingress +tcx +a +\d+\n/);
    expect(stdout).toMatch(/\n +101 +172\.1\.0\.4:6080 +\(not heard yet\) +never +0\n/);
  });

  test('exits 1 with --check when a hook is missing, and says which', async () => {
    const host = await appliedGateway();
    await host.run(['detach', 'eth0', 'egress', '--yes']);
    const { code, stdout } = await host.run(['status', '--check']);
    expect([code, stdout.includes('not converged\n')]).toEqual([1, true]);
    expect(stdout).toMatch(/\neth0 +egress +none +- +-\n/);
  });

  test('calls a generation that no hook runs resting, not live', async () => {
    const host = await appliedGateway();
    await host.run(['detach', '--yes']);
    const { state, slots } = await host.json(['status']);
    expect([state, slots]).toEqual(['resting', [expect.objectContaining({ slot: 'a', state: 'resting' })]]);
    expect((await host.run(['status'])).stdout).toMatch(/\na +1 +resting /);
  });

  test('exits 66 where nothing was applied', async () => {
    const { code, stderr } = await new TestHost().run(['status']);
    expect([code, stderr.includes('error[no-instance]')]).toEqual([66, true]);
  });

  test('wants to know which of two instances is meant', async () => {
    const host = await appliedGateway();
    host.files.set('other.yaml', nodeText.replace('5.5.5.5:3100', '5.5.5.6:3100'));
    await host.run(['apply', '-f', 'other.yaml']);
    const { code, stderr } = await host.run(['status']);
    expect([code, stderr.includes('hint: say which with -i: epic-1, node-1')]).toEqual([64, true]);
    expect((await host.run(['status', '-i', 'node-1'])).code).toBe(0);
    expect((await host.run(['-i', 'node-1', 'status'])).code).toBe(0);
    expect((await host.run(['status', '-i', 'nope'])).code).toBe(66);
  });
});

describe('stats', () => {
  test('counts by hook and verdict, service and tunnel, drops first', async () => {
    const host = await appliedGateway();
    const counter = [...host.world.pins].find(([path]) => path.endsWith('learned/counter'))?.[1];
    if (counter?.kind !== 'counters') throw new Error('no counters');
    counter.values.set(0, [5n, 500n]);
    counter.values.set(19, [2n, 200n]);
    counter.values.set(64 + 1, [3n, 300n]);
    const { stdout } = await host.run(['stats']);
    expect(stdout.indexOf('bad-key')).toBeLessThan(stdout.indexOf('pass-not-ours'));
    const document = await host.json(['stats']);
    expect(document).toMatchObject({
      hooks: {
        ingress: { 'pass-not-ours': { packets: 5, bytes: 500 }, 'bad-key': { packets: 2, bytes: 200 } },
        egress: { encapsulated: { packets: 3, bytes: 300 } },
      },
      services: [
        { group: 2, id: 1 },
        { group: 2, id: 2 },
      ],
      tunnels: [{ id: 100, ingress: { packets: 0, droppedPackets: 0 } }, { id: 101 }],
    });
  });
});

describe('show', () => {
  test('prints one table without a title, all but flows with titles', async () => {
    const host = await appliedGateway();
    expect((await host.run(['show', 'services'])).stdout).toBe(
      `GROUP  ID  PROTOCOL  PROXY         TUNNELS
    2   1  tcp       5.5.5.5:3100  100
    2   2  udp       5.5.5.5:53    101
`,
    );
    const { stdout } = await host.run(['show']);
    expect(stdout.match(/^\w+$/gm)).toEqual(['tunnels', 'services', 'config', 'peers', 'attachments']);
  });

  test('refuses a table that there is not', async () => {
    const host = await appliedGateway();
    expect((await host.run(['show', 'keys'])).code).toBe(64);
  });
});

describe('attach and detach', () => {
  test('detach on a gateway wants --yes, and takes off exactly what is named', async () => {
    const host = await appliedGateway();
    const refused = await host.run(['detach']);
    expect([refused.code, refused.stderr.includes('--yes')]).toEqual([5, true]);
    expect(host.world.attachments).toHaveLength(2);
    expect((await host.run(['detach', 'eth0', 'egress', '--yes'])).stdout).toBe('Detached eth0 egress (tcx).\n');
    expect(host.world.attachments).toHaveLength(1);
    const again = await host.run(['detach', 'eth0', 'egress', '--yes']);
    expect([again.code, again.stdout]).toEqual([0, 'Nothing of ours is attached there.\n']);
  });

  test.each(['attach', 'detach'])('%s says that an interface is none of the instance', async (command) => {
    const { code, stderr } = await (await appliedGateway()).run([command, 'eth7']);
    expect(code).toBe(65);
    expect(stderr).toContain('error[interface-missing]: interface "eth7" is not one of instance "epic-1"\n');
    expect(stderr).toContain('hint: its interfaces are eth0');
  });

  test('detach on a node needs no --yes', async () => {
    const host = await appliedNode();
    expect((await host.run(['detach'])).stdout).toBe('Detached eth0 egress (tcx).\nDetached eth0 ingress (tcx).\n');
  });

  test('attach brings back what is missing, ingress first', async () => {
    const host = await appliedNode();
    await host.run(['detach']);
    expect((await host.run(['attach'])).stdout).toBe('Attached eth0 ingress (tcx).\nAttached eth0 egress (tcx).\n');
    expect((await host.run(['attach'])).stdout).toBe('Everything is attached already.\n');
    expect((await host.run(['status', '--check'])).code).toBe(0);
  });

  test('attach refuses an interface that the topology does not name', async () => {
    const host = await appliedNode();
    const { code, stderr } = await host.run(['attach', 'eth7']);
    expect([code, stderr.includes('its interfaces are eth0')]).toEqual([65, true]);
  });
});

describe('remove', () => {
  test('wants --yes on a gateway, and leaves nothing', async () => {
    const host = await appliedGateway();
    expect((await host.run(['remove'])).code).toBe(5);
    const { code, stdout } = await host.run(['remove', '--yes']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      'Removed epic-1 (generation 1): 2 hooks detached, its tables, learned remotes and history are gone.\n',
    );
    expect(host.world.pins.size + host.world.attachments.length + host.world.locks.size).toBe(0);
  });
});

describe('ping', () => {
  test("sends one for each tunnel from its own endpoint, with the key of its service and the gateway's number", async () => {
    const host = await appliedNode();
    const { code, stdout } = await host.run(['ping', '--once']);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'Pinged tunnel 100: 172.1.0.3:6080 → 172.1.0.4:6080, as tunnel 7 with the key of service 2/1.\n',
    );
    expect(host.datagrams.map(({ from, to }) => [from, to])).toEqual([
      ['172.1.0.3:6080', '172.1.0.4:6080'],
      ['172.1.0.3:6080', '172.1.0.5:6080'],
    ]);
    expect(host.datagrams.map(({ payload }) => readGue(payload))).toMatchObject([
      { kind: 'ping', tunnel: 7, group: 2, service: 1 },
      { kind: 'ping', tunnel: 200, group: 2, service: 1 },
    ]);
    expect(Buffer.from(host.datagrams[0]?.payload.subarray(8, 24) ?? []).toString()).toBe('Pa55w0rd1234567\0');
    expect(stdout).not.toContain('Pa55');
  });

  test('goes on every so often until it is stopped, and then exits 0', async () => {
    const host = await appliedNode();
    const pauses: number[] = [];
    const environment = {
      catchStop: () => ({
        pause: async (ms: number) => (pauses.push(ms) < 3 ? ('elapsed' as const) : ('stopped' as const)),
        release: () => {},
      }),
    };
    const { code, stdout } = await host.run(['ping', '--every', '10s', '--json'], { environment });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([code, pauses]).toEqual([0, [10_000, 10_000, 10_000]]);
    expect(lines.map(({ kind, sent, rounds }) => [kind, sent?.length, rounds])).toEqual([
      ['Ping', 2, undefined],
      ['Ping', 2, undefined],
      ['Ping', 2, undefined],
      ['Ping', undefined, 3],
    ]);
  });

  test('names what holds the port, and exits 5', async () => {
    const host = await appliedNode();
    const environment = {
      openUdp: async () => {
        throw Object.assign(new Error('bind'), { code: 'EADDRINUSE' });
      },
    };
    const { code, stderr } = await host.run(['ping', '--once'], { environment });
    expect([code, stderr.includes('no ping for tunnel 100, 200: binding 172.1.0.3:6080 failed')]).toEqual([5, true]);
  });

  test.each([
    ['neither --once nor --every', ['ping']],
    ['both', ['ping', '--once', '--every', '1s']],
    ['no pause between pings', ['ping', '--every', '0s']],
  ])('is a usage error with %s', async (_, words) => {
    expect((await (await appliedNode()).run(words)).code).toBe(64);
  });

  test('is for nodes', async () => {
    const { code, stderr } = await (await appliedGateway()).run(['ping', '--once']);
    expect([code, stderr.includes('is a gateway')]).toEqual([64, true]);
  });
});
