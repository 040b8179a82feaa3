// The commands for whoever begins: init, explain, schema, completion, and what shells ask while somebody types.
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { appliedGateway, TestHost } from './harness.ts';

describe('init', () => {
  test.each(['gateway', 'node'])('writes a %s file for this host, which is valid', async (role) => {
    const host = new TestHost();
    const { code, stdout } = await host.run(['init', '--role', role, '-o', 'first.yaml']);
    expect([code, stdout]).toEqual([
      0,
      'Wrote first.yaml for instance first. Edit what is marked FILL IN, then: trueingress validate -f first.yaml\n',
    ]);
    const text = host.files.get('first.yaml') ?? '';
    expect(text).toMatch(/^# yaml-language-server: \$schema=\/.*\/topology\.schema\.json$/m);
    expect(text).toContain('\nname: first ');
    expect(text).toContain('\ninterfaces: [eth0] ');
    const valid = await host.run(['validate', '-f', 'first.yaml']);
    expect([valid.code, valid.stdout, valid.stderr.match(/\w+\[[\w-]+\]/g)]).toEqual([
      0,
      `Valid: ${role} first with 1 tunnel, 1 service.\n`,
      ['warning[fill-in]'],
    ]);
  });

  test.each<[wanted: string, words: readonly string[], because: string]>([
    ['mine', ['-i', 'mine', '-o', '/etc/trueingress/edge.yaml'], '-i says so'],
    ['edge', ['-o', '/etc/trueingress/edge.yaml'], 'the file of -o is called so'],
    ['site-2', ['-o', 'Site_2.YML'], 'it is what an instance may be called of the file’s name'],
    ['a-name-of-many', ['-o', 'a-name-of-many-letters.yaml'], 'no more than 15 letters are taken'],
    ['gw-7', ['-o', '___.yaml'], 'the file’s name says nothing, and the host’s does'],
    ['gw-7', [], 'there is no file'],
  ])('calls the instance %j for %j: %s', async (wanted, words) => {
    const host = new TestHost();
    host.hostName = 'Gw_7.example.org';
    expect(await host.json(['init', ...words])).toMatchObject({ instance: wanted });
  });

  test('prints commands that a shell takes as they are', async () => {
    const host = new TestHost();
    const { stdout } = await host.run(['init', '-o', 'my files/edge.yaml']);
    expect(stdout).toContain("then: trueingress validate -f 'my files/edge.yaml'\n");
    const text = host.files.get('my files/edge.yaml');
    expect(text).toContain("trueingress plan -f 'my files/edge.yaml' ");
    expect(text).toContain("base64 > 'my files/web.key')");
  });

  test('gives both ends the same proxy, which is not an address of the gateway', async () => {
    const proxies = await Promise.all(
      ['gateway', 'node'].map(async (role) => {
        const { stdout } = await new TestHost().run(['init', '--role', role]);
        return /proxy: (\S+)/.exec(stdout)?.[1];
      }),
    );
    expect(proxies).toEqual(['203.0.113.10:8080', '203.0.113.10:8080']);
  });

  test('writes a gateway file that plans as it is, with a warning of its marks alone', async () => {
    const host = new TestHost();
    await host.run(['init', '-o', 'edge.yaml']);
    host.files.set('web.key', 'a-key');
    const routes = [
      { prefix: '0.0.0.0/0', ifindex: 2 },
      { prefix: '192.0.2.10/32', ifindex: 2, local: true },
    ];
    const { code, stderr } = await host.run(['plan', '-f', 'edge.yaml'], { host: { routes } });
    expect([code, stderr.match(/\w+\[[\w-]+\]/g)]).toEqual([0, ['warning[fill-in]']]);
  });

  test('prints it without -o, and needs neither root nor the datapath', async () => {
    const host = new TestHost();
    const { code, stdout } = await host.run(['init']);
    expect([code, stdout.startsWith('# A gateway')]).toEqual([0, true]);
    expect(host.opened).toBeUndefined();
  });

  test('is valid on a host without a default route, whose name says nothing', async () => {
    const host = new TestHost();
    host.hostName = '___';
    const { stdout } = await host.run(['init'], { host: { routes: [] } });
    host.files.set('first.yaml', stdout);
    expect((await host.run(['validate', '-f', 'first.yaml'])).code).toBe(0);
  });

  test('writes over nothing', async () => {
    const host = new TestHost();
    host.files.set('mine.yaml', 'mine');
    const { code, stderr } = await host.run(['init', '-o', 'mine.yaml']);
    expect([code, host.files.get('mine.yaml')]).toEqual([64, 'mine']);
    expect(stderr).toContain('"mine.yaml" is there already');
  });

  test('tells of a file that cannot be written', async () => {
    const host = new TestHost();
    host.unwritable.add('no/first.yaml');
    const { code, stderr } = await host.run(['init', '-o', 'no/first.yaml']);
    expect([code, stderr.includes('cannot be written (EACCES)')]).toEqual([64, true]);
  });
});

describe('explain', () => {
  const explain = async (...words: string[]): Promise<string> =>
    (await new TestHost().run(['explain', ...words])).stdout;

  test('tells type, need, default, range and place of a field', async () => {
    expect(await explain('tunnels.mtu')).toBe(`FIELD     tunnels.mtu
TYPE      number
REQUIRED  no
DEFAULT   what the route to the far end carries
RANGE     576 to 65535

DESCRIPTION
  The longest packet that the underlay carries between the two ends, outer headers included, in
  bytes.

PLACE
  tunnels:
    - mtu:

EXAMPLES
  mtu: 1500
`);
  });

  test('tells the words that a field may have, and a default among them', async () => {
    const { allowed, default: fallback, required } = await new TestHost().json(['explain', 'services.mode']);
    expect([allowed, fallback, required]).toEqual([['standard', 'dso'], 'standard', false]);
  });

  test('knows what both roles require', async () => {
    expect(await new TestHost().json(['explain', 'tunnels.remote'])).toMatchObject({ required: true, type: 'text' });
  });

  test('tells of one number or a list of them', async () => {
    const { type, range } = await new TestHost().json(['explain', 'services.tunnel']);
    expect([type, range]).toEqual(['number or list of numbers', '1 to 4294967295; 1 to 4 items']);
  });

  test('takes a field as problems and editors write it', async () => {
    expect(await explain('services[2].key')).toBe(await explain('services.key'));
  });

  test.each([
    ['servcies', 'services'],
    ['services.kye', 'services.key'],
    ['key', 'services.key'],
    ['interval', 'tunnels.ping.interval'],
  ])('suggests for %j the field that was meant', async (asked, meant) => {
    const { code, stderr } = await new TestHost().run(['explain', asked]);
    expect([code, stderr.includes(`trueingress explain ${meant}\``) || stderr]).toEqual([64, true]);
  });
});

describe('schema', () => {
  test.each(readdirSync(resolve(import.meta.dirname, '../../../schemas')).map((name) => name.split('.')[0] ?? ''))(
    'prints that of %s',
    async (kind) => {
      const { code, stdout } = await new TestHost().run(['schema', kind]);
      expect([code, JSON.parse(stdout).$id]).toEqual([0, `urn:trueingress:${kind}:v1`]);
    },
  );

  test('is that of the file unless told', async () => {
    expect(JSON.parse((await new TestHost().run(['schema'])).stdout).$id).toBe('urn:trueingress:topology:v1');
  });

  test('has examples that it takes itself', async () => {
    const schema = JSON.parse((await new TestHost().run(['schema'])).stdout);
    const ajv = new Ajv2020.default({ strict: false });
    ajv.addSchema(schema);
    const wrong: unknown[] = [];
    let seen = 0;
    const walk = (part: unknown, path: string): void => {
      if (typeof part !== 'object' || part === null) return;
      for (const example of 'examples' in part && Array.isArray(part.examples) ? part.examples : []) {
        seen++;
        const check = ajv.compile({ $ref: `${schema.$id}#${path}` });
        if (!check(example)) wrong.push([path, example]);
      }
      for (const [name, value] of Object.entries(part)) if (name !== 'examples') walk(value, `${path}/${name}`);
    };
    walk(schema, '');
    expect(seen).toBeGreaterThan(10);
    expect(wrong).toEqual([]);
  });

  test('suggests the kind that was meant', async () => {
    const { code, stderr } = await new TestHost().run(['schema', 'planm']);
    expect([code, stderr.includes('trueingress schema plan')]).toEqual([64, true]);
  });
});

describe('completion', () => {
  test('says what to type when no shell was named', async () => {
    const { code, stderr } = await new TestHost().run(['completion'], { variables: { SHELL: '/usr/bin/fish' } });
    expect([code, stderr.includes('trueingress completion fish')]).toEqual([64, true]);
  });

  test('knows no other shell', async () => {
    expect((await new TestHost().run(['completion', 'tcsh'])).code).toBe(64);
  });
});

describe('__complete', () => {
  const asked = async (...words: string[]): Promise<string> =>
    (await (await appliedGateway()).run(['__complete', ...words])).stdout;

  test.each([
    ['instances', 'epic-1\n'],
    ['tunnels', '100\n101\n'],
    ['services', '2/1\tweb\n2/2\tdns\n'],
    ['hooks', 'eth0:ingress\neth0:egress\n'],
    ['generations', '1\n'],
    ['words -- config', 'get\nset\ndel\n'],
    ['words -- config set', 'eth0\n0\tingress\n1\tegress\n'],
    ['words -- config set eth0', '0\tingress\n1\tegress\n'],
    ['words -- config del', 'all\neth0\n'],
    ['words -- tunnel get', 'all\n100\n101\n'],
    ['words -- tunnel -i epic-1 set', '100\n101\n'],
    ['words -- tunnel set 100', ''],
    ['words -- service', 'get\nset\ndel\nset-gw\nset-node\ndel-gw\n'],
    ['words -- service get', 'all\n1\tweb\n2\tdns\n'],
    ['words -- service get 2', '2\tdns\n'],
    ['words --order group-service -- service del', 'all\n2\tdns\n'],
    ['words --order group-service -- service del 2', '1\tweb\n2\tdns\n'],
    ['words -- service get all', ''],
    ['words -- service set 1 2', 'tcp\nudp\n'],
    ['words -- service set 1 2 tcp 5.5.5.5 80 1.1.1.1 80', '100\n101\n'],
    ['words -- service set-gw 2 1 KEY', '100\n101\n'],
    ['words -- service set-gw 2 1 KEY 100', 'tcp\nudp\n'],
    ['words -- service --json get 1', '2\tweb\n'],
    ['words -- plan', ''],
    ['keys -- why tunnel', '100\n101\n'],
    ['keys -- why service', '2/1\n2/2\n'],
    ['keys -- why config', 'eth0 egress\neth0 ingress\n'],
    ['keys -- why nonsense', ''],
    ['keys -- why', ''],
  ])('tells %s', async (asks, text) => {
    const what = asks.split(' ');
    expect(await asked(...what)).toBe(text);
  });

  test.each([
    ['tunnels', '-i', 'nobody'],
    ['tunnels', '-i', 'NOT A NAME'],
    ['nonsense'],
    ['services', '--nonsense'],
    [],
  ])('is silent and succeeds where it can tell nothing: %j %j %j', async (...words) => {
    const host = await appliedGateway();
    expect(await host.run(['__complete', ...words.filter((word) => word !== undefined)])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('is silent where the kernel refuses', async () => {
    const environment = {
      openDatapath: async () => {
        throw new Error('on purpose');
      },
    };
    expect(await new TestHost().run(['__complete', 'tunnels'], { environment })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('is not told of in help', async () => {
    expect((await new TestHost().run(['--help'])).stdout).not.toContain('__complete');
  });
});

describe('work that takes longer than a second', () => {
  const slowly = async (words: readonly string[], terminal: boolean, stepNs: bigint): Promise<string> => {
    const host = await appliedGateway();
    host.files.set('node.yaml', (host.files.get('gateway.yaml') ?? '').replace('epic-1', 'far'));
    let now = 0n;
    const monotonicNs = (): bigint => {
      now += stepNs;
      return now;
    };
    return (await host.run(words, { terminal, environment: { monotonicNs } })).stderr;
  };

  test.each<[words: readonly string[], told: string]>([
    [['plan', '-f', 'gateway.yaml'], 'read 2 services, comparing them with what is live …\n'],
    [['test', '-f', 'gateway.yaml'], 'read 2 services, trying them …\n'],
    [['test', '-f', 'gateway.yaml'], 'tried 1 probe …\n'],
    [['lint', '-f', 'gateway.yaml', '--peer', 'node.yaml'], 'read 2 services of far …\n'],
    [['lint', '-f', 'gateway.yaml', '--peer', 'node.yaml'], 'comparing the files of 2 hosts …\n'],
  ])('%j is told to somebody at a terminal, and to nobody else', async (words, told) => {
    expect(await slowly(words, true, 2_000_000_000n)).toContain(told);
    expect(await slowly(words, false, 2_000_000_000n)).not.toContain('…\n');
    expect(await slowly(words, true, 1_000n)).not.toContain('…\n');
  });

  test('is told once a second, and not for each of its steps', async () => {
    const told = (await slowly(['test', '-f', 'gateway.yaml'], true, 400_000_000n)).match(/^tried \d+ probes? …$/gm);
    const steps = (await slowly(['test', '-f', 'gateway.yaml'], true, 2_000_000_000n)).match(/^tried \d+ probes? …$/gm);
    expect(told?.length).toBeGreaterThan(0);
    expect(steps?.length).toBeGreaterThan((told?.length ?? 0) * 2);
  });
});
