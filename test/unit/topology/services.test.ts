// What a service can say beside its addresses, what services mean to each other, and every problem of it with its exact place.
import { describe, expect, it } from 'vitest';
import { gatewayText, mustRead, nodeText, problemsOf, read, serviceFields, tunnelFields, vary } from './texts.ts';

type Row = readonly [name: string, text: string, ...problems: string[]];

const fixedText = vary(gatewayText, ['learned', '172.1.0.3:6080']);
const shortText = tunnelFields(fixedText, 'header: short');

const second = `  - name: other
    group: 2
    id: 2
    protocol: tcp
    proxy: 5.5.5.6:3100
    endpoint: 1.1.1.2:4000
    tunnel: 100
    key: other
`;
/** The text with a second service, which has `fields` too; the places are those of the second when the first has `own` fields. */
const two = (
  text: string,
  own: readonly string[],
  fields: readonly string[],
  ...changes: Parameters<typeof vary>[1][]
) => serviceFields(text, ...own) + vary(serviceFields(second, ...fields), ...changes);

describe('a service', () => {
  it('of a gateway has its interface of entry and what becomes of echo, and not what is of a node', async () => {
    const text = serviceFields(gatewayText, 'via: eth1', 'echo: carry', 'fallback: pass', 'mode: dso');
    expect((await mustRead(text)).services[0]).toMatchObject({
      via: { interface: 'eth1' },
      echo: 'carry',
      fallback: 'first',
      mode: 'standard',
    });
  });

  it('of a node has its fallback, and not what is of a gateway', async () => {
    const text = serviceFields(nodeText, 'via: eth1', 'echo: answer', 'fallback: pass');
    expect((await mustRead(text)).services[0]).toMatchObject({ via: 'any', echo: 'pass', fallback: 'pass' });
  });

  it.each([
    ['local', 'local'],
    ['any', 'any'],
    ['eth0.100', { interface: 'eth0.100' }],
  ])('enters via %s', async (written, via) => {
    expect((await mustRead(serviceFields(gatewayText, `via: ${written}`))).services[0]?.via).toEqual(via);
  });

  it.each([
    ['abc', { kind: 'bytes', bytes: Uint8Array.from([97, 98, 99, ...Array(13).fill(0)]) }],
    ['{file: old.key}', { kind: 'file', path: 'old.key' }],
    ['{env: OLD}', { kind: 'env', variable: 'OLD' }],
    ['keep', { kind: 'keep' }],
  ])('takes a previous key as %s', async (written, key) => {
    const { services } = await mustRead(serviceFields(gatewayText, `previousKey: ${written}`));
    expect(services[0]?.previousKey).toMatchObject(key);
  });

  it.each<Row>([
    ['an interface that is no name', serviceFields(gatewayText, 'via: a/b'), 'wrong-value 16:10'],
    ['an interface that is a number', serviceFields(gatewayText, 'via: 5'), 'wrong-type 16:10'],
    ['an unknown fallback', serviceFields(nodeText, 'fallback: drop'), 'wrong-value 19:15'],
    ['an unknown echo', serviceFields(nodeText, 'echo: reply'), 'wrong-value 19:11'],
    ['an empty previous key', serviceFields(gatewayText, 'previousKey:'), 'key-empty 16:5'],
    ['a previous key that is a number', serviceFields(gatewayText, 'previousKey: 5'), 'key-not-text 16:18'],
    [
      'a previous key that is too long',
      serviceFields(gatewayText, `previousKey: ${'x'.repeat(17)}`),
      'key-too-long 16:18',
    ],
    [
      'its key as the previous one too',
      serviceFields(gatewayText, 'previousKey: {text: Pa55w0rd1234567}'),
      'same-key 9:5',
    ],
    [
      'a proxy of IPv6 and an endpoint of IPv4',
      vary(gatewayText, ['5.5.5.5:3100', '"[2001:db8::5]:3100"']),
      'mixed-families 14:15',
    ],
    ['a link-local proxy', vary(gatewayText, ['5.5.5.5:3100', '"[fe80::5]:3100"']), 'bad-address 13:12'],

    ['via and the short header', serviceFields(shortText, 'via: eth1'), 'short-header 17:10'],
    ['echo to carry and the short header', serviceFields(shortText, 'echo: carry'), 'short-header 17:11'],
    ['via any and echo to answer and the short header', serviceFields(shortText, 'via: any', 'echo: answer')],
    [
      'via on a node with the short header, where nothing enters',
      serviceFields(tunnelFields(nodeText, 'header: short'), 'via: eth1'),
    ],
    [
      'echo to carry and one of its tunnels with the short header',
      serviceFields(
        vary(nodeText, ['remote: 172.1.0.5:6080', 'remote: 172.1.0.5:6080\n    header: short']),
        'echo: carry',
      ),
      'short-header 20:11',
    ],
  ])('has %s', async (_, text, ...problems) => {
    expect(await problemsOf(text)).toEqual(problems);
  });

  it('has the key that signs the pings of its tunnel', async () => {
    expect(await problemsOf(tunnelFields(gatewayText, 'sign: {key: Pa55w0rd1234567}'))).toEqual(['same-key 5:5']);
    expect(await problemsOf(serviceFields(tunnelFields(gatewayText, 'sign: {key: abc}'), 'previousKey: abc'))).toEqual([
      'same-key 5:5',
    ]);
  });
});

describe('two services', () => {
  const sameProxy = [['5.5.5.6', '5.5.5.5']] as const;
  const sameEndpoint = [['1.1.1.2', '1.1.1.1']] as const;

  it.each<Row>([
    ['one proxy and one via', two(gatewayText, ['via: eth1'], ['via: eth1'], ...sameProxy), 'duplicate-proxy 22:12'],
    ['one proxy and each its via', two(gatewayText, ['via: eth1'], ['via: local'], ...sameProxy)],
    ['one proxy and via at one of them', two(gatewayText, ['via: eth1'], [], ...sameProxy)],
    ['one proxy, via any and no via', two(gatewayText, ['via: any'], [], ...sameProxy), 'duplicate-proxy 22:12'],
    [
      'one proxy and each its via, on a node',
      two(nodeText, ['via: eth1'], ['via: eth2'], ...sameProxy),
      'duplicate-proxy 25:12',
    ],
    [
      'one proxy in two spellings',
      two(
        vary(gatewayText, ['5.5.5.5:3100', '"[2001:db8::5]:3100"'], ['1.1.1.1:4000', '"[2001:db8::1]:4000"']),
        [],
        [],
        ['5.5.5.6:3100', '"[2001:DB8:0::5]:3100"'],
        ['1.1.1.2:4000', '"[2001:db8::2]:4000"'],
      ),
      'duplicate-proxy 21:12',
    ],

    ['one endpoint and pass', two(nodeText, ['fallback: pass'], ['fallback: pass'], ...sameEndpoint)],
    [
      'one endpoint and pass at the first',
      two(nodeText, ['fallback: pass'], [], ...sameEndpoint),
      'duplicate-endpoint 26:15',
    ],
    [
      'one endpoint and pass at the second',
      two(nodeText, [], ['fallback: pass'], ...sameEndpoint),
      'duplicate-endpoint 25:15',
    ],
    [
      'one endpoint in two spellings',
      two(
        vary(nodeText, ['5.5.5.5:3100', '"[2001:db8::5]:3100"'], ['1.1.1.1:4000', '"[2001:db8::1]:4000"']),
        [],
        [],
        ['5.5.5.6:3100', '"[2001:db8::6]:3100"'],
        ['1.1.1.2:4000', '"[2001:db8:0::1]:4000"'],
      ),
      'duplicate-endpoint 25:15',
    ],
    [
      'one proxy and pass, on a node',
      two(nodeText, ['fallback: pass'], ['fallback: pass'], ...sameProxy, ...sameEndpoint),
      'duplicate-proxy 25:12',
    ],

    [
      'one address and echo to answer',
      two(gatewayText, ['echo: answer'], ['echo: answer'], ['5.5.5.6:3100', '5.5.5.5:80']),
    ],
    [
      'one address and echo to carry at one of them',
      two(gatewayText, ['echo: carry'], [], ['5.5.5.6:3100', '5.5.5.5:80']),
    ],
    [
      'one address and echo to carry at both',
      two(gatewayText, ['echo: carry'], ['echo: carry'], ['5.5.5.6:3100', '5.5.5.5:80']),
      'echo-conflict 25:11',
    ],
    [
      'one address and echo to answer at one of them',
      two(gatewayText, ['echo: answer'], [], ['5.5.5.6:3100', '5.5.5.5:80']),
      'echo-conflict 18:5',
    ],
    [
      'one address and echo to answer and to carry',
      two(gatewayText, ['echo: carry'], ['echo: answer'], ['5.5.5.6:3100', '5.5.5.5:80']),
      'echo-conflict 25:11',
    ],
    [
      'one address in two protocols and echo to carry at both',
      two(gatewayText, ['echo: carry'], ['echo: carry'], ['5.5.5.6', '5.5.5.5'], ['tcp', 'udp']),
      'echo-conflict 25:11',
    ],
    ['two addresses and echo as each likes', two(gatewayText, ['echo: answer'], ['echo: carry'])],
    [
      'one address and echo that the gateway answers, on a node',
      two(nodeText, ['echo: answer'], ['echo: carry'], ['5.5.5.6:3100', '5.5.5.5:80']),
    ],
    [
      'one address in two spellings and echo to carry at both',
      two(
        vary(gatewayText, ['5.5.5.5:3100', '"[2001:db8::5]:3100"'], ['1.1.1.1:4000', '"[2001:db8::1]:4000"']),
        ['echo: carry'],
        ['echo: carry'],
        ['5.5.5.6:3100', '"[2001:DB8::5]:80"'],
        ['1.1.1.2:4000', '"[2001:db8::2]:4000"'],
      ),
      'echo-conflict 25:11',
    ],
  ])('with %s', async (_, text, ...problems) => {
    expect(await problemsOf(text)).toEqual(problems);
  });

  it('with one endpoint are told that it is possible', async () => {
    const { problems } = await read(two(nodeText, [], [], ...sameEndpoint));
    expect(problems.map((one) => one.hint)).toEqual([
      'the first is at a.yaml:12; with fallback: pass at both, each reply goes where its request came from',
    ]);
  });

  it('with one proxy are told of via on a gateway only', async () => {
    const hintOf = async (text: string) => (await read(text)).problems.map((one) => one.hint);
    expect(await hintOf(two(gatewayText, [], [], ...sameProxy))).toEqual([
      'the first is at a.yaml:9; a proxy endpoint leads to one service, or one for each interface of entry (via)',
    ]);
    expect(await hintOf(two(nodeText, [], [], ...sameProxy))).toEqual([
      'the first is at a.yaml:12; a proxy endpoint leads to one service',
    ]);
  });

  it('of which echo is answered by one are told what the other says', async () => {
    const { problems } = await read(two(gatewayText, ['echo: answer'], [], ['5.5.5.6:3100', '5.5.5.5:80']));
    expect(problems.map(({ message }) => message)).toEqual([
      'service "other" has echo: pass (the default) for 5.5.5.5, service "web" has echo: answer',
    ]);
  });
});
