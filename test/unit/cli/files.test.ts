// The real file reader, on files of its own below the temporary directory.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../src/cli/files.ts';
import { gatherSources } from '../../../src/topology/sources.ts';

let directory = '';
const path = (...names: string[]) => join(directory, ...names);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'trueingress-files-'));
  writeFileSync(path('a.yaml'), 'name: a\n', { mode: 0o644 });
  writeFileSync(path('private.key'), 'abc\n');
  chmodSync(path('private.key'), 0o600);
  mkdirSync(path('conf'));
  symlinkSync('../a.yaml', path('conf', 'linked.yaml'));
  symlinkSync('nowhere', path('conf', 'dangling.yaml'));
  symlinkSync('loop', path('loop'));
  execFileSync('mkfifo', [path('fifo')]);
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('the real file reader', () => {
  it('tells files from directories, links followed', () => {
    expect(nodeFiles.kindOf(path('a.yaml'))).toBe('file');
    expect(nodeFiles.kindOf(path('conf'))).toBe('directory');
    expect(nodeFiles.kindOf(path('conf', 'linked.yaml'))).toBe('file');
    expect(nodeFiles.kindOf(path('fifo'))).toBe('file');
  });

  it('reads bytes and says who else may', () => {
    expect(nodeFiles.read(path('a.yaml'))).toEqual({ bytes: Buffer.from('name: a\n'), isWorldReadable: true });
    expect(nodeFiles.read(path('private.key'))).toEqual({ bytes: Buffer.from('abc\n'), isWorldReadable: false });
  });

  it('reads files that have no size and more than one chunk', () => {
    const content = nodeFiles.read('/proc/self/status');
    expect('bytes' in content && content.bytes.length > 100).toBe(true);
    writeFileSync(path('big.yaml'), Buffer.alloc(200_000, 0x61));
    const big = nodeFiles.read(path('big.yaml'));
    expect('bytes' in big && big.bytes.length).toBe(200_000);
  });

  it('gives a device without end up', () => {
    expect(nodeFiles.read('/dev/zero')).toEqual({ fault: 'unsuitable', detail: 'is larger than 256 MiB' });
  });

  it.each([
    ['a missing file', () => path('none'), 'missing'],
    ['a path through a file', () => path('a.yaml', 'x'), 'missing'],
    ['a dangling link', () => path('conf', 'dangling.yaml'), 'missing'],
    ['a link to itself', () => path('loop'), 'unsuitable'],
    ['a path that is too long', () => 'x'.repeat(5000), 'unsuitable'],
    ['a path with a zero byte', () => 'a\0b', 'unsuitable'],
  ])('has words for %s', (_, of, fault) => {
    expect(nodeFiles.kindOf(of())).toMatchObject({ fault });
    expect(nodeFiles.read(of())).toMatchObject({ fault });
  });

  it('has words for a directory that is read as a file, and for a file that is listed', () => {
    expect(nodeFiles.read(path('conf'))).toEqual({ fault: 'unsuitable', detail: 'is a directory' });
    expect(nodeFiles.namesIn(path('a.yaml'))).toMatchObject({ fault: 'missing' });
  });

  it('gives gatherSources what a directory holds, and its dangling link as a problem', () => {
    const { sources, problems } = gatherSources([path('conf')], nodeFiles);
    expect(sources).toEqual([{ file: path('conf', 'linked.yaml'), text: 'name: a\n', directory: path('conf') }]);
    expect(problems.map(({ code, place }) => [code, place?.file])).toEqual([
      ['file-unreadable', path('conf', 'dangling.yaml')],
    ]);
  });
});
