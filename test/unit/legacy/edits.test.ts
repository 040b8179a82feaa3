// What the old words change in a file, as a person wrote it.
import { expect, test } from 'vitest';
import { editTopology, type FileEdit } from '../../../src/topology/edit.ts';

const interfaceEdit = (name: string, ...names: string[]): FileEdit => ({
  kind: 'interface',
  name,
  flags: { direction: 'egress', names },
});
const tunnel: FileEdit = {
  kind: 'add',
  list: 'tunnels',
  fields: { id: 7, local: '172.1.0.4:6080', remote: 'learned' },
};
const written = '  - id: 7\n    local: 172.1.0.4:6080\n    remote: learned\n';

test.each<[string, string, FileEdit, string]>([
  ['an item into a list', 'tunnels:\n  - id: 1 # one\n', tunnel, `tunnels:\n  - id: 1 # one\n${written}`],
  ['an item into an empty list', 'tunnels: []\nservices: []\n', tunnel, `tunnels:\n${written}services: []\n`],
  ['an item where there is no list', 'role: gateway # here\n', tunnel, `role: gateway # here\ntunnels:\n${written}`],
  ['an item where the list is empty text', 'tunnels:\nservices: []\n', tunnel, `tunnels:\n${written}services: []\n`],
  ['a field of the file', 'role: node # was\n', { kind: 'head', fields: { role: 'gateway' } }, 'role: gateway # was\n'],
  [
    'flags of an interface in brackets',
    'interfaces: [eth0, eth1] # both\n',
    interfaceEdit('eth0', 'dump'),
    'interfaces: [{name: eth0, flags: {egress: [dump]}}, eth1] # both\n',
  ],
  [
    'flags of an interface on a line',
    'interfaces:\n  - eth0\n  - {name: eth1, flags: {ingress: [dump]}} # far\n',
    interfaceEdit('eth1', 'fib'),
    'interfaces:\n  - eth0\n  - {name: eth1, flags: {ingress: [dump], egress: [fib]}} # far\n',
  ],
  ['an interface more', 'interfaces: [eth0]\n', { kind: 'interface', name: 'eth1' }, 'interfaces: [eth0, eth1]\n'],
  [
    'the first interface',
    'role: gateway\n',
    { kind: 'interface', name: 'eth1' },
    'role: gateway\ninterfaces: [eth1]\n',
  ],
  [
    'an interface less',
    'interfaces: [eth0, {name: eth1}]\n',
    { kind: 'no-interface', name: 'eth1' },
    'interfaces: [eth0]\n',
  ],
  [
    'an interface that is not there',
    'interfaces: [eth0]\n',
    { kind: 'no-interface', name: 'eth9' },
    'interfaces: [eth0]\n',
  ],
])('%s', async (_, before, edit, after) => {
  expect(await editTopology(before, [edit])).toBe(after);
});

test('a list that an alias stands for is not changed', async () => {
  await expect(editTopology('x: &all [{id: 1}]\ntunnels: *all\n', [tunnel])).rejects.toThrow(RangeError);
  await expect(editTopology('- 1\n', [tunnel])).rejects.toThrow(RangeError);
});
