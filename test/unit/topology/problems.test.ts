// Every problem that reading a text can give, with its exact place.
import { describe, expect, it } from 'vitest';
import { gatewayText, head, nodeText, problemsOf, read, serviceFields, shortly, tunnelFields, vary } from './texts.ts';

type Row = readonly [name: string, text: string, ...problems: string[]];

/** The gateway's text has 16 lines. */
const expecting = (...fields: readonly string[]): string => `${gatewayText}expect:\n  - ${fields.join('\n    ')}\n`;
const aPacket = 'packet: udp 1.1.1.1:1 > 2.2.2.2:2';

const bomb = ['x-a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]']
  .concat([...'bcdefghi'].map((name, at) => `x-${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(', ')}]`))
  .join('\n');

const texts: readonly Row[] = [
  ['an empty text', '', 'file-empty 1:1'],
  ['a text of comments', '# nothing\n# at all\n', 'file-empty 1:1'],
  ['a text of one dash line', '---\n', 'file-empty 1:1'],
  ['an explicit null', '~\n', 'wrong-type 1:1'],
  ['text that is no mapping', 'Pa55w0rd\n', 'wrong-type 1:1'],
  ['a list', '- a\n- b\n', 'wrong-type 1:1'],
  ['a second document', `${gatewayText}---\nname: other\n`, 'yaml-second-document 17:1'],
  ['a second document without dashes', `${head}...\nname: other\n`, 'yaml-second-document 5:1'],
  ['a second document that is empty', `---\n${head}---\n`, 'yaml-second-document 5:1'],
  ['a name twice', `${head}name: epic-2\n`, 'yaml-duplicate-key 4:1'],
  [
    'names twice in several mappings',
    vary(
      gatewayText,
      ['    remote: learned', '    id: 100\n    remote: learned'],
      ['    id: 1\n', '    id: 1\n    id: 2\n'],
    ),
    'yaml-duplicate-key 7:5',
    'yaml-duplicate-key 13:5',
  ],
  ['a quote that is not closed', `${head}x-a: "abc\n`, 'yaml-syntax 4:6'],
  ['a bracket that is not closed', `${head}interfaces: [eth0\n`, 'yaml-syntax 4:13'],
  ['tabs for indentation', `${head}tunnels:\n\t- id: 1\n`, 'yaml-syntax 5:1'],
  ['several faults of syntax', `a: b: c\nx: "\\q"\nd: @e\n`, 'yaml-syntax 1:4', 'yaml-syntax 2:5', 'yaml-syntax 3:4'],
  ['an alias without anchor', `${head}id: *none\n`, 'yaml-syntax 4:5'],
  ['a tag', `${head}id: !number 5\n`, 'yaml-syntax 4:5'],
  ['a merge of what is no mapping', `${head}<<: 5\n`, 'yaml-syntax 4:1'],
  ['a name that is a mapping', `${head}? {a: b}\n: c\n`, 'yaml-syntax 4:3'],
  ['a zero byte', `${head}\0`, 'yaml-syntax 4:1'],
  ['an alias bomb', `${head}${bomb}\n`, 'yaml-too-many-aliases 8:14'],
  ['an alias to what contains it', `${head}x-a: &a [*a]\n`, 'yaml-too-many-aliases 4:10'],
  ['an IPv6 endpoint without quotes', vary(gatewayText, ['172.1.0.4:6080', '[2001:db8::4]:6080']), 'yaml-syntax 6:12'],
  [
    'IPv6 endpoints without quotes, each',
    vary(gatewayText, ['172.1.0.4:6080', '[2001:db8::4]:6080'], ['learned', '[::]:0']),
    'yaml-syntax 6:12',
    'yaml-syntax 7:13',
  ],
  ['nesting without end', `${head}x-a: ${'['.repeat(200)}`, 'yaml-syntax 4:105'],

  ['no apiVersion', vary(gatewayText, ['apiVersion: trueingress/v1\n', '']), 'missing-field 1:1'],
  ['no name', vary(gatewayText, ['name: epic-1\n', '']), 'missing-field 1:1'],
  ['no role', vary(gatewayText, ['role: gateway\n', '']), 'missing-field 1:1'],
  ['another apiVersion', vary(gatewayText, ['/v1', '/v2']), 'wrong-value 1:13'],
  ['a name with a capital', vary(gatewayText, ['epic-1', 'Epic-1']), 'wrong-value 2:7'],
  ['a name of 16 characters', vary(gatewayText, ['epic-1', 'a234567890123456']), 'wrong-value 2:7'],
  ['a name that is a number', vary(gatewayText, ['epic-1', '17']), 'wrong-type 2:7'],
  ['a misspelled role', vary(gatewayText, ['role: gateway', 'role: gatway']), 'wrong-value 3:7'],
  ['an unknown field', `${head}servces: []\n`, 'unknown-field 4:1'],
  ['a field named by a number', `${head}17: 5\n`, 'unknown-field 4:1'],
  ['x- below the top', vary(gatewayText, ['    id: 1\n', '    id: 1\n    x-id: 2\n']), 'unknown-field 12:5'],
  ['a negative id', `${head}id: -1\n`, 'wrong-value 4:5'],
  ['an id that looks octal', `${head}id: 010\n`, 'yaml-ambiguous-number 4:5'],
  ['an id in the octal of YAML 1.2', `${head}id: 0o10\n`, 'yaml-ambiguous-number 4:5'],
  ['an id that is not whole', `${head}id: 1.5\n`, 'wrong-type 4:5'],
  ['lists without items', `${head}tunnels:\nservices:\n`, 'wrong-type 4:1', 'wrong-type 5:1'],
  ['services as a mapping', `${head}services: {web: {}}\n`, 'wrong-type 4:11'],
  ['an item without value', `${head}services:\n  - # later\n  -\n`, 'wrong-type 5:3', 'wrong-type 6:3'],
  ['an item that is text', `${head}tunnels: [abc]\n`, 'wrong-type 4:11'],
  ['an item that looks octal', `${head}tunnels: [010]\n`, 'yaml-ambiguous-number 4:11'],

  ['an interface name that is too long', `${head}interfaces: [eth0, abcdefghijklmnop]\n`, 'wrong-value 4:20'],
  ['an interface name with a slash', `${head}interfaces:\n  - name: a/b\n`, 'wrong-value 5:11'],
  ['an interface without name', `${head}interfaces:\n  - flags: {}\n`, 'missing-field 5:5'],
  ['an interface listed twice', `${head}interfaces: [eth0, {name: eth0}]\n`, 'duplicate-interface 4:27'],
  ['an unknown direction', `${head}flags: {ingres: [gue]}\n`, 'unknown-field 4:9'],
  ['a flag of the other direction', `${head}flags: {ingress: [fib]}\n`, 'wrong-value 4:19'],
  ['a flag that is not listed', `${head}flags: {egress: fib}\n`, 'wrong-type 4:17'],
  ['a flag that is a number in a list', `${head}flags: {egress: [16]}\n`, 'wrong-type 4:18'],
  ['a number of unknown flags', `${head}flags: {egress: 34}\n`, 'wrong-value 4:17'],
  ['a number of flags that looks octal', `${head}flags: {egress: 017}\n`, 'yaml-ambiguous-number 4:17'],
  ['a number with a flag that no hook has', `${head}flags: {ingress: 3}\n`, 'wrong-value 4:18'],
  [
    'a number of flags with proxy on a node',
    vary(nodeText, ['role: node\n', 'role: node\nflags: {egress: 17}\n']),
    'wrong-value 4:17',
  ],
  ['proxy on a node', vary(nodeText, ['role: node\n', 'role: node\nflags: {egress: [proxy]}\n']), 'wrong-value 4:18'],
  ['flags that are a list', `${head}flags: [fib]\n`, 'wrong-type 4:8'],

  ['a tunnel without id and local', `${head}tunnels:\n  - remote: learned\n`, 'missing-field 5:5', 'missing-field 5:5'],
  [
    'a tunnel id of zero',
    vary(gatewayText, ['id: 100', 'id: 0'], ['tunnel: 100', 'tunnel: 0']),
    'wrong-value 5:9',
    'wrong-value 15:13',
  ],
  [
    'a tunnel id above 32 bits',
    `${head}tunnels: [{id: 4294967296, local: "1.1.1.1:1", remote: learned}]\n`,
    'wrong-value 4:16',
  ],
  ['an address without port', vary(gatewayText, ['172.1.0.4:6080', '172.1.0.4']), 'bad-port 6:12'],
  ['port zero', vary(gatewayText, ['172.1.0.4:6080', '172.1.0.4:0']), 'bad-port 6:12'],
  ['port 65536', vary(gatewayText, ['172.1.0.4:6080', '172.1.0.4:65536']), 'bad-port 6:12'],
  ['an octet above 255', vary(gatewayText, ['172.1.0.4:6080', '172.1.0.256:6080']), 'bad-address 6:12'],
  ['an octet with a leading zero', vary(gatewayText, ['172.1.0.4:6080', '172.1.0.04:6080']), 'bad-address 6:12'],
  ['a host name', vary(gatewayText, ['172.1.0.4:6080', 'gateway.example.org:6080']), 'bad-address 6:12'],
  ['the unspecified address', vary(gatewayText, ['172.1.0.4:6080', '0.0.0.0:6080']), 'bad-address 6:12'],
  ['a multicast address', vary(gatewayText, ['5.5.5.5:3100', '224.0.0.1:3100']), 'bad-address 13:12'],
  ['an endpoint that is a number', vary(gatewayText, ['172.1.0.4:6080', '6080']), 'wrong-type 6:12'],
  ['a gateway tunnel without remote', vary(gatewayText, ['    remote: learned\n', '']), 'missing-field 5:5'],
  ['a misspelled learned', vary(gatewayText, ['learned', 'learnt']), 'wrong-value 7:13'],
  ['a node tunnel without remote', vary(nodeText, ['    remote: 172.1.0.4:6080\n', '']), 'remote-needed 5:5'],
  ['a node tunnel that learns', vary(nodeText, ['172.1.0.4:6080', 'learned']), 'remote-needed 7:13'],
  ['a node tunnel that learns, in numbers', vary(nodeText, ['172.1.0.4:6080', '0.0.0.0:0']), 'remote-needed 7:13'],
  ['remoteId on a gateway', vary(gatewayText, ['    remote:', '    remoteId: 5\n    remote:']), 'only-on-node 7:5'],
  [
    'ping on a gateway whose remote is fixed',
    vary(gatewayText, ['    remote: learned', '    ping: {interval: 1s}\n    remote: 172.1.0.3:6080']),
    'remote-fixed 7:5',
  ],
  ['an mtu below the least', vary(gatewayText, ['    remote:', '    mtu: 575\n    remote:']), 'wrong-value 7:10'],
  ['an mtu that is text', vary(gatewayText, ['    remote:', '    mtu: auto\n    remote:']), 'wrong-type 7:10'],
  ['a ping without interval', vary(nodeText, ['    remote:', '    ping: {}\n    remote:']), 'missing-field 7:11'],
  ['a ping that looks octal', tunnelFields(nodeText, 'ping: 010'), 'yaml-ambiguous-number 7:11'],
  [
    'an interval without unit',
    vary(nodeText, ['    remote:', '    ping: {interval: 10}\n    remote:']),
    'wrong-type 7:22',
  ],
  ['an interval of zero', vary(nodeText, ['    remote:', '    ping: {interval: 0s}\n    remote:']), 'wrong-value 7:22'],
  [
    'an interval above a day',
    vary(nodeText, ['    remote:', '    ping: {interval: 25h}\n    remote:']),
    'wrong-value 7:22',
  ],
  ['a tunnel defined twice', vary(nodeText, ['id: 200', 'id: 100'], ['[100, 200]', '100']), 'duplicate-tunnel 8:9'],

  ['a service with nothing', `${head}services: [{}]\n`, ...Array(6).fill('missing-field 4:12')],
  [
    'group and id out of range',
    vary(gatewayText, ['group: 2', 'group: 65536'], ['    id: 1\n', '    id: -1\n']),
    'wrong-value 10:12',
    'wrong-value 11:9',
  ],
  ['a group in quotes', vary(gatewayText, ['group: 2', 'group: "2"']), 'wrong-type 10:12'],
  ['a group that looks octal', vary(gatewayText, ['group: 2', 'group: 02']), 'yaml-ambiguous-number 10:12'],
  ['a protocol in capitals', vary(gatewayText, ['tcp', 'TCP']), 'wrong-value 12:15'],
  ['an unknown mode', vary(nodeText, ['    key:', '    mode: dsr\n    key:']), 'wrong-value 19:11'],
  ['an expectation without a verdict', expecting('packet: "udp 1.1.1.1:1 > 2.2.2.2:2"'), 'missing-field 18:5'],
  ['an expectation of no packet', expecting('packet: "tcp 1.1.1.1 > 2.2.2.2"', 'verdict: bad-key'), 'bad-packet 18:13'],
  ['a misspelled verdict', expecting(aPacket, 'verdict: encapsulatd'), 'wrong-value 19:14'],
  ['an unknown field of an expectation', expecting(aPacket, 'verdict: bad-key', 'tunel: 100'), 'unknown-field 20:5'],
  [
    'an expectation of a tunnel that is not defined',
    expecting(aPacket, 'verdict: bad-key', 'tunnel: 7'),
    'tunnel-not-found 20:13',
  ],
  [
    'a packet in a tunnel that is not defined',
    expecting('packet: ping tunnel 7', 'verdict: bad-key'),
    'tunnel-not-found 18:13',
  ],
  [
    'an expectation of a service that is not defined',
    expecting(aPacket, 'verdict: bad-key', 'service: wbe'),
    'service-not-found 20:14',
  ],
  ['an expectation at no place', expecting(aPacket, 'verdict: bad-key', 'at: eth0 outside'), 'bad-packet 20:9'],
  [
    'what comes out, in a tunnel',
    expecting(aPacket, 'verdict: encapsulated', 'out: ping tunnel 100'),
    'wrong-value 20:10',
  ],
  ['an expectation that is text', `${gatewayText}expect:\n  - ping\n`, 'wrong-type 18:5'],
  ['a firewall', serviceFields(gatewayText, 'firewall: {}'), 'not-in-this-version 16:5'],
  ['a label with a control character', vary(gatewayText, ['name: web', 'name: "a\\eb"']), 'wrong-value 9:11'],
  ['a label that looks octal', vary(gatewayText, ['name: web', 'name: 0755']), 'yaml-ambiguous-number 9:11'],
  ['a tunnel that is not defined', vary(gatewayText, ['tunnel: 100', 'tunnel: 17']), 'tunnel-not-found 15:13'],
  ['one of several tunnels not defined', vary(nodeText, ['[100, 200]', '[100, 300]']), 'tunnel-not-found 18:19'],
  ['a tunnel that is defined with problems of its own', vary(gatewayText, ['172.1.0.4:6080', 'x']), 'bad-address 6:12'],
  ['a tunnel named twice on a gateway', vary(gatewayText, ['tunnel: 100', 'tunnel: [100, 100]']), 'wrong-value 15:19'],
  ['a tunnel named twice', vary(nodeText, ['[100, 200]', '[100, 100]']), 'wrong-value 18:19'],
  [
    'five tunnels',
    vary(nodeText, ['[100, 200]', '[100, 200, 100, 200, 100]']),
    'wrong-value 18:13',
    'wrong-value 18:24',
  ],
  ['no tunnel in the list', vary(nodeText, ['[100, 200]', '[]']), 'wrong-value 18:13'],
  ['a tunnel by name', vary(gatewayText, ['tunnel: 100', 'tunnel: main']), 'wrong-type 15:13'],

  ['an empty key', vary(gatewayText, ['Pa55w0rd1234567', '']), 'key-empty 16:5'],
  ['a key of no characters', vary(gatewayText, ['Pa55w0rd1234567', '""']), 'key-empty 16:10'],
  ['a key of no bytes', vary(gatewayText, ['Pa55w0rd1234567', '"hex:"']), 'key-empty 16:10'],
  ['a key of 17 bytes', vary(gatewayText, ['Pa55w0rd1234567', 'Pa55w0rd123456789']), 'key-too-long 16:10'],
  [
    'a key of 16 characters and 17 bytes',
    vary(gatewayText, ['Pa55w0rd1234567', 'Pä55w0rd12345678']),
    'key-too-long 16:10',
  ],
  [
    'a key that YAML reads as a number',
    vary(gatewayText, ['Pa55w0rd1234567', '0x00112233445566778899aabbccddeeff']),
    'key-not-text 16:10',
  ],
  ['a key of digits', vary(gatewayText, ['Pa55w0rd1234567', '1234567']), 'key-not-text 16:10'],
  ['a key of digits that looks octal', vary(gatewayText, ['Pa55w0rd1234567', '01234567']), 'key-not-text 16:10'],
  [
    'a key that YAML reads as a number with exponent',
    vary(gatewayText, ['Pa55w0rd1234567', '12e34']),
    'key-not-text 16:10',
  ],
  ['a key that YAML reads as true', vary(gatewayText, ['Pa55w0rd1234567', 'true']), 'key-not-text 16:10'],
  ['a key that is a list', vary(gatewayText, ['Pa55w0rd1234567', '[a]']), 'key-not-text 16:10'],
  ['an odd number of hexadecimal digits', vary(gatewayText, ['Pa55w0rd1234567', 'hex:abc']), 'key-encoding 16:10'],
  ['what is not base64', vary(gatewayText, ['Pa55w0rd1234567', 'base64:a']), 'key-encoding 16:10'],
  ['a key from two places', vary(gatewayText, ['Pa55w0rd1234567', '{file: a, env: B}']), 'wrong-value 16:10'],
  ['a key from nowhere', vary(gatewayText, ['Pa55w0rd1234567', '{}']), 'wrong-value 16:10'],
  ['a key from an unknown place', vary(gatewayText, ['Pa55w0rd1234567', '{vault: a}']), 'wrong-value 16:10'],
  ['a key file that is a number', vary(gatewayText, ['Pa55w0rd1234567', '{file: 5}']), 'key-not-text 16:10'],
  ['a key file without name', vary(gatewayText, ['Pa55w0rd1234567', '{file: ""}']), 'wrong-value 16:10'],
  ['a variable with an equals sign', vary(gatewayText, ['Pa55w0rd1234567', '{env: A=B}']), 'wrong-value 16:10'],
  [
    'a literal text that is too long',
    vary(gatewayText, ['Pa55w0rd1234567', '{text: hex:000102030405060708}']),
    'key-too-long 16:10',
  ],
];

const second = `  - name: other
    group: 2
    id: 2
    protocol: tcp
    proxy: 5.5.5.6:3100
    endpoint: 1.1.1.2:4000
    tunnel: 100
    key: other
`;

const pairs: readonly Row[] = [
  ['group and id twice', gatewayText + vary(second, ['id: 2', 'id: 1']), 'duplicate-service 19:9'],
  ['a proxy twice', gatewayText + vary(second, ['5.5.5.6', '5.5.5.5']), 'duplicate-proxy 21:12'],
  ['an endpoint twice on a node', nodeText + vary(second, ['1.1.1.2', '1.1.1.1']), 'duplicate-endpoint 25:15'],
  [
    'an endpoint that is the proxy of another, on a node',
    nodeText + vary(second, ['5.5.5.6:3100', '1.1.1.1:4000'], ['    endpoint: 1.1.1.2:4000\n', '']),
    'duplicate-endpoint 24:12',
  ],
  [
    'proxy and endpoint twice on a node',
    nodeText + vary(second, ['5.5.5.6', '5.5.5.5'], ['1.1.1.2', '1.1.1.1']),
    'duplicate-proxy 24:12',
  ],
];

describe('reading a text finds', () => {
  it.each([...texts, ...pairs])('%s', async (_, text, ...problems) => {
    expect(await problemsOf(text)).toEqual(problems);
  });

  it.each([
    ['an endpoint twice on a gateway', gatewayText + vary(second, ['1.1.1.2', '1.1.1.1'])],
    ['a proxy twice with different protocols', gatewayText + vary(second, ['5.5.5.6', '5.5.5.5'], ['tcp', 'udp'])],
    ['a label twice', gatewayText + vary(second, ['other', 'web'])],
    ['x- at the top, whatever is in it', `${gatewayText}x-any: [{a: 010}, ~]\n`],
    ['$schema', `$schema: ../schemas/topology.schema.json\n${gatewayText}`],
    ['three dashes before the one document', `---\n${gatewayText}...\n`],
    ['Windows line ends', gatewayText.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${gatewayText}`],
  ])('nothing wrong with %s', async (_, text) => {
    expect(await problemsOf(text)).toEqual([]);
  });

  it('items of several files that contradict each other, each at its own place', async () => {
    const other = `apiVersion: trueingress/v1
role: node
tunnels: [{id: 100, local: "1.1.1.1:1", remote: "2.2.2.2:2"}]
`;
    expect(await problemsOf(gatewayText, other)).toEqual([
      'scalar-conflict 2.yaml:2:7',
      'duplicate-tunnel 2.yaml:3:16',
    ]);
  });

  it('files of several instances once, and whose each is', async () => {
    const { problems } = await read(gatewayText, vary(nodeText, ['name: node-1', 'name: branch']), gatewayText, head);
    expect(problems).toMatchObject([
      {
        code: 'scalar-conflict',
        place: { file: '2.yaml', line: 2, column: 7 },
        message: 'these files are of 2 instances: "epic-1" (a.yaml, 3.yaml and 4.yaml) and "branch" (2.yaml)',
        hint: 'files given together describe one; give those of each alone: `trueingress validate -f a.yaml -f 3.yaml -f 4.yaml` and `trueingress validate -f 2.yaml`',
      },
    ]);
  });

  it('a missing apiVersion in the second file', async () => {
    expect(await problemsOf(gatewayText, 'services: []\n')).toEqual(['missing-field 2.yaml:1:1']);
  });

  it('nothing to read when there is no source', async () => {
    expect(await problemsOf()).toEqual(['file-empty']);
  });

  it('a hundred problems and stops', async () => {
    const { problems } = await read(`${head}services: [${'5, '.repeat(100_000)}]\n`);
    expect(problems).toHaveLength(101);
    expect(problems.map(shortly).at(-1)).toBe('too-many-problems');
  });
});

describe('a problem says', () => {
  it('what is not defined, and what is', async () => {
    const { problems } = await read(vary(nodeText, ['[100, 200]', '17']));
    expect(problems).toEqual([
      {
        code: 'tunnel-not-found',
        severity: 'error',
        message: 'service "web" uses tunnel 17, which is not defined',
        place: { file: 'a.yaml', line: 18, column: 13 },
        hint: 'defined tunnels are 100 and 200',
        sourceLine: '    tunnel: 17',
      },
    ]);
  });

  it('a field under nearly its name is one problem, and not also a field that is missing', async () => {
    const { problems } = await read(vary(gatewayText, ['proxy:', 'proxi:']));
    expect(problems).toMatchObject([{ code: 'unknown-field', hint: 'did you mean proxy?' }]);
  });

  it.each([
    ['an unknown field', `${head}servces: []\n`, 'did you mean services?'],
    ['a role', vary(gatewayText, ['gateway', 'gatway']), 'did you mean gateway?'],
    ['a field of a service', vary(gatewayText, ['protocol', 'protocl']), 'did you mean protocol?'],
    [
      'a field of a ping',
      vary(nodeText, ['    remote:', '    ping: {intervall: 1s}\n    remote:']),
      'did you mean interval?',
    ],
    ['a flag', `${head}flags: {egress: [fibb]}\n`, 'did you mean fib?'],
    ['a number in quotes', vary(gatewayText, ['group: 2', 'group: "2"']), 'take it out of the quotes'],
    ['a number for text', vary(gatewayText, ['epic-1', '17']), 'put it in quotes: "17"'],
    [
      'an octal number',
      vary(gatewayText, ['group: 2', 'group: 0017']),
      'write 17, or put it in quotes when it is text',
    ],
    [
      'an address alone',
      vary(gatewayText, ['172.1.0.4:6080', '172.1.0.4']),
      'write the port too, such as 172.1.0.4:6080',
    ],
    [
      'an IPv6 endpoint without quotes',
      vary(gatewayText, ['172.1.0.4:6080', '[2001:db8::4]:6080']),
      'put address and port in quotes, such as "[2001:db8::4]:6080"',
    ],
    [
      'where the first is',
      vary(nodeText, ['id: 200', 'id: 100'], ['[100, 200]', '100']),
      'the first is at a.yaml:5; give one of them another id',
    ],
    [
      'a list without its dash',
      vary(gatewayText, ['  - name: web', '    name: web']),
      'begin each item with a dash: "- " before its first field',
    ],
  ])('what was probably meant: %s', async (_, text, hint) => {
    const { problems } = await read(text);
    expect(problems.map((one) => one.hint)).toContain(hint);
  });

  it('long values cut and control characters escaped', async () => {
    const { problems } = await read(vary(gatewayText, ['epic-1', `"\\e[31m${'x'.repeat(100)}"`]));
    expect(problems[0]?.message).toBe(
      `name is "\\u001b[31m${'x'.repeat(54)}…", not 1 to 15 characters of a-z, 0-9 and -`,
    );
  });
});

describe('marks of a first file', () => {
  it('are one warning, at the first of them, until they are taken away', async () => {
    const marked = vary(gatewayText, ['proxy: 5.5.5.5:3100', 'proxy: 5.5.5.5:3100 # FILL IN: what clients connect to']);
    const { problems, topology } = await read(`${marked}# FILL IN: more\n`);
    expect(topology).toBeDefined();
    expect(problems).toMatchObject([
      { code: 'fill-in', severity: 'warning', message: expect.stringMatching(/^2 lines still say FILL IN/) },
    ]);
    expect(problems[0]?.place?.line).toBe(marked.split('\n').findIndex((line) => line.includes('FILL IN')) + 1);
    expect((await read(gatewayText)).problems).toEqual([]);
  });
});
