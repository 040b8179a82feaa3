// Every JSON document that a command prints, held to its schema in schemas/: nothing missing, and nothing undescribed.
import { describe, expect, test } from 'vitest';
import type { Environment } from '../../../src/cli/environment.ts';
import { tellEvent } from '../../../src/datapath/memory/events.ts';
import { apiVersion } from '../../../src/report/json.ts';
import { eventRecord } from '../../support/events.ts';
import { handFrames } from '../../support/hand-frames.ts';
import { faults, schemas } from '../../support/schemas.ts';
import { appliedGateway, appliedNode, gatewayText, nodeText, TestHost } from './harness.ts';

const moved = gatewayText.replace('172.1.0.3:6080', '172.1.0.9:6080').replace('id: 2\n', 'id: 3\n');

async function changedGateway(): Promise<TestHost> {
  const host = await appliedGateway();
  host.files.set('new.yaml', moved);
  await host.run(['apply', '-f', 'new.yaml']);
  return host;
}

async function bothFiles(): Promise<TestHost> {
  const host = new TestHost();
  host.files.set('gateway.yaml', gatewayText);
  host.files.set('node.yaml', nodeText);
  return host;
}

/** With `new.yaml` live and not confirmed. */
async function unconfirmedGateway(): Promise<TestHost> {
  const host = await appliedGateway();
  host.files.set('new.yaml', moved);
  await host.run(['apply', '-f', 'new.yaml', '--confirm-within', '120s', '--confirm-probe', 'true']);
  return host;
}

async function oldScript(): Promise<TestHost> {
  const host = await appliedGateway();
  host.files.set('old.sh', 'cli_tunnel set 1 172.1.0.4 6080 0 0\ncli_tunnel set 2 172.1.0.4 $PORT 0 0\n');
  return host;
}

/** With a plan in `plan.json` that something moved under. */
async function staleGateway(): Promise<TestHost> {
  const host = await appliedGateway();
  host.files.set('new.yaml', moved);
  await host.run(['plan', '-f', 'new.yaml', '-o', 'plan.json']);
  await host.run(['detach', 'egress', '--yes']);
  host.files.set('other.yaml', gatewayText.replace('172.1.0.3:6080', '172.1.0.8:6080'));
  await host.run(['apply', '-f', 'other.yaml']);
  return host;
}

async function unmetGateway(): Promise<TestHost> {
  const host = new TestHost();
  const unmet = "expect: [{packet: 'tcp 198.51.100.7:1 > 5.5.5.5:3100', verdict: bad-key}]\n";
  host.files.set('gateway.yaml', gatewayText + unmet);
  return host;
}

describe('a JSON document', () => {
  test.each<[string[], () => Promise<TestHost>, kind: string]>([
    [['validate', '-f', 'gateway.yaml'], appliedGateway, 'Validation'],
    [['validate', '-f', 'nope.yaml'], appliedGateway, 'Validation'],
    [['lint', '-f', 'gateway.yaml', '--peer', 'node.yaml'], bothFiles, 'Lint'],
    [
      ['rotate', '-f', 'gateway.yaml', '--peer', 'node.yaml', '--service', '2/1', '--key', 'env:K'],
      bothFiles,
      'Rotation',
    ],
    [['test', '-f', 'gateway.yaml'], appliedGateway, 'Test'],
    [['test', '-f', 'gateway.yaml'], unmetGateway, 'Test'],
    [['plan', '-f', 'gateway.yaml'], appliedGateway, 'Plan'],
    [['plan', '-f', 'gateway.yaml'], changedGateway, 'Plan'],
    [['plan', '-f', 'gateway.yaml', '--hook', 'clsact'], changedGateway, 'Plan'],
    [['apply', '-f', 'gateway.yaml'], appliedGateway, 'Outcome'],
    [['apply', '-f', 'gateway.yaml'], changedGateway, 'Outcome'],
    [['apply', '-f', 'gateway.yaml', '--ask'], changedGateway, 'Problems'],
    [['revert'], changedGateway, 'Outcome'],
    [['revert', '--dry-run'], changedGateway, 'Plan'],
    [['revert'], appliedGateway, 'Problems'],
    [['diff', '-f', 'gateway.yaml'], changedGateway, 'Diff'],
    [['plan', '-f', 'gateway.yaml', '-o', 'plan.json'], changedGateway, 'Plan'],
    [['plan', 'plan.json'], staleGateway, 'Plan'],
    [['apply', 'plan.json'], staleGateway, 'Problems'],
    [['apply', '-f', 'gateway.yaml', '--confirm-within', '120s'], changedGateway, 'Outcome'],
    [['apply', '-f', 'gateway.yaml'], unconfirmedGateway, 'Problems'],
    [['status'], unconfirmedGateway, 'Status'],
    [['confirm'], unconfirmedGateway, 'Confirmation'],
    [['confirm'], appliedGateway, 'Confirmation'],
    [['revert'], unconfirmedGateway, 'Outcome'],
    [['revert', '1'], unconfirmedGateway, 'Outcome'],
    [['history'], changedGateway, 'History'],
    [['history', 'show', '2'], changedGateway, 'Generation'],
    [['history', 'diff', '1..2'], changedGateway, 'Diff'],
    [['export'], appliedGateway, 'Export'],
    [['show'], appliedGateway, 'Show'],
    [['tunnel', 'get', 'all'], appliedGateway, 'Show'],
    [['service', 'get', '1', '2', '--old-lines'], appliedGateway, 'Show'],
    [['tunnel', 'set', '7', '172.1.0.4', '6080', '0', '0'], appliedGateway, 'Outcome'],
    [['tunnel', 'set', '7', '172.1.0.4', '6080', '0', '0', '-f', 'gateway.yaml'], appliedGateway, 'Outcome'],
    [['service', 'del', '1', '2', '-f', 'gateway.yaml', '--dry-run'], appliedGateway, 'Plan'],
    [['tunnel', 'del', '999'], appliedGateway, 'Problems'],
    [['config', 'set'], appliedGateway, 'Problems'],
    [['import', 'old.sh'], oldScript, 'Import'],
    [['reattach'], appliedGateway, 'Hooks'],
    [['show', 'flows'], appliedNode, 'Show'],
    [['status'], changedGateway, 'Status'],
    [['status'], async () => new TestHost(), 'Problems'],
    [['stats'], appliedGateway, 'Stats'],
    [['doctor'], appliedGateway, 'Doctor'],
    [['doctor', '-f', 'gateway.yaml'], appliedGateway, 'Doctor'],
    [['dump'], appliedGateway, 'Dump'],
    [['dump', '--verdict', 'nonsense'], appliedGateway, 'Problems'],
    [['detach', '--yes'], appliedGateway, 'Hooks'],
    [['attach'], appliedGateway, 'Hooks'],
    [['remove', '--yes'], appliedGateway, 'Removal'],
    [['ping', '--once'], appliedNode, 'Ping'],
    [['events'], appliedNode, 'Problems'],
    [['version'], appliedNode, 'Version'],
    [['init'], appliedNode, 'Starter'],
    [['init', '--role', 'node', '-o', 'first.yaml'], appliedNode, 'Starter'],
    [['init', '-o', 'node.yaml'], bothFiles, 'Problems'],
    [['explain', 'services.key'], appliedNode, 'Explanation'],
    [['explain', 'servcies'], appliedNode, 'Problems'],
    [['schema', 'plan'], appliedNode, 'Schema'],
    [['schema', 'list'], appliedNode, 'Schema'],
    [['completion', 'zsh'], appliedNode, 'Completion'],
    [['completion'], appliedNode, 'Problems'],
    [['trace', 'tcp 198.51.100.7:4 > 5.5.5.5:3100', '--expect', 'encapsulated'], appliedGateway, 'Trace'],
    [['trace', 'tcp 5.5.5.5:3100 > 198.51.100.7:4 in tunnel 100'], appliedGateway, 'Trace'],
    [['trace', 'ping tunnel 101 from 9.9.9.9:9'], appliedGateway, 'Trace'],
    [['trace', 'tcp 9.9.9.9:9 > 5.5.5.5:3100 in tunnel 200', '-f', 'node.yaml'], appliedNode, 'Trace'],
    [['trace', 'nonsense'], appliedNode, 'Problems'],
    [['why', 'tunnel', '100'], appliedGateway, 'Why'],
    [['why', 'service', '2/1', '-f', 'node.yaml'], appliedNode, 'Why'],
    [['why', 'peer', '101'], appliedGateway, 'Why'],
    [['nonsense'], appliedNode, 'Problems'],
  ])('of %j is as its schema says', async (words, make, kind) => {
    const document = await (await make()).json(words);
    expect(document.kind).toBe(kind);
    expect(document.apiVersion).toBe(apiVersion);
    expect(faults(document)).toEqual([]);
  });

  test('of each line of a stream is as its schema says', async () => {
    const host = await appliedGateway();
    /** A stop after so many looks, a second and a happening apart. */
    const looks = (count: number, happening: () => void): Partial<Environment> => {
      let now = 0n;
      const pause = async () => {
        happening();
        now += 1_000_000_000n;
        return now > BigInt(count) * 1_000_000_000n ? 'stopped' : 'elapsed';
      };
      return { catchStop: () => ({ pause, release: () => {} }), monotonicNs: () => now };
    };
    const tell = () => {
      for (const { frame, bytes } of handFrames)
        tellEvent(host.world, 'epic-1', eventRecord({ verdict: 19, service: 136, tunnel: 128, frame, length: bytes }));
      const moved = { kind: 3, verdict: 5, tunnel: 101, ingressIfindex: 2, remotePort: 1 };
      tellEvent(host.world, 'epic-1', eventRecord(moved));
    };
    const watched = await host.run(['stats', '--watch', '--json'], { environment: looks(3, () => {}) });
    await host.run(['dump', '--json'], { environment: looks(1, tell) });
    const lines = `${watched.stdout}${host.written.get('-')}`.trimEnd().split('\n');
    const documents = lines.map((line): Record<string, unknown> => JSON.parse(line));
    expect(documents.filter(({ kind }) => kind === 'Stats')).toHaveLength(4);
    expect(documents.filter(({ kind }) => kind === 'Event').length).toBeGreaterThan(handFrames.length);
    expect(documents.flatMap(faults)).toEqual([]);
  });

  test('of a plan holds no key and no internals', async () => {
    const host = await changedGateway();
    host.files.set('new.yaml', moved.replace('Pa55w0rd1234567', 'n3w-secret'));
    const { stdout } = await host.run(['plan', '-f', 'new.yaml', '--json']);
    expect(stdout).not.toMatch(/n3w-secret|Pa55|epoch|"counter"/);
  });

  test('has a schema that describes every field', () => {
    const bare: string[] = [];
    const walk = (part: unknown, path: string): void => {
      if (typeof part !== 'object' || part === null) return;
      for (const [name, value] of Object.entries(part)) {
        const isField = path.endsWith('/properties') && !/\/(apiVersion|kind)$/.test(`${path}/${name}`);
        if (isField && typeof value === 'object' && value !== null && !('description' in value) && !('$ref' in value))
          bare.push(`${path}/${name}`);
        walk(value, `${path}/${name}`);
      }
    };
    for (const schema of schemas) walk(schema, String(schema.$id));
    expect(bare).toEqual([]);
  });
});
