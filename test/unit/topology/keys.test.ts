import { describe, expect, it } from 'vitest';
import { resolveKeys } from '../../../src/topology/keys.ts';
import { filesOf } from './files.ts';
import { gatewayText, mustRead, shortly, vary } from './texts.ts';

const files = filesOf(
  {
    'plain.key': 'Pa55w0rd\n',
    'crlf.key': 'Pa55w0rd\r\n',
    'two.key': 'Pa55w0rd\n\n',
    'hex.key': 'hex:616263\n',
    'keep.key': 'keep\n',
    'empty.key': '\n',
    'long.key': 'Pa55w0rdPa55w0rdPa55w0rd\n',
    'binary.key': Uint8Array.of(0xff, 0xfe, 0x80),
    'open.key': 'Pa55w0rd',
  },
  { refused: ['refused.key'], worldReadable: ['open.key'] },
);
const environment = { WEB_KEY: 'base64:YWJj', EMPTY: '', LONG: 'Pa55w0rdPa55w0rdPa55w0rd' };

const resolve = async (key: string) =>
  resolveKeys(await mustRead(vary(gatewayText, ['Pa55w0rd1234567', key])), files, environment);
const text = (key: Uint8Array | 'keep' | undefined) =>
  key instanceof Uint8Array ? Buffer.from(key).toString().replace(/\0+$/, '') : key;

describe('resolving keys', () => {
  it.each([
    ['inline text', 'Pa55w0rd', 'Pa55w0rd'],
    ['keep', 'keep', 'keep'],
    ['a file', '{file: plain.key}', 'Pa55w0rd'],
    ['a file with a Windows line end', '{file: crlf.key}', 'Pa55w0rd'],
    ['a file with two newlines, of which one counts', '{file: two.key}', 'Pa55w0rd\n'],
    ['a file in the grammar of inline keys', '{file: hex.key}', 'abc'],
    ['a file that says keep', '{file: keep.key}', 'keep'],
    ['a variable', '{env: WEB_KEY}', 'abc'],
  ])('takes %s', async (_, written, expected) => {
    const { keys, problems } = await resolve(written);
    expect(problems).toEqual([]);
    expect(keys.map(text)).toEqual([expected]);
    for (const key of keys) expect(key === 'keep' || key.length === 16).toBe(true);
  });

  it.each([
    ['a missing file', '{file: none.key}', 'key-missing 9:5'],
    ['a file that may not be read', '{file: refused.key}', 'key-unreadable 9:5'],
    ['a file that is not text', '{file: binary.key}', 'key-unreadable 9:5'],
    ['an empty file', '{file: empty.key}', 'key-empty 9:5'],
    ['a file with too long a key', '{file: long.key}', 'key-too-long 9:5'],
    ['a variable that is not set', '{env: NONE}', 'key-missing 9:5'],
    ['a variable of every object', '{env: constructor}', 'key-missing 9:5'],
    ['an empty variable', '{env: EMPTY}', 'key-empty 9:5'],
    ['a variable with too long a key', '{env: LONG}', 'key-too-long 9:5'],
  ])('says what is wrong with %s, and never the key', async (_, written, expected) => {
    const { problems } = await resolve(written);
    expect(problems.map(shortly)).toEqual([expected]);
    expect(JSON.stringify(problems)).not.toContain('Pa55w0rd');
  });

  it('warns of a key file that everybody may read, once', async () => {
    const service = gatewayText.slice(gatewayText.indexOf('  - name: web'));
    const two = vary(gatewayText + service, ['5.5.5.5:3100', '5.5.5.5:1'], ['    id: 1\n', '    id: 2\n']);
    const topology = await mustRead(two.replaceAll('Pa55w0rd1234567', '{file: open.key}'));
    const { keys, problems } = resolveKeys(topology, files, environment);
    expect(problems.map(({ code, severity }) => `${severity} ${code}`)).toEqual(['warning key-world-readable']);
    expect(keys.map(text)).toEqual(['Pa55w0rd', 'Pa55w0rd']);
  });
});
