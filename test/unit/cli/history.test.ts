// History and the way to older generations, over the fake kernel.
import { describe, expect, test } from 'vitest';
import { createMemoryWorld } from '../../../src/datapath/memory/world.ts';
import { appliedGateway, gatewayText, nodeText, TestHost } from './harness.ts';

const moved = gatewayText.replace('172.1.0.3:6080', '172.1.0.9:6080').replace('Pa55w0rd1234567', 'n3w-secret');
const short = gatewayText.slice(0, gatewayText.indexOf('  - name: dns'));

/** Generation 1: as written, 2: another remote and key, 3: a service less. */
async function threeGenerations(): Promise<TestHost> {
  const host = await appliedGateway();
  host.files.set('new.yaml', moved);
  host.files.set('short.yaml', short);
  for (const file of ['new.yaml', 'short.yaml']) await host.run(['apply', '-f', file]);
  return host;
}

describe('history', () => {
  test('lists what ran, newest first, and marks what is live', async () => {
    const host = await threeGenerations();
    const { code, stdout } = await host.run(['history']);
    expect(code).toBe(0);
    expect(
      stdout.replace(/[0-9a-f]{12}/g, 'DIGEST'),
    ).toBe(`   GENERATION  TIME      BY                           WHAT   CHANGES   SOURCE        COMMIT  FILE
>           3  22:13:20  anna as root from 192.0.2.7  apply  +0 ~2 -1  DIGEST  -       short.yaml
            2  22:13:20  anna as root from 192.0.2.7  apply  +0 ~2 -0  DIGEST  -       new.yaml
            1  22:13:20  anna as root from 192.0.2.7  apply  +5 ~0 -0  DIGEST  -       gateway.yaml
`);
  });

  test('tells of a revert as one of what runs again, and of a commit', async () => {
    const host = await threeGenerations();
    await host.run(['revert']);
    host.commit = { id: '0123456789abcdef0123456789abcdef01234567', dirty: true };
    await host.run(['apply', '-f', 'gateway.yaml']);
    const lines = (await host.run(['history'])).stdout.split('\n');
    expect(lines[1]).toMatch(/^> +4 .* apply .* 0123456789\+ +gateway\.yaml$/);
    expect(lines[2]).toMatch(/^ +2 .* revert of 3 /);
    host.commit = { id: 'f'.repeat(40), dirty: false };
    await host.run(['revert', '3']);
    expect((await host.run(['history'])).stdout.split('\n')[1]).toMatch(/^> +5 .* revert to 3 .* - +short\.yaml$/);
    await host.run(['revert', '2']);
    await host.run(['revert', '4']);
    expect((await host.run(['history'])).stdout.split('\n')[1]).toMatch(
      /^> +7 .* revert to 4 .* 0123456789\+ +gateway\.yaml$/,
    );
  });

  test('holds no failed apply that never ran, and one that was switched back as such', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved);
    const refused = await host.run(['apply', '-f', 'new.yaml'], {
      memory: { faults: [{ at: 1, method: 'openProbe', outcome: 'ENOMEM' }] },
    });
    expect(refused.code).toBe(3);
    const back = await host.run(['apply', '-f', 'new.yaml'], {
      memory: { faults: [{ at: 2, method: 'switchHook', outcome: 'EEXIST' }] },
    });
    expect(back.code).toBe(3);
    const { entries } = await host.json(['history']);
    expect(entries).toMatchObject([
      { generation: 3, result: 'reverted', live: false },
      { generation: 1, live: true },
    ]);
  });

  test('is not written by what changes nothing', async () => {
    const host = await appliedGateway();
    const before = [...host.state.content.keys()];
    await host.run(['apply', '-f', 'gateway.yaml']);
    await host.run(['plan', '-f', 'gateway.yaml']);
    expect([...host.state.content.keys()]).toEqual(before);
  });

  test('keeps a text once, however often it is applied', async () => {
    const host = await threeGenerations();
    for (const file of ['gateway.yaml', 'new.yaml']) await host.run(['apply', '-f', file]);
    const kept = [...host.state.content.keys()].map((path) => path.split('/')[1]);
    expect(kept.filter((kind) => kind === 'entries')).toHaveLength(5);
    expect(kept.filter((kind) => kind === 'sources')).toHaveLength(3);
  });

  test('show tells of one generation, with its topology and without a key', async () => {
    const host = await threeGenerations();
    const { code, stdout } = await host.run(['history', 'show', '2']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^epic-1 generation 2, 1 time live\n/);
    expect(stdout).toContain('\n  ~ tunnel 100  new.yaml:6\n      remote  172.1.0.3:6080 → 172.1.0.9:6080\n');
    expect(stdout).toContain('\n    remote: 172.1.0.9:6080\n');
    expect(stdout).toContain('key: "(sensitive)"');
    const json = await host.run(['history', 'show', '2', '--json']);
    expect(stdout + json.stdout).not.toMatch(/n3w-secret|Pa55|other-key/);
  });

  test('diff compares two as unified YAML, keys by digest, and exits 1 when they differ', async () => {
    const host = await threeGenerations();
    const { code, stdout } = await host.run(['history', 'diff', '1..2']);
    expect(code).toBe(1);
    expect(stdout).toContain('--- generation 1\n+++ generation 2\n');
    expect(stdout).toContain('-    remote: 172.1.0.3:6080\n+    remote: 172.1.0.9:6080\n');
    expect(stdout).toMatch(/- {4}key: "#[0-9a-f]{8}"\n\+ {4}key: "#[0-9a-f]{8}"\n/);
    expect(stdout).not.toMatch(/n3w-secret|Pa55|other-key/);
    expect((await host.run(['history', 'diff', '2..2'])).code).toBe(0);
  });

  test.each([
    [['history', 'show'], 64, 'no generation was named'],
    [['history', 'show', 'x'], 64, '"x" names no generation'],
    [['history', 'diff', '1'], 64, 'trueingress history diff 11..12'],
    [['history', 'show', '9'], 66, 'has no generation 9'],
    [['history', 'diff', '1..9'], 66, 'has no generation 9'],
    [['history', '-i', 'nobody'], 66, 'there is no instance "nobody"'],
    [['revert', '9'], 66, 'has no generation 9'],
    [['revert', 'x'], 64, '"x" is not the number of a generation'],
  ])('%j exits as it should', async (words, expected, message) => {
    const { code, stdout, stderr } = await (await appliedGateway()).run(words);
    expect([code, stdout, stderr]).toEqual([expected, '', expect.stringContaining(message)]);
  });
});

describe('revert N', () => {
  test('stages an older generation again through the whole of an apply, with the keys of then', async () => {
    const host = await appliedGateway();
    const elsewhere = gatewayText
      .replace('other-key', '{ file: /keys/dns }')
      .replace('Pa55w0rd1234567', '{ env: WEB_KEY }');
    host.files.set('elsewhere.yaml', elsewhere);
    host.files.set('/keys/dns', 'key-of-then');
    await host.run(['apply', '-f', 'elsewhere.yaml'], { variables: { WEB_KEY: 'web-of-then' } });
    host.files.set('/keys/dns', 'key-of-now');
    for (const file of ['gateway.yaml', 'elsewhere.yaml'])
      await host.run(['apply', '-f', file], { variables: { WEB_KEY: 'web-of-now' } });
    expect((await host.run(['export', '--show-secrets'])).stdout).toContain('key-of-now');
    host.files.clear();
    const { code, stdout } = await host.run(['revert', '2']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/Applied generation 5 in .*probes, 2 hooks switched/)]);
    expect((await host.run(['export', '--show-secrets'])).stdout).toMatch(/web-of-then[\s\S]*key-of-then/);
    expect((await host.run(['history'])).stdout.split('\n')[1]).toMatch(/^> +5 .* revert to 2 /);
    expect(
      [...host.state.content]
        .filter(([path]) => path.includes('/entries/'))
        .map(([, bytes]) => bytes.toString())
        .join(),
    ).not.toMatch(/of-then|of-now/);
  });

  test.each(['upsert-only', 'create-only'])(
    'of a generation of --policy %s makes all of it again, what was kept and every key included',
    async (policy) => {
      const host = await appliedGateway();
      const live = async () => {
        const { stdout } = await host.run(['export', '--show-secrets']);
        return stdout.replace(/^#.*\n/gm, '');
      };
      const web = gatewayText.slice(gatewayText.indexOf('  - name: web'), gatewayText.indexOf('  - name: dns'));
      const late =
        '  - {name: late, group: 2, id: 3, protocol: udp, proxy: 5.5.5.5:54, tunnel: 101, key: {env: LATE}}\n';
      host.files.set('part.yaml', gatewayText.replace(web, '').replace('other-key', '{file: /keys/dns}') + late);
      host.files.set('/keys/dns', 'key-of-then');
      await host.run(['apply', '-f', 'part.yaml', '--policy', policy], { variables: { LATE: 'late-of-then' } });
      const then = await live();
      expect(then).toMatch(/Pa55w0rd1234567[\s\S]*late-of-then/);
      for (const remote of ['172.1.0.9', '172.1.0.10']) {
        host.files.set('gateway.yaml', gatewayText.replace('172.1.0.3', remote));
        await host.run(['apply', '-f', 'gateway.yaml']);
      }
      expect((await host.run(['revert', '2'])).code).toBe(0);
      expect(await live()).toBe(then);
      const { entries } = (await host.json(['history'])) as unknown as { entries: { policy: string | null }[] };
      expect(entries.map((one) => one.policy)).toEqual([null, null, null, policy, null]);
      expect((await host.run(['history'])).stdout).toContain(`apply ${policy} `);
      expect((await host.run(['history', 'show', '2'])).stdout).toContain('name: late');
      expect(
        JSON.stringify([...host.state.content].filter(([path]) => path.includes('/sources/')).map(String)),
      ).not.toMatch(/of-then/);
    },
  );

  test('of what the other slot holds is the switch at once', async () => {
    const host = await threeGenerations();
    const { code, stdout } = await host.run(['revert', '2']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Plan: from generation 3 back to 2: ')]);
    expect(host.datapath?.log.map(({ method }) => method)).not.toContain('createSlot');
  });

  test('of what is live changes nothing', async () => {
    const host = await threeGenerations();
    const { code, stdout } = await host.run(['revert', '3', '--detailed-exitcode']);
    expect([code, stdout]).toEqual([0, 'No changes.\n']);
  });

  test('with --dry-run shows the plan and changes nothing', async () => {
    const host = await threeGenerations();
    const { code, stdout } = await host.run(['revert', '1', '--dry-run']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Plan: 1 to add, 0 to change, 0 to delete.')]);
    expect(host.datapath?.log.filter(({ writes }) => writes)).toEqual([]);
    expect(await host.json(['revert', '1'])).toMatchObject({
      kind: 'Outcome',
      command: 'revert',
      result: 'applied',
      generation: 4,
    });
  });

  test('of a generation whose text or keys are lost or spoiled is refused with 66', async () => {
    const host = await appliedGateway();
    host.files.set('/keys/dns', 'from-a-file');
    host.files.set('new.yaml', moved.replace('other-key', '{ file: /keys/dns }'));
    for (const file of ['new.yaml', 'gateway.yaml']) await host.run(['apply', '-f', file]);
    await host.run(['apply', '-f', 'new.yaml']);
    for (const path of host.state.content.keys())
      if (path.includes('/keys/')) host.state.content.set(path, Buffer.from('{}'));
    expect((await host.run(['revert', '2'])).code).toBe(66);
    for (const path of host.state.content.keys())
      if (path.includes('/sources/')) host.state.content.set(path, Buffer.from('name: x'));
    const { code, stderr } = await host.run(['revert', '1']);
    expect([code, stderr]).toEqual([66, expect.stringContaining('is lost')]);
  });
});

describe('a history that is lost, broken or cannot be written', () => {
  test('stops no apply, and says what to do', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved);
    host.state.fault = { path: '', code: 'EIO' };
    const { code, stderr } = await host.run(['apply', '-f', 'new.yaml']);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^warning\[history-lost\]: .*EIO.*\n {2}hint: .*--state-dir/),
    ]);
    const history = await host.run(['history']);
    expect([history.code, history.stderr]).toEqual([65, expect.stringContaining('error[history-lost]')]);
    host.state.fault = undefined;
    expect((await host.run(['plan', '-f', 'new.yaml'])).stdout).toBe('No changes.\n');
  });

  test.each([
    ['broken JSON', '{"generation": 1'],
    ['another form', '{"generation": 1, "formatVersion": 1}'],
    ['a newer version', '{"formatVersion": 99}'],
    ['nothing', ''],
  ])('passes over an entry of %s with a warning', async (_, text) => {
    const host = await threeGenerations();
    host.state.content.set('epic-1/entries/0000000002-2.json', Buffer.from(text));
    const { code, stdout, stderr } = await host.run(['history']);
    expect([code, stdout.split('\n').length, stderr]).toEqual([
      0,
      4,
      expect.stringContaining('warning[history-lost]: /var/lib/trueingress/epic-1/entries/0000000002-2.json'),
    ]);
    expect((await host.run(['apply', '-f', 'new.yaml'])).code).toBe(0);
  });
});

describe('generations are numbered', () => {
  test('on from the history when a reboot has emptied the kernel', async () => {
    const host = await threeGenerations();
    const empty = createMemoryWorld({ interfaces: [{ name: 'eth0', ifindex: 2 }], tcx: true });
    Object.assign(host.world, { pins: empty.pins, attachments: empty.attachments });
    host.bootId = 'another-boot';
    expect((await host.run(['history'])).stdout).toMatch(/\n {3} +3 /);
    const { stdout } = await host.run(['apply', '-f', 'gateway.yaml']);
    expect(stdout).toMatch(/Applied generation 4 in /);
    expect((await host.run(['revert', '2'])).stdout).toMatch(/Applied generation 5 in /);
  });

  test('from 1 when there is no history either', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    host.state.fault = { path: '', code: 'EACCES' };
    expect((await host.run(['apply', '-f', 'gateway.yaml'])).stdout).toMatch(/Applied generation 1 in /);
  });
});

describe('remove', () => {
  test('takes the history away as well, of this instance alone, and says so', async () => {
    const host = await appliedGateway();
    host.files.set(
      'node.yaml',
      nodeText.replaceAll('172.1.0.3:6080', '172.1.0.7:6080').replace('5.5.5.5:3100', '5.5.5.9:3100'),
    );
    expect((await host.run(['apply', '-f', 'node.yaml'])).code).toBe(0);
    const { stdout } = await host.run(['remove', '--yes', '-i', 'epic-1']);
    expect(stdout).toContain('its tables, learned remotes and history are gone.');
    expect([...new Set([...host.state.content.keys()].map((path) => path.split('/')[0]))]).toEqual(['node-1']);
  });
});
