// Plans as files, over the fake kernel: executed exactly, or refused with everything that moved by name.
import { describe, expect, test } from 'vitest';
import { findSlot } from '../../../src/datapath/memory/find.ts';
import { parsePlanFile } from '../../../src/history/plan-file.ts';
import { hear } from '../../support/learn.ts';
import { contentOf } from '../../support/memory.ts';
import { appliedGateway, gatewayText, TestHost } from './harness.ts';

const moved = gatewayText.replace('172.1.0.3:6080', '172.1.0.9:6080').replace('Pa55w0rd1234567', 'n3w-secret');

/** A gateway that runs `gateway.yaml`, with a plan for `new.yaml` in `plan.json`. */
async function planned(text = moved): Promise<TestHost> {
  const host = await appliedGateway();
  host.files.set('new.yaml', text);
  const { code, stderr } = await host.run(['plan', '-f', 'new.yaml', '-o', 'plan.json']);
  if (code !== 0) throw new Error(stderr);
  return host;
}

function savedIn(host: TestHost, path: string) {
  const file = parsePlanFile(host.files.get(path) ?? '', path);
  if ('code' in file) throw new Error(file.message);
  return file.saved;
}

const planFileOf = (host: TestHost): string => host.files.get('plan.json') ?? '';

describe('plan -o', () => {
  test('shows the plan, saves it and says what to type', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved);
    const { code, stdout } = await host.run(['plan', '-f', 'new.yaml', '-o', 'plan.json']);
    expect([code, stdout.includes('Plan: 0 to add, 2 to change, 0 to delete.')]).toEqual([0, true]);
    expect(stdout).toMatch(/\nSaved as plan\.json: `trueingress apply plan\.json` does exactly this, once\.\n$/);
    expect(host.datapath?.log.filter(({ writes }) => writes)).toEqual([]);
  });

  test('is shown again by plan, from the file alone, without a key', async () => {
    const host = await planned();
    const { code, stdout } = await host.run(['plan', 'plan.json']);
    expect([code, stdout.includes('remote  172.1.0.3:6080 → 172.1.0.9:6080')]).toEqual([0, true]);
    expect((await host.run(['plan', 'plan.json', '--detailed-exitcode'])).code).toBe(2);
    const json = await host.run(['plan', 'plan.json', '--json']);
    expect(stdout + json.stdout).not.toMatch(/n3w-secret|Pa55/);
    expect(JSON.parse(json.stdout)).toMatchObject({ kind: 'Plan', savedAs: 'plan.json', counts: { change: 2 } });
  });

  test.each([
    ['standard output', '-', 'not on standard output'],
    ['a place that cannot be written', 'refused.json', 'cannot be saved as "refused.json"'],
  ])('refuses %s with 64', async (_, path, message) => {
    const host = await appliedGateway();
    host.unwritable.add('refused.json');
    const { code, stderr } = await host.run(['plan', '-f', 'gateway.yaml', '-o', path]);
    expect([code, stderr]).toEqual([64, expect.stringContaining(message)]);
  });
});

describe('apply of a saved plan', () => {
  test('does what the plan says, by what it holds: files and keys may be gone', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved.replace('other-key', '{ file: /keys/dns }'));
    host.files.set('/keys/dns', 'key-from-a-file');
    await host.run(['plan', '-f', 'new.yaml', '-o', 'plan.json']);
    for (const gone of ['new.yaml', '/keys/dns']) host.files.delete(gone);
    const { code, stdout } = await host.run(['apply', 'plan.json']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/Applied generation 2 in /)]);
    expect((await host.run(['export', '--show-secrets'])).stdout).toMatch(/n3w-secret[\s\S]*key-from-a-file/);
  });

  test('makes exactly the rows that the plan saw, epochs included', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    await host.run(['plan', '-f', 'gateway.yaml', '-o', 'plan.json']);
    const later = { environment: { realtimeNs: () => 1_800_000_000_000_000_000n } };
    expect((await host.run(['apply', 'plan.json'], later)).code).toBe(0);
    await host.run(['plan', '-f', 'gateway.yaml', '-o', 'again.json'], later);
    expect(contentOf(savedIn(host, 'again.json').live)).toEqual(contentOf(savedIn(host, 'plan.json').desired));
  });

  test('P15: exits 6 for a second use and names the generation that came of it, also when the host is as before', async () => {
    const host = await planned();
    await host.run(['apply', 'plan.json']);
    for (const again of [['apply', 'plan.json'], ['revert'], ['apply', 'plan.json']]) {
      const { code, stderr } = await host.run(again);
      if (again[0] === 'apply')
        expect([code, stderr]).toEqual([
          6,
          expect.stringContaining('error[plan-used]: the plan was applied before: generation 2 came of it'),
        ]);
    }
  });

  test('is refused a second time also where the history is lost: the number of its generation is taken', async () => {
    const host = await planned();
    await host.run(['apply', 'plan.json']);
    await host.run(['revert']);
    host.state.content.clear();
    const { code, stderr } = await host.run(['apply', 'plan.json']);
    expect([code, stderr]).toEqual([6, expect.stringContaining('generation next: generation 2 → generation 3')]);
  });

  test('P15: exits 6 naming each row that moved: table, key, old and new value, where the files say so; no key', async () => {
    const host = await planned();
    host.files.set(
      'other.yaml',
      gatewayText.replace('172.1.0.3:6080', '172.1.0.8:6080').replace('other-key', 'a-third-key'),
    );
    await host.run(['apply', '-f', 'other.yaml']);
    const { code, stdout, stderr } = await host.run(['apply', 'plan.json']);
    expect([code, stdout]).toEqual([6, '']);
    expect(stderr).toContain('plan.json:1:1: error[plan-stale]: ');
    expect(stderr).toContain(
      'new.yaml:6:5: error[plan-stale]: table tunnel (live), id 100: remote 172.1.0.3:6080 → remote 172.1.0.8:6080',
    );
    expect(stderr).toMatch(
      /new\.yaml:20:5: error\[plan-stale\]: table verify \(live\), group 2, service 2: key #[0-9a-f]{8} → key #[0-9a-f]{8}\n/,
    );
    expect(stderr).toContain('error[plan-stale]: hook eth0 ingress (tcx): program ');
    expect(stderr).not.toMatch(/secret|third|Pa55|other-key/);
    expect(host.datapath?.log.filter(({ writes }) => writes)).toEqual([]);
    const document = await host.json(['apply', 'plan.json']);
    expect(document).toMatchObject({ kind: 'Problems', exitCode: 6 });
    expect(document.moved).toContainEqual({
      where: 'live',
      table: 'tunnel',
      key: 'id 100',
      before: 'remote 172.1.0.3:6080',
      after: 'remote 172.1.0.8:6080',
      place: { file: 'new.yaml', line: 6, column: 5 },
    });
  });

  test('names what was done and undone again by its generation alone', async () => {
    const host = await planned();
    host.files.set('other.yaml', gatewayText.replace('172.1.0.3:6080', '172.1.0.8:6080'));
    for (const file of ['other.yaml', 'gateway.yaml']) await host.run(['apply', '-f', file]);
    const { code, stderr } = await host.run(['apply', 'plan.json']);
    expect(code).toBe(6);
    expect(stderr).not.toContain('table ');
    expect(stderr).toContain('generation live: generation 1 → generation 3');
  });

  test('never gets stale by what is learned', async () => {
    const host = await planned();
    hear(host.world, 'epic-1', 101);
    expect((await host.run(['apply', 'plan.json'])).code).toBe(0);
  });

  test('is stale when a row was edited by hand, a hook went, an interface was made anew, or the build is another', async () => {
    const reasons: [string, (host: TestHost) => unknown, RegExp][] = [
      [
        'a row',
        (host) => findSlot(host.world, 'epic-1', 'a')?.load.maps.verify.entries.clear(),
        /table verify \(live\), group 2, service 1: .*key #[0-9a-f]{8}.* → \(none\)/,
      ],
      ['a hook', (host) => host.run(['detach', 'egress', '--yes']), /hook eth0 egress \(tcx\): program \d+ → \(none\)/],
      [
        'an interface',
        (host) => void Object.assign(host.world.interfaces[0] ?? {}, { ifindex: 12 }),
        /interface eth0: index 2 → index 12/,
      ],
    ];
    for (const [name, happen, expected] of reasons) {
      const host = await planned();
      await happen(host);
      const { code, stderr } = await host.run(['apply', 'plan.json']);
      expect([name, code, stderr]).toEqual([name, 6, expect.stringMatching(expected)]);
    }
    const host = await planned();
    const environment = { buildDigest: async () => new Uint8Array(32).fill(9) };
    const { code, stderr } = await host.run(['apply', 'plan.json'], { environment });
    expect([code, stderr]).toEqual([6, expect.stringContaining('build programs: 070707070707 → 090909090909')]);
  });

  test('is stale when a tunnel would get another MTU than was planned', async () => {
    const host = await planned();
    const narrow = { routes: [{ prefix: '0.0.0.0/0', ifindex: 2, mtuBytes: 1400 }] };
    const { code, stderr } = await host.run(['apply', 'plan.json'], { host: narrow });
    expect([code, stderr]).toEqual([
      6,
      expect.stringMatching(/table tunnel \(wanted by the files\), id 100: mtu \S+ .*→ mtu 1400/),
    ]);
  });

  test('is stale, and says why, when an interface is gone', async () => {
    const host = await planned();
    host.world.interfaces.splice(0);
    const { code, stderr } = await host.run(['apply', 'plan.json']);
    expect([code, stderr]).toEqual([6, expect.stringContaining('interface eth0: index 2 → (none)')]);
  });

  test('P15: exits 5 on another host and in another network namespace, 6 after a restart', async () => {
    const host = await planned();
    host.hostName = 'host-2';
    expect((await host.run(['apply', 'plan.json'])).stderr).toContain(
      'error[plan-elsewhere]: the plan was made on host "host-1"',
    );
    host.hostName = 'host-1';
    const elsewhere = await host.run(['apply', 'plan.json'], { memory: { netnsInode: 77n } });
    expect([elsewhere.code, elsewhere.stderr]).toEqual([5, expect.stringContaining('another network namespace')]);
    host.bootId = 'another-boot';
    const restarted = await host.run(['apply', 'plan.json']);
    expect([restarted.code, restarted.stderr]).toEqual([6, expect.stringContaining('started again')]);
  });

  test('of an empty plan does nothing', async () => {
    const host = await planned(gatewayText);
    const { code, stdout } = await host.run(['apply', 'plan.json', '--detailed-exitcode']);
    expect([code, stdout]).toEqual([0, 'No changes.\n']);
    expect(host.datapath?.log.filter(({ writes }) => writes)).toEqual([]);
  });

  test('with --dry-run looks whether it still holds, and changes nothing', async () => {
    const host = await planned();
    expect((await host.run(['apply', 'plan.json', '--dry-run'])).code).toBe(0);
    expect(host.datapath?.log.filter(({ writes }) => writes)).toEqual([]);
    await host.run(['detach', 'egress', '--yes']);
    expect((await host.run(['apply', 'plan.json', '--dry-run'])).code).toBe(6);
  });

  test.each([
    ['a topology in its place', ['apply', 'new.yaml'], 64, 'files are named with -f: trueingress apply -f new.yaml'],
    ['a topology in JSON', ['apply', 'topology.json'], 64, 'is a topology, not a saved plan'],
    ['a file beside it', ['apply', 'plan.json', '-f', 'new.yaml'], 64, 'not both'],
    ['another instance', ['apply', 'plan.json', '-i', 'epic-2'], 64, 'the plan is for instance "epic-1"'],
    ['no file', ['apply', 'nope.json'], 66, 'does not exist'],
  ])('refuses %s', async (_, words, expected, message) => {
    const host = await planned();
    host.files.set('topology.json', '{"apiVersion": "trueingress/v1", "name": "x"}');
    const { code, stderr } = await host.run(words);
    expect([code, stderr]).toEqual([expected, expect.stringContaining(message)]);
  });

  test('exits 65 with a place for a file that is broken, foreign, too new or edited', async () => {
    const host = await planned();
    const text = planFileOf(host);
    const spoiled: [string, string, RegExp][] = [
      ['cut short', text.slice(0, 2000), /:\d+:\d+: error\[plan-file\]: the saved plan is not whole/],
      ['foreign', '{"kind": "SavedPlanOfOthers", "a": "SavedPlan"}', /:1:2: error\[plan-file\]: this is no plan/],
      [
        'too new',
        text.replace('"formatVersion": 1', '"formatVersion": 2'),
        /:4:3: error\[plan-file\]: .*newer trueingress/,
      ],
      [
        'edited',
        text.replace('172.1.0.9', '172.1.0.7'),
        /:\d+:3: error\[plan-file\]: the plan was changed after it was saved/,
      ],
      ['nothing', '', /:1:1: error\[plan-file\]/],
    ];
    for (const [name, content, expected] of spoiled) {
      host.files.set('spoiled.json', content);
      const { code, stderr } = await host.run(['apply', 'spoiled.json']);
      expect([name, code, stderr]).toEqual([name, 65, expect.stringMatching(expected)]);
    }
  });
});
