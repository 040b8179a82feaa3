// What `npm pack` would ship, unpacked elsewhere and run there with no other package than koffi at hand.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deadLinks, documentsBelow } from '../../support/document-links.ts';

const root = resolve(import.meta.dirname, '../../..');

describe.skipIf(!existsSync(join(root, 'dist/trueingress.cjs')))('the npm package', () => {
  const room = mkdtempSync(join(tmpdir(), 'ti-pack-'));
  const place = join(room, 'lib/node_modules/trueingress');
  const run = (...words: string[]): string =>
    execFileSync(process.execPath, [join(place, 'dist/trueingress.cjs'), ...words], { cwd: room, encoding: 'utf8' });
  afterAll(() => rmSync(room, { recursive: true, force: true }));

  beforeAll(() => {
    execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', room], { cwd: root, stdio: 'ignore' });
    const [tarball = ''] = readdirSync(room).filter((name) => name.endsWith('.tgz'));
    mkdirSync(place, { recursive: true });
    execFileSync('tar', ['-xzf', join(room, tarball), '--strip-components=1', '-C', place]);
    mkdirSync(join(place, 'node_modules'));
    for (const name of ['koffi', '@koromix'])
      symlinkSync(join(root, 'node_modules', name), join(place, 'node_modules', name));
  }, 120_000);

  test('holds the bundle, the programs, schemas and examples, and neither sources nor tests', () => {
    const wanted = [
      'dist/trueingress.cjs',
      'dist/trueingress.bpf.o',
      'schemas/topology.schema.json',
      'examples/gateway.yaml',
      'ansible/galaxy.yml',
      'LICENSE',
    ];
    expect(wanted.filter((one) => !existsSync(join(place, one)))).toEqual([]);
    expect(['src', 'test', 'scripts', 'build'].filter((one) => existsSync(join(place, one)))).toEqual([]);
  });

  test('has documents whose links lead somewhere in it', () => {
    expect(deadLinks(place, documentsBelow(place))).toEqual([]);
  });

  test('runs from a directory that knows nothing of this tree', () => {
    expect(JSON.parse(run('version', '--json')).object.path).toBe(join(place, 'dist/trueingress.bpf.o'));
    expect(run('validate', '-f', join(place, 'examples/gateway.yaml'))).toMatch(/^Valid: gateway epic-1/);
    expect(run('init')).toContain(`$schema=${place}/schemas/topology.schema.json`);
  });

  test('has its code in two packs, and does what is typed most without the second', () => {
    const dist = join(place, 'dist');
    const [others = ''] = readdirSync(dist).filter((name) => name.endsWith('-others.js'));
    renameSync(join(dist, others), join(dist, 'away'));
    try {
      expect(run('validate', '-f', join(place, 'examples/gateway.yaml'))).toMatch(/^Valid: gateway epic-1/);
      expect(() => run('init')).toThrow(others);
    } finally {
      renameSync(join(dist, 'away'), join(dist, others));
    }
  });
});
