import { describe, expect, it } from 'vitest';
import { resolveKeys } from '../../../src/topology/keys.ts';
import { filesOf } from './files.ts';
import { gatewayText, mustRead, serviceFields, shortly, tunnelFields, vary } from './texts.ts';

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
const text = (key: Uint8Array | string | undefined) =>
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
    expect(keys).toEqual({ services: [expect.anything()], previous: ['none'], signing: ['none'] });
    expect(keys.services.map(text)).toEqual([expected]);
    for (const key of keys.services) expect(key === 'keep' || key.length === 16).toBe(true);
  });

  it.each([
    ['a missing file', '{file: none.key}', 'key-missing 16:17'],
    ['a file that may not be read', '{file: refused.key}', 'key-unreadable 16:17'],
    ['a file that is not text', '{file: binary.key}', 'key-unreadable 16:17'],
    ['an empty file', '{file: empty.key}', 'key-empty 16:17'],
    ['a file with too long a key', '{file: long.key}', 'key-too-long 16:17'],
    ['a variable that is not set', '{env: NONE}', 'key-missing 16:16'],
    ['a variable of every object', '{env: constructor}', 'key-missing 16:16'],
    ['an empty variable', '{env: EMPTY}', 'key-empty 16:16'],
    ['a variable with too long a key', '{env: LONG}', 'key-too-long 16:16'],
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
    expect(keys.services.map(text)).toEqual(['Pa55w0rd', 'Pa55w0rd']);
  });

  it('takes previous keys and keys that sign, each in the order of its list', async () => {
    const texts = tunnelFields(
      serviceFields(gatewayText, 'previousKey: {env: WEB_KEY}'),
      'sign: {key: {file: plain.key}}',
    );
    const other = `${gatewayText.slice(0, gatewayText.indexOf('tunnels'))}tunnels: [{id: 7, local: "1.1.1.1:1", remote: learned, sign: {key: keep}}]\n`;
    const { keys, problems } = resolveKeys(await mustRead(texts, other), files, environment);
    expect(problems).toEqual([]);
    expect(keys.previous.map(text)).toEqual(['abc']);
    expect(keys.signing.map(text)).toEqual(['keep', 'Pa55w0rd']);
  });

  it.each([
    [
      'a previous key',
      serviceFields(gatewayText, 'previousKey: {file: none.key}'),
      'key-missing 16:25',
      'the previous key of service "web"',
    ],
    [
      'a key that signs',
      tunnelFields(gatewayText, 'sign: {key: {env: NONE}}'),
      'key-missing 7:23',
      'the key that signs pings of tunnel 100',
    ],
  ])('says whose %s is missing', async (_, written, expected, title) => {
    const { problems } = resolveKeys(await mustRead(written), files, environment);
    expect(problems.map(shortly)).toEqual([expected]);
    expect(problems[0]?.message).toMatch(new RegExp(`^${title}: `));
  });

  it.each([
    [
      'key and previous key from one file',
      ['{file: plain.key}', '{file: plain.key}', '{file: two.key}'],
      'same-key 11:5',
    ],
    ['key and previous key of equal bytes', ['hex:616263', '{env: WEB_KEY}', '{file: two.key}'], 'same-key 11:5'],
    ['key and the key that signs', ['{file: plain.key}', '{env: WEB_KEY}', '{file: plain.key}'], 'same-key 5:5'],
    ['previous key and the key that signs', ['{file: plain.key}', '{env: WEB_KEY}', 'base64:YWJj'], 'same-key 5:5'],
    ['three keys that differ', ['{file: plain.key}', '{env: WEB_KEY}', '{file: two.key}'], undefined],
    ['keys that are kept, whatever they are', ['keep', 'keep', 'keep'], undefined],
  ])('compares them with each other: %s', async (_, [key = '', previous = '', signing = ''], expected) => {
    const written = vary(gatewayText, ['Pa55w0rd1234567', key]);
    const topology = await mustRead(
      tunnelFields(serviceFields(written, `previousKey: ${previous}`), 'sign:', `  key: ${signing}`),
    );
    const { problems } = resolveKeys(topology, files, environment);
    expect(problems.map(shortly)).toEqual(expected ? [expected] : []);
  });
});
