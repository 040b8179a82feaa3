import { describe, expect, it } from 'vitest';
import { gatherSources } from '../../../src/topology/sources.ts';
import { filesOf } from './files.ts';

const files = filesOf(
  {
    'a.yaml': 'a',
    'conf/20.yml': '20',
    'conf/10.json': '10',
    'conf/9.yaml': '9',
    'conf/.hidden.yaml': 'hidden',
    'conf/notes.txt': 'notes',
    'conf/below/1.yaml': 'below',
    'conf/dir.yaml/x': 'a directory with a misleading name',
    'empty/readme.md': 'readme',
    'bom.yaml': '\ufeffname: a',
    'binary.yaml': Uint8Array.of(0xff, 0xfe, 0x00),
  },
  { input: 'from input', refused: ['secret.yaml'] },
);
const gather = (...paths: string[]) => gatherSources(paths, files);
const codes = (...paths: string[]) => gather(...paths).problems.map(({ code, message }) => `${code}: ${message}`);

describe('gathering sources', () => {
  it('takes a file, with the directory that its relative paths begin at', () => {
    expect(gather('a.yaml', 'conf/9.yaml')).toEqual({
      sources: [
        { file: 'a.yaml', text: 'a', directory: '.' },
        { file: 'conf/9.yaml', text: '9', directory: 'conf' },
      ],
      problems: [],
    });
  });

  it.each(['conf', 'conf/'])('takes %s in name order, without dot names, other names and directories below', (path) => {
    expect(gather(path).sources.map(({ file }) => file)).toEqual(['conf/10.json', 'conf/20.yml', 'conf/9.yaml']);
  });

  it('takes standard input for -', () => {
    expect(gather('-')).toEqual({ sources: [{ file: '-', text: 'from input', directory: '.' }], problems: [] });
  });

  it('keeps the order of its arguments', () => {
    expect(gather('-', 'conf/9.yaml', 'a.yaml').sources.map(({ file }) => file)).toEqual([
      '-',
      'conf/9.yaml',
      'a.yaml',
    ]);
  });

  it('drops a byte order mark', () => {
    expect(gather('bom.yaml').sources[0]?.text).toBe('name: a');
  });

  it('says what cannot be read, and goes on with the rest', () => {
    expect(codes('none.yaml', 'secret.yaml', 'binary.yaml', 'empty', '-', '-')).toEqual([
      'file-unreadable: "none.yaml" does not exist',
      'file-unreadable: "secret.yaml" may not be read by this user',
      'file-unreadable: "binary.yaml" is not UTF-8 text',
      'directory-empty: "empty" holds no *.yaml, *.yml or *.json file',
      'usage: standard input can be read once',
    ]);
  });

  it('suggests a name nearby for one that does not exist', () => {
    expect(gather('conf/10.jso').problems[0]?.hint).toBe('did you mean "conf/10.json"?');
    expect(gather('b.yaml').problems[0]?.hint).toBe('did you mean "a.yaml"?');
  });
});
