// Words of the old tools: every form, both orders of ids, and the lines that they printed, there and back.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Asked, Misspoken, ServiceOrder, Tool } from '../../../src/legacy/asked.ts';
import {
  configLine,
  encapLine,
  readConfigLine,
  readEncapLine,
  readTunnelLine,
  tunnelLine,
} from '../../../src/legacy/lines.ts';
import { readWords } from '../../../src/legacy/words.ts';

const web = {
  kind: 'service',
  group: 2,
  id: 1,
  protocol: 'tcp',
  proxy: '5.5.5.5:3100',
  endpoint: '1.1.1.1:4000',
  tunnel: 100,
  key: 'Pa55w0rd1234567',
  ifindex: undefined,
} as const;
const seen = { ...web, proxy: '1.1.1.1:4000', endpoint: undefined };
const flags = {
  kind: 'flags',
  interface: 'eth0',
  direction: 'egress',
  flags: 9,
  instanceId: 5,
  label: 'EGW TX',
} as const;

function read(line: string, order: ServiceOrder = 'service-group'): Asked | Misspoken {
  const [tool = '', ...words] = line.split(' ').map((word) => word.replace('_', ' '));
  return readWords(tool as Tool, words, order);
}

describe('readWords', () => {
  test.each<[string, Asked]>([
    ['tunnel get all', { verb: 'get', named: { tool: 'tunnel', id: undefined } }],
    ['tunnel list', { verb: 'get', named: { tool: 'tunnel', id: undefined } }],
    ['tunnel get 7', { verb: 'get', named: { tool: 'tunnel', id: 7 } }],
    ['tunnel del 7', { verb: 'del', named: { tool: 'tunnel', id: 7 } }],
    [
      'tunnel set 7 172.1.0.4 6080 172.1.0.3 6081',
      { verb: 'set', item: { kind: 'tunnel', id: 7, local: '172.1.0.4:6080', remote: '172.1.0.3:6081' } },
    ],
    [
      'tunnel set 7 172.1.0.4 6080 0 0',
      { verb: 'set', item: { kind: 'tunnel', id: 7, local: '172.1.0.4:6080', remote: 'learned' } },
    ],
    [
      'tunnel set 7 2001:db8::4 6080 0.0.0.0 0',
      { verb: 'set', item: { kind: 'tunnel', id: 7, local: '[2001:db8::4]:6080', remote: 'learned' } },
    ],
    ['service get all', { verb: 'get', named: { tool: 'service', service: undefined } }],
    ['service get 1 2', { verb: 'get', named: { tool: 'service', service: { group: 2, id: 1 } } }],
    ['service del 1 2', { verb: 'del', named: { tool: 'service', service: { group: 2, id: 1 } } }],
    ['service set 1 2 tcp 5.5.5.5 3100 1.1.1.1 4000 100 Pa55w0rd1234567', { verb: 'set', item: web }],
    [
      'service set 1 2 tcp 5.5.5.5 3100 1.1.1.1 4000 100 Pa55w0rd1234567 7',
      { verb: 'set', item: { ...web, ifindex: 7 } },
    ],
    ['service set-gw 2 1 Pa55w0rd1234567 100 tcp 1.1.1.1 4000 7', { verb: 'set', item: { ...seen, ifindex: 7 } }],
    ['service set-node 2 1 Pa55w0rd1234567 100 tcp 1.1.1.1 4000', { verb: 'set', item: seen }],
    [
      'service del-gw 2 1 unused 100 tcp 1.1.1.1 4000 7',
      { verb: 'del', named: { tool: 'service', service: { group: 2, id: 1 } } },
    ],
    ['config get all', { verb: 'get', named: { tool: 'config', interface: undefined, direction: undefined } }],
    ['config get 1', { verb: 'get', named: { tool: 'config', interface: undefined, direction: 'egress' } }],
    ['config get eth0', { verb: 'get', named: { tool: 'config', interface: 'eth0', direction: undefined } }],
    ['config set 1 5 9 EGW_TX', { verb: 'set', item: { ...flags, interface: undefined } }],
    ['config set eth0 1 5 9 EGW_TX', { verb: 'set', item: flags }],
    ['config set eth0 1 9 EGW_TX', { verb: 'set', item: { ...flags, instanceId: undefined } }],
    ['config set eth0 1 9', { verb: 'set', item: { ...flags, instanceId: undefined, label: undefined } }],
    ['config del eth0', { verb: 'del', named: { tool: 'config', interface: 'eth0', direction: undefined } }],
  ])('%s', (line, asked) => {
    expect(read(line)).toEqual(asked);
  });

  test.each(['get', 'del', 'set'])('the other order of ids: service %s', (verb) => {
    const more = verb === 'set' ? ' tcp 5.5.5.5 3100 1.1.1.1 4000 100 Pa55w0rd1234567' : '';
    expect(read(`service ${verb} 2 1${more}`, 'group-service')).toEqual(read(`service ${verb} 1 2${more}`));
  });

  test('later verbs have the group first, whatever order is told', () => {
    const line = 'service set-gw 2 1 Pa55w0rd1234567 100 tcp 1.1.1.1 4000 0';
    expect(read(line, 'service-group')).toEqual(read(line, 'group-service'));
  });

  test.each([
    ['tunnel', 'tunnel was told nothing'],
    ['tunnel put 1', 'tunnel knows no "put"'],
    ['tunnel set 1 2 3', 'tunnel set has 3 words, which is none of its forms'],
    ['tunnel get x', '"x" is not a number that a tunnel can have'],
    ['tunnel get 4294967296', '"4294967296" is not a number that a tunnel can have'],
    ['service get 1 65536', 'a word is not a number that a group can have'],
    ['service set 1 2 tcp 5.5.5.5 3100 1.1.1.1 4000 secret 100', 'a word is not a number that a tunnel can have'],
    ['config set eth0 2 9', 'config set has 3 words, which is none of its forms'],
    ['config del 1', 'config del has 1 words, which is none of its forms'],
  ])('is not taken: %s', (line, fault) => {
    expect(read(line)).toMatchObject({ fault, hint: expect.stringMatching(/^say `/) });
  });

  test('any words give an answer, and no fault of a service holds any of them', () => {
    const word = fc.oneof(fc.constantFrom('get', 'set', 'del', 'set-gw', 'all', '0', '1', '9'), fc.string());
    const tool = fc.constantFrom<Tool>('config', 'tunnel', 'service');
    fc.assert(
      fc.property(tool, fc.array(word, { maxLength: 12 }), (one, words) => {
        const asked = readWords(one, words, 'service-group');
        expect('fault' in asked || asked.verb.length > 0).toBe(true);
        const secret = words.slice(1).filter((text) => text.length > 8);
        if ('fault' in asked && one === 'service') for (const text of secret) expect(asked.fault).not.toContain(text);
      }),
    );
  });
});

describe('lines that scripts grep', () => {
  test('are those of the old tools, to the space', () => {
    expect(tunnelLine({ id: 100, local: '172.1.0.4:6080', remote: '0.0.0.0:0' })).toBe(
      'TUN\t     100\t       172.1.0.4:6080 -> 0.0.0.0:0',
    );
    expect(encapLine({ protocol: 'tcp', proxy: '5.5.5.5:3100', ifindex: 7, tunnel: 100 })).toBe(
      'ENCAP (tcp 5.5.5.5:3100)  7 -> 100',
    );
    expect(configLine({ interface: 'eth0', ifindex: 2, direction: 'egress', flags: 29 })).toBe(
      'CFG  eth0               2        Egress      PROXY(1) FWD(4) DUMP(8) FIB(16)',
    );
  });

  const ip = fc.ipV4();
  const endpoint = fc.tuple(ip, fc.integer({ min: 0, max: 65535 })).map(([host, port]) => `${host}:${port}`);
  const number = fc.integer({ min: 0, max: 4294967295 });

  test('print → read back', () => {
    const tunnel = fc.record({ id: number, local: endpoint, remote: endpoint });
    fc.assert(fc.property(tunnel, (one) => void expect(readTunnelLine(tunnelLine(one))).toEqual(one)));
    const encap = fc.record({
      protocol: fc.constantFrom('tcp', 'udp'),
      proxy: endpoint,
      ifindex: number,
      tunnel: number,
    });
    fc.assert(fc.property(encap, (one) => void expect(readEncapLine(encapLine(one))).toEqual(one)));
    const bits = (all: readonly number[]) =>
      fc.subarray([...all]).map((some) => some.reduce((sum, bit) => sum | bit, 0));
    const config = fc.oneof(
      fc.record({ direction: fc.constant('ingress' as const), flags: bits([1, 4, 8]) }),
      fc.record({ direction: fc.constant('egress' as const), flags: bits([1, 4, 8, 16]) }),
    );
    const named = fc.tuple(config, fc.stringMatching(/^[a-z][a-z0-9.]{0,14}$/), number);
    fc.assert(
      fc.property(named, ([one, name, ifindex]) => {
        const entry = { ...one, interface: name, ifindex };
        expect(readConfigLine(configLine(entry))).toEqual(entry);
      }),
    );
  });

  test('other lines are none of them', () => {
    for (const line of ['', 'TABLE-TUNNEL:', 'Entries:  1', 'TUN\tx', 'ENCAP (', 'CFG  eth0']) {
      expect([readTunnelLine(line), readEncapLine(line), readConfigLine(line)]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }
  });
});
