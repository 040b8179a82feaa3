// Old scripts and dumps of old maps become a file: what it says, what it assumed and why, what it left.
import { describe, expect, test } from 'vitest';
import { TestHost } from '../cli/harness.ts';

const key = 'Pa55w0rd1234567';
const script = `#!/bin/sh
# cli_cfg set <idx> <id> <flags> <name>
NIC=eth0
TID=100
./attach_tc.sh \${NIC}
./cli_cfg set $NIC 0 5 9 'EGW RX' && ./cli_cfg set $NIC 1 5 11 'EGW TX' && ./cli_cfg get all
cli_tunnel get $TID || cli_tunnel set $TID 172.1.0.4 6080 172.1.0.3 6080
cli_tunnel set 101 172.1.0.4 6080 \\
  0 0
PORT=$(port_alloc.sh)
cli_tunnel set 102 172.1.0.4 $PORT 0 0
cli_service set 1 2 tcp 5.5.5.5 3100 1.1.1.1 4000 "$TID" '${key}' # the shop
sudo /opt/acnodal/bin/cli_service set 2 2 udp 5.5.5.5 53 1.1.1.1 53 101 other-key
docker exec node bash -c "cli_tunnel set 1 1.1.1.1 1 0 0"
cli_tunnel set 103 172.1.0.4 6080 0 0 ; cli_tunnel del 103
echo done
`;

async function imported(files: Readonly<Record<string, string>>, ...words: string[]) {
  const host = new TestHost();
  for (const [name, text] of Object.entries(files)) host.files.set(name, text);
  return { host, ...(await host.run(['import', ...Object.keys(files), ...words])) };
}

describe('a script', () => {
  test('becomes a commented file, and says what it assumed and what it left', async () => {
    const { code, stdout, stderr } = await imported({ 'old.sh': script });
    expect(code).toBe(0);
    expect(stdout).toBe(`# Made by \`trueingress import\`. Assumed, and why:
#   old.sh: cli_service takes the service before the group: nothing in it says otherwise; --order group-service is the other one
#   this host is a gateway: old.sh:6 gives egress the flags 11, with proxy (1)
apiVersion: trueingress/v1
name: "egw"
id: 5
role: gateway
interfaces:
  - {name: eth0, flags: {ingress: [dump], egress: [dump]}} # old.sh:6, old.sh:6
    # old.sh:6: 2 in the flags 11 of egress is left out, no program looks at it

tunnels:
  - id: 100 # old.sh:7
    local: 172.1.0.4:6080
    remote: 172.1.0.3:6080
  - id: 101 # old.sh:8
    local: 172.1.0.4:6080
    remote: learned

services:
  - name: service-2-1 # old.sh:12
    group: 2
    id: 1
    protocol: tcp
    proxy: 5.5.5.5:3100
    endpoint: 1.1.1.1:4000
    tunnel: 100
    key: keep # the one that is live; --show-secrets prints it
  - name: service-2-2 # old.sh:13
    group: 2
    id: 2
    protocol: udp
    proxy: 5.5.5.5:53
    endpoint: 1.1.1.1:53
    tunnel: 101
    key: keep # the one that is live; --show-secrets prints it

# Not taken:
# old.sh:11: $(…) is known only where it runs
#     cli_tunnel set 102 172.1.0.4 $PORT 0 0
# old.sh:14: it stands inside another command: give what runs on this host as a script of its own
#     docker exec node bash -c "cli_tunnel set 1 1.1.1.1 1 0 0"
`);
    expect(stderr).toMatch(/old\.sh:11:1: warning\[old-words\]/);
    expect(stdout + stderr).not.toContain(key);
  });

  test('gives the state that its own lines make: the plan is empty', async () => {
    const { host, stdout } = await imported({ 'old.sh': script }, '--show-secrets', '-i', 'main');
    const lines = [
      ['config', 'set', 'eth0', '0', '5', '9', 'x'],
      ['config', 'set', 'eth0', '1', '5', '11', 'x'],
      ['tunnel', 'set', '100', '172.1.0.4', '6080', '172.1.0.3', '6080'],
      ['tunnel', 'set', '101', '172.1.0.4', '6080', '0', '0'],
      ['service', 'set', '1', '2', 'tcp', '5.5.5.5', '3100', '1.1.1.1', '4000', '100', key],
      ['service', 'set', '2', '2', 'udp', '5.5.5.5', '53', '1.1.1.1', '53', '101', 'other-key'],
    ];
    for (const words of lines) expect((await host.run([...words, '-i', 'main'])).code).toBe(0);
    host.files.set('new.yaml', stdout);
    const { code, stderr } = await host.run(['plan', '-f', 'new.yaml', '--detailed-exitcode']);
    expect([code, stderr]).toEqual([0, '']);
  });

  test.each([
    ['a comment', '# cli_service set <group-id> <service-id>\n', '', 'the comment in line 1 does'],
    ['a later verb', '', 'cli_service set-gw 4 1 k 1 tcp 5.5.5.6 80 0\n', 'line 3 has words of releases that do'],
    ['nothing, told by --order', '', '', '--order says so'],
  ])('the order of ids is known by %s', async (_, before, after, why) => {
    const line = 'cli_tunnel set 1 172.1.0.4 6080 0 0\ncli_service set 2 1 tcp 5.5.5.5 80 1.1.1.1 80 1 k\n';
    const words = before || after ? [] : ['--order', 'group-service'];
    const { code, stdout } = await imported({ 'old.sh': before + line + after }, ...words);
    expect(code).toBe(0);
    expect(stdout).toContain(`takes the group before the service: ${why}`);
    expect(stdout).toContain('- name: service-2-1');
  });

  test('the order of ids is known by a tunnel id that is made of them', async () => {
    const text = (first: number, second: number) =>
      `cli_tunnel set 131073 172.1.0.4 6080 0 0\ncli_service set ${first} ${second} tcp 5.5.5.5 80 1.1.1.1 80 131073 k\n`;
    for (const ids of [
      [2, 1],
      [1, 2],
    ] as const)
      expect((await imported({ 'old.sh': text(ids[0], ids[1]) })).stdout).toContain('- name: service-2-1');
  });

  test('pfc scripts: tunnels made of the ids, ports from the pool, the interface of the tunnel', async () => {
    const text = `pfc_start.sh eth1 node-1 9 8 5000 5010 10
pfc_add.sh -p eth1 2 1 ${key} 172.1.0.4 6080 tcp 5.5.5.5 3100 1.1.1.1 4000
pfc_add.sh eth1 2 2 other-key 172.1.0.4 6080 udp 5.5.5.5 53 1.1.1.1 53
`;
    const { code, stdout } = await imported({ 'node.sh': text });
    expect(code).toBe(0);
    expect(stdout).toContain(
      'role: node\ninterfaces:\n  - {name: eth1, flags: {ingress: [dump], egress: [dump]}} # node.sh:1, node.sh:1\n',
    );
    expect(stdout).toContain(
      '  - id: 131073 # node.sh:2\n    local: eth1:5000\n    remote: 172.1.0.4:6080\n    ping: {interval: 10s}\n',
    );
    expect(stdout).toContain('    local: eth1:5001\n');
    expect(stdout).toContain('pfc_add took local ports one after the other from 5000');
  });

  test('a line of a service that is left shows no key unless told to', async () => {
    const text = `cli_service set 1 2 tcp 5.5.5.5 $PORT 1.1.1.1 4000 100 ${key}\n`;
    const hidden = await imported({ 'old.sh': text });
    expect(hidden.stdout).toContain('# old.sh:1: $PORT is known only where it runs\n');
    expect(hidden.stdout + hidden.stderr).not.toContain(key);
    expect((await imported({ 'old.sh': text }, '--show-secrets')).stdout).toContain(`#     ${text.trim()}`);
  });

  test.each([
    [64, {}, []],
    [65, { 'old.sh': 'echo hello\n' }, []],
    [65, { 'old.json': '{"a": 1}' }, []],
    [65, { 'old.sh': 'cli_tunnel set 1 172.1.0.400 6080 0 0\n' }, []],
    [66, {}, ['nothing.sh']],
  ])('exit %i', async (code, files, words) => {
    expect((await imported(files, ...words)).code).toBe(code);
  });
});

describe('a dump', () => {
  const hex = (...bytes: number[]) => bytes.map((byte) => `0x${byte.toString(16).padStart(2, '0')}`);
  const secret = [...Buffer.from(key), 0];
  const endpoint = [5, 5, 5, 5, 0x0c, 0x1c, 0, 6];
  const maps = {
    map_tunnel: [
      {
        key: hex(100, 0, 0, 0),
        value: hex(4, 0, 1, 172, 0x17, 0xc0, 0, 0, 3, 0, 1, 172, 0x17, 0xc0, ...new Array(14).fill(0)),
      },
      { key: hex(101, 0, 0, 0), value: hex(4, 0, 1, 172, 0x17, 0xc0, ...new Array(22).fill(0)) },
    ],
    map_encap: [
      {
        key: hex(...endpoint, 0, 0, 0, 0),
        value: hex(0, 2, 0, 1, ...secret, 0, 0, 0, 100, ...endpoint, 0, 0, 0, 0, 0, 0, 0, 0),
      },
    ],
    map_verify: [{ key: hex(0, 2, 0, 1), value: hex(...secret, 0, 0, 0, 100, ...endpoint, 0, 0, 0, 0) }],
    map_config: [{ key: hex(2, 0, 0, 0), value: hex(9, 0, 0, 0, 9, 0, 0, 0) }],
    map_other: [{ key: hex(1), value: hex(1) }],
  };

  test('of all maps in one object becomes a file; what has no name is left', async () => {
    const { code, stdout, host } = await imported({ 'maps.json': JSON.stringify(maps) }, '--show-secrets');
    expect(code).toBe(0);
    expect(stdout).toContain('  - id: 100 # maps.json:1\n    # as it was then: write `learned` if');
    expect(stdout).toContain('    local: 172.1.0.4:6080\n    remote: 172.1.0.3:6080\n');
    expect(stdout).toContain('    remote: learned\n');
    expect(stdout).toContain(`    proxy: 5.5.5.5:3100\n    tunnel: 100\n    key: "${key}"\n`);
    expect(stdout).toContain('interface 2 has the flags 9 and 9');
    expect(stdout).toContain('a key of 1 and a value of 1 bytes are no row');
    host.files.set('new.yaml', stdout);
    expect((await host.run(['validate', '-f', 'new.yaml'])).code).toBe(0);
  });

  test('of one map in a file of its own, as bpftool prints it', async () => {
    const files = {
      'map_tunnel.json': JSON.stringify(maps.map_tunnel),
      'map_verify.json': JSON.stringify(maps.map_verify.map((row) => ({ ...row, formatted: {} }))),
    };
    const { code, stdout } = await imported(files, '--order', 'service-group');
    expect(code).toBe(0);
    expect(stdout).toContain('- name: service-1-2 # map_verify.json:1');
    expect(stdout).not.toContain(key);
  });
});

test('a list that the old tools printed becomes a file', async () => {
  const list = `TABLE-TUNNEL:
TUN\t     100\t       172.1.0.4:6080 -> 172.1.0.3:6080
TUN\t     101\t       172.1.0.4:6080 -> 0.0.0.0:0
CFG  eth0               2        Egress      PROXY(1) FIB(16)
ENCAP (tcp 5.5.5.5:3100)  0 -> 100
Entries:  2
`;
  const { code, stdout } = await imported({ 'list.txt': list });
  expect(code).toBe(0);
  expect(stdout).toContain('  - {name: eth0, flags: {egress: [fib]}} # list.txt:4\n');
  expect(stdout).toContain(
    '    remote: 172.1.0.3:6080\n  - id: 101 # list.txt:3\n    local: 172.1.0.4:6080\n    remote: learned\n',
  );
  expect(stdout).toContain('# list.txt:5: it names neither ids nor a key');
});

describe('words that are hardly meant as they stand', () => {
  const tunnel = 'cli_tunnel set 1 172.1.0.4 6080 0 0\n';
  test.each([
    [
      "cli_cfg set eth0 1 25 1 'EGW TX'",
      '25 stands where the id belongs and 1 where the flags do: exchanged, it seems',
      'cli_cfg set <0|1> <id> <flags> <name>',
    ],
    [
      "cli_cfg set 1 25 1 'EGW TX'",
      '25 stands where the id belongs and 1 where the flags do: exchanged, it seems',
      'cli_cfg set <interface> <0|1> [<id>] <flags> [<name>]',
    ],
    ["cli_cfg set eth0 0 1 9 'EGW TX'", 'the name ends with TX, and 0 is ingress', 'cli_cfg set <interface>'],
    ['cli_cfg set eth0 1 1 100', '100 is no sum of flags: they end at 16', 'cli_cfg set <interface>'],
    [
      'cli_tunnel set 2 6080 172.1.0.4 0 0',
      'the local end, "6080:172.1.0.4", has no IP address before its port',
      'cli_tunnel set <id> <ip-local> <port-local> <ip-remote> <port-remote>',
    ],
    [
      'cli_tunnel set 2 172.1.0.4 60800 172.1.0.3 70000',
      'the remote end, "172.1.0.3:70000", has no port from 1 to 65535 behind its address',
      'cli_tunnel set <id>',
    ],
    ['cli_tunnel set 2 172.1.0.4 6080 172.1.0.4 6080', 'both ends are 172.1.0.4:6080', 'cli_tunnel set <id>'],
  ])('%s is warned of at its line, and marked in the file', async (line, what, order) => {
    const { stdout, stderr } = await imported({ 'old.sh': `#!/bin/sh\n${tunnel}${line}\n` });
    const warning = stderr.split('\n').indexOf(`old.sh:3:1: warning[old-words]: ${what}`);
    expect([warning >= 0 || stderr, stdout.includes(`CHECK: ${what}\n`) || stdout]).toEqual([true, true]);
    expect(stderr.split('\n')[warning + 1]).toContain(order);
  });

  test('and those that are meant are taken without a word', async () => {
    const lines = [
      "cli_cfg set eth0 0 1 9 'EGW RX'",
      "cli_cfg set eth0 1 1 25 'EGW TX'",
      "cli_cfg set 1 3 1 'EGW TX'",
      'cli_tunnel set 2 fd00::4 6080 fd00::3 6080',
      'cli_service set 1 2 tcp 5.5.5.5 80 1.1.1.1 80 1 key',
    ];
    expect(await imported({ 'old.sh': tunnel + lines.join('\n') })).toMatchObject({ code: 0, stderr: '' });
  });

  test.each([
    [
      'tcp where the address belongs',
      `1 2 5.5.5.5 tcp 80 1.1.1.1 80 1 ${key}`,
      'the protocol belongs is neither tcp nor udp',
    ],
    [
      'a port for an address',
      `1 2 tcp 5.5.5.5 80 80 1.1.1.1 1 ${key}`,
      'the endpoint belongs has no IP address before its port',
    ],
    [
      'an address for a port',
      `1 2 tcp 80 5.5.5.5 1.1.1.1 80 1 ${key}`,
      'the proxy belongs has no IP address before its port',
    ],
    ['the key in front', `1 2 ${key} 5.5.5.5 80 ${key} 80 1 tcp`, 'the protocol belongs is neither tcp nor udp'],
  ])('of a service are not taken, and no key is quoted: %s', async (_, words, what) => {
    const { stdout, stderr } = await imported({ 'old.sh': `${tunnel}cli_service set ${words}\n` });
    expect(stderr).toContain('old.sh:2:1: warning[old-words]: not taken: ');
    expect(stderr).toContain(what);
    expect(stdout).toContain('services: []');
    expect(stdout + stderr).not.toContain(key);
  });
});
