// test: the packets of a topology, tried on programs that nobody runs; answered as text, TAP, JUnit and JSON.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MemoryOptions } from '../../../src/datapath/memory/datapath.ts';
import { evaluateByModel } from '../../../src/datapath/memory/evaluate.ts';
import { problem, Refusal } from '../../../src/problem.ts';
import type { TestCase } from '../../../src/reconcile/test-run.ts';
import { junitText } from '../../../src/report/junit.ts';
import { tapText } from '../../../src/report/tap.ts';
import { parseTap } from '../../support/tap.ts';
import { topologyOf } from '../../support/topologies.ts';
import { parseXml } from '../../support/xml.ts';
import { gatewayText, nodeText, TestHost } from './harness.ts';

const request = 'tcp 198.51.100.7:40000 > 5.5.5.5:3100';
const met = `${gatewayText}expect:
  - {packet: '${request}', verdict: encapsulated, tunnel: 100}
  - {name: "nobody's", packet: 'udp 198.51.100.7:5353 > 8.8.8.8:53', verdict: pass-not-ours}
`;
const unmet = `${met}  - {name: 'a "<b>" & # c', packet: '${request}', at: eth0 egress, verdict: bad-key}\n`;

function hostWith(text: string, interfaces: readonly string[] = []): TestHost {
  const host = new TestHost(interfaces);
  host.files.set('t.yaml', text);
  return host;
}

const run = (text: string, words: readonly string[] = [], memory: MemoryOptions = {}) =>
  hostWith(text).run(['test', '-f', 't.yaml', ...words], { memory });

describe('test', () => {
  test('tries what follows from a topology and what it expects, on a host that has none of its interfaces', async () => {
    const { code, stdout, stderr } = await run(met);
    expect(stdout).toBe(`ok    t.yaml:28 ${request}
ok    t.yaml:29 nobody's
ok    unrelated traffic: 6 probes
ok    service "web" (2/1): 7 probes
ok    service "dns" (2/2): 9 probes
gateway epic-1: 2 expectations, 22 derived probes, all as it must be in 1.0 ms.
`);
    expect([code, stderr]).toEqual([0, '']);
  });

  test('says of a failure what was expected, what came and which lines decided it, and exits 1', async () => {
    const { code, stdout, stderr } = await run(unmet);
    expect(stdout).toContain(`FAIL  t.yaml:30 a "<b>" & # c
      t.yaml:30:5: error[expectation-failed]: "a "<b>" & # c" at eth0 egress: expected bad-key, got encapsulated
        hint: decided by service "web" (2/1) (t.yaml:13), tunnel 100 (t.yaml:6), interface eth0 (t.yaml:4)
gateway epic-1: 3 expectations, 22 derived probes, 1 of 6 cases failed in`);
    expect([code, stderr]).toEqual([1, '']);
  });

  test('finds a program that does not do what follows from the topology', async () => {
    const takesAnyKey: MemoryOptions = {
      evaluate: (view, packet) => {
        const answer = evaluateByModel(view, packet);
        return answer.verdict === 'bad-key' ? { ...answer, verdict: 'decapsulated' } : answer;
      },
    };
    const { code, stdout } = await run(met, [], takesAnyKey);
    expect(stdout).toContain('service "web" (2/1), packet with a wrong key: expected bad-key, got decapsulated');
    expect(code).toBe(1);
  });

  test('lists a few of many cases, and all when asked', async () => {
    const services = Array.from(
      { length: 60 },
      (_, at) => `  - {group: 5, id: ${at}, protocol: tcp, proxy: 9.9.9.9:${at + 1}, tunnel: 100, key: k${at}}\n`,
    );
    const many = gatewayText + services.join('');
    expect((await run(many)).stdout.split('\n')).toHaveLength(20 + 3);
    expect((await run(many)).stdout).toContain('ok    and 43 more (--all lists them)');
    expect((await run(many, ['--all'])).stdout.split('\n')).toHaveLength(63 + 2);
  });

  test('probes as many services as are asked for: all, some, none', async () => {
    const names = async (...words: string[]) =>
      parseTap((await run(met, ['--format', 'tap', ...words])).stdout).map(({ description }) => description);
    const expectations = [`expectation: ${request}`, "expectation: nobody's"];
    const all = [
      'probe: unrelated traffic',
      'probe: service "web" (2/1)',
      'probe: service "dns" (2/2)',
      ...expectations,
    ];
    expect(await names()).toEqual(all);
    expect(await names('--probe', 'all')).toEqual(all);
    expect(await names('--probe', '1')).toEqual([all[0], all[1], ...expectations]);
    expect(await names('--probe', '0')).toEqual([all[0], ...expectations]);
  });

  test('needs no key: those of files and variables are not read, and none is live that could be kept', async () => {
    const keys = ['{file: /nowhere}', '{env: NOT_SET}', 'keep'];
    for (const key of keys) expect((await run(met.replace('Pa55w0rd1234567', key))).code).toBe(0);
  });

  test('asks nothing of an instance that lives, takes no lock and writes nothing', async () => {
    const host = hostWith(met, ['eth0']);
    expect((await host.run(['apply', '-f', 't.yaml'])).code).toBe(0);
    const before = structuredClone(host.world);
    host.world.locks.set('epic-1', { holder: 'somebody else' });
    const { code } = await host.run(['test', '-f', 't.yaml']);
    expect(code).toBe(0);
    expect(host.datapath?.log.map(({ method }) => method)).toEqual(['openTrial']);
    host.world.locks.delete('epic-1');
    expect({ ...host.world, lastId: 0 }).toEqual({ ...before, lastId: 0 });
  });

  test('answers in TAP that a reader of TAP takes', async () => {
    const points = parseTap((await run(unmet, ['--format', 'tap'])).stdout);
    expect(points.map(({ ok }) => ok)).toEqual([true, true, true, true, true, false]);
    expect(points.at(-1)).toMatchObject({
      description: 'expectation: a "<b>" & # c',
      diagnostic: {
        message: '"a "<b>" & # c" at eth0 egress: expected bad-key, got encapsulated',
        hint: expect.stringContaining('decided by service "web"'),
        at: { file: 't.yaml', line: 30, column: 5 },
      },
    });
  });

  test('answers in XML that a reader of XML takes', async () => {
    const { code, stdout, stderr } = await run(unmet, ['--format', 'junit']);
    const { name, children } = parseXml(stdout);
    expect([code, stderr, name]).toEqual([1, '', 'testsuites']);
    const [suite] = children;
    expect(suite?.attributes).toMatchObject({ name: 'epic-1', tests: '6', failures: '1', errors: '0' });
    expect(suite?.children.map(({ attributes }) => attributes.classname)).toEqual([
      ...Array(3).fill('epic-1.probe'),
      ...Array(3).fill('epic-1.expectation'),
    ]);
    expect(suite?.children.at(-1)).toMatchObject({
      attributes: { name: 'a "<b>" & # c', file: 't.yaml', line: '30' },
      children: [
        {
          name: 'failure',
          attributes: { type: 'expectation-failed', message: expect.stringContaining('"a "<b>" & # c" at eth0') },
          text: expect.stringContaining('(t.yaml:13)'),
        },
      ],
    });
  });

  test('whatever stands in a name or a message, TAP and XML stay what they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: 'binary' }), (name, message) => {
        const place = { file: message, line: 1, column: 1 };
        const failure = problem('expectation-failed', message, { place, hint: name });
        const cases: TestCase[] = [{ kind: 'expectation', name, place, packets: 1, failure }];
        const [point] = parseTap(tapText(cases));
        expect(point).toMatchObject({ ok: false, diagnostic: { message, hint: name } });
        const [suite] = parseXml(junitText({ topology: topologyOf(), cases, ms: 1 })).children;
        expect(suite?.children).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });

  test.each<[what: string, text: string, words: string[], code: number, said: string]>([
    ['a bad file', gatewayText.replace('tunnel: 100', 'tunnel: 17'), [], 65, 'tunnel-not-found'],
    ['a file that is not there', '', ['-f', 'nope.yaml'], 66, 'file-unreadable'],
    ['no such format', met, ['--format', 'html'], 64, 'not one of text, tap, junit'],
    ['two answers', met, ['--format', 'tap', '--json'], 64, 'ask for two answers'],
  ])('%s has its exit code', async (_, text, words, code, said) => {
    const finished = await run(text, words);
    expect(finished.code).toBe(code);
    expect(finished.stderr + finished.stdout).toContain(said);
  });

  test('without the privileges it exits 77', async () => {
    const openDatapath = async () => {
      throw new Refusal(problem('not-permitted', 'CAP_BPF is missing'));
    };
    const { code, stderr } = await hostWith(nodeText).run(['test', '-f', 't.yaml'], { environment: { openDatapath } });
    expect([code, stderr]).toEqual([77, expect.stringContaining('not-permitted')]);
  });
});
